//! A buyer's agent asks two merchants for a quote, waits for both, and takes the cheaper; the other one is told so.

use ai2ai_api::exit::Failure;
use ai2ai_api::views::ConversationView;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::ConversationId;
use serde_json::json;

use super::acts::{Play, Reaction, number, proposal, reply, said, terms, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 3] = [
    CastMember { human: "Buyer", agent: "buyer-assistant", diary: diaries::empty },
    CastMember { human: "Merchant B", agent: "merchant-b", diary: diaries::empty },
    CastMember { human: "Merchant C", agent: "merchant-c", diary: diaries::empty },
];

const INTENT: &str = "commerce.request";
const ITEM: &str = "Desk lamp";
const PIECES: u64 = 2;

/// A merchant's price list, in whole pounds.
#[derive(Debug, Clone, Copy)]
struct PriceList {
    each: u64,
    delivery: u64,
}

/// Merchant B has the dearer delivery, Merchant C the dearer lamp.
const PRICE_LISTS: [PriceList; 2] = [PriceList { each: 11, delivery: 6 }, PriceList { each: 15, delivery: 2 }];

impl PriceList {
    fn quote(self, pieces: u64) -> u64 {
        self.each * pieces + self.delivery
    }
}

/// Offer of one merchant.
struct Quote<'a> {
    from: &'a Person,
    conversation: ConversationId,
    pounds: u64,
    view: ConversationView,
}

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [buyer, merchants @ ..] = cast else { return Err(Failure::internal("nobody buys")) };
    play.introduces(buyer, merchants).await?;
    let mut asked = Vec::new();
    for merchant in merchants {
        let ask = proposal(merchant, INTENT, json!({ "description": ITEM, "pieces": PIECES }));
        asked.push(play.says(buyer, ask, format_args!("Requesting a quote from {}", merchant.agent_name())).await?);
    }
    for (merchant, prices) in merchants.iter().zip(PRICE_LISTS) {
        answers(play, merchant, buyer, prices).await?;
    }
    let mut quotes = Vec::new();
    for (from, conversation) in merchants.iter().zip(asked) {
        quotes.push(quote(play, buyer, from, conversation).await?);
    }
    quotes.sort_by_key(|quote| quote.pounds);
    let [cheapest, others @ ..] = quotes.as_slice() else { return Err(went_wrong("nobody quoted")) };
    let chosen = cheapest.from.agent_name();
    let pounds = cheapest.pounds;
    play.says(buyer, reply(&cheapest.view, Reaction::Accept), format_args!("Selecting {chosen} at £{pounds}")).await?;
    play.agree(buyer, cheapest.from, &cheapest.conversation).await?;
    for other in others {
        play.refuses(buyer, &other.conversation, "another offer was better").await?;
        for side in [buyer, other.from] {
            play.sees(side, &other.conversation, |view| view.state == Phase::Rejected).await?;
        }
    }
    let lowest = PRICE_LISTS.iter().map(|prices| prices.quote(PIECES)).min();
    if Some(pounds) != lowest {
        return Err(went_wrong(format!("bought at £{pounds}, where £{lowest:?} was to be had")));
    }
    let prices: Vec<u64> = quotes.iter().map(|quote| quote.pounds).collect();
    Ok(SceneResult {
        result: json!({ "selected": chosen, "amount": pounds, "currency": "GBP", "quotes": prices }),
        line: format!("Buyer selected {chosen} at £{pounds}"),
    })
}

/// A merchant's agent reads the request, reckons by its own price list, and puts terms on the table.
async fn answers(play: &Play<'_>, merchant: &Person, buyer: &Person, prices: PriceList) -> Result<(), Failure> {
    let request = play.finds(merchant, buyer, INTENT, |said| number(said, "pieces").is_some()).await?;
    let wanted = said(&request)?;
    let pieces = number(wanted, "pieces").unwrap_or_default();
    let pounds = prices.quote(pieces);
    let description = format!("{pieces} × {}, delivered", text(wanted, "description"));
    let terms = json!({ "description": description, "amount": pounds.to_string(), "currency": "GBP" });
    play.says(merchant, reply(&request, Reaction::Offer(terms)), format_args!("responding £{pounds}")).await?;
    Ok(())
}

/// The offer of one merchant, once it is on the buyer's table.
async fn quote<'a>(
    play: &Play<'_>,
    buyer: &Person,
    from: &'a Person,
    conversation: ConversationId,
) -> Result<Quote<'a>, Failure> {
    let view = play.sees(buyer, &conversation, |view| view.terms_by.as_deref() == Some("them")).await?;
    let offered = terms(&view)?;
    let pounds = text(offered, "amount").parse().ok().filter(|_| text(offered, "currency") == "GBP");
    let pounds = pounds.ok_or_else(|| went_wrong(format!("{} quoted no pounds", from.name)))?;
    Ok(Quote { from, conversation, pounds, view })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_cheaper_depends_on_how_much_is_bought() {
        let quotes = |pieces| PRICE_LISTS.map(|prices| prices.quote(pieces));
        assert_eq!(quotes(PIECES), [28, 32]);
        assert_eq!(quotes(1), [17, 17]);
    }
}
