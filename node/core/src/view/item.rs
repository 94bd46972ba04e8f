//! Views of items that wait for the owner.

use ai2ai_api::forget::Forget;
use ai2ai_api::views::{CANCELLED, ItemView, PendingView, RENEWAL};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Side;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::terms;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_store::{View, contacts, conversations, quarantine};

use crate::content::{Reply, Words, times_in};
use crate::decisions::replies::answer;
use crate::inbox::snooze::snoozed;
use crate::lookup::conversation::standing_terms;
use crate::lookup::item::{is_notice, received, request_in};
use crate::outbound::policy::why_it_waits;
use crate::txn::Step;
use crate::view::rows::view_of;

/// Name of whom an item is with that is between the owner and their own agent.
const OWN_AGENT: &str = "your own agent";

fn kind_name(kind: ItemKind, is_notice: bool) -> &'static str {
    match kind {
        ItemKind::Incoming if is_notice => CANCELLED,
        ItemKind::ContactRequest => "contact_request",
        ItemKind::Incoming => "incoming",
        ItemKind::Draft => "draft",
        ItemKind::Renewal => RENEWAL,
    }
}

/// An item in one line.
///
/// # Errors
/// When the database fails.
pub fn pending_view(tx: &impl View, item: ItemRow, snoozed_until: Option<Timestamp>) -> Step<PendingView> {
    Ok(PendingView {
        snoozed_until,
        folded: false,
        id: item.id,
        conversation: item.conversation,
        kind: kind_name(item.kind, is_notice(tx, &item)?).to_owned(),
        who: who_of(tx, &item)?,
        intent: item.intent.map(|intent| intent.to_string()),
        summary: item.summary,
        digest: item.digest,
        expires_at: item.expires_at,
    })
}

/// Name of whom an item is with. What they call themselves in it is only a claim until they are a contact.
fn who_of(tx: &impl View, item: &ItemRow) -> Step<String> {
    if item.kind == ItemKind::Renewal {
        return Ok(OWN_AGENT.to_owned());
    }
    if let Some(contact) = contacts::get(tx, &item.with)? {
        return Ok(contact.name);
    }
    let claim = words_of_stranger(tx, item)?.map(|content| content.from().human.to_string());
    Ok(format!("claims to be {} ({})", claim.unwrap_or_else(|| "nobody".to_owned()), item.with.short()))
}

fn words_of_stranger(tx: &impl View, item: &ItemRow) -> Step<Option<Content>> {
    let waiting = quarantine::of(tx, &item.with)?;
    let row = waiting.into_iter().find(|row| Some(row.id) == item.message);
    Ok(row.and_then(|row| Content::of_stored(&row.bytes).ok()))
}

/// An item, whole: what came in, exactly what an approval sends, and what happens next.
///
/// # Errors
/// `choice_needed`, `no_such_choice` or `unverified`; or the database failed.
pub fn item_view(tx: &impl View, me: &Did, item: ItemRow, now: Timestamp) -> Step<ItemView> {
    let contact = contacts::get(tx, &item.with)?;
    let content = match item.kind {
        ItemKind::ContactRequest => words_of_stranger(tx, &item)?,
        ItemKind::Incoming | ItemKind::Draft => received(tx, &item)?,
        ItemKind::Renewal => None,
    };
    let who = who_of(tx, &item)?;
    let notice = is_notice(tx, &item)?;
    // Their times are to be chosen from only where that is what an approval would do: not by whoever lets a stranger in, or notes a cancel.
    let is_menu = matches!(item.kind, ItemKind::Incoming | ItemKind::Draft) && !notice;
    let menu = content.as_ref().filter(|_| is_menu);
    let choices = menu.map(|content| times_in(content.payload())).unwrap_or_default();
    let sends = answer(tx, &item, &Reply::default()).ok().flatten();
    let (terms, terms_hash) = commits_to(tx, me, &item, sends.as_ref())?;
    let next = match content.as_ref().and_then(request_in) {
        _ if notice => next_when_called_off(&who),
        Some(asked) => next_when_asked_to_forget(asked, &who),
        None => next(&item, &who, sends.as_ref(), &choices),
    };
    let at = item.made_at;
    let is_own = item.kind == ItemKind::Renewal;
    let met = if is_own { "it is yours" } else { "they wrote to you" };
    Ok(ItemView {
        id: item.id,
        kind: kind_name(item.kind, notice).to_owned(),
        conversation: item.conversation,
        did: item.with,
        verified: is_own || contact.is_some(),
        compared_at: contact.as_ref().and_then(|contact| contact.compared_at),
        met: contact.map_or_else(|| met.to_owned(), |contact| contact.met),
        intent: item.intent.as_ref().map(ToString::to_string),
        came_in: content.map(|content| view_of(&content, Side::Them, who.clone(), at, None)),
        who,
        choices,
        sends_kind: sends.as_ref().map(|words| words.kind),
        sends: sends.map(|words| words.payload),
        terms,
        terms_hash,
        next,
        why: why_it_waits(tx, me, &item, now)?,
        unanswered: if notice { NOTED_BY_ITSELF } else { unanswered(item.kind) }.to_owned(),
        snoozed_until: snoozed(tx)?.until(&item.id),
        digest: item.digest,
        made_at: item.made_at,
        expires_at: item.expires_at,
    })
}

