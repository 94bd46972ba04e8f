//! Talk with an agent of the original: its phase, and what an envelope of theirs does to it. Pure.

use std::time::Duration;

use ai2ai_core::content::times_in;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::limits::CONVERSATION_MESSAGES;
use ai2ai_protocol::original::OriginalReason;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::originals::{SaidRow, TalkRow};
use serde_json::Value;

/// Time of silence after which a talk expires: the documents' figure.
pub const SILENCE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Bytes of what is said in one talk, as it is stored.
const TALK_BYTES: usize = 512 * 1024;

/// Id here of the conversation that someone names so: their names never stand for themselves.
pub(crate) fn talk_id(with: &Did, named: &str) -> ConversationId {
    let digest = Digest::of(&[&with.to_bytes(), named.as_bytes()].concat());
    let mut id = [0; 16];
    id.copy_from_slice(&digest.to_bytes()[..16]);
    ConversationId::from_bytes(id)
}

/// Phase of a talk at this moment.
pub(crate) fn phase(talk: &TalkRow, now: Timestamp) -> Phase {
    let open = matches!(talk.phase, Phase::Proposed | Phase::Negotiating);
    if open && now >= talk.touched_at + SILENCE { Phase::Expired } else { talk.phase }
}

/// Returns whether something can still be said in it.
pub(crate) fn is_open(talk: &TalkRow, now: Timestamp) -> bool {
    matches!(phase(talk, now), Phase::Proposed | Phase::Negotiating)
}

/// The definite time, or other definite thing, that a payload names.
pub(crate) fn definite(payload: &Object) -> Option<&str> {
    ["confirmed_time", "accepted_time"].into_iter().find_map(|name| payload.get(name).and_then(Value::as_str))
}

/// Returns whether two texts name the same moment, or are the same.
fn is_same(one: &str, other: &str) -> bool {
    let moment = |text: &str| text.parse::<Timestamp>().ok();
    one == other || moment(one).is_some_and(|one| moment(other) == Some(one))
}

/// Returns whether a time of theirs is one that we proposed.
pub(crate) fn is_offered(talk: &TalkRow, time: &str) -> bool {
    let ours = talk.said.iter().filter(|said| said.ours);
    ours.flat_map(|said| times_in(&said.payload)).any(|offered| is_same(&offered, time))
}

/// Outcome of an envelope of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// The owner's answer is waited for.
    ForOwner,
    /// No answer is waited for: it has closed the talk, or repeats what closed it.
    Settled,
}

/// Takes in what they said.
///
/// # Errors
/// [`OriginalReason`]: it changes nothing.
pub(crate) fn hear(talk: &mut TalkRow, said: SaidRow, now: Timestamp) -> Result<Heard, OriginalReason> {
    let repeats = said.kind == Kind::Confirm && is_of_accepted(talk, &said.payload);
    if talk.phase == Phase::Confirmed && repeats {
        return Ok(Heard::Settled);
    }
    if !is_open(talk, now) {
        return Err(OriginalReason::UnknownConversation);
    }
    has_room(talk, &said)?;
    let heard = match said.kind {
        Kind::Reject => {
            talk.phase = Phase::Rejected;
            Heard::Settled
        }
        Kind::Confirm if repeats => {
            talk.phase = Phase::Confirmed;
            Heard::Settled
        }
        Kind::Response => {
            talk.phase = Phase::Negotiating;
            Heard::ForOwner
        }
        Kind::Confirm | Kind::Request | Kind::Message | Kind::Inform => Heard::ForOwner,
        Kind::Ping | Kind::Receipt => return Err(OriginalReason::InvalidEnvelope),
    };
    talk.said.push(said);
    talk.touched_at = now;
    Ok(heard)
}

/// Returns whether a confirm is of exactly what our owner has accepted.
fn is_of_accepted(talk: &TalkRow, payload: &Object) -> bool {
    match (talk.accepted.as_deref(), definite(payload)) {
        (Some(accepted), Some(confirmed)) => is_same(accepted, confirmed),
        (_, _) => false,
    }
}

