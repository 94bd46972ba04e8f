//! Another PIN, and another key for the agent: each is one file, so that after a crash there is the old one or the new one, whole.

use std::time::Duration;

use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::limits::ENVELOPE_LIFE;
use ai2ai_protocol::time::Timestamp;
use rand::CryptoRng;

use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;

use super::sealed::{Cost, OwnerFile};
use super::seed::{AGENT, KeyFile, NODE, Seed, json};
use super::{Identity, read_public};
use crate::files::write_private;
use crate::paths::Paths;

/// Lifetime of a delegation to an agent key.
pub const AGENT_KEY_LIFE: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Seals the owner key, once it was opened, with another PIN. The key itself stays what it is. Takes about 0.2 s and 64 MiB.
///
/// # Errors
/// When the file can't be written; the old PIN then stays.
pub fn change_pin(paths: &Paths, owner: &OwnerKey, new: &Pin, rng: &mut impl CryptoRng) -> Result<(), Failure> {
    let bytes = json(&OwnerFile::seal(owner, Some(new), Cost::NOW, rng));
    // Opens the new file before it replaces the old one: a key that the new PIN does not open would be lost.
    OwnerFile::read(&bytes)?.open(Some(new))?;
    write_private(&paths.owner_key, &bytes)
}

/// Gives the agent a new key under a new delegation, which makes every one before it void wherever it is seen. The old key is gone.
///
/// It begins as long ago as an envelope lives, so that what still waits to leave can be signed with it.
///
/// # Errors
/// When the identity can't be read or the file can't be written; the old key then stays.
pub fn renew_agent_key(
    paths: &Paths,
    owner: &OwnerKey,
    now: Timestamp,
    rng: &mut impl CryptoRng,
) -> Result<Delegation, Failure> {
    let before = Identity::load(paths)?.sender.delegation;
    let file = KeyFile::new(AGENT, Seed::random(rng));
    let begin = now.whole_second() - ENVELOPE_LIFE;
    let key = file.agent_key().public();
    let delegation = Delegation::sign(owner, &key, before.sequence() + 1, begin, begin + AGENT_KEY_LIFE);
    write_private(&paths.agent_key, &json(&file.under(&delegation)))?;
    Ok(delegation)
}

/// Gives the libp2p node a new key, and so a new name on the network. For a home that nobody runs: two files change.
///
/// # Errors
/// When the identity can't be read or a file can't be written.
pub fn renew_node_key(paths: &Paths, rng: &mut impl CryptoRng) -> Result<(), Failure> {
    let (mut public, _) = read_public(paths)?;
    let file = KeyFile::new(NODE, Seed::random(rng));
    public.peer = file.node_keypair().public().to_peer_id().to_string();
    write_private(&paths.node_key, &json(&file))?;
    write_private(&paths.identity_file, &json(&public))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{UnlockError, unlock};

    fn now() -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000)
    }

    fn pin(text: &str) -> Pin {
        Pin::new(text.to_owned()).expect("a PIN")
    }

    fn home(pin: Option<&Pin>) -> (tempfile::TempDir, Paths) {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        let human = "Alice".parse().expect("a name");
        let agent = "alice-assistant".parse().expect("a name");
        Identity::create(&paths, human, agent, pin, now(), &mut rand::rng()).expect("made");
        (dir, paths)
    }

    #[test]
    fn the_new_pin_opens_the_same_key_and_the_old_one_opens_nothing() {
        let (_dir, paths) = home(Some(&pin("2468")));
        let did = Identity::load(&paths).expect("loaded").did;
        let owner = unlock(&paths, Some(&pin("2468"))).expect("unlocked");
        change_pin(&paths, &owner, &pin("97531"), &mut rand::rng()).expect("changed");
        assert_eq!(unlock(&paths, Some(&pin("97531"))).map(|key| key.did()), Ok(did));
        assert_eq!(unlock(&paths, Some(&pin("2468"))).map(|_| ()), Err(UnlockError::WrongPin));
    }

    #[test]
    fn who_had_no_pin_can_have_one() {
        let (_dir, paths) = home(None);
        let owner = unlock(&paths, None).expect("unlocked");
        change_pin(&paths, &owner, &pin("2468"), &mut rand::rng()).expect("sealed");
        assert!(Identity::load(&paths).expect("loaded").has_pin);
        assert_eq!(unlock(&paths, None).map(|_| ()), Err(UnlockError::PinNeeded));
    }

    #[test]
    fn a_new_agent_key_is_under_the_next_delegation_of_the_same_owner_again_and_again() {
        let (_dir, paths) = home(None);
        let first = Identity::load(&paths).expect("loaded");
        let owner = unlock(&paths, None).expect("unlocked");
        for sequence in 2..5 {
            let later = now() + Duration::from_secs(sequence);
            let delegation = renew_agent_key(&paths, &owner, later, &mut rand::rng()).expect("renewed");
            let renewed = Identity::load(&paths).expect("its files belong together");
            assert_eq!((renewed.did, renewed.peer), (first.did, first.peer));
            assert_eq!((renewed.sender.delegation.sequence(), &renewed.sender.delegation), (sequence, &delegation));
            assert_ne!(renewed.sender.key.public(), first.sender.key.public());
            renewed.check_delegation(later).expect("it holds");
        }
    }

    #[test]
    fn a_key_beside_another_owners_word_is_damage() {
        let (_dir, paths) = home(None);
        let (_other_dir, other) = home(None);
        let owner = unlock(&other, None).expect("unlocked");
        renew_agent_key(&other, &owner, now(), &mut rand::rng()).expect("renewed");
        std::fs::copy(&other.agent_key, &paths.agent_key).expect("copied");
        assert_eq!(
            Identity::load(&paths).map_err(|failure| failure.code.to_string()).err(),
            Some("damaged_identity".to_owned())
        );
    }
}
