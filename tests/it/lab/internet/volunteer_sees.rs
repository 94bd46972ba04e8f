//! What a volunteer can see: all that it stores, and all that is in its memory while it relays and keeps mail, has no word of
//! what it carries, and not whose it is.

use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::comes_to;
use ai2ai_tests::times::{PATIENCE, wait_for};

use crate::internet::nat::{delivers, path, through, volunteer};

/// Who sends. No other test has anybody of this name.
const SENDER: &str = "quillfeather";
/// Who gets it, and has a place at the volunteer.
const RECIPIENT: &str = "marmaduke";
/// What is sent: words that nobody else says, in three of the ways in which something can be sent.
const WORDS: [&str; 3] = ["xylophone-lessons", "persimmon-jam", "hurdygurdy-repair"];
/// What it is about.
const INTENT: &str = "zebra.juggling";

/// Something that a volunteer must not see, and how it might be written.
struct Secret {
    what: String,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    fn text(what: &str, text: &str) -> Self {
        Self {
            what: what.to_owned(),
            forms: vec![text.as_bytes().to_vec(), data_encoding::BASE64.encode(text.as_bytes()).into()],
        }
    }

    /// An identity as a text, as bytes, and in hexadecimal.
    fn did(what: &str, did: &str) -> Self {
        let key = did.strip_prefix("did:key:").expect("a did");
        let bytes = did.parse::<ai2ai_protocol::did::Did>().expect("a did").to_bytes();
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        Self { what: what.to_owned(), forms: vec![key.as_bytes().to_vec(), bytes.to_vec(), hex.into_bytes()] }
    }

    /// A UUID as a text and as bytes.
    fn id(what: &str, id: &str) -> Self {
        let bytes = data_encoding::HEXLOWER.decode(id.replace('-', "").as_bytes()).expect("a UUID");
        Self { what: what.to_owned(), forms: vec![id.as_bytes().to_vec(), bytes] }
    }

    fn is_in(&self, bytes: &str) -> bool {
        self.forms.iter().any(|form| bytes.contains(&spelt(form)))
    }
}

/// Bytes as a text of as many characters: the standard library searches in texts quickly, in a debug build too.
fn spelt(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Looks through everything that the volunteer has at this moment.
fn sees_nothing(volunteer: &Laptop, when: &str, secrets: &[Secret], known: &Secret) {
    let memory = spelt(&volunteer.process_memory());
    let file = spelt(&volunteer.store_file());
    println!(
        "volunteer: | {when}: {} bytes of memory and {} of its store looked through",
        memory.chars().count(),
        file.chars().count()
    );
    assert!(
        known.is_in(&memory) && known.is_in(&file),
        "{when}: it does see {}: else nothing was looked at",
        known.what
    );
    for secret in secrets {
        assert!(!secret.is_in(&memory), "{when}: {} is in its memory", secret.what);
        assert!(!secret.is_in(&file), "{when}: {} is in its store", secret.what);
    }
}

/// A place at the volunteer by its owner's choice; the sender has none and is nobody's guest.
fn two_at_home(internet: &mut Internet) -> (Laptop, Laptop, Laptop) {
    let (val, addresses) = volunteer(internet, "val");
    let mut sender = internet.home(SENDER, Router::RandomPorts);
    let mut recipient = internet.home(RECIPIENT, Router::RandomPorts);
    // Whoever is in the table of cards has asked for it that volunteers know their card.
    recipient.sets(&format!("bootstrap = {addresses:?}\npublish = [\"mdns\", \"dns\"]"));
    recipient.up();
    sender.up();
    wait_for("a mailbox", PATIENCE, || (!recipient.status()["mailboxes"].as_array()?.is_empty()).then_some(()));
    let _ = sender.owner(&["add", &through(&recipient)]).done();
    wait_for("the sender to be seen", PATIENCE, || recipient.lists(&sender).then_some(()));
    let _ = recipient.owner(&["add", sender.agent()]).done();
    (val, sender, recipient)
}

#[test]
fn a_volunteer_sees_no_sender_no_name_no_intent_and_no_word() {
    let Some(mut internet) = Internet::open() else { return };
    let (mut val, sender, mut recipient) = two_at_home(&mut internet);
    let payload = format!(r#"{{"subject":"{}"}}"#, WORDS[0]);
    let talk = sender.owner(&["propose", RECIPIENT, INTENT, "--payload", &payload]).done().text("conversation");
    comes_to(&recipient, &talk, "proposed");
    let _ = recipient.owner(&["reply", &talk, WORDS[1]]).done();
    delivers(&recipient, PATIENCE);
    assert_eq!(path(&sender, &recipient).as_deref(), Some("relayed"));

    let mut secrets = vec![
        Secret::did("the sender's did", sender.did()),
        Secret::text("the sender's name", SENDER),
        Secret::text("the recipient's name", RECIPIENT),
        Secret::text("the intent", INTENT),
        Secret::id("the conversation", &talk),
    ];
    secrets.extend(WORDS.iter().map(|word| Secret::text("a word of the payload", word)));
    let known = Secret::did("the did of its guest", recipient.did());
    sees_nothing(&val, "while it relays", &secrets, &known);

    recipient.interrupt();
    let sent = sender.owner(&["reply", &talk, WORDS[2]]).done();
    secrets.push(Secret::id("the message", &sent.text("id")));
    wait_for("custody", PATIENCE, || (val.status()["keeps"]["messages"] == 1).then_some(()));
    sees_nothing(&val, "while it keeps mail", &secrets, &known);
    recipient.up();
    comes_to(&recipient, &talk, "negotiating");
    wait_for("the mail to be collected", PATIENCE, || (val.status()["keeps"]["messages"] == 0).then_some(()));
    sees_nothing(&val, "after it was collected", &secrets, &known);

    recipient.interrupt();
    let _ = sender.owner(&["reply", &talk, WORDS[2]]).done();
    wait_for("custody", PATIENCE, || (val.status()["keeps"]["messages"] == 1).then_some(()));
    val.interrupt();
    let rows = val.rows();
    assert!(rows.iter().any(|(table, _)| table == "mailbox/1"), "a message is kept");
    let sender_peer = Secret::text("the sender's peer id", sender.peer());
    for (table, row) in &rows {
        let row = spelt(row);
        for secret in secrets.iter().chain([&sender_peer]) {
            assert!(!secret.is_in(&row), "{} is in a row of {table}", secret.what);
        }
    }
}
