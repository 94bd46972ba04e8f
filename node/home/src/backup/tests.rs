//! Tests of backups: a restored home equals the one that was saved; a backup that is not whole changes nothing.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Store, audit, kv};
use tempfile::TempDir;

use super::archive::{About, BackupFile, Writer};
use super::sealed::Sealer;
use super::*;
use crate::files::write_private;
use crate::identity::{Cost, Identity, unlock};
use crate::lock::HomeLock;
use crate::paths::Paths;

/// Far too little for a real backup, and quick.
const LITTLE: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

fn now() -> Timestamp {
    Timestamp::from_millis(1_770_000_000_000)
}

fn pin() -> Pin {
    Pin::new("2468".to_owned()).expect("a PIN")
}

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(Pin::new(text.to_owned()).expect("a text")).expect("a passphrase")
}

fn right() -> Passphrase {
    passphrase("correct horse battery staple")
}

/// A directory for a home, one for another, and files.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory") }
    }

    fn paths(&self, name: &str) -> Paths {
        Paths::in_home(&self.dir.path().join(name)).expect("paths")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A home with an identity and something to remember.
    fn home(&self) -> (Paths, Store) {
        let paths = self.paths("home");
        let human = "Alice".parse().expect("a name");
        let agent = "alice-assistant".parse().expect("a name");
        Identity::create(&paths, human, agent, Some(&pin()), now(), &mut rand::rng()).expect("made");
        let store = Store::open(&paths.database).expect("a store");
        let filled = store.write(|tx| {
            for number in 0..200 {
                kv::put(tx, &format!("said {number}"), &"words ".repeat(200))?;
            }
            kv::next_sequence(tx, "card")
        });
        filled.expect("kept");
        (paths, store)
    }

    fn backup(&self) -> PathBuf {
        let (paths, store) = self.home();
        let file = self.file("backup");
        let view = store.read().expect("a view");
        let made = write(&paths, &view, &right(), &file, now()).expect("a backup");
        assert_eq!((made.bytes, made.rows), (fs::metadata(&file).expect("a file").len(), 201));
        file
    }

    /// Checks that nothing was restored into a home, and that it can still be used.
    fn is_untouched(&self, name: &str) {
        let paths = self.paths(name);
        assert!(!Identity::exists(&paths) && !paths.database.exists() && !paths.data.join("restoring").exists());
    }
}

fn code<T>(result: Result<T, Failure>) -> String {
    result.err().map_or_else(String::new, |failure| failure.code.to_string())
}

#[test]
fn a_home_made_from_a_backup_is_the_same_one() {
    let desk = Desk::new();
    let file = desk.backup();
    assert_eq!(fs::metadata(&file).expect("there").mode() & 0o777, 0o600);
    let old = desk.paths("home");
    let new = desk.paths("deep/new");
    let taken_over =
        |store: &Store| store.write(|tx| kv::raise_sequence(tx, "card", 1_770_000_000)).map_err(Failure::internal);
    let restored = restore(&new, &file, &right(), now(), taken_over).expect("restored");
    let identity = Identity::load(&new).expect("whole");
    let before = Identity::load(&old).expect("whole");
    assert_eq!(identity.did, before.did);
    assert_ne!(identity.peer, before.peer, "the old node may be up still: they must be able to see each other");
    assert_eq!((restored.did, restored.rows, restored.made_at), (identity.did, 201, now()));
    assert_eq!(unlock(&new, Some(&pin())).expect("the same PIN").did(), identity.did);
    assert_eq!(fs::read(&new.config_file).expect("settings"), fs::read(&old.config_file).expect("settings"));
    assert_ne!(fs::read(&new.owner_token).expect("a token"), fs::read(&old.owner_token).expect("a token"));
    for secret in [&new.owner_key, &new.agent_key, &new.node_key, &new.database, &new.owner_token, &new.agent_token] {
        assert_eq!(fs::metadata(secret).expect("there").mode() & 0o777, 0o600, "{}", secret.display());
    }
    assert!(!new.data.join("restoring").exists());

    let store = Store::open(&new.database).expect("a store");
    let view = store.read().expect("a view");
    assert_eq!(kv::get(&view, "said 199").expect("readable").as_deref(), Some("words ".repeat(200).as_str()));
    assert_eq!(audit::latest(&view, 1).expect("readable")[0].what, "restore");
    let next = store.write(|tx| kv::next_sequence(tx, "card")).expect("readable");
    assert!(next > 1_770_000_000, "cards signed since then are older");
}

