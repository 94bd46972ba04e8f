//! Mailbox deposits, on the sender's side: what could not be brought to a recipient is left in one of the mailboxes that their
//! card names.
//!
//! Each time that bringing it directly has failed, one more of their mailboxes gets it. The message stays in the outbox, and is
//! brought directly and left elsewhere until the recipient's own receipt comes: a mailbox is believed for nothing.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::outbound::deposits::{self, to_deposit};
use ai2ai_core::outbound::due::Due;
use ai2ai_discovery::address::split_peer;
use ai2ai_network::{Fate, VolunteerService};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::mailbox::{Custody, Deposit};
use ai2ai_protocol::seal::{PublicPrekey, Sealed, seal_bytes};
use ai2ai_store::cards;
use libp2p::{Multiaddr, PeerId};

use crate::context::Context;

/// A mailbox of the recipient's.
struct Mailbox {
    peer: PeerId,
    addresses: Vec<Multiaddr>,
}

/// Leaves what waits for a recipient in the next of their mailboxes, if they have any. Nothing is brought to them meanwhile: so
/// nobody is told that a message never left while a mailbox gets it.
pub(crate) async fn deposit(context: &Context, to: Did) {
    if let Err(failure) = leave(context, to).await {
        tracing::warn!(%to, %failure, "nothing was deposited");
    }
}

async fn leave(context: &Context, to: Did) -> Result<(), Failure> {
    let card = context.storage.look(move |tx| Ok(cards::get(tx, &to)?)).await?;
    let Some(card) = card.and_then(|row| Card::read(&row.bytes).ok()) else { return Ok(()) };
    let Some(prekey) = card.nodes().first().and_then(|node| node.prekey(now())).cloned() else { return Ok(()) };
    for mailbox in mailboxes(&card) {
        let mut kept = false;
        while let Some(took) = fill(context, to, &prekey, &mailbox).await? {
            kept |= took;
            if !took {
                break;
            }
        }
        if kept {
            return Ok(());
        }
    }
    Ok(())
}

/// The mailboxes that a card names, in its order, each with all its addresses.
fn mailboxes(card: &Card) -> Vec<Mailbox> {
    let mut list: Vec<Mailbox> = Vec::new();
    for text in card.mailboxes() {
        let Ok((address, Some(peer))) = text.parse().map(|address: Multiaddr| split_peer(&address)) else { continue };
        match list.iter_mut().find(|known| known.peer == peer) {
            Some(known) => known.addresses.push(address),
            None => list.push(Mailbox { peer, addresses: vec![address] }),
        }
    }
    list
}

/// Deposits one batch; whether the mailbox keeps anything of it. None when there is nothing that it does not keep already.
async fn fill(context: &Context, to: Did, prekey: &PublicPrekey, mailbox: &Mailbox) -> Result<Option<bool>, Failure> {
    let me = *context.me.did();
    let peer = mailbox.peer.to_string();
    let of = to;
    let at = peer.clone();
    let waiting = context.storage.look(move |tx| to_deposit(tx, &me, &of, &at, now())).await?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let prekey = prekey.clone();
    let sealed = tokio::task::spawn_blocking(move || seal_each(&waiting, to, &prekey));
    let (ids, mut sealed): (Vec<MessageId>, Vec<Sealed>) = sealed.await.map_err(Failure::internal)?.into_iter().unzip();
    sealed.truncate(Deposit::how_many_fit(&sealed));
    let ids = ids.into_iter().take(sealed.len()).collect::<Vec<_>>();
    // It is noted before it leaves, so that nobody takes back afterwards what a mailbox may have.
    let noted = ids.clone();
    let go = context.transact(move |txn| deposits::attempted(txn, &noted)).await?;
    let (ids, sealed): (Vec<MessageId>, Vec<Sealed>) =
        ids.into_iter().zip(sealed).filter(|(id, _)| go.contains(id)).unzip();
    if ids.is_empty() {
        return Ok(None);
    }
    let request = Deposit::write(&to, &sealed);
    let answer =
        context.network.ask_service(VolunteerService::Mailbox, mailbox.peer, mailbox.addresses.clone(), request).await;
    let custody = match answer {
        Ok(answer) => Custody::read(&answer, &peer, &to).map_err(|refusal| (Fate::Unknown, refusal.to_string())),
        Err(error) => Err((error.fate(), error.to_string())),
    };
    match custody {
        Ok(custody) => {
            let kept = sealed.iter().any(|sealed| custody.keeps(&sealed.digest()));
            context.transact(move |txn| deposits::deposited(txn, &ids, &sealed, &custody)).await?;
            Ok(Some(kept))
        }
        Err((fate, why)) => {
            context.not_brought(ids, fate, format!("their mailbox at {peer}: {why}")).await?;
            Ok(Some(false))
        }
    }
}

/// Seals each by itself, so that a mailbox can let go of each by itself. Nothing, when their key is none.
fn seal_each(waiting: &[Due], to: Did, prekey: &PublicPrekey) -> Vec<(MessageId, Sealed)> {
    let one = |due: &Due| Some((due.id, seal_bytes(&[&due.bytes], to, prekey, &mut rand::rng()).ok()?));
    waiting.iter().filter_map(one).collect()
}
