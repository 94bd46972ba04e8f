//! What only a contact can try: it becomes one by an invite, and says things in conversations.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::invite::Secret;
use ai2ai_protocol::receipt::{Outcome, Receipt};
use serde_json::{Value, json};

use super::acts::{act, draft, tried};
use super::envelopes::set;
use super::strangers::bring;
use super::{OnFinding, cancels, must, terms, untried};
use crate::Kit;
use crate::judge::{Expect, told};
use crate::report::Verdict;
use crate::stranger::Stranger;

/// What comes first; without it, nothing else here can be tried.
const INVITE: (&str, u8) = ("an invite makes whoever brings it a contact, and only them", 17);
/// What is tried with words, in this order, with the section.
const TALK: [(&str, u8); 2] = [
    ("words open a conversation, and the receipt says how it stands", 10),
    ("an answer in a conversation that is not known is unknown_conversation", 9),
];
/// What is tried last: it makes the agent key of before void.
const ROTATION: &str = "an envelope under an older delegation is bad_delegation";

/// Says of everything here that it was not tried.
pub(crate) fn not_tried(note: OnFinding<'_>, why: &str) {
    note(must(INVITE.0, INVITE.1, untried(why)));
    as_no_contact(note, why);
}

fn as_no_contact(note: OnFinding<'_>, why: &str) {
    for (check, section) in TALK.into_iter().chain(terms::CHECKS) {
        note(must(check, section, untried(why)));
    }
    cancels::not_tried(note, why);
    note(must(ROTATION, 5, untried(why)));
}

/// Becomes a contact and tries everything that takes one.
pub(crate) async fn try_all(kit: &mut Kit, secret: &Secret, note: OnFinding<'_>) -> Result<(), Failure> {
    let first = join(kit, secret).await?;
    if !matches!(&first, Ok(receipt) if receipt.outcome == Outcome::Accepted) {
        let verdict = match first {
            Ok(receipt) if receipt.outcome == Outcome::Refused(Code::RateLimited) => Verdict::PutOff,
            Ok(receipt) => {
                Verdict::Failed(format!("{}, where accepted is due; was it used before?", told(receipt.outcome)))
            }
            Err(why) => Verdict::Failed(why),
        };
        note(must(INVITE.0, INVITE.1, verdict));
        as_no_contact(note, "it takes a contact, and the invite made none");
        return Ok(());
    }
    let again = join(kit, secret).await?;
    let contact = std::mem::replace(&mut kit.stranger, Stranger::new());
    let other = join(kit, secret).await?;
    kit.stranger = contact;
    let is = |receipt: &Result<Receipt, String>, outcome| receipt.as_ref().is_ok_and(|one| one.outcome == outcome);
    let verdict = match (is(&again, Outcome::Accepted), is(&other, Outcome::Refused(Code::InviteInvalid))) {
        (true, true) => Verdict::Passed,
        (false, _) => Verdict::Failed(format!("the same identity, once more: {again:?}")),
        (true, false) => Verdict::Failed(format!("somebody else, with the same secret: {other:?}")),
    };
    note(must(INVITE.0, INVITE.1, verdict));
    let words = act(kit, "message", &Value::Null, json!({ "text": "This is the conformance kit: please ignore it." }));
    note(must(TALK[0].0, TALK[0].1, tried(kit, words, Expect::Accepted(Phase::Proposed)).await?));
    let answer = act(kit, "response", &Value::Null, json!({ "text": "yes" }));
    note(must(TALK[1].0, TALK[1].1, tried(kit, answer, Expect::Refused(&[Code::UnknownConversation])).await?));
    terms::try_all(kit, note).await?;
    cancels::try_all(kit, note).await?;
    note(must(ROTATION, 5, rotation(kit).await?));
    Ok(())
}

async fn join(kit: &mut Kit, secret: &Secret) -> Result<Result<Receipt, String>, Failure> {
    let card = kit.stranger.card(&kit.me);
    let envelope = kit.stranger.envelope(&kit.did(), |draft| {
        set(draft, "intent", "contact.join".into());
        set(draft, "payload", json!({ "invite": secret.reveal(), "card": card }));
    });
    bring(kit, &envelope).await
}

/// Speaks under a newer delegation, then under the one before.
async fn rotation(kit: &mut Kit) -> Result<Verdict, Failure> {
    let newer = kit.stranger.delegation(2);
    let words = json!({ "text": "Under a new delegation." });
    let mut new = draft(kit, "message", &Value::Null, words.clone());
    set(&mut new, "delegation", newer.into());
    let new = kit.stranger.signed(ai2ai_protocol::key::Tag::Envelope, new);
    match tried(kit, new, Expect::Accepted(Phase::Proposed)).await? {
        Verdict::Passed => {
            let old = act(kit, "message", &Value::Null, words);
            tried(kit, old, Expect::Refused(&[Code::BadDelegation])).await
        }
        verdict @ (Verdict::Failed(_) | Verdict::NotTried(_) | Verdict::PutOff) => Ok(verdict),
    }
}
