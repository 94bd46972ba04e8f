//! What is stored, as the doors show it.

use ai2ai_protocol::card::Card;
use ai2ai_protocol::conversation::{Act, Side};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Content;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::{agreement, terms};
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::inbox::{ItemKind, ItemRow};
use ai2ai_store::messages::{self, MessageRow};
use ai2ai_store::outbox::{self, OutboxRow};
use ai2ai_store::{View, cards, held};

use super::decide::{answer, came_in};
use super::turn::{Me, Step};
use super::words::{Reply, Words, times_in};
use crate::exit::{Exit, Failure};
use crate::views::{
    AgreementView, ContactView, ConversationLine, ConversationView, ItemView, MessageView, OutboxView, PendingActView, PendingView,
};

/// Conversations that a listing shows: the latest.
pub(super) const LISTED: usize = 1_000;

/// Candidates that are counted when an id is ambiguous.
const CANDIDATES: usize = 10;

/// The owner's name for someone, or their key for a stranger.
fn name_of(tx: &impl View, did: &Did) -> Step<String> {
    Ok(contacts::get(tx, did)?.map_or_else(|| did.short(), |row| row.name))
}

/// A contact, and how they are connected.
pub fn contact_view(row: ContactRow, path: Option<String>) -> ContactView {
    ContactView {
        did: row.did,
        name: row.name,
        agent: row.agent.to_string(),
        human: row.human.to_string(),
        trust: row.trust,
        blocked: row.blocked,
        last_seen: row.last_seen,
        path,
        met: row.met,
    }
}

fn kind_name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::ContactRequest => "contact_request",
        ItemKind::Incoming => "incoming",
        ItemKind::Draft => "draft",
    }
}

/// An item in one line.
pub fn pending_view(tx: &impl View, item: ItemRow) -> Step<PendingView> {
    Ok(PendingView {
        id: item.id,
        conversation: item.conversation,
        kind: kind_name(item.kind).to_owned(),
        who: who_of(tx, &item)?,
        intent: item.intent.map(|intent| intent.to_string()),
        summary: item.summary,
        digest: item.digest,
        expires_at: item.expires_at,
    })
}

/// What they call themselves in what came in is only a claim until they are a contact.
fn who_of(tx: &impl View, item: &ItemRow) -> Step<String> {
    if let Some(contact) = contacts::get(tx, &item.with)? {
        return Ok(contact.name);
    }
    let claim = words_of_stranger(tx, item)?.map(|content| content.from().human.to_string());
    Ok(format!("claims to be {} ({})", claim.unwrap_or_else(|| "nobody".to_owned()), item.with.short()))
}

fn words_of_stranger(tx: &impl View, item: &ItemRow) -> Step<Option<Content>> {
    let waiting = held::of(tx, &item.with)?;
    let row = waiting.into_iter().find(|row| Some(row.id) == item.message);
    Ok(row.and_then(|row| Content::of_stored(&row.bytes).ok()))
}

/// An item, whole: what came in, exactly what an approval sends, and what happens next.
pub fn item_view(tx: &impl View, me: &Did, item: ItemRow) -> Step<ItemView> {
    let contact = contacts::get(tx, &item.with)?;
    let content = match item.kind {
        ItemKind::ContactRequest => words_of_stranger(tx, &item)?,
        ItemKind::Incoming | ItemKind::Draft => came_in(tx, &item)?,
    };
    let who = who_of(tx, &item)?;
    let choices = content.as_ref().map(|content| times_in(content.payload())).unwrap_or_default();
    let sends = answer(tx, &item, &Reply::default()).ok().flatten();
    let (terms, terms_hash) = commits_to(tx, me, &item, sends.as_ref())?;
    let next = next(&item, &who, sends.as_ref(), &choices);
    let at = item.made_at;
    Ok(ItemView {
        id: item.id,
        kind: kind_name(item.kind).to_owned(),
        conversation: item.conversation,
        did: item.with,
        verified: contact.is_some(),
        met: contact.map_or_else(|| "they wrote to you".to_owned(), |contact| contact.met),
        intent: item.intent.as_ref().map(ToString::to_string),
        came_in: content.map(|content| view_of(&content, Side::Them, who.clone(), at, None)),
        who,
        choices,
        sends_kind: sends.as_ref().map(|words| words.kind),
        sends: sends.map(|words| words.payload),
        terms,
        terms_hash,
        next,
        digest: item.digest,
        made_at: item.made_at,
        expires_at: item.expires_at,
    })
}

