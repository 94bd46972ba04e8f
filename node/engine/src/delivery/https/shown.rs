//! Our card by HTTPS: in a sealed ping, to whoever is reached in this way; and as our own web server shows it.

use std::time::{Duration, Instant};

use ai2ai_api::clock::now;
use ai2ai_core::inbound;
use ai2ai_core::people;
use ai2ai_discovery::web::https::Site;
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::receipt::{Outcome, Receipts};
use ai2ai_protocol::seal::seal_bytes;
use futures::future::BoxFuture;

use crate::context::Context;
use crate::delivery::https::door::Door;
use crate::explain::explain;
use crate::peers::card_on_web::{card_in, kept_card};

/// An answer that takes its time. It has a place of its own, so that the commands that wait for it stay small.
type Answer<'a, T> = BoxFuture<'a, Result<T, String>>;

/// Shows our card to whoever a batch was brought to in this way, once: they are going to answer us, and must know where and how.
pub(crate) async fn show(context: Context, door: Door, to: Did) {
    let Some(sequence) = context.own.borrow().card.as_ref().map(Card::sequence) else { return };
    if !context.by_https().is_to_be_shown(&to, sequence) {
        return;
    }
    let taken = match kept_card(&context, to).await {
        Some(theirs) => introduced(&context, &door, &theirs).await,
        None => Err("they have not shown a card yet".to_owned()),
    };
    if !matches!(taken, Ok(Outcome::Accepted)) {
        tracing::debug!(%to, ?taken, "our card was not taken");
        context.by_https().not_shown(&to);
    }
}

/// A round trip: our card there, their receipt back.
///
/// # Errors
/// There is no web server in their card, or no receipt from it that is to be believed.
pub(crate) fn visit<'a>(context: &'a Context, theirs: &'a Card) -> Answer<'a, (Site, Duration)> {
    Box::pin(visited(context, theirs))
}

async fn visited(context: &Context, theirs: &Card) -> Result<(Site, Duration), String> {
    let site = theirs.nodes().first().and_then(|node| Site::named(&node.addresses));
    let door = Door::at(site.ok_or("their card names no web server")?);
    let begun = Instant::now();
    introduced(context, &door, theirs).await?;
    Ok((door.site().clone(), begun.elapsed()))
}

/// Brings our card, and gives what they signed that became of it.
async fn introduced(context: &Context, door: &Door, theirs: &Card) -> Result<Outcome, String> {
    let own = context.own.borrow().card.clone().ok_or("there is no card of ours yet")?;
    let to = *theirs.did();
    let prekey = theirs.nodes().first().and_then(|node| node.prekey(now()));
    let prekey = prekey.ok_or("the key in their card has run out; a newer card is needed")?;
    let ping = people::cards::ping(&context.me, to, &own, now()).map_err(|error| explain(error).message)?;
    let sealed = seal_bytes(&[ping.bytes()], to, prekey, &mut rand::rng()).map_err(|error| error.to_string())?;
    let digest = sealed.digest();
    let answer = door.bring(context, write_batch(&[sealed])).await.map_err(|undelivered| undelivered.why)?;
    let receipts = Receipts::read(&answer, &to).map_err(|refusal| format!("{}: {refusal}", door.site()))?;
    if let Some(card) = receipts.card().filter(|card| *card.did() == to).cloned() {
        context
            .transact(move |txn| inbound::cards::learn_address(txn, &card))
            .await
            .map_err(|failure| failure.message)?;
    }
    let ours = [ping.digest(), digest];
    let receipt = receipts.list().iter().find(|receipt| ours.contains(&receipt.digest));
    receipt.map(|receipt| receipt.outcome).ok_or_else(|| format!("{}: no receipt for what was brought", door.site()))
}

/// Checks that our own web server shows our card, as seen from here.
///
/// # Errors
/// What it does instead.
pub(crate) fn own_site<'a>(context: &'a Context, site: &'a Site) -> Answer<'a, ()> {
    Box::pin(looked_at(context, site))
}

async fn looked_at(context: &Context, site: &Site) -> Result<(), String> {
    let bytes = context.web.ask_at(&context.dns, site.host(), site.port()).await.map_err(|error| error.to_string())?;
    match Card::read(&card_in(bytes)) {
        Ok(card) if card.did() == context.me.did() => Ok(()),
        Ok(card) => Err(format!("{site} shows the card of {}", card.did())),
        Err(refusal) => Err(format!("what {site} shows is no card that verifies: {refusal}")),
    }
}
