//! What a home holds, read before anything in it works.

use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::token::Tokens;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::remembered::Server;
use ai2ai_home::config::Config;
use ai2ai_home::identity::{Identity, PinGuard};
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use ai2ai_notify::{self as notify, Channel};
use ai2ai_store::{OpenError, Store, contacts};

use crate::courier::{self, Originals, Step, Stop, Vault};

/// What the home of a node holds.
pub(super) struct Kept {
    pub identity: Identity,
    pub vault: Vault,
    pub originals: Originals,
    pub tokens: Tokens,
    pub channels: Vec<Channel>,
    pub store: Store,
    pub known: Known,
}

/// Whom the node knew when it ran last.
pub(super) struct Known {
    /// The domains of its contacts.
    pub domains: Vec<String>,
    /// Where its mail is kept.
    pub mailboxes: Mailboxes,
    /// Nodes that served others.
    pub servers: Vec<Server>,
}

impl Kept {
    pub(super) fn read(paths: &Paths, config: &Config) -> Result<Self, Failure> {
        let identity = Identity::load(paths)?;
        identity.check_delegation(ai2ai_api::clock::now())?;
        let tokens = tokens::read_both(paths)?;
        let channels = notify::open(&config.notify, paths)?;
        let store = open_store(paths)?;
        courier::refuse_if_taken_over(&store, &identity.sender.delegation).map_err(Stop::into_failure)?;
        let (guard, known) = remembered(&store).map_err(Stop::into_failure)?;
        let original = courier::original_identity(&store).map_err(Stop::into_failure)?;
        let vault = Vault::new(paths.clone(), identity.has_pin, guard);
        let originals = Originals::new(original, &config.http.registries);
        Ok(Self { identity, vault, originals, tokens, channels, store, known })
    }
}

/// The count of wrong PINs, and whom the node knew.
fn remembered(store: &Store) -> Step<(PinGuard, Known)> {
    let tx = store.read()?;
    let domains = contacts::all(&tx)?.into_iter().filter_map(|contact| contact.domain).collect();
    let (guard, mailboxes) = (courier::guard(&tx)?, courier::remembered(&tx)?);
    Ok((guard, Known { domains, mailboxes, servers: courier::remembered_servers(store)? }))
}

/// The database of a home.
pub(super) fn open_store(paths: &Paths) -> Result<Store, Failure> {
    let failed = |error: OpenError| Failure::new(Exit::Failed, "database", error.to_string());
    Store::open(&paths.database).map_err(failed)
}
