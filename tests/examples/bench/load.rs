//! Messages through the owner's door: each from its command until `delivered` is seen.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io::BufRead as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ai2ai_api::client::Session;
use ai2ai_api::command::Command;
use ai2ai_api::requests;
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use crate::figures::{Door, Percentiles, Sustained};
use crate::pair::{Pair, cpu_of};

/// Messages that are under way at the same moment.
pub(crate) const IN_FLIGHT: usize = 64;
/// What each message says: 1 KiB.
const TEXT_BYTES: usize = 1_024;
/// Messages of a conversation, by the default budget.
const PER_CONVERSATION: usize = 100;
/// How long a message may be under way before the benchmark gives up.
const LOST_AFTER: Duration = Duration::from_secs(30);
/// How long the load runs before it is counted.
const WARM_UP: Duration = Duration::from_secs(2);
/// Events of the node that wait to be looked at.
const EVENTS: usize = 4_096;

/// Drives the node that sends, and watches what becomes of it.
pub(crate) struct Load<'a> {
    pair: &'a Pair,
    watch: Rc<Watch>,
}

/// Which messages are delivered, as the node says.
#[derive(Default)]
struct Watch {
    waiting: RefCell<HashMap<String, Waiting>>,
    delivered: Cell<u64>,
}

/// What is known of a message: its delivery is seen before its command has answered, or after.
enum Waiting {
    Seen(Instant),
    Wanted(oneshot::Sender<Instant>),
}

impl Watch {
    fn saw(&self, id: String) {
        self.delivered.set(self.delivered.get() + 1);
        let now = Instant::now();
        let mut waiting = self.waiting.borrow_mut();
        match waiting.remove(&id) {
            Some(Waiting::Wanted(tell)) => drop(tell.send(now)),
            Some(Waiting::Seen(_)) | None => drop(waiting.insert(id, Waiting::Seen(now))),
        }
    }

    async fn delivered(&self, id: String) -> Result<Instant, String> {
        let (tell, told) = oneshot::channel();
        {
            let mut waiting = self.waiting.borrow_mut();
            if let Some(Waiting::Seen(at)) = waiting.remove(&id) {
                return Ok(at);
            }
            waiting.insert(id.clone(), Waiting::Wanted(tell));
        }
        let seen = tokio::time::timeout(LOST_AFTER, told).await;
        seen.ok().and_then(Result::ok).ok_or_else(|| format!("{id} was not delivered within {LOST_AFTER:?}"))
    }
}

/// One who talks: opens a conversation, fills it, opens the next.
struct Talker {
    door: Session,
    to: String,
    text: String,
    conversation: Option<String>,
    said: usize,
}

impl Talker {
    /// Says one thing. Gives when it began and when it was delivered.
    async fn say(&mut self, watch: &Watch) -> Result<(Instant, Instant), String> {
        if self.said == PER_CONVERSATION {
            (self.conversation, self.said) = (None, 0);
        }
        let text = self.text.clone();
        let command: Command = match self.conversation.clone() {
            None => requests::Send { who: self.to.clone(), text }.into(),
            Some(conversation) => reply(conversation, text).into(),
        };
        let begun = Instant::now();
        let lines = self.door.lines(command).await.map_err(|failure| failure.to_string())?;
        let sent = lines.first().ok_or("the door said nothing")?;
        let of = |name: &str| sent.get(name).and_then(Value::as_str).map(str::to_owned);
        let id = of("id").ok_or_else(|| format!("no id in {sent}"))?;
        self.conversation = of("conversation");
        self.said += 1;
        Ok((begun, watch.delivered(id).await?))
    }
}

fn reply(conversation: String, text: String) -> requests::Reply {
    requests::Reply {
        conversation,
        text: Some(text),
        terms: None,
        times: Vec::new(),
        choose: None,
        accept: false,
        after: None,
        pin: None,
    }
}

impl<'a> Load<'a> {
    /// Watches the events of the node that sends.
    pub(crate) fn over(pair: &'a mut Pair) -> Result<Self, String> {
        let events = pair.from.events().ok_or("the events are read already")?;
        let (lines, mut seen) = mpsc::channel(EVENTS);
        std::thread::spawn(move || {
            for line in std::io::BufReader::new(events).lines().map_while(Result::ok) {
                if let Some(id) = delivered_in(&line)
                    && lines.blocking_send(id).is_err()
                {
                    break;
                }
            }
        });
        let watch = Rc::new(Watch::default());
        let watching = Rc::clone(&watch);
        tokio::task::spawn_local(async move {
            while let Some(id) = seen.recv().await {
                watching.saw(id);
            }
        });
        Ok(Self { pair, watch })
    }