#[test]
fn a_home_that_can_not_take_over_is_not_made() {
    let desk = Desk::new();
    let file = desk.backup();
    let refused = restore(&desk.paths("new"), &file, &right(), now(), |_| Err(Failure::internal("the disk is full")));
    assert_eq!(code(refused), "database");
    desk.is_untouched("new");
}

#[test]
fn a_backup_takes_the_place_of_nothing() {
    let desk = Desk::new();
    let (paths, store) = desk.home();
    let view = store.read().expect("a view");
    let file = desk.file("precious");
    fs::write(&file, "precious").expect("written");
    assert_eq!(code(write(&paths, &view, &right(), &file, now())), "exists");
    assert_eq!(fs::read(&file).expect("there"), b"precious");
    std::os::unix::fs::symlink(desk.file("elsewhere"), desk.file("link")).expect("a link");
    assert_eq!(code(write(&paths, &view, &right(), &desk.file("link"), now())), "exists");
    assert_eq!(code(write(&paths, &view, &right(), &desk.file("no/such/directory"), now())), "io");
    assert!(!desk.file("elsewhere").exists());
}

#[test]
fn a_home_takes_the_place_of_nothing() {
    let desk = Desk::new();
    let file = desk.backup();
    assert_eq!(code(restore(&desk.paths("home"), &file, &right(), now(), |_| Ok(()))), "identity_exists");
    let new = desk.paths("new");
    fs::create_dir(&new.data).expect("a directory");
    write_private(&new.database, b"somebody's").expect("written");
    assert_eq!(code(restore(&new, &file, &right(), now(), |_| Ok(()))), "database_exists");
    assert_eq!(fs::read(&new.database).expect("there"), b"somebody's");
    fs::remove_file(&new.database).expect("removed");
    let lock = HomeLock::take(&new).expect("taken");
    assert_eq!(code(restore(&new, &file, &right(), now(), |_| Ok(()))), "in_use");
    drop(lock);
    write_private(&new.config_file, b"mdns = false").expect("written");
    restore(&new, &file, &right(), now(), |_| Ok(())).expect("restored");
    assert_eq!(fs::read(&new.config_file).expect("there"), b"mdns = false", "settings that were there stay");
}

#[test]
fn the_wrong_passphrase_opens_nothing() {
    let desk = Desk::new();
    let file = desk.backup();
    for wrong in ["correct horse battery stable", "Correct horse battery staple", "correct horse battery staple "] {
        assert_eq!(code(restore(&desk.paths("new"), &file, &passphrase(wrong), now(), |_| Ok(()))), "wrong_passphrase");
    }
    desk.is_untouched("new");
    let short = Pin::new("12345678901".to_owned()).expect("a text");
    assert_eq!(code(Passphrase::new(short)), "bad_passphrase");
}

/// A small backup that is quick to open, with these parts and rows.
fn forged(path: &Path, fill: impl FnOnce(Writer<Sealer<Vec<u8>>>) -> Sealer<Vec<u8>>) {
    forged_of(path, ai2ai_store::copy::SCHEMA, fill);
}

