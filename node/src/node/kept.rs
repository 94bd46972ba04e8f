//! What a home holds, read before anything in it works.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::token::Tokens;
use ai2ai_core::people::takeover;
use ai2ai_core::txn::Step;
use ai2ai_discovery::mailboxes::Mailboxes;
use ai2ai_discovery::remembered::Server;
use ai2ai_engine::explain::explain;
use ai2ai_engine::lookup::dht;
use ai2ai_engine::owner_key::{self, OwnerKeyFile};
use ai2ai_engine::peers::mailboxes;
use ai2ai_engine::state::originals::Originals;
use ai2ai_home::config::Config;
use ai2ai_home::identity::{Identity, PinGuard};
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use ai2ai_notify::{self as notify, Channel};
use ai2ai_store::{OpenError, Store, contacts};

/// What the home of a node holds.
pub(super) struct HomeContents {
    pub identity: Identity,
    pub owner_key_file: OwnerKeyFile,
    pub originals: Originals,
    pub tokens: Tokens,
    pub channels: Vec<Channel>,
    pub store: Store,
    pub known: KnownPeers,
}

/// Whom the node knew when it ran last.
pub(super) struct KnownPeers {
    /// The domains of its contacts.
    pub domains: Vec<String>,
    /// Where its mail is kept.
    pub mailboxes: Mailboxes,
    /// Nodes that served others.
    pub servers: Vec<Server>,
}

impl HomeContents {
    pub(super) fn read(paths: &Paths, config: &Config) -> Result<Self, Failure> {
        let identity = Identity::load(paths)?;
        identity.check_delegation(ai2ai_api::clock::now())?;
        let tokens = tokens::read_both(paths)?;
        let channels = notify::open(&config.notify, paths)?;
        let store = open_store(paths)?;
        takeover::refuse_if_taken_over(&store, &identity.sender.delegation).map_err(explain)?;
        let (guard, known) = remembered(&store).map_err(explain)?;
        let original = ai2ai_legacy::identity(&store).map_err(explain)?;
        let owner_key_file = OwnerKeyFile::new(paths.clone(), identity.has_pin, guard);
        let originals = Originals::new(original, &config.http.registries);
        Ok(Self { identity, owner_key_file, originals, tokens, channels, store, known })
    }
}

/// The count of wrong PINs, and whom the node knew.
fn remembered(store: &Store) -> Step<(PinGuard, KnownPeers)> {
    let tx = store.read()?;
    let domains = contacts::all(&tx)?.into_iter().filter_map(|contact| contact.domain).collect();
    let mailboxes = mailboxes::remembered(&tx)?;
    Ok((owner_key::guard(&tx)?, KnownPeers { domains, mailboxes, servers: dht::remembered(store)? }))
}

/// The database of a home.
pub(super) fn open_store(paths: &Paths) -> Result<Store, Failure> {
    let failed = |error: OpenError| Failure::new(Exit::Failed, ErrorCode::Database, error.to_string());
    Store::open(&paths.database).map_err(failed)
}
