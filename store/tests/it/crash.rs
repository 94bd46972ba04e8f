//! A process that is killed while it commits loses nothing that it was told is kept.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use ai2ai_protocol::conversation::{Conversation, Side};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::conversations::{ConversationRow, LastHeard};
use ai2ai_store::messages::MessageRow;
use ai2ai_store::{OpenError, Store, StoreError, conversations, kv, messages};
use tempfile::TempDir;

/// Names the store to the process that writes until it is killed.
const WRITES_TO: &str = "AI2AI_TEST_WRITES_TO";

fn conversation() -> ConversationId {
    ConversationId::from_bytes([1; 16])
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000)
}

/// One message, in one transaction, as the courier would keep it.
fn keep_next(store: &Store) -> Result<u64, StoreError> {
    store.write(|tx| {
        let number = kv::next_sequence(tx, "messages")?;
        let mut id = [0; 16];
        id[8..].copy_from_slice(&number.to_be_bytes());
        let bytes = format!("message {number} {}", "words ".repeat(200)).into_bytes();
        let row = MessageRow {
            conversation: conversation(),
            sender: Did::from_bytes([2; 32]),
            id: MessageId::from_bytes(id),
            side: Side::Them,
            digest: Digest::of(&bytes),
            at: now(),
            cleared: true,
            read_at: None,
            bytes,
        };
        messages::append(tx, &row)?;
        let row = ConversationRow {
            id: conversation(),
            with: row.sender,
            intent: "message.relay".parse().expect("an intent"),
            subject: None,
            machine: Conversation::open(Side::Them, now()),
            opened_at: now(),
            touched_at: now(),
            messages: number,
            heard: LastHeard::Nothing,
        };
        conversations::put(tx, &row)?;
        Ok(number)
    })
}

#[test]
#[ignore = "this is the process that the other test kills"]
fn writes_until_it_is_killed() {
    let Some(path) = std::env::var_os(WRITES_TO) else { return };
    let store = Store::open(Path::new(&path)).expect("opens");
    loop {
        println!("kept {}", keep_next(&store).expect("kept"));
    }
}

fn start_writer(path: &Path) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "crash::writes_until_it_is_killed", "--ignored", "--nocapture"])
        .env(WRITES_TO, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process")
}

/// Lets the writer keep `enough` messages and kills it; gives the last number that it said was kept.
fn write_and_kill(path: &Path, enough: usize) -> u64 {
    let mut writer = start_writer(path);
    let output = BufReader::new(writer.stdout.take().expect("its output"));
    let mut last = 0;
    let mut said = 0;
    for line in output.lines() {
        let Some(number) = line.expect("text").split_once("kept ").and_then(|(_, number)| number.parse().ok()) else {
            continue;
        };
        last = number;
        said += 1;
        if said == enough {
            let error = Store::open(path).expect_err("the writer has it");
            assert!(matches!(error, OpenError::InUse { .. }), "{error}");
            writer.kill().expect("killed");
        }
    }
    assert!(said >= enough, "it ended by itself after {said}");
    writer.wait().expect("it has ended");
    last
}

#[test]
fn what_was_said_to_be_kept_is_there_after_a_kill() {
    let home = TempDir::new().expect("a directory");
    let path = home.path().join("store.redb");
    for enough in [1, 2, 3, 5, 8, 13, 21, 34] {
        let kept = write_and_kill(&path, enough);
        let store = Store::open(&path).expect("opens after a kill");
        let tx = store.read().expect("a view");
        let rows = messages::of(&tx, &conversation()).expect("readable");
        let found = rows.len() as u64;
        assert!(found == kept || found == kept + 1, "{found} found, {kept} kept");
        for (number, row) in (1..).zip(&rows) {
            assert!(row.bytes.starts_with(format!("message {number} ").as_bytes()), "{number}");
            assert_eq!(Digest::of(&row.bytes), row.digest);
        }
        let row = conversations::get(&tx, &conversation()).expect("readable").expect("a conversation");
        assert_eq!(row.messages, found, "the message and its conversation were kept together");
    }
}