type Committed = (Option<Object>, Option<TermsHash>);

/// The terms that sending these words commits the owner to.
fn commits_to(tx: &impl View, me: &Did, item: &ItemRow, sends: Option<&Words>) -> Step<Committed> {
    let Some(words) = sends.filter(|words| words.commits()) else { return Ok((None, None)) };
    if let Some(terms) = words.payload.get("terms").and_then(|terms| terms.as_object()) {
        return Ok((Some(terms.clone()), Some(terms::hash(terms))));
    }
    let Some(row) = item.conversation.map(|id| conversations::get(tx, &id)).transpose()?.flatten() else {
        return Ok((None, None));
    };
    let terms = standing_terms(tx, me, &row)?;
    let hash = terms.as_ref().map(terms::hash);
    Ok((terms, hash))
}

fn unanswered(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::ContactRequest => "If you do nothing, the request goes away. They are told nothing.",
        ItemKind::Incoming => {
            "If you do nothing, it ends without an answer: nothing is agreed. They are told so, unless you set otherwise."
        }
        ItemKind::Draft => "If you do nothing, nothing is sent.",
        ItemKind::Renewal => {
            "If you do nothing, nobody takes your agent's messages after that, until you type `ai2ai keys rotate`."
        }
    }
}

fn next_when_asked_to_forget(asked: Forget, who: &str) -> String {
    let what = match asked {
        Forget::Conversation(id) => format!("conversation {id}, if it was with {who}"),
        Forget::Everything => format!("every conversation with {who}"),
    };
    format!(
        "Approving erases {what}, from this node and for good, with any agreement in it. Rejecting keeps it. {who} is told neither."
    )
}

/// Sentence for a notice that is left alone.
const NOTED_BY_ITSELF: &str = "If you do nothing, this notice goes away by itself. It is called off all the same.";

fn next_when_called_off(who: &str) -> String {
    format!(
        "{who} does not hold to what you had agreed any more. There is nothing to decide; noting it takes this notice away. The agreement can still be proved."
    )
}

fn next(item: &ItemRow, who: &str, sends: Option<&Words>, choices: &[String]) -> String {
    match (item.kind, sends) {
        (ItemKind::ContactRequest, _) => {
            "Approving makes them a contact (known): what they sent is let in, and your agent may read it. Rejecting tells them nothing.".to_owned()
        }
        (ItemKind::Renewal, _) => {
            "Approving gives your agent a new key for a year, by your owner key. Your contacts learn it by your signature; nothing else changes for them.".to_owned()
        }
        (_, Some(words)) if words.cancels() => {
            format!("Approving tells {who} that you call off what you had agreed, with your signed approval. That can't be taken back.")
        }
        (_, Some(words)) if words.kind == Kind::Confirm => {
            format!("Approving confirms these terms to {who}, with your signed approval. The agreement is then made.")
        }
        (_, Some(words)) if words.commits() => {
            format!("Approving puts these terms on the table for {who}, with your signed approval. If {who} confirms them, the agreement is made.")
        }
        (_, Some(words)) => format!("Approving sends this {} to {who}.", words.kind),
        (_, None) if !choices.is_empty() => {
            format!("Choosing one of their times offers it to {who} as definite terms, with your signed approval. If {who} confirms them, the agreement is made.")
        }
        (_, None) => "Approving notes that you have seen it; words that you add are sent as your answer.".to_owned(),
    }
}
