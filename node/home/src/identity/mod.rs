//! Identity of a node: the owner's key, the agent's key under the owner's delegation, and the libp2p node's key.
//!
//! The files appear together: they are written into a directory beside, which is renamed into place at the end. An
//! interrupted creation leaves no identity, and the next one begins anew.

mod create;
mod pin_guard;
mod renew;
mod sealed;
mod seed;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::views::KeysView;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{NodeKey, OwnerKey};
use ai2ai_protocol::name::{AgentName, HumanName};
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;
use libp2p::identity::{Keypair, OtherVariantError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

pub use pin_guard::{FIRST_WAIT, FREE_TRIES, LONGEST_WAIT, PinGuard};
pub use renew::{AGENT_KEY_LIFE, change_pin, renew_agent_key, renew_node_key};
pub use sealed::UnlockError;
pub(crate) use sealed::{Cost, stretched};

use sealed::OwnerFile;
use seed::KeyFile;

use crate::files::{SMALL_FILE_BYTES, read_secret, read_small};
use crate::paths::Paths;

/// Type mark of the public file.
const KIND: &str = "ai2ai identity 1";

/// An identity that was loaded. The owner key stays on disk until an approval needs it: [`unlock`].
#[derive(Debug)]
pub struct Identity {
    /// The names, the agent's key and the owner's word for it: what signs envelopes.
    pub sender: Sender,
    /// The identity.
    pub did: Did,
    /// The libp2p node's keys.
    pub keypair: Keypair,
    /// The libp2p node's name.
    pub peer: PeerId,
    /// Set if a PIN seals the owner key.
    pub has_pin: bool,
}

/// The public part, in `identity.json`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicFile {
    kind: String,
    did: Did,
    agent: AgentName,
    human: HumanName,
    peer: String,
    delegation: Value,
}

impl Identity {
    /// Tells whether this home has an identity, or what is left of one.
    #[must_use]
    pub fn exists(paths: &Paths) -> bool {
        paths.has_identity()
    }

    /// Reads the identity of a home, and checks that its parts belong together.
    ///
    /// # Errors
    /// `no_identity`, `damaged_identity`, `loose_mode` when others may read a key, or what keeps a file from being read.
    pub fn load(paths: &Paths) -> Result<Self, Failure> {
        if !Self::exists(paths) {
            return Err(no_identity(paths));
        }
        let owner = OwnerFile::read(&read_secret(&paths.owner_key)?);
        let owner = owner.map_err(|error| damaged(paths, &format!("owner.key: {error}")))?;
        let key_file = |kind, path| {
            KeyFile::read(kind, &read_secret(path)?)
                .map_err(|error| damaged(paths, &format!("{}: {error}", path.display())))
        };
        let agent_file = key_file(seed::AGENT, &paths.agent_key)?;
        let key = agent_file.agent_key();
        let keypair = key_file(seed::NODE, &paths.node_key)?.node_keypair();
        let peer = keypair.public().to_peer_id();
        let (public, first) = read_public(paths)?;
        let delegation = match agent_file.delegation() {
            None => first,
            Some(read) => read.map_err(|refusal| damaged(paths, &format!("agent.key: {refusal}")))?,
        };
        let did = public.did;
        let together = owner.did() == &did
            && delegation.did() == &did
            && delegation.key() == &key.public()
            && public.peer == peer.to_string();
        if !together {
            return Err(damaged(paths, "its files are not of one identity"));
        }
        let sender = Sender { agent: public.agent, human: public.human, did, key, delegation };
        Ok(Self { sender, did, keypair, peer, has_pin: owner.has_pin() })
    }

    /// Checks that the owner's word for the agent key holds now.
    ///
    /// # Errors
    /// `delegation_ended`, or `clock` when it has not begun: then the clock is wrong.
    pub fn check_delegation(&self, now: Timestamp) -> Result<(), Failure> {
        let delegation = &self.sender.delegation;
        if delegation.covers(now) {
            return Ok(());
        }
        if now < delegation.not_before() {
            let message = format!("the clock says {now}, which is before this identity was made");
            return Err(Failure::new(Exit::Failed, ErrorCode::Clock, message).hint("Set the clock of this machine."));
        }
        let message = format!("the agent's key could speak for you until {}", delegation.not_after());
        Err(Failure::new(Exit::Failed, ErrorCode::DelegationEnded, message)
            .hint("Nobody accepts its messages any more. If the clock is right, renew it: ai2ai keys rotate"))
    }
}

