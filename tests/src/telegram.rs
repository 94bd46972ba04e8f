//! A server that behaves as Telegram's Bot API does: what it refuses, how it counts updates, and how it errs.

mod api;

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::any;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::times::{PATIENCE, wait_for};
use api::answer;

/// The token of the one bot.
pub const TOKEN: &str = "123456:AAF-forTestsOnly_0123456789abcdef";
/// The owner, and their chat with the bot.
pub const OWNER: i64 = 7_654_321;

/// Error of the server, made once.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// 429, come again after so many seconds.
    TooMany(u64),
    /// This status, with a description.
    Refused(u16, &'static str),
    /// 502 from whatever stands before it, in HTML.
    BadGateway,
    /// 200 and no JSON.
    Garbage,
    /// 200 and JSON that is no answer of this API.
    OddJson,
    /// Leads elsewhere.
    Redirect(String),
    /// The connection is cut before the answer is whole.
    Cut,
}

/// A message as it stands in the chat.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// Its text.
    pub text: String,
    /// Its buttons, row by row: what stands on each, and its callback data.
    pub keys: Vec<(String, String)>,
    /// True if it came without a sound.
    pub silent: bool,
    /// True if it was edited.
    pub edited: bool,
}

#[derive(Default)]
struct Chat {
    messages: BTreeMap<i64, Message>,
    updates: VecDeque<(i64, Value)>,
    next_update: i64,
    answers: BTreeMap<String, String>,
    troubles: BTreeMap<String, VecDeque<Trouble>>,
    calls: BTreeMap<String, usize>,
    /// Number of the newest question for updates: an older one ends with 409.
    poll: u64,
}

struct Inside {
    chat: Mutex<Chat>,
    news: Notify,
}

/// The server, until it is dropped.
pub struct Telegram {
    /// The address.
    pub address: SocketAddr,
    inside: Arc<Inside>,
    _runtime: Runtime,
}

impl Telegram {
    /// Starts it.
    ///
    /// # Panics
    /// When there is no port.
    #[must_use]
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let inside = Arc::new(Inside { chat: Mutex::default(), news: Notify::new() });
        lock(&inside).next_update = 900;
        let routes = Router::new().route("/{bot}/{method}", any(answer)).with_state(Arc::clone(&inside));
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("an address");
        runtime.spawn(async move { axum::serve(listener, routes).await });
        Self { address, inside, _runtime: runtime }
    }

    /// The settings that lead to it.
    #[must_use]
    pub fn settings(&self, token_file: &std::path::Path, approve: bool) -> String {
        format!(
            "[notify.telegram]\ntoken_file = {token_file:?}\nuser = {OWNER}\napprove = {approve}\napi = \"http://{}\"\n",
            self.address
        )
    }

    /// The next call of this method goes wrong like this; after those that are to go wrong already.
    pub fn errs(&self, method: &str, trouble: Trouble) {
        lock(&self.inside).troubles.entry(method.to_owned()).or_default().push_back(trouble);
    }

    /// Returns how often this method was called.
    #[must_use]
    pub fn calls(&self, method: &str) -> usize {
        lock(&self.inside).calls.get(method).copied().unwrap_or_default()
    }

    /// The messages, oldest first.
    #[must_use]
    pub fn messages(&self) -> Vec<(i64, Message)> {
        lock(&self.inside).messages.iter().map(|(id, message)| (*id, message.clone())).collect()
    }

    /// Waits for a message of which this is true.
    ///
    /// # Panics
    /// When none comes.
    pub fn awaits(&self, what: &str, is_it: impl Fn(&Message) -> bool) -> Message {
        wait_for(what, PATIENCE, || self.messages().into_iter().map(|(_, message)| message).find(&is_it))
    }

    /// Taps something as somebody; gives the words that pop up.
    ///
    /// # Panics
    /// When the bot says nothing.
    #[must_use]
    pub fn tap(&self, user: i64, data: &str) -> String {
        let id = self.taps(user, data);
        wait_for(&format!("an answer to {user}'s tap on {data:?}"), PATIENCE, || {
            lock(&self.inside).answers.get(&id).cloned()
        })
    }

    /// Taps something as somebody; gives the tap's id.
    pub fn taps(&self, user: i64, data: &str) -> String {
        let id = {
            let mut chat = lock(&self.inside);
            let update = chat.next_update;
            chat.next_update += 1;
            let id = format!("callback-{update}");
            let callback = json!({"id": id, "from": {"id": user, "is_bot": false, "first_name": "X"}, "data": data,
                "chat_instance": "1", "message": {"message_id": 1, "date": 0, "chat": {"id": user, "type": "private"}}});
            chat.updates.push_back((update, json!({"update_id": update, "callback_query": callback})));
            id
        };
        self.inside.news.notify_waiters();
        id
    }
}

impl Message {
    /// The callback data of the button with this label.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn key(&self, label: &str) -> String {
        let key = self.keys.iter().find(|(on_it, _)| on_it == label);
        key.unwrap_or_else(|| panic!("a button {label:?} on {self:?}")).1.clone()
    }
}

fn lock(inside: &Inside) -> MutexGuard<'_, Chat> {
    inside.chat.lock().unwrap_or_else(PoisonError::into_inner)
}
