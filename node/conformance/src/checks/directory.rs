//! §23: who is listed, and what is found.

use ai2ai_api::clock::now;
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{DirectoryRequest, Search, read_found, read_listed};
use ai2ai_protocol::limits::DIRECTORY_TEXT_CHARS;
use ai2ai_protocol::refusal::Refusal;
use serde_json::json;

use super::envelopes::set;
use super::mailbox::refused;
use super::{OnFinding, must, untried};
use crate::Kit;
use crate::report::Verdict;
use crate::wire::{NOT_SPOKEN, Protocol};

const TOO_LONG: &str = "a search that is too long is too_large";
const OF_ANOTHER: &str = "a card of another node is wrong_recipient";
const CHANGED: &str = "a card that was changed is bad_signature";
const LISTED: &str = "a card is listed until it expires";
const OLDER: &str = "a card that is older than the one that is listed is expired";
const FOUND: &str = "a card is found by its names, its intents and its words";
const UNFIT: &str = "what does not fit is not found";
const UNLISTED: &str = "whoever is listed no more is not found";

/// Everything, where it lists anybody at all.
pub(crate) async fn try_all(kit: &mut Kit, note: OnFinding<'_>) {
    let long = Search { name: Some("x".repeat(DIRECTORY_TEXT_CHARS + 1)), ..Search::default() };
    let answer = ask(kit, long.write()).await;
    if answer.as_ref().is_err_and(|why| why == NOT_SPOKEN) {
        for check in [TOO_LONG, OF_ANOTHER, CHANGED, LISTED, OLDER, FOUND, UNFIT, UNLISTED] {
            note(must(check, 23, untried("it lists nobody")));
        }
        return;
    }
    note(must(TOO_LONG, 23, refused(answer.map(|answer| read_found(&answer, &long, now())), Code::TooLarge)));
    let of_another = kit.stranger.card_of(&kit.wire.peer.to_string(), 2);
    note(must(OF_ANOTHER, 23, refused(lists(kit, &of_another).await, Code::WrongRecipient)));
    let card = kit.stranger.card_of(&kit.me, 2);
    let mut changed = card.clone();
    set(&mut changed, "human", "Somebody else".into());
    note(must(CHANGED, 23, refused(lists(kit, &changed).await, Code::BadSignature)));
    let until = lists(kit, &card).await;
    let is_listed = matches!(until, Ok(Ok(_)));
    note(must(LISTED, 23, listed(until, &card)));
    if !is_listed {
        for check in [OLDER, FOUND, UNFIT, UNLISTED] {
            note(must(check, 23, untried("it takes a card that is listed, and there is none")));
        }
        return;
    }
    let older = kit.stranger.card_of(&kit.me, 1);
    note(must(OLDER, 23, refused(lists(kit, &older).await, Code::Expired)));
    searches(kit, note).await;
}

async fn searches(kit: &mut Kit, note: OnFinding<'_>) {
    let human = kit.stranger.human();
    let fits = [
        Search { name: Some(human.to_uppercase()), ..Search::default() },
        Search { name: Some(human.clone()), intent: "message.relay".parse().ok(), text: None },
        Search { text: Some(format!("KIT {human}")), ..Search::default() },
    ];
    let verdict = all(kit, &fits, true).await;
    note(must(FOUND, 23, verdict));
    let unfit = [
        Search { name: Some(human.clone()), intent: "commerce.offer".parse().ok(), text: None },
        Search { text: Some(format!("{human} dentist")), ..Search::default() },
        Search { name: Some(human[..human.len() - 1].to_owned()), ..Search::default() },
    ];
    let verdict = all(kit, &unfit, false).await;
    note(must(UNFIT, 23, verdict));
    let answer = ask(kit, DirectoryRequest::unlist(&kit.stranger.did)).await.map(|answer| read_listed(&answer));
    let verdict = match answer {
        Ok(Ok(None)) => all(kit, &fits, false).await,
        Ok(Ok(Some(until))) => Verdict::Failed(format!("listed until {until}")),
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => Verdict::PutOff,
        Ok(Err(refusal)) => Verdict::Failed(format!("refused: {refusal}")),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    };
    note(must(UNLISTED, 23, verdict));
}

/// Whether each search finds our card, or none does. What the directory hands out beside what was asked counts as found.
async fn all(kit: &mut Kit, searches: &[Search], is_due: bool) -> Verdict {
    for search in searches {
        let answer = ask(kit, search.write()).await;
        // Nothing is left out here: whoever asks drops what does not fit, and here it is looked for.
        let found = match answer.map(|answer| read_found(&answer, &Search::default(), now())) {
            Ok(Ok(cards)) => cards,
            Ok(Err(refusal)) if refusal.code == Code::RateLimited => return Verdict::PutOff,
            Ok(Err(refusal)) => return Verdict::Failed(format!("refused: {refusal}")),
            Err(why) => return Verdict::Failed(format!("no answer: {why}")),
        };
        if found.iter().any(|card| *card.did() == kit.stranger.did) != is_due {
            let what = if is_due { "not found" } else { "found" };
            return Verdict::Failed(format!("{what} by {search:?}"));
        }
    }
    Verdict::Passed
}

async fn ask(kit: &mut Kit, request: Vec<u8>) -> Result<Vec<u8>, String> {
    kit.wire.ask(Protocol::Directory, request).await
}

type ListedResult = Result<Result<Option<ai2ai_protocol::time::Timestamp>, Refusal>, String>;

async fn lists(kit: &mut Kit, card: &Object) -> ListedResult {
    let request = canonical(&json!({ "ai2ai": "0.2", "type": "directory_list", "card": card }));
    ask(kit, request).await.map(|answer| read_listed(&answer))
}

fn listed(answer: ListedResult, card: &Object) -> Verdict {
    let due = Card::read(&canonical(card)).ok().map(|card| card.expires_at());
    match answer {
        Ok(Ok(until)) if until == due => Verdict::Passed,
        Ok(Ok(until)) => Verdict::Failed(format!("until {until:?}, where {due:?} is due")),
        Ok(Err(refusal)) if refusal.code == Code::MailboxFull => untried("it has no room for one more card"),
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => Verdict::PutOff,
        Ok(Err(refusal)) => Verdict::Failed(format!("refused: {refusal}")),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}