impl From<&Identity> for KeysView {
    fn from(identity: &Identity) -> Self {
        let delegation = &identity.sender.delegation;
        Self {
            did: identity.did,
            has_pin: identity.has_pin,
            agent_key: *delegation.key(),
            delegation: delegation.sequence(),
            until: delegation.not_after(),
            peer: identity.peer.to_string(),
        }
    }
}

/// The node key as what signs custody receipts.
///
/// # Errors
/// When the node's key is none of Ed25519.
pub fn node_key(keypair: &Keypair) -> Result<NodeKey, OtherVariantError> {
    let keys = keypair.clone().try_into_ed25519()?;
    let seed = <[u8; 32]>::try_from(keys.secret().as_ref()).expect("an Ed25519 secret has 32 bytes");
    Ok(NodeKey::from_seed(&Zeroizing::new(seed)))
}

/// Opens the owner key of a home. With a PIN this takes about 0.1 s and 64 MiB: call it where blocking is allowed, and
/// ask a [`PinGuard`] first.
///
/// # Errors
/// [`UnlockError`].
pub fn unlock(paths: &Paths, pin: Option<&Pin>) -> Result<OwnerKey, UnlockError> {
    let bytes = read_secret(&paths.owner_key).map_err(|failure| UnlockError::Unreadable(failure.message))?;
    OwnerFile::read(&bytes)?.open(pin)
}

/// Tells whether a PIN seals the owner key of a home.
///
/// # Errors
/// When the key file is absent, open to others, or damaged.
pub fn has_pin(paths: &Paths) -> Result<bool, UnlockError> {
    let bytes = read_secret(&paths.owner_key).map_err(|failure| UnlockError::Unreadable(failure.message))?;
    OwnerFile::read(&bytes).map(|file| file.has_pin())
}

impl From<UnlockError> for Failure {
    fn from(error: UnlockError) -> Self {
        let message = error.to_string();
        match error {
            UnlockError::PinNeeded => Self::new(Exit::Refused, ErrorCode::PinNeeded, message)
                .hint("Type it when asked, or give it with --pin-file FILE, or on standard input."),
            UnlockError::WrongPin => Self::new(Exit::Refused, ErrorCode::WrongPin, message).hint("Nothing was done."),
            UnlockError::Damaged(_) => Self::new(Exit::Failed, ErrorCode::DamagedIdentity, message)
                .hint("Put owner.key back from your copy of the home directory."),
            UnlockError::Unreadable(_) => Self::new(Exit::Failed, ErrorCode::Io, message),
        }
    }
}

/// Failure for a PIN that is not tried yet because too many were wrong.
#[must_use]
pub fn too_many_pins(wait: std::time::Duration) -> Failure {
    let seconds = wait.as_secs().max(1);
    Failure::new(
        Exit::Refused,
        ErrorCode::PinWait,
        format!("too many wrong PINs: the next one is tried in {seconds} s"),
    )
}

fn read_public(paths: &Paths) -> Result<(PublicFile, Delegation), Failure> {
    let bytes = read_small(&paths.identity_file, SMALL_FILE_BYTES)?;
    let bad = |error: String| damaged(paths, &format!("identity.json: {error}"));
    let public: PublicFile = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
    if public.kind != KIND {
        return Err(bad(format!("it is not of the kind `{KIND}`")));
    }
    let delegation = Delegation::read(&public.delegation).map_err(|refusal| bad(refusal.to_string()))?;
    Ok((public, delegation))
}

/// There is nobody here yet.
#[must_use]
pub fn no_identity(paths: &Paths) -> Failure {
    Failure::new(Exit::Failed, ErrorCode::NoIdentity, format!("there is no identity in {}", paths.data.display()))
        .hint("Make one: ai2ai init --human \"Your Name\"")
}

