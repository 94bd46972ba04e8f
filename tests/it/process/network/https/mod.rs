//! Where libp2p does not get through, sealed batches go by HTTPS to the web server that a card names: to real nodes behind real
//! certificates, and to web servers that lie.

mod hostile;
mod journey;

use std::net::SocketAddr;

use ai2ai_tests::name_server::NameServer;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for, wait_until};
use ai2ai_tests::web_front::WebFront;
use serde_json::Value;

/// Where everybody's web server is.
const ZONE: &str = "alex IN A 127.0.0.1\nsam IN A 127.0.0.1\n";

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// Somebody whose node is behind a web server of theirs.
struct Person {
    solo: Solo,
    front: WebFront,
}

impl Person {
    /// Where their node answers HTTP.
    fn face(&self) -> SocketAddr {
        let status = self.solo.asks(&["status"]).remove(0);
        status["http"].as_str().and_then(|at| at.parse().ok()).expect("a face")
    }

    /// Their node runs, and their web server leads to it.
    fn starts(&mut self) {
        self.solo.starts();
        self.front.leads_to(self.face());
    }

    /// What this command answers, which is done.
    fn does(&self, words: &[&str]) -> Value {
        let output = self.solo.types(words);
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{words:?}: {told}{}", String::from_utf8_lossy(&output.stderr));
        told.lines().next().map_or(Value::Null, |line| serde_json::from_str(line).expect("JSON"))
    }

    /// How their contact of this name is connected.
    fn path_to(&self, name: &str) -> Option<String> {
        let contacts = self.solo.asks(&["contacts"]);
        let contact = contacts.iter().find(|contact| contact["name"] == name)?;
        contact["path"].as_str().map(str::to_owned)
    }

    /// Nothing of theirs is on its way any more. Whoever has failed five times before is left alone for up to 30 seconds.
    fn delivers(&self) {
        wait_until("everything to be delivered", 2 * PATIENCE, || {
            let waiting = self.solo.asks(&["outbox"]);
            if waiting.is_empty() { Ok(()) } else { Err(format!("{waiting:?}")) }
        });
    }

    /// The item that waits for them, once it does; approved with these words.
    fn approves(&self, more: &[&str]) -> Value {
        let item = wait_for("something to wait", PATIENCE, || self.solo.asks(&["pending"]).into_iter().next());
        let text = |name: &str| item[name].as_str().expect("a text").to_owned();
        let id = text("id");
        let digest = text("digest");
        self.does(&[&["approve", &id, "--digest", &digest], more].concat())
    }

    /// Waits until the conversation is in this state.
    fn sees(&self, conversation: &str, state: &str) {
        wait_for(&format!("{conversation} to be {state}"), PATIENCE, || {
            let shown = self.solo.asks(&["conversation", conversation]);
            (shown.first()?["state"] == state).then_some(())
        });
    }

    /// The texts that came in a conversation with somebody.
    fn heard(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for talk in self.solo.asks(&["conversations"]) {
            let shown = self.solo.asks(&["conversation", talk["id"].as_str().expect("an id")]).remove(0);
            let messages = shown["messages"].as_array().expect("messages").clone();
            let theirs = messages.iter().filter(|message| message["side"] == "them");
            texts.extend(theirs.filter_map(|message| message["payload"]["text"].as_str().map(str::to_owned)));
        }
        texts
    }

    /// Their node asks everybody anew: it ends and starts.
    fn restarts(&mut self) {
        self.solo.is_killed();
        self.starts();
    }
}

/// Two people, and what they need.
struct Two {
    alex: Person,
    sam: Person,
    _names: NameServer,
    _folder: tempfile::TempDir,
}

impl Two {
    /// Alex and Sam, each behind a web server with a certificate. Their nodes are not up, and listen for no libp2p. The DNS knows
    /// only the web servers.
    fn behind_web_servers() -> Self {
        let names = NameServer::serve(here(), "example.", ZONE);
        let [of_alex, of_sam] = ["alex.example", "sam.example"].map(WebFront::of);
        let folder = tempfile::tempdir().expect("a folder");
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, format!("{}{}", of_alex.root, of_sam.root)).expect("roots");
        let ports = [of_alex.address.port(), of_sam.address.port()];
        let person = |human: &str, front: WebFront, asks_at: u16| {
            let site = format!("https://{}.example:{}", human.to_lowercase(), front.address.port());
            let settings = format!(
                "listen = []\n[dns]\nserver = \"{}\"\n[https]\nport = {asks_at}\nprivate = true\nroots = \"{}\"\n\
                 [http]\nlisten = \"127.0.0.1:0\"\npublic = \"{site}\"\n",
                names.address,
                roots.display(),
            );
            let mut solo = Solo::moves_in(human, &settings);
            solo.listens_at(None);
            Person { solo, front }
        };
        let alex = person("Alex", of_alex, ports[1]);
        let sam = person("Sam", of_sam, ports[0]);
        Self { alex, sam, _names: names, _folder: folder }
    }

    /// Both are up, and Sam has added Alex by the domain.
    fn are_up(mut self) -> Self {
        self.alex.starts();
        self.sam.starts();
        let added = self.sam.does(&["add", "alex.example"]);
        assert_eq!((&added["name"], &added["met"]), (&"Alex".into(), &"https".into()), "{added}");
        self
    }
}
