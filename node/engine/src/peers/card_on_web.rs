//! Cards on web servers: of a contact, and of whoever a domain leads to.

use ai2ai_api::clock::now;
use ai2ai_discovery::web::https::Site;
use ai2ai_protocol::canonical::{canonical, read_object};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::limits::CARD_BYTES;
use ai2ai_store::{cards, contacts};

use crate::context::Context;

/// The card of a contact at the web server that their last card names, or at their domain. It verifies, is of this time, and is theirs.
pub(crate) async fn card_of(context: &Context, did: Did) -> Option<Card> {
    let known = kept_card(context, did).await;
    let site = known.and_then(|card| Site::named(&card.nodes().first()?.addresses));
    if let Some(site) = site
        && let Ok(bytes) = context.web.ask_at(&context.dns, site.host(), site.port()).await
        && let Some(card) = theirs(bytes, &did)
    {
        return Some(card);
    }
    let contact = context.storage.look(move |tx| Ok(contacts::get(tx, &did)?)).await.ok()??;
    theirs(context.web.ask(&context.dns, &contact.domain?).await.ok()?, &did)
}

fn theirs(bytes: Vec<u8>, did: &Did) -> Option<Card> {
    let card = Card::read(&card_in(bytes)).ok()?;
    (card.did() == did && card.check_current(now()).is_ok()).then_some(card)
}

/// The last card of somebody, as it is stored.
pub(crate) async fn kept_card(context: &Context, of: Did) -> Option<Card> {
    let row = context.storage.look(move |tx| Ok(cards::get(tx, &of)?)).await.ok()??;
    Card::read(&row.bytes).ok()
}

/// The card that a web server has there: as it stands, or as the member `card` of the original's document.
pub(crate) fn card_in(bytes: Vec<u8>) -> Vec<u8> {
    let held = read_object(&bytes, CARD_BYTES).ok().and_then(|mut document| document.remove("card"));
    held.filter(serde_json::Value::is_object).map_or(bytes, |card| canonical(&card))
}