type Committed = (Option<ai2ai_protocol::canonical::Object>, Option<ai2ai_protocol::digest::TermsHash>);

/// The terms that sending these words commits the owner to.
fn commits_to(tx: &impl View, me: &Did, item: &ItemRow, sends: Option<&Words>) -> Step<Committed> {
    let Some(words) = sends.filter(|words| words.commits()) else { return Ok((None, None)) };
    if let Some(terms) = words.payload.get("terms").and_then(|terms| terms.as_object()) {
        return Ok((Some(terms.clone()), Some(terms::hash(terms))));
    }
    let Some(row) = item.conversation.map(|id| conversations::get(tx, &id)).transpose()?.flatten() else { return Ok((None, None)) };
    let terms = standing_terms(tx, me, &row)?;
    let hash = terms.as_ref().map(terms::hash);
    Ok((terms, hash))
}

fn next(item: &ItemRow, who: &str, sends: Option<&Words>, choices: &[String]) -> String {
    use ai2ai_protocol::envelope::Kind;
    match (item.kind, sends) {
        (ItemKind::ContactRequest, _) => {
            "Approving makes them a contact (known): what they sent is let in, and your agent may read it. Rejecting tells them nothing.".to_owned()
        }
        (_, Some(words)) if words.kind == Kind::Confirm => {
            format!("Approving confirms these terms to {who}, with your signed approval. The agreement is then made.")
        }
        (_, Some(words)) if words.commits() => {
            format!("Approving puts these terms on the table for {who}, with your signed approval. If {who} confirms them, the agreement is made.")
        }
        (_, Some(words)) => format!("Approving sends this {} to {who}.", words.kind),
        (_, None) if !choices.is_empty() => {
            format!("Approving with --choose N offers {who} that time as definite terms, with your signed approval.")
        }
        (_, None) => "Approving notes that you have seen it; --reply TEXT answers.".to_owned(),
    }
}

fn view_of(content: &Content, side: Side, who: String, at: Timestamp, delivery: Option<String>) -> MessageView {
    MessageView {
        id: content.id(),
        side: side_name(side).to_owned(),
        who,
        kind: content.kind(),
        intent: content.intent().to_string(),
        timestamp: content.timestamp(),
        at,
        payload: content.payload().clone(),
        delivery,
    }
}

fn side_name(side: Side) -> &'static str {
    match side {
        Side::Us => "us",
        Side::Them => "them",
    }
}

/// A conversation in one line.
pub fn line(tx: &impl View, row: ConversationRow, now: Timestamp) -> Step<ConversationLine> {
    let machine = row.machine.at(now);
    Ok(ConversationLine {
        id: row.id,
        with: name_of(tx, &row.with)?,
        did: row.with,
        intent: row.intent.to_string(),
        subject: row.subject,
        state: machine.phase(now),
        terms_hash: machine.report(now).terms,
        touched_at: row.touched_at,
    })
}

/// The conversation that this id, or unique prefix of four characters or more, names.
///
/// # Errors
/// Unknown, too short, or ambiguous.
pub fn conversation(tx: &impl View, id: &str) -> Step<ConversationRow> {
    const SHORTEST: usize = 4;
    let unknown = |message: String| Failure::new(Exit::Unknown, "unknown_conversation", message).hint("see `ai2ai conversations`");
    if let Ok(id) = id.parse::<ConversationId>() {
        return Ok(conversations::get(tx, &id)?.ok_or_else(|| unknown(format!("there is no conversation {id}")))?);
    }
    if id.len() < SHORTEST {
        return Err(unknown(format!("{id:?} is too short for an id; {SHORTEST} characters are needed")).into());
    }
    let range = prefix_range(id).ok_or_else(|| unknown(format!("{id:?} is no beginning of an id")))?;
    let mut matches = conversations::range(tx, &range.0, &range.1, CANDIDATES)?;
    match (matches.pop(), matches.len()) {
        (Some(row), 0) => Ok(row),
        (Some(_), more) => Err(unknown(format!("{id:?} fits {} conversations", more + 1)).into()),
        (None, _) => Err(unknown(format!("there is no conversation {id:?}")).into()),
    }
}

/// The lowest and the highest id that begin with this text.
fn prefix_range(prefix: &str) -> Option<(ConversationId, ConversationId)> {
    const LOWEST: &str = "00000000-0000-0000-0000-000000000000";
    const HIGHEST: &str = "ffffffff-ffff-ffff-ffff-ffffffffffff";
    let filled = |rest: &str| format!("{prefix}{}", rest.get(prefix.len()..)?).parse().ok();
    Some((filled(LOWEST)?, filled(HIGHEST)?))
}