/// Checks that a talk has room for one more message.
///
/// # Errors
/// [`OriginalReason::OverBudget`].
pub(crate) fn has_room(talk: &TalkRow, said: &SaidRow) -> Result<(), OriginalReason> {
    let size = |said: &SaidRow| serde_json::to_vec(&said.payload).map_or(usize::MAX, |bytes| bytes.len());
    let bytes = talk.said.iter().chain([said]).map(size).fold(0, usize::saturating_add);
    let many = talk.said.len() as u64 >= CONVERSATION_MESSAGES;
    if many || bytes > TALK_BYTES { Err(OriginalReason::OverBudget) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use ai2ai_protocol::id::MessageId;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000 + seconds * 1_000)
    }

    fn said(ours: bool, kind: Kind, payload: Value) -> SaidRow {
        SaidRow {
            id: MessageId::from_bytes([1; 16]),
            ours,
            kind,
            intent: None,
            timestamp: at(0),
            at: at(0),
            payload: payload.as_object().cloned().expect("an object"),
            delivery: None,
        }
    }

    fn talk() -> TalkRow {
        TalkRow {
            id: ConversationId::from_bytes([2; 16]),
            named: "talk".to_owned(),
            with: Did::from_bytes([3; 32]),
            intent: "schedule.meeting".parse().expect("an intent"),
            subject: None,
            phase: Phase::Proposed,
            accepted: None,
            said: vec![said(true, Kind::Request, json!({ "proposed_times": ["2026-02-10T19:00:00Z"] }))],
            opened_at: at(0),
            touched_at: at(0),
        }
    }

    #[test]
    fn a_confirm_closes_only_what_our_owner_accepted() {
        let confirm = |time: &str| said(false, Kind::Confirm, json!({ "confirmed_time": time }));
        let mut open = talk();
        assert_eq!(hear(&mut open, confirm("2026-02-10T19:00:00Z"), at(1)), Ok(Heard::ForOwner));
        assert_eq!(open.phase, Phase::Proposed, "that it was proposed is no acceptance");
        open.accepted = Some("2026-02-10T19:00:00Z".to_owned());
        assert_eq!(hear(&mut open, confirm("2026-02-11T19:00:00Z"), at(2)), Ok(Heard::ForOwner));
        assert_eq!(open.phase, Phase::Proposed);
        assert_eq!(hear(&mut open, confirm("2026-02-10T20:00:00+01:00"), at(3)), Ok(Heard::Settled));
        assert_eq!(open.phase, Phase::Confirmed);
        assert_eq!(hear(&mut open, confirm("2026-02-10T19:00Z"), at(4)), Ok(Heard::Settled), "a repeat");
        assert_eq!(
            hear(&mut open, said(false, Kind::Reject, json!({})), at(5)),
            Err(OriginalReason::UnknownConversation)
        );
        assert_eq!(open.phase, Phase::Confirmed);
    }

    #[test]
    fn words_that_sound_like_a_yes_are_words() {
        for payload in [json!({ "message": "not now" }), json!({ "message": "yes" }), json!({ "accepted": true })] {
            let mut open = talk();
            open.accepted = Some("2026-02-10T19:00:00Z".to_owned());
            for kind in [Kind::Response, Kind::Confirm] {
                assert_eq!(hear(&mut open, said(false, kind, payload.clone()), at(1)), Ok(Heard::ForOwner));
            }
            assert_eq!(open.phase, Phase::Negotiating);
        }
    }

    #[test]
    fn a_talk_has_its_days_and_its_bytes() {
        let mut open = talk();
        let late = open.touched_at + SILENCE;
        assert_eq!(phase(&open, late), Phase::Expired);
        assert_eq!(
            hear(&mut open, said(false, Kind::Response, json!({})), late),
            Err(OriginalReason::UnknownConversation)
        );
        let long = said(false, Kind::Response, json!({ "message": "x".repeat(90_000) }));
        let taken = (0..10).filter(|_| hear(&mut open, long.clone(), at(1)).is_ok()).count();
        assert_eq!(taken, 5);
        let mut many = talk();
        let taken = (0..200).filter(|_| hear(&mut many, said(false, Kind::Inform, json!({})), at(1)).is_ok()).count();
        assert_eq!(taken as u64, CONVERSATION_MESSAGES - 1);
    }
}
