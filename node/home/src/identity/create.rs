//! Making an identity: all of it, or nothing.

use std::fs;
use std::io;
use std::path::Path;

use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::limits::CLOCK_SKEW;
use ai2ai_protocol::name::{AgentName, HumanName};
use ai2ai_protocol::time::Timestamp;
use rand::CryptoRng;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;

use super::renew::AGENT_KEY_LIFE;
use super::sealed::{Cost, OwnerFile};
use super::seed::{AGENT, KeyFile, NODE, Seed, json};
use super::{Identity, KIND, PublicFile};
use crate::config::Config;
use crate::files::{private_dir, sync_dir, write_private};
use crate::interrupted::clear_interrupted;
use crate::lock::HomeLock;
use crate::paths::Paths;
use crate::ports;
use crate::tokens;

impl Identity {
    /// Makes the identity of a home, with the tokens of its two doors and its first settings.
    ///
    /// # Errors
    /// `identity_exists`, `in_use`, or what keeps a file from being written.
    pub fn create(
        paths: &Paths,
        human: HumanName,
        agent: AgentName,
        pin: Option<&Pin>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Failure> {
        Self::refuse_a_second(paths)?;
        let _alone = HomeLock::take(paths)?;
        Self::refuse_a_second(paths)?;
        clear_interrupted(paths)?;
        tokens::write_both(paths, rng)?;
        Config::write_first(paths, ports::pick_port(rng))?;
        let beside = paths.identity.with_extension("new");
        clear(&beside)?;
        private_dir(&beside)?;
        let identity = Self::write(&beside, paths, (human, agent), pin, now, rng)?;
        fs::rename(&beside, &paths.identity).map_err(|error| Failure::file("make", &paths.identity, &error))?;
        sync_dir(&paths.data).map_err(|error| Failure::file("write", &paths.data, &error))?;
        Ok(identity)
    }

    /// Refuses when this home has an identity, or what is left of one.
    ///
    /// # Errors
    /// `identity_exists`.
    pub fn refuse_a_second(paths: &Paths) -> Result<(), Failure> {
        if !Self::exists(paths) {
            return Ok(());
        }
        let message = format!("there is an identity in {} already", paths.identity.display());
        Err(Failure::new(Exit::Failed, ErrorCode::IdentityExists, message)
            .hint("Nothing was changed. For a second one on this machine give another --home."))
    }

    /// Writes the four files into `dir`, under the names that they have in `paths`.
    fn write(
        dir: &Path,
        paths: &Paths,
        (human, agent): (HumanName, AgentName),
        pin: Option<&Pin>,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Failure> {
        let owner = OwnerKey::from_seed(Seed::random(rng).bytes());
        let agent_file = KeyFile::new(AGENT, Seed::random(rng));
        let node_file = KeyFile::new(NODE, Seed::random(rng));
        let key = agent_file.agent_key();
        let keypair = node_file.node_keypair();
        let did = owner.did();
        let peer = keypair.public().to_peer_id();
        let begin = now.whole_second() - CLOCK_SKEW;
        let delegation = Delegation::sign(&owner, &key.public(), 1, begin, begin + AGENT_KEY_LIFE);
        let public = PublicFile {
            kind: KIND.to_owned(),
            did,
            agent: agent.clone(),
            human: human.clone(),
            peer: peer.to_string(),
            delegation: delegation.object().clone().into(),
        };
        let put = |path: &Path, bytes: &[u8]| write_private(&dir.join(path.file_name().unwrap_or_default()), bytes);
        put(&paths.owner_key, &json(&OwnerFile::seal(&owner, pin, Cost::NOW, rng)))?;
        put(&paths.agent_key, &json(&agent_file))?;
        put(&paths.node_key, &json(&node_file))?;
        put(&paths.identity_file, &json(&public))?;
        let sender = Sender { agent, human, did, key, delegation };
        Ok(Self { sender, did, keypair, peer, has_pin: pin.is_some() })
    }
}

/// Removes what an interrupted creation left: nobody ever used it.
fn clear(beside: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Failure::file("remove", beside, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
