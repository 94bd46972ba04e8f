//! The card of this node, and the prekeys that it offers.

use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::limits::{CARD_LIFE, PREKEY_KEPT, PREKEY_OFFERED};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::seal::{Prekey, PublicPrekey};
use ai2ai_store::prekeys::{self, PrekeyRow};
use ai2ai_store::{View, kv};

use crate::error::CardError;
use crate::people::mailboxes;
use crate::txn::{Step, Txn};

/// Intents that this node offers to talk about.
const INTENTS: [&str; 4] = ["schedule.meeting", "schedule.call", "message.relay", "info.request"];

/// Every prekey that may still have something sealed to it.
///
/// # Errors
/// When the database fails.
pub fn keyring(tx: &impl View) -> Step<Vec<Prekey>> {
    Ok(prekeys::all(tx)?.into_iter().map(|row| Prekey::from_secret(*row.secret)).collect())
}

/// Signs a new card with these addresses, and a prekey of today in it.
///
/// # Errors
/// When the database fails.
pub fn renew(txn: &mut Txn<'_, '_>, addresses: Vec<String>) -> Step<Card> {
    let prekey = prekey_of_today(txn)?;
    let sender = &txn.me.sender;
    let issued_at = txn.now.whole_second();
    let draft = CardDraft {
        agent: sender.agent.clone(),
        human: sender.human.clone(),
        sequence: kv::next_sequence(txn.tx, "card")?,
        issued_at,
        expires_at: issued_at + CARD_LIFE,
        delegation: sender.delegation.clone(),
        nodes: vec![CardNode { peer: txn.me.peer.clone(), addresses, prekeys: vec![prekey] }],
        mailboxes: mailboxes::of_card(txn.tx, txn.now)?,
        intents: INTENTS.iter().filter_map(|intent| intent.parse::<Intent>().ok()).collect(),
        languages: Vec::new(),
        timezone: None,
    };
    Ok(draft.sign(&sender.key).map_err(CardError::Card)?)
}

/// The prekey to offer: the newest while it is young, else a new one. Those that nothing valid can be sealed to are erased.
fn prekey_of_today(txn: &mut Txn<'_, '_>) -> Step<PublicPrekey> {
    prekeys::erase_due(txn.tx, txn.now)?;
    if let Some(row) = prekeys::newest(txn.tx)?
        && row.not_after > txn.now
    {
        return Ok(Prekey::from_secret(*row.secret).public(row.not_after + CARD_LIFE));
    }
    let secret = txn.secret();
    let prekey = Prekey::from_secret(*secret);
    let not_after = (txn.now + PREKEY_OFFERED).whole_second();
    prekeys::put(txn.tx, &PrekeyRow { id: prekey.id(), secret, not_after, erase_at: not_after + PREKEY_KEPT })?;
    Ok(prekey.public(not_after + CARD_LIFE))
}
