//! One voice of a user: it says one thing after the other at the owner's door, and notes what it is told.

use std::sync::Arc;
use std::time::Duration;

use ai2ai_api::client::Client;
use ai2ai_api::command::Command;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_protocol::canonical::Object;
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::fault::Fault;
use super::ledger::{Ledger, Told};
use super::load::Topics;

/// Stands in everything that a voice makes up, and in nothing else.
pub(super) const MARK: &str = "said by";
/// Between two sentences, in milliseconds.
const PAUSE: std::ops::Range<u64> = 10..60;
/// Answers that a door may give to somebody who talks fast: the other side was faster, or the node is not there.
const USUAL: [ErrorCode; 13] = [
    ErrorCode::Busy,
    ErrorCode::StaleTerms,
    ErrorCode::Closed,
    ErrorCode::ChoiceNeeded,
    ErrorCode::NoSuchChoice,
    ErrorCode::ItemChanged,
    ErrorCode::Expired,
    ErrorCode::UnknownItem,
    ErrorCode::UnknownConversation,
    ErrorCode::NotRunning,
    ErrorCode::CutOff,
    ErrorCode::Stopping,
    ErrorCode::OverBudget,
];

pub(super) struct Voice {
    pub(super) side: usize,
    pub(super) number: usize,
    pub(super) door: Client,
    /// With whom it talks.
    pub(super) to: String,
    pub(super) dice: StdRng,
    pub(super) ledger: Arc<Ledger>,
    pub(super) topics: Arc<Topics>,
    /// The open conversations when it last looked: their names, and whether terms may be put there.
    pub(super) known: Vec<(String, bool)>,
    pub(super) words: u32,
    /// Tells its sentences from those of another load.
    pub(super) tale: u64,
    /// Fault that explains further answers of a door while it lasts.
    pub(super) fault: Fault,
}

impl Voice {
    /// Talks until it is to stop.
    pub(super) async fn talks(mut self, is_over: impl Fn() -> bool) {
        while !is_over() {
            if self.known.is_empty() || self.dice.random_ratio(1, 8) {
                self.looks_around().await;
            }
            if let Some(command) = self.thinks().await {
                self.says(command).await;
            }
            let pause = Duration::from_millis(self.dice.random_range(PAUSE));
            tokio::time::sleep(pause).await;
        }
    }

    async fn looks_around(&mut self) {
        let Some(lines) = self.asks(requests::Conversations { before: None }).await else { return };
        let open =
            |line: &&Value| line["did"] == self.to && (line["state"] == "proposed" || line["state"] == "negotiating");
        let topic = |line: &Value| (text(line, "id"), line["intent"] == "schedule.meeting");
        self.known = lines.iter().filter(open).map(topic).collect();
    }

    /// Returns what to say next.
    async fn thinks(&mut self) -> Option<Command> {
        if self.known.is_empty() || self.dice.random_ratio(1, 16) {
            return Some(self.opens());
        }
        let (conversation, settles) = self.known[self.dice.random_range(0..self.known.len())].clone();
        if !self.topics.takes_room(&conversation) {
            return None;
        }
        if settles && self.dice.random_ratio(2, 3) {
            return self.negotiates(conversation).await;
        }
        let reply = Reply { text: Some(self.sentence()), ..Reply::default() };
        Some(reply.into_command(conversation))
    }

    fn opens(&mut self) -> Command {
        let who = self.to.clone();
        let text = self.sentence();
        let times = ["2035-02-10T19:00Z".to_owned(), "2035-02-11T19:30Z".to_owned()];
        match self.dice.random_range(0..5) {
            0 => requests::Send { who, text }.into(),
            1 => requests::Ask { who, question: text }.into(),
            roll => {
                let times = times[..1 + usize::from(roll == 4)].to_vec();
                requests::Meet { who, subject: text, times, minutes: Some(90), place: None, pin: None }.into()
            }
        }
    }

    async fn negotiates(&mut self, conversation: String) -> Option<Command> {
        match self.dice.random_range(0..16) {
            0..7 => {
                let terms = json!({ "subject": self.sentence(), "time": "2035-02-12T20:00Z" });
                let terms = terms.as_object().cloned();
                Some(Reply { terms, ..Reply::default() }.into_command(conversation))
            }
            7..11 => Some(Reply { accept: true, ..Reply::default() }.into_command(conversation)),
            11..14 => self.decides(&conversation).await,
            _ => {
                let (id, digest) = self.item_of(&conversation).await?;
                Some(requests::Reject { id, digest: Some(digest), reply: Some(self.sentence()) }.into())
            }
        }
    }

    /// Approves what waits in a conversation, as an owner does.
    async fn decides(&mut self, conversation: &str) -> Option<Command> {
        let (id, digest) = self.item_of(conversation).await?;
        let choose = self.dice.random_bool(0.5).then_some(1);
        Some(requests::Approve { id, digest, choose, terms: None, reply: None, pin: None }.into())
    }

    async fn item_of(&mut self, conversation: &str) -> Option<(String, String)> {
        let lines = self.asks(requests::Pending {}).await?;
        let item = lines.iter().find(|line| line["conversation"] == conversation)?;
        Some((text(item, "id"), text(item, "digest")))
    }

    async fn says(&mut self, command: Command) {
        let Some(lines) = self.asks(command).await else { return };
        let said = lines.first().cloned().unwrap_or_default();
        // A decision that says nothing has no message.
        let id = if said["schema"] == "sent/1" { &said["id"] } else { &said["message"] };
        if let (Some(id), Some(conversation)) = (id.as_str(), said["conversation"].as_str()) {
            let id = id.parse().expect("an id");
            let conversation = conversation.parse().expect("an id");
            self.ledger.tell(Told { side: self.side, voice: self.number, id, conversation });
        }
    }

    async fn asks(&mut self, command: impl Into<Command>) -> Option<Vec<Value>> {
        let command = command.into();
        match self.door.lines(command.clone()).await {
            Ok(lines) => Some(lines),
            Err(Failure { code, .. }) if USUAL.contains(&code) || self.fault.explains(&code) => None,
            Err(failure) => {
                self.ledger.surprise(format!("{command:?} was answered with {}: {failure}", failure.code));
                None
            }
        }
    }

    fn sentence(&mut self) -> String {
        self.words += 1;
        format!("{} {MARK} voice {} of {} in {}", self.words, self.number, self.side, self.tale)
    }
}

/// The members of a reply that a voice uses.
#[derive(Default)]
struct Reply {
    text: Option<String>,
    terms: Option<Object>,
    accept: bool,
}

impl Reply {
    fn into_command(self, conversation: String) -> Command {
        let Self { text, terms, accept } = self;
        requests::Reply { conversation, text, terms, times: Vec::new(), choose: None, accept, after: None, pin: None }
            .into()
    }
}

fn text(line: &Value, member: &str) -> String {
    line[member].as_str().unwrap_or_default().to_owned()
}
