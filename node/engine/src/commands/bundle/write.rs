//! Writing of bundles: what waits for somebody becomes a file of sealed envelopes.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{CarriedOutView, View as _};
use ai2ai_core::lookup::contact::contact;
use ai2ai_core::outbound::bundle;
use ai2ai_core::people;
use ai2ai_protocol::bundle::Carried;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::seal::{PublicPrekey, seal_bytes};
use ai2ai_store::cards;

use crate::call::{Call, Lines};
use crate::explain::explain;

/// Writes what waits for `who` as a file's text. It stays in the outbox, and is brought by wire too where there is one: it has
/// its effect once.
pub(crate) async fn out(call: &Call, who: String) -> Lines {
    let context = &call.context;
    let look = context.storage.look(move |tx| {
        let contact = contact(tx, &who)?;
        let card = cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok());
        Ok((contact, card))
    });
    let (contact, card) = look.await?;
    let prekey = card.as_ref().and_then(|card| card.nodes().first()?.prekey(now())).cloned();
    let prekey = prekey.ok_or_else(|| no_key(&contact.name))?;
    let did = contact.did;
    let own = context.own.borrow().card.clone();
    let introduction =
        own.map(|own| people::cards::ping(&context.me, did, &own, now())).transpose().map_err(explain)?;
    let load = context.transact(move |txn| bundle::contents(txn, &did)).await?;
    let receipts = load.receipts;
    let more = load.more;
    let messages = load.envelopes.len() - receipts;
    let text = match load.envelopes.len() {
        0 => None,
        _ => {
            let last = introduction.map(|envelope| envelope.bytes().to_vec());
            let envelopes = load.envelopes.into_iter().chain(last).collect();
            let seal = move || write(did, &prekey, envelopes);
            Some(tokio::task::spawn_blocking(seal).await.map_err(Failure::internal)??)
        }
    };
    Ok(vec![CarriedOutView { did, to: contact.name, messages, receipts, more, text }.line()])
}

fn write(to: Did, prekey: &PublicPrekey, envelopes: Vec<Vec<u8>>) -> Result<String, Failure> {
    let sizes: Vec<usize> = envelopes.iter().map(Vec::len).collect();
    let mut sealed = Vec::new();
    let mut rest = envelopes.as_slice();
    for many in Carried::pack(&sizes) {
        let (these, after) = rest.split_at(many);
        let these: Vec<&[u8]> = these.iter().map(Vec::as_slice).collect();
        sealed.push(seal_bytes(&these, to, prekey, &mut rand::rng()).map_err(Failure::internal)?);
        rest = after;
    }
    String::from_utf8(Carried::write(&to, &sealed)).map_err(Failure::internal)
}

fn no_key(name: &str) -> Failure {
    Failure::new(
        Exit::Failed,
        ErrorCode::NoCard,
        format!("nothing can be sealed to {name}: there is no card of theirs that is still good"),
    )
    .hint("get a new one (`ai2ai card -o FILE` on their machine), and: ai2ai add --card FILE")
}