fn forged_of(path: &Path, schema: u64, fill: impl FnOnce(Writer<Sealer<Vec<u8>>>) -> Sealer<Vec<u8>>) {
    let sealer = Sealer::new(Vec::new(), &right(), LITTLE, &mut rand::rng()).expect("a sealer");
    let about = About {
        did: ai2ai_protocol::did::Did::from_bytes([1; 32]),
        human: "Eve".parse().expect("a name"),
        made_at: now(),
        schema,
        program: "9.9".to_owned(),
    };
    let writer = Writer::new(sealer, &about).expect("a writer");
    fs::write(path, fill(writer).finish().expect("sealed")).expect("written");
}

#[test]
fn a_backup_that_was_cut_short_or_changed_anywhere_is_refused_whole() {
    let desk = Desk::new();
    let (paths, store) = desk.home();
    let file = desk.file("quick");
    let bad = desk.file("bad");
    let new = desk.paths("new");
    let identity = Identity::load(&paths).expect("whole");
    let sealer = Sealer::new(Vec::new(), &right(), LITTLE, &mut rand::rng()).expect("a sealer");
    let about = About {
        did: identity.did,
        human: identity.sender.human.clone(),
        made_at: now(),
        schema: ai2ai_store::copy::SCHEMA,
        program: String::new(),
    };
    let mut writer = Writer::new(sealer, &about).expect("a writer");
    for (part, path) in [
        (BackupFile::OwnerKey, &paths.owner_key),
        (BackupFile::AgentKey, &paths.agent_key),
        (BackupFile::NodeKey, &paths.node_key),
        (BackupFile::Identity, &paths.identity_file),
    ] {
        writer.file(part, &fs::read(path).expect("a key")).expect("written");
    }
    let view = store.read().expect("a view");
    ai2ai_store::copy::each_row(&view, |table, key, value| writer.row(table, key, value)).expect("rows");
    let whole = writer.finish().and_then(Sealer::finish).expect("sealed");
    assert!(whole.len() > 2 * 64 * 1024, "it has several chunks: {}", whole.len());

    let refused = |bytes: &[u8], what: &str| {
        fs::write(&bad, bytes).expect("written");
        let code = code(restore(&new, &bad, &right(), now(), |_| Ok(())));
        let known = ["damaged_backup", "no_backup", "newer_backup", "wrong_passphrase"];
        assert!(known.contains(&code.as_str()), "{what}: {code:?}");
        desk.is_untouched("new");
    };
    let chunk = 64 * 1024 + 16;
    for length in (0..whole.len()).step_by(17_001).chain((whole.len() - 40..whole.len()).step_by(7)) {
        refused(&whole[..length], &format!("cut to {length}"));
    }
    let line = whole.iter().position(|byte| *byte == b'\n').expect("a line") + 1;
    let greeted = line + 22 + 16;
    refused(&whole[..greeted], "cut after the greeting");
    refused(&whole[..greeted + chunk], "cut between chunks");
    let moved = [&whole[..greeted], &whole[greeted + chunk..greeted + 2 * chunk], &whole[greeted..]].concat();
    refused(&moved, "a chunk came twice");
    refused(&[&whole[..], b"x"].concat(), "something follows");
    for at in (0..line).step_by(5).chain((line..whole.len()).step_by(9_001)) {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        refused(&flipped, &format!("flipped at {at}"));
    }
    fs::write(&file, &whole).expect("written");
    restore(&new, &file, &right(), now(), |_| Ok(())).expect("and the whole one is restored");
}

