//! Files that somebody edited, damaged or put there, and the one line that a client sends.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use ai2ai_agent::calendar::{Calendar, TimeSlot};
use ai2ai_api::command::Role;
use ai2ai_api::pin::Pin;
use ai2ai_api::token::Tokens;
use ai2ai_doors::read_request;
use ai2ai_home::config::{Config, LISTEN_ADDRESSES};
use ai2ai_home::identity::{Identity, unlock};
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::{Store, audit, contacts, conversations, inbox, messages, outbox};
use jiff::tz::TimeZone;
use serde_json::Value;
use tempfile::TempDir;

use super::seeds;

/// Argon2's costs beyond which a damaged key file is not opened here: it is allowed to be slow.
const QUICK: u64 = 64;
/// The file that a store target damages: one of the schema that came first.
const STORE: &[u8] = include_bytes!("../../../store/tests/files/schema-1.redb");

/// A home that nobody else uses.
fn home() -> &'static (TempDir, Paths) {
    static HOME: OnceLock<(TempDir, Paths)> = OnceLock::new();
    HOME.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = Paths::in_home(folder.path()).expect("a home");
        fs::create_dir(&paths.identity).expect("a folder");
        for (file, token) in [(&paths.owner_token, seeds::OWNER_TOKEN), (&paths.agent_token, seeds::AGENT_TOKEN)] {
            write(file, token.as_bytes());
        }
        (folder, paths)
    })
}

fn write(file: &Path, bytes: &[u8]) {
    fs::write(file, bytes).expect("a file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(file, private).expect("a mode");
}

pub(super) fn config(bytes: &[u8]) {
    let (_, paths) = home();
    write(&paths.config_file, bytes);
    if let Ok(config) = Config::load(paths) {
        assert!(config.listen.len() <= LISTEN_ADDRESSES);
    }
}

/// The first byte says which file of an identity has the others.
pub(super) fn keys(bytes: &[u8]) {
    let (_, paths) = home();
    let Some((which, bytes)) = bytes.split_first() else { return };
    for file in [&paths.owner_key, &paths.agent_key, &paths.node_key, &paths.identity_file] {
        write(file, b"{}");
    }
    let files = [&paths.owner_key, &paths.agent_key, &paths.node_key, &paths.identity_file];
    write(files[usize::from(*which) % files.len()], bytes);
    let _ = ai2ai_home::identity::has_pin(paths);
    let _ = unlock(paths, None);
    if is_quick(bytes) {
        let _ = unlock(paths, Some(&Pin::new("294 771".to_owned()).expect("a PIN")));
    }
    let _ = Identity::load(paths);
}

fn is_quick(bytes: &[u8]) -> bool {
    let Ok(file) = serde_json::from_slice::<Value>(bytes) else { return true };
    let cost = &file["key"]["sealed"]["argon2id"];
    ["memory_kib", "passes", "lanes"].iter().all(|name| cost[name].as_u64().unwrap_or_default() <= QUICK)
}

pub(super) fn calendar(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let start = Timestamp::from_millis(1_770_422_400_000);
    let horizon = TimeSlot::new(start, Duration::from_secs(60 * 24 * 3_600));
    let zone = TimeZone::get("Europe/London").expect("a zone");
    let Ok(calendar) = Calendar::read(text, &zone, horizon) else { return };
    let busy = calendar.busy();
    assert!(busy.iter().all(|slot| slot.start <= slot.end), "no time ends before it begins");
    assert!(busy.windows(2).all(|two| two[0].end < two[1].start), "in order, and apart");
    assert!(busy.iter().all(|slot| !calendar.is_free(*slot)), "busy is not free");
}

/// A client's line: without a token nothing is answered but `bad_token`, and the agent's opens no command of the owner's.
pub(super) fn door(bytes: &[u8]) {
    static TOKENS: OnceLock<Tokens> = OnceLock::new();
    let tokens = TOKENS.get_or_init(|| tokens::read_both(&home().1).expect("tokens"));
    let Ok((role, command)) = read_request(bytes, tokens) else { return };
    let text = String::from_utf8_lossy(bytes);
    match role {
        // An escape may stand for any letter of a token.
        Role::Owner => assert!(text.contains(seeds::OWNER_TOKEN) || text.contains('\\')),
        Role::Agent => assert!(command.is_for_agents()),
    }
}

/// A database file with some bytes changed, each change four bytes: where, in three, and what. It opens and gives what it has,
/// or it is refused.
pub(super) fn store(bytes: &[u8]) {
    let file = home().0.path().join("damaged.redb");
    let mut damaged = STORE.to_vec();
    for change in bytes.chunks_exact(4) {
        let place = u32::from_be_bytes([0, change[0], change[1], change[2]]) as usize % damaged.len();
        damaged[place] ^= change[3];
    }
    write(&file, &damaged);
    if let Ok(store) = Store::open(&file)
        && let Ok(tx) = store.read()
    {
        let _ = (contacts::all(&tx), outbox::all(&tx), inbox::all(&tx), audit::all(&tx));
        let talks = conversations::latest(&tx, usize::MAX).unwrap_or_default();
        talks.iter().for_each(|talk| drop(messages::of(&tx, &talk.id)));
    }
}
