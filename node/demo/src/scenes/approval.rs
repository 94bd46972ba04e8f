//! A purchase whose price decides who approves it: £80 goes by the owner's mandate, £500 waits for the human.

use ai2ai_api::command::Grant;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{ConversationView, SentView, VerifyView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::trust::Trust;
use serde_json::json;

use super::acts::{Play, Reaction, proposal, reply, said, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::screen::Who;
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 2] = [
    CastMember { human: "Approver", agent: "buyer-assistant", diary: diaries::empty },
    CastMember { human: "Shop", agent: "shop-assistant", diary: diaries::empty },
];

const INTENT: &str = "commerce.request";
/// Up to this the agent may buy by itself.
const THRESHOLD: u64 = 100;

/// The goods, and the shop's price in whole pounds.
const GOODS: [(&str, u64); 2] = [("Monitor stand", 80), ("Laptop", 500)];

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [approver, shop] = cast else { return Err(Failure::internal("this is for two")) };
    play.introduces(approver, std::slice::from_ref(shop)).await?;
    grants(play, approver, shop).await?;
    let mut bought = Vec::new();
    for (goods, price) in GOODS {
        let offered = offer(play, approver, shop, goods, price).await?;
        let sent = approver.agent(reply(&offered, Reaction::Accept)).await?;
        let by = if price > THRESHOLD {
            waits(play, approver, shop, &sent, price).await?;
            "owner"
        } else {
            went_by_itself(play, approver, &sent, price)?;
            "mandate"
        };
        let verdict = play.agree(approver, shop, &offered.id).await?;
        if approved_by(&verdict, &approver.did) != Some(by) {
            return Err(went_wrong(format!("the agreement of £{price} does not say that it was approved by {by}")));
        }
        bought.push(json!({ "description": goods, "amount": price, "currency": "GBP", "approved_by": by }));
    }
    let bought = json!({ "threshold": THRESHOLD, "bought": bought });
    Ok(SceneResult { result: bought, line: "Approval flow completed".to_owned() })
}

/// The owner decides once: their agent may buy here, up to the threshold.
async fn grants(play: &Play<'_>, approver: &Person, shop: &Person) -> Result<(), Failure> {
    let limits: Object = [("amount", json!(THRESHOLD.to_string())), ("currency", json!("GBP"))]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    let grant = Some(Grant { intents: vec![INTENT.to_owned()], limits, days: 1 });
    let who = shop.did.to_string();
    let pin = Some(approver.pin.clone());
    approver.owner(requests::Trust { who, level: Trust::Trusted, grant, pin }).await?;
    let told = format_args!("grants a mandate with the PIN: purchases at {} up to £{THRESHOLD}", shop.name);
    play.screen.says(Who::Human(approver.name), told);
    Ok(())
}

/// The agent asks for it, within its mandate; the shop's agent names the price, and the shop's owner stands by it.
async fn offer(
    play: &Play<'_>,
    approver: &Person,
    shop: &Person,
    goods: &str,
    price: u64,
) -> Result<ConversationView, Failure> {
    let ask = proposal(shop, INTENT, json!({ "description": goods }));
    let asked = approver.agent(ask).await?;
    if asked.mandate.is_none() {
        return Err(went_wrong("asking for a price waits for the owner, although there is a mandate"));
    }
    play.tells(approver, format_args!("Asking for a {}", goods.to_lowercase()));
    let request = play.finds(shop, approver, INTENT, |said| text(said, "description") == goods).await?;
    let description = text(said(&request)?, "description");
    let terms = json!({ "description": description, "amount": price.to_string(), "currency": "GBP" });
    play.says(shop, reply(&request, Reaction::Offer(terms)), format_args!("Offering it at £{price}")).await?;
    let offered = play.sees(approver, &asked.conversation, |view| view.terms_by.as_deref() == Some("them"));
    offered.await
}

fn went_by_itself(play: &Play<'_>, approver: &Person, sent: &SentView, price: u64) -> Result<(), Failure> {
    if sent.mandate.is_none() || sent.item.is_some() {
        return Err(went_wrong(format!("£{price} waits for the human, although the mandate covers it")));
    }
    play.tells(
        approver,
        format_args!("£{price} is within £{THRESHOLD}: accepted by the mandate, and nobody was asked"),
    );
    Ok(())
}

/// Above the threshold nothing leaves before the human has approved it.
async fn waits(play: &Play<'_>, approver: &Person, shop: &Person, sent: &SentView, price: u64) -> Result<(), Failure> {
    if sent.id.is_some() || sent.item.is_none() {
        return Err(went_wrong(format!("£{price} was accepted without the human")));
    }
    play.tells(approver, format_args!("⚠️ £{price} exceeds £{THRESHOLD} threshold"));
    // Its own terms are on its table once it knows that they have arrived.
    let at_the_shop = play.sees(shop, &sent.conversation, |view| view.terms.is_some()).await?;
    let said = at_the_shop.messages.iter().filter(|message| message.side == "them").count();
    if at_the_shop.state == Phase::Confirmed || said != 1 {
        return Err(went_wrong("the shop heard of it before the human had approved it"));
    }
    play.approves(approver, sent).await?;
    play.tells(approver, "👤 Human APPROVED");
    Ok(())
}

/// Approver of this side of an agreement, as the file itself says.
fn approved_by<'v>(verdict: &'v VerifyView, did: &Did) -> Option<&'v str> {
    verdict.parties.iter().find(|party| party.did == *did).map(|party| party.approved_by.as_str())
}
