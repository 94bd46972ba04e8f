//! Who we are to others: the prekeys that open what is sealed to us, and the card that names them.

use std::sync::Arc;

use ai2ai_discovery::address::worth_telling;
use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::limits::{CARD_ADDRESSES, CARD_LIFE, PREKEY_KEPT, PREKEY_OFFERED};
use ai2ai_protocol::name::Intent;
use ai2ai_protocol::seal::{Prekey, PublicPrekey};
use ai2ai_store::prekeys::{self, PrekeyRow};
use ai2ai_store::{View, meta};

use super::mailbox;
use super::reach::{Note, Own, Reach};
use super::turn::{Step, Turn};
use crate::exit::Failure;

/// What this node offers to talk about.
const INTENTS: [&str; 4] = ["schedule.meeting", "schedule.call", "message.relay", "info.request"];

/// Every prekey that may still have something sealed to it.
///
/// # Errors
/// When the database fails.
pub fn keyring(tx: &impl View) -> Step<Vec<Prekey>> {
    Ok(prekeys::all(tx)?.into_iter().map(|row| Prekey::from_secret(*row.secret)).collect())
}

impl Turn<'_, '_> {
    /// A new card with these addresses, and a prekey of today in it.
    pub fn renew_card(&mut self, addresses: Vec<String>) -> Step<Card> {
        let prekey = self.prekey_of_today()?;
        let sender = &self.me.sender;
        let issued_at = self.now.whole_second();
        let draft = CardDraft {
            agent: sender.agent.clone(),
            human: sender.human.clone(),
            sequence: meta::next_sequence(self.tx, "card")?,
            issued_at,
            expires_at: issued_at + CARD_LIFE,
            delegation: sender.delegation.clone(),
            nodes: vec![CardNode { peer: self.me.peer.clone(), addresses, prekeys: vec![prekey] }],
            mailboxes: mailbox::of_card(self.tx, self.now)?,
            intents: INTENTS.iter().filter_map(|intent| intent.parse::<Intent>().ok()).collect(),
            languages: Vec::new(),
            timezone: None,
        };
        draft
            .sign(&sender.key)
            .map_err(|refusal| Failure::internal(format!("our own card is no good: {refusal}")).into())
    }

    /// The prekey to offer: the newest while it is young, else a new one. Those that nothing valid can be sealed to are erased.
    fn prekey_of_today(&mut self) -> Step<PublicPrekey> {
        prekeys::erase_due(self.tx, self.now)?;
        if let Some(row) = prekeys::newest(self.tx)?
            && row.not_after > self.now
        {
            return Ok(Prekey::from_secret(*row.secret).public(row.not_after + CARD_LIFE));
        }
        let secret = self.secret();
        let prekey = Prekey::from_secret(*secret);
        let not_after = (self.now + PREKEY_OFFERED).whole_second();
        prekeys::put(self.tx, &PrekeyRow { id: prekey.id(), secret, not_after, erase_at: not_after + PREKEY_KEPT })?;
        Ok(prekey.public(not_after + CARD_LIFE))
    }
}

/// Signs a card with the addresses of this moment, shows it from now on, and tells the courier of it.
///
/// One at a time: of two, the one that is shown last is the one with the newer addresses.
pub(super) async fn renew(reach: Reach) {
    let _alone = reach.renewing.lock().await;
    let addresses = worth_telling(&reach.network.listen_addresses(), &reach.network.peer());
    let addresses = addresses.iter().map(ToString::to_string).collect();
    match renewed(&reach, addresses).await {
        Ok(own) => drop(reach.notes.send(Note::Renewed(own)).await),
        Err(failure) => tracing::error!(%failure, "the card was not renewed"),
    }
}

/// A new card with these addresses and our web server's, and the keyring, in one turn; the network shows the card from now on.
///
/// # Errors
/// [`Failure`] when the database fails.
pub async fn renewed(reach: &Reach, addresses: Vec<String>) -> Result<Arc<Own>, Failure> {
    let site = reach.site.as_ref().map(|site| site.address().to_string());
    let most = CARD_ADDRESSES - usize::from(site.is_some());
    let addresses = addresses.into_iter().take(most).chain(site).collect();
    let own = reach.turn(move |turn| {
        let card = turn.renew_card(addresses)?;
        let prekeys = keyring(turn.view())?;
        Ok(Own { card: Some(card), prekeys })
    });
    let own = own.await?;
    if let Some(card) = &own.card {
        reach.network.set_card(card.bytes().to_vec()).map_err(Failure::internal)?;
    }
    Ok(Arc::new(own))
}
