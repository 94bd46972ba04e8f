//! Agents of the protocol's original, as one dialect on the core: contacts by a pinned PEM key and an endpoint, talks, and items.
//!
//! Contacts, items and messages stand in one table with the native ones, as rows of types of their own; talks and answers to
//! repeats stand in tables of their own. Their envelopes have no approval that could be checked, so a confirm of theirs closes a
//! talk only if it repeats what our own owner has accepted; anything else waits for the owner.
//!
//! | room | what is in it |
//! |---|---|
//! | [`contacts`] | contacts by a pinned key: added, updated, forgotten |
//! | [`talk`] | a talk: its phase, and what an envelope of theirs does to it |
//! | [`items`] | items that wait for the owner: raised, settled, taken back |
//! | [`compose`] | messages to them: translated, encrypted, signed, stored and queued |
//! | [`decide`] | the owner approves or rejects an item |
//! | [`send`] | what the owner or the agent says in a new talk, or in one that there is |
//! | [`drafts`] | what became of a draft |
//! | [`receive`] | envelopes that arrive: sender, repeats, age, and the answer to each |
//! | [`outbox`] | messages on their way: which is posted next, and what came of it |
//! | [`view`] | rows as the answers of `ai2ai-api` show them |
//!
//! A room knows only rooms that stand above it in this table. What needs the network is in `ai2ai-engine`, in its room `legacy`.
//!
//! # What is not in it
//! - No native row is read or written, save that native contacts are looked at for their keys and names, and that forgetting a
//!   contact removes all items of that key.
//! - No approval and no agreement is made: the original has no proof of a human's word.
//! - No tokio, libp2p or HTTP: what is posted, and to whom, is said here; posting it is the engine's.
//! - No clock of its own: the moment is an argument, or that of the transaction.

pub mod compose;
pub mod contacts;
pub mod decide;
pub mod drafts;
pub mod items;
pub mod outbox;
pub mod receive;
pub mod send;
pub mod talk;
pub mod view;

use ai2ai_core::txn::Step;
use ai2ai_protocol::original::OriginalIdentity;
use ai2ai_store::{Store, kv};
use data_encoding::HEXLOWER;

/// Talks with agents of the original.
pub(crate) const TALKS: usize = 1_000;
/// Contacts that speak the original.
pub(crate) const CONTACTS: usize = 1_000;
/// Items that wait for the owner: those of contacts and strangers together.
pub(crate) const ITEMS: u64 = 200;
/// Items among these whose sender nothing proves.
pub(crate) const UNVERIFIED_ITEMS: usize = 50;
/// Envelopes on their way.
pub(crate) const OUTGOING: u64 = 1_000;
/// Key under which the secrets of [`OriginalIdentity`] are stored.
const IDENTITY: &str = "original_identity";
/// Intents that we offer.
pub const INTENTS: [&str; 6] =
    ["schedule.meeting", "schedule.call", "message.relay", "info.request", "info.share", "commerce.request"];

/// Identity of this node to agents of the original; made at its first start, and kept from then on.
///
/// # Errors
/// When the database fails.
pub fn identity(store: &Store) -> Step<OriginalIdentity> {
    let kept = kv::get(&store.read()?, IDENTITY)?.and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
    let kept: Option<[u8; 64]> = kept.and_then(|bytes| bytes.try_into().ok());
    let secrets = match kept {
        Some(secrets) => zeroize::Zeroizing::new(secrets),
        None => {
            let secrets = zeroize::Zeroizing::new(fresh());
            store.write(|tx| kv::put(tx, IDENTITY, &HEXLOWER.encode(&*secrets)))?;
            secrets
        }
    };
    let mut signing = zeroize::Zeroizing::new([0; 32]);
    let mut opening = [0; 32];
    signing.copy_from_slice(&secrets[..32]);
    opening.copy_from_slice(&secrets[32..]);
    Ok(OriginalIdentity::from_secrets(&signing, opening))
}

fn fresh() -> [u8; 64] {
    use rand::Rng as _;
    let mut secrets = [0; 64];
    rand::rng().fill_bytes(&mut secrets);
    secrets
}
