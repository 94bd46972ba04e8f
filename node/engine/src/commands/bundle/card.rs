//! Cards that come by hand: as a file that the owner adds, or in a ping of a contact.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::View as _;
use ai2ai_core::inbound::admission::admit;
use ai2ai_core::lookup::contact::contact;
use ai2ai_core::people::contacts::Introduction;
use ai2ai_core::view::rows;
use ai2ai_protocol::card::Card;
use ai2ai_store::cards;
use serde_json::json;

use crate::call::{Call, Handler, Lines};

/// Makes whoever signed this card a contact.
pub(crate) async fn add(call: &Call, text: &str, name: Option<String>) -> Lines {
    let bad =
        |why: String| Failure::new(Exit::Invalid, ErrorCode::BadCard, format!("this is no card that verifies: {why}"));
    let card = Card::read(text.as_bytes()).map_err(|refusal| bad(refusal.to_string()))?;
    card.check_current(now())
        .map_err(|code| bad(code.to_string()).hint("ask them for a new one: ai2ai card -o FILE"))?;
    let introduction = Introduction { card, met: "card".to_owned(), addresses: Vec::new(), domain: None, dnssec: None };
    let row = call.context.transact(move |txn| admit(txn, &introduction, name)).await?;
    Ok(vec![rows::contact_view(row, None).line()])
}

/// The card of a contact, or of somebody nearby.
impl Handler for requests::CardOf {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        let card = match call.neighbours.named(&who).as_slice() {
            [one] => Some(one.card.clone()),
            [] | [..] => None,
        };
        let card = match card {
            Some(card) => card,
            None => {
                let look = call.context.storage.look(move |tx| {
                    let contact = contact(tx, &who)?;
                    Ok((cards::get(tx, &contact.did)?.and_then(|row| Card::read(&row.bytes).ok()), contact.name))
                });
                let (card, name) = look.await?;
                card.ok_or_else(|| {
                    Failure::new(Exit::Failed, ErrorCode::NoCard, format!("{name} has not shown a card yet"))
                })?
            }
        };
        Ok(vec![json!({ "schema": "card_of/1", "card": card.object() })])
    }
}