    fn talker(&self) -> Talker {
        let text: String = "The quick brown fox jumps over the lazy dog. ".chars().cycle().take(TEXT_BYTES).collect();
        Talker { door: self.pair.from.door.session(), to: self.pair.to.did.clone(), text, conversation: None, said: 0 }
    }

    /// The memory of both nodes, in bytes.
    pub(crate) fn memory(&self) -> Result<[u64; 2], String> {
        self.pair.memory()
    }

    /// How many messages were delivered so far.
    pub(crate) fn delivered(&self) -> u64 {
        self.watch.delivered.get()
    }

    /// One message after the other; how long each took.
    pub(crate) async fn one_at_a_time(&self, rounds: usize) -> Result<Percentiles, String> {
        let mut talker = self.talker();
        let mut took = Vec::with_capacity(rounds);
        for _ in 0..rounds {
            let (begun, delivered) = talker.say(&self.watch).await?;
            took.push(delivered.saturating_duration_since(begun));
        }
        Ok(Percentiles::of(took))
    }

    /// 64 messages in flight, for a time or until so many more are delivered.
    pub(crate) async fn in_flight(&self, time: Duration, more: u64) -> Result<Sustained, String> {
        let stop = Rc::new(Cell::new(false));
        let took = Rc::new(RefCell::new(Vec::new()));
        let mut talkers = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let mut talker = self.talker();
            let watch = Rc::clone(&self.watch);
            let stop = Rc::clone(&stop);
            let took = Rc::clone(&took);
            let talks = async move {
                while !stop.get() {
                    let (begun, delivered) = talker.say(&watch).await?;
                    took.borrow_mut().push(delivered.saturating_duration_since(begun));
                }
                Ok::<(), String>(())
            };
            talkers.spawn_local(talks);
        }
        self.watch_over(&stop, &took, &mut talkers, time, more).await
    }

    async fn watch_over(
        &self,
        stop: &Cell<bool>,
        took: &RefCell<Vec<Duration>>,
        talkers: &mut JoinSet<Result<(), String>>,
        time: Duration,
        more: u64,
    ) -> Result<Sustained, String> {
        let wanted = self.delivered() + more;
        if more == 0 {
            tokio::time::sleep(WARM_UP).await;
        }
        took.borrow_mut().clear();
        let start = Instant::now();
        let before = self.delivered();
        let cpu_before = self.pair.cpu()?;
        let own_before = cpu_of(std::process::id())?;
        while start.elapsed() < time || self.delivered() < wanted {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_millis(50)) => {}
                Some(ended) = talkers.join_next() => ended.map_err(|error| error.to_string())??,
            }
        }
        let messages = self.delivered() - before;
        let elapsed = start.elapsed();
        let cpu = self.pair.cpu()?;
        let own = cpu_of(std::process::id())?;
        let took = Percentiles::of(took.borrow_mut().drain(..).collect());
        stop.set(true);
        while let Some(ended) = talkers.join_next().await {
            ended.map_err(|error| error.to_string())??;
        }
        let each = |after: Duration, before: Duration| (after.saturating_sub(before)).as_secs_f64() / messages as f64;
        Ok(Sustained {
            messages,
            seconds: elapsed.as_secs_f64(),
            took,
            sender_cpu: each(cpu[0], cpu_before[0]),
            recipient_cpu: each(cpu[1], cpu_before[1]),
            driver_cpu: each(own, own_before),
        })
    }

    /// A command that touches no database and no network: what the door itself takes.
    pub(crate) async fn door(&self, rounds: usize) -> Result<Door, String> {
        let mut door = self.pair.from.door.session();
        let mut took = Vec::with_capacity(rounds);
        let cpu = self.pair.cpu()?[0];
        for _ in 0..rounds {
            let begun = Instant::now();
            door.lines(requests::Card {}).await.map_err(|failure| failure.to_string())?;
            took.push(begun.elapsed());
        }
        let used = self.pair.cpu()?[0].saturating_sub(cpu);
        Ok(Door { took: Percentiles::of(took), cpu: used.as_secs_f64() / rounds as f64 })
    }
}

/// The message that an event of `up` says is delivered.
fn delivered_in(line: &str) -> Option<String> {
    let event: Value = serde_json::from_str(line).ok()?;
    if event.get("event")?.as_str()? != "delivered" {
        return None;
    }
    event.get("detail")?.as_str()?.split(' ').next().map(str::to_owned)
}