fn damaged(paths: &Paths, what: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        ErrorCode::DamagedIdentity,
        format!("the identity in {} is damaged: {what}", paths.identity.display()),
    )
    .hint("Put the directory back from your copy. Without one, move it away and make a new identity.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::time::Duration;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000)
    }

    fn home() -> (tempfile::TempDir, Paths) {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        (dir, paths)
    }

    fn create(paths: &Paths, pin: Option<&Pin>) -> Result<Identity, Failure> {
        let human = "Alice".parse().expect("a name");
        let agent = "alice-assistant".parse().expect("a name");
        Identity::create(paths, human, agent, pin, now(), &mut rand::rng())
    }

    fn code<T>(result: Result<T, Failure>) -> String {
        result.err().map_or_else(String::new, |failure| failure.code.to_string())
    }

    #[test]
    fn what_was_made_is_what_is_loaded() {
        let (_dir, paths) = home();
        let pin = Pin::new("2468".to_owned()).expect("a PIN");
        let made = create(&paths, Some(&pin)).expect("made");
        let loaded = Identity::load(&paths).expect("loaded");
        assert_eq!((made.did, made.peer), (loaded.did, loaded.peer));
        assert_eq!(loaded.sender.key.public(), *loaded.sender.delegation.key());
        assert!(loaded.has_pin && loaded.check_delegation(now()).is_ok());
        assert_eq!(unlock(&paths, Some(&pin)).expect("unlocked").did(), loaded.did);
        assert_eq!(unlock(&paths, None).map(|_| ()), Err(UnlockError::PinNeeded));
        let wrong = Pin::new("1357".to_owned()).expect("a PIN");
        assert_eq!(unlock(&paths, Some(&wrong)).map(|_| ()), Err(UnlockError::WrongPin));
    }

    #[test]
    fn every_secret_is_for_its_owner_only() {
        let (_dir, paths) = home();
        create(&paths, None).expect("made");
        for file in [&paths.owner_key, &paths.agent_key, &paths.node_key, &paths.owner_token, &paths.agent_token] {
            assert_eq!(fs::metadata(file).expect("there").mode() & 0o777, 0o600, "{}", file.display());
        }
        for dir in [&paths.data, &paths.identity] {
            assert_eq!(fs::metadata(dir).expect("there").mode() & 0o777, 0o700, "{}", dir.display());
        }
        for key in [&paths.owner_key, &paths.agent_key, &paths.node_key] {
            fs::set_permissions(key, fs::Permissions::from_mode(0o644)).expect("a mode");
            assert_eq!(code(Identity::load(&paths)), "loose_mode", "{}", key.display());
            fs::set_permissions(key, fs::Permissions::from_mode(0o600)).expect("a mode");
        }
    }

    #[test]
    fn an_identity_is_never_overwritten() {
        let (_dir, paths) = home();
        let first = create(&paths, None).expect("made");
        assert_eq!(code(create(&paths, None)), "identity_exists");
        fs::remove_file(&paths.identity_file).expect("lost");
        assert_eq!(code(create(&paths, None)), "identity_exists", "what is left of one is not overwritten either");
        assert_eq!(unlock(&paths, None).expect("its key").did(), first.did);
    }

    #[test]
    fn an_interrupted_creation_is_begun_anew() {
        let (_dir, paths) = home();
        let beside = paths.identity.with_extension("new");
        fs::create_dir_all(&beside).expect("a directory");
        fs::write(beside.join("owner.key"), "half a ke").expect("a file");
        fs::write(&paths.owner_token, "").expect("a file");
        assert_eq!(code(Identity::load(&paths)), "no_identity");
        let made = create(&paths, None).expect("made");
        assert_eq!(Identity::load(&paths).expect("loaded").did, made.did);
        assert!(!beside.exists());
    }

    #[test]
    fn parts_of_two_identities_do_not_make_one() {
        let (_one, ours) = home();
        let (_two, theirs) = home();
        create(&ours, None).expect("made");
        create(&theirs, None).expect("made");
        for (our, their) in [
            (&ours.owner_key, &theirs.owner_key),
            (&ours.agent_key, &theirs.agent_key),
            (&ours.node_key, &theirs.node_key),
            (&ours.identity_file, &theirs.identity_file),
        ] {
            let kept = fs::read(our).expect("ours");
            fs::write(our, fs::read(their).expect("theirs")).expect("swapped");
            assert_eq!(code(Identity::load(&ours)), "damaged_identity", "{}", our.display());
            fs::write(our, "{}").expect("emptied");
            assert_eq!(code(Identity::load(&ours)), "damaged_identity", "{}", our.display());
            fs::write(our, kept).expect("put back");
        }
        Identity::load(&ours).expect("whole again");
    }

    #[test]
    fn a_delegation_ends_and_says_so() {
        let (_dir, paths) = home();
        let identity = create(&paths, None).expect("made");
        let end = identity.sender.delegation.not_after();
        assert_eq!(code(identity.check_delegation(end)), "delegation_ended");
        assert!(identity.check_delegation(end - Duration::from_secs(1)).is_ok());
        assert_eq!(code(identity.check_delegation(now() - Duration::from_secs(3_600))), "clock");
    }
}
