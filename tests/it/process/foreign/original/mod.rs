//! A node and an agent of the protocol's original, which was written from its documents in JavaScript: what is right works both ways,
//! and each thing that the original lets pass is refused here.

mod dinner;
mod face;
mod javascript;
mod native;
mod people;
mod told;
mod wrongs;

use ai2ai_tests::original::Agent;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::{Value, json};

/// Alex's node with an HTTP face, Darren's agent of the original, and where the face is.
struct Pair {
    alex: Solo,
    darren: Agent,
    url: String,
}

impl Pair {
    /// Both are up, and strangers to each other.
    fn of_strangers() -> Option<Self> {
        Self::of_strangers_with("")
    }

    /// The same, where Alex has more settings.
    fn of_strangers_with(more: &str) -> Option<Self> {
        let darren = Agent::appears("darren-assistant", "Darren")?;
        let alex = Solo::moves_in("Alex", &format!("{}{more}", settings())).is_up();
        let url = url_of(&alex);
        Some(Self { alex, darren, url })
    }

    /// Both are up, and Alex has added Darren by address and fingerprint.
    fn of_contacts() -> Option<Self> {
        Self::of_contacts_with("")
    }

    /// The same, where Alex has more settings.
    fn of_contacts_with(more: &str) -> Option<Self> {
        let mut pair = Self::of_strangers_with(more)?;
        let address = format!("{}#{}", pair.darren.url(), pair.darren.who["fingerprint"].as_str().expect("a text"));
        let added = pair.alex.asks(&["add", &address]);
        assert_eq!(added[0]["name"], "Darren", "{added:?}");
        assert_eq!(added[0]["agent"], "darren-assistant");
        assert_eq!(added[0]["fingerprint"], pair.darren.who["fingerprint"]);
        let key = pair.well_known()["publicKey"].clone();
        pair.darren.does("pin", json!({ "pem": key }));
        Some(pair)
    }

    /// What the face says of Alex.
    fn well_known(&mut self) -> Value {
        let url = self.url.replace("/ai2ai", "/.well-known/ai2ai.json");
        self.darren.does("ask", json!({ "url": url }))["body"].clone()
    }

    /// Darren's agent posts an envelope with these members.
    fn says(&mut self, changes: Value) -> Value {
        let envelope = self.darren.makes(changes);
        self.darren.posts(&self.url, &envelope)
    }

    /// The one item that waits for Alex.
    fn item(&self) -> Value {
        let items = self.alex.asks(&["pending"]);
        assert_eq!(items.len(), 1, "{items:?}");
        items[0].clone()
    }

    /// Alex approves the one item that waits, as it was shown.
    fn approves(&self, more: &[&str]) -> Value {
        let item = self.item();
        let id = item["id"].as_str().expect("an id");
        let digest = item["digest"].as_str().expect("a digest");
        let words = [&["approve", id, "--digest", digest], more].concat();
        self.alex.asks(&words).into_iter().next().expect("an answer")
    }

    /// The state of Alex's one conversation.
    fn state(&self) -> String {
        let all = self.alex.asks(&["conversations"]);
        assert_eq!(all.len(), 1, "{all:?}");
        all[0]["state"].as_str().expect("a state").to_owned()
    }

    /// What Darren's agent was told, once that is so many envelopes.
    fn told(&mut self, how_many: usize) -> Vec<Value> {
        wait_for("Darren's agent to be told", PATIENCE, || {
            let told: Vec<Value> = self.darren.received();
            let taken: Vec<Value> = told.into_iter().filter(|one| one["refused"] != true).collect();
            (taken.len() >= how_many).then_some(taken)
        })
    }
}

fn settings() -> String {
    "[http]\nlisten = \"127.0.0.1:0\"\nregistry = true\n".to_owned()
}

fn url_of(solo: &Solo) -> String {
    let at = solo.asks(&["status"])[0]["http"].as_str().expect("a face").to_owned();
    format!("http://{at}/ai2ai")
}

/// Two times that can be proposed.
const TIMES: [&str; 2] = ["2035-02-10T19:00:00Z", "2035-02-11T19:30:00Z"];

fn dinner() -> Value {
    json!({ "type": "request", "intent": "schedule.meeting", "conversation": "dinner-1",
        "payload": { "subject": "Dinner", "proposed_times": TIMES, "duration_minutes": 90 } })
}