/// A conversation, whole.
pub fn conversation_view(tx: &impl View, me: &Me, row: &ConversationRow, now: Timestamp, for_agent: bool) -> Step<ConversationView> {
    let with = name_of(tx, &row.with)?;
    let rows = if for_agent { messages::cleared_of(tx, &row.id)? } else { messages::of(tx, &row.id)? };
    let said: Vec<MessageView> = rows.iter().map(|row| message_view(tx, row, me, &with)).filter_map(Step::transpose).collect::<Step<_>>()?;
    let machine = row.machine.at(now);
    let pending_act = machine.pending().map(|pending| PendingActView {
        id: pending.message,
        act: act_name(&pending.act).to_owned(),
        delivery: said.iter().find(|message| message.id == pending.message).and_then(|message| message.delivery.clone()),
    });
    let report = machine.report(now);
    Ok(ConversationView {
        id: row.id,
        with,
        did: row.with,
        intent: row.intent.to_string(),
        state: report.phase,
        terms: standing_terms(tx, me.did(), row)?,
        terms_hash: report.terms,
        terms_by: machine.standing().map(|standing| side_name(standing.by).to_owned()),
        pending_act,
        messages: said,
    })
}

fn act_name(act: &Act) -> &'static str {
    match act {
        Act::Talk => "talk",
        Act::Offer { .. } => "offer",
        Act::Confirm { .. } => "confirm",
        Act::Reject => "reject",
    }
}

fn message_view(tx: &impl View, row: &MessageRow, me: &Me, with: &str) -> Step<Option<MessageView>> {
    let Ok(content) = Content::of_stored(&row.bytes) else { return Ok(None) };
    let (who, delivery) = match row.side {
        Side::Us => (me.sender.human.to_string(), outbox::get(tx, &row.id)?.map(|row| row.delivery.state().to_string())),
        Side::Them => (with.to_owned(), None),
    };
    Ok(Some(view_of(&content, row.side, who, row.at, delivery)))
}

/// The text of the terms that stand, out of the message that put them there.
pub fn standing_terms(tx: &impl View, me: &Did, row: &ConversationRow) -> Step<Option<ai2ai_protocol::canonical::Object>> {
    let Some(standing) = row.machine.standing() else { return Ok(None) };
    let sender = match standing.by {
        Side::Us => me,
        Side::Them => &row.with,
    };
    let message = messages::get(tx, sender, &standing.message)?;
    let content = message.and_then(|message| Content::of_stored(&message.bytes).ok());
    Ok(content.and_then(|content| content.payload().get("terms")?.as_object().cloned()))
}

/// The agreement that a confirmed conversation holds, as one file.
///
/// # Errors
/// When nothing was agreed.
pub fn agreement(tx: &impl View, me: &Me, row: &ConversationRow, own_card: Option<&Card>) -> Step<AgreementView> {
    let (offer, confirm, terms_hash) = row.machine.agreement().ok_or_else(|| {
        Failure::new(Exit::Failed, "not_confirmed", format!("{} is not confirmed, so there is no agreement to export", row.id))
    })?;
    let said = messages::of(tx, &row.id)?;
    let bytes = |id| said.iter().find(|message| message.id == id).map(|message| message.bytes.clone());
    let (Some(offer), Some(confirm)) = (bytes(offer), bytes(confirm)) else {
        return Err(Failure::new(Exit::Failed, "database", "a message of the agreement is missing from the database").into());
    };
    let theirs = cards::get(tx, &row.with)?.and_then(|card| Card::read(&card.bytes).ok());
    let cards: Vec<&Card> = own_card.into_iter().chain(theirs.as_ref()).collect();
    let file = agreement::write(&offer, &confirm, &cards).map_err(|error| Failure::internal(format!("{} for {}", error, me.did())))?;
    Ok(AgreementView { conversation: row.id, terms_hash, text: String::from_utf8_lossy(&file).into_owned() })
}

/// A message on its way.
pub fn outbox_view(tx: &impl View, row: OutboxRow) -> Step<OutboxView> {
    Ok(OutboxView {
        id: row.id,
        to: name_of(tx, &row.to)?,
        conversation: row.conversation,
        state: row.delivery.state().to_string(),
        attempts: row.delivery.attempts(),
        next_attempt_at: row.delivery.next_attempt_at(),
        last_error: row.delivery.last_error().map(str::to_owned),
    })
}