#[test]
fn a_hostile_backup_reaches_no_other_file_and_eats_no_memory() {
    use std::io::Write as _;
    let desk = Desk::new();
    let file = desk.file("hostile");
    let raw = |bytes: &[u8]| {
        forged(&file, |writer| {
            let mut sealer = writer.into_inner();
            sealer.write_all(bytes).expect("written");
            sealer
        });
        let failure = restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(())).expect_err("hostile");
        assert_eq!(failure.code, ErrorCode::DamagedBackup, "{failure}");
        desk.is_untouched("new");
    };
    let name = |name: &str| [&[b'F', u8::try_from(name.len()).expect("short")][..], name.as_bytes()].concat();
    for path in
        ["../../evil", "/etc/passwd", "owner.key/../../evil", "", ".", "owner.key\0", "ai2ai.redb", "owner.token"]
    {
        raw(&[name(path), 4_u32.to_be_bytes().to_vec(), b"evil".to_vec()].concat());
    }
    raw(&[name("owner.key"), u32::MAX.to_be_bytes().to_vec()].concat());
    raw(&[b'F', 255]);
    raw(&[&b"T\x06seen/1R"[..], &u32::MAX.to_be_bytes()].concat());
    raw(&[&b"T\x06seen/1R"[..], &48_u32.to_be_bytes(), &[0; 48], &u32::MAX.to_be_bytes()].concat());
    raw(&[&b"T\x06seen/2R"[..], &[0; 8], b"E", &1_u64.to_be_bytes()].concat());
    raw(&[&b"T\x0acontacts/1R"[..], &[0; 8], b"E", &1_u64.to_be_bytes()].concat());
    raw(&[&b"E"[..], &7_u64.to_be_bytes()].concat());
    raw(&[&b"E"[..], &0_u64.to_be_bytes(), b"more"].concat());
    raw(b"Z");
    raw(b"\0");
    assert!(!desk.file("evil").exists() && !desk.dir.path().with_file_name("evil").exists());

    forged(&file, |writer| writer.finish().expect("an end"));
    assert!(!code(restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(()))).is_empty(), "it has no identity");
    desk.is_untouched("new");
}

#[test]
fn a_newer_backup_is_told_from_a_damaged_one() {
    let desk = Desk::new();
    let file = desk.file("newer");
    forged_of(&file, ai2ai_store::copy::SCHEMA + 1, |writer| writer.finish().expect("an end"));
    assert_eq!(code(restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(()))), "newer_backup");
    fs::write(&file, "{\"kind\":\"ai2ai backup 2\",\"scrypt\":{}}\nmore").expect("written");
    assert_eq!(code(restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(()))), "newer_backup");
    for no_backup in [&b""[..], b"\n", b"SQLite format 3\0", b"{\"kind\":\"ai2ai agreement\"}\n", &[b'{'; 70_000]] {
        fs::write(&file, no_backup).expect("written");
        assert_eq!(code(restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(()))), "no_backup");
    }
    let greedy = "{\"kind\":\"ai2ai backup 1\",\"argon2id\":{\"memory_kib\":4000000000,\"passes\":1,\"lanes\":1},\
                  \"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\",\"nonce\":\"AAAAAAAAAA==\"}\n";
    fs::write(&file, greedy).expect("written");
    assert_eq!(code(restore(&desk.paths("new"), &file, &right(), now(), |_| Ok(()))), "damaged_backup");
    desk.is_untouched("new");
}

#[test]
fn an_interrupted_restoration_is_no_home_and_the_next_one_succeeds() {
    let desk = Desk::new();
    let file = desk.backup();
    for moved in [false, true] {
        let new = desk.paths(if moved { "moved" } else { "prepared" });
        let staging = new.data.join("restoring");
        fs::create_dir_all(staging.join("identity")).expect("a directory");
        fs::write(staging.join("identity/owner.key"), "half a ke").expect("a file");
        fs::write(if moved { new.database.clone() } else { staging.join("ai2ai.redb") }, "theirs").expect("a file");
        assert!(!Identity::exists(&new));
        restore(&new, &file, &right(), now(), |_| Ok(())).expect("restored");
        Identity::load(&new).expect("whole");
        assert!(!staging.exists());
    }
    let other = desk.paths("init");
    fs::create_dir_all(other.data.join("restoring")).expect("a directory");
    fs::write(&other.database, "of the backup").expect("a file");
    let human = "Bob".parse().expect("a name");
    let agent = "bob".parse().expect("a name");
    Identity::create(&other, human, agent, None, now(), &mut rand::rng()).expect("made");
    assert!(!other.database.exists(), "a new identity does not take over what a restoration left");
}
