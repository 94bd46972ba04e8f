//! The agents' lines: each reads at its own door, asks its owner's calendar, and leaves a draft for its owner.

use std::time::Duration;

use ai2ai_agent::assistant::{self, SuggestedDraft};
use ai2ai_agent::calendar::TimeSlot;
use ai2ai_api::clock::now;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{ConversationView, MessageView, SentView};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::time::Timestamp;
use serde_json::Value;

use super::cast::Person;
use super::diary::spoken;
use super::screen::{Screen, Who};
use super::stage::went_wrong;

/// The meeting that an agent is asked to arrange.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeetingWish {
    pub(super) subject: &'static str,
    pub(super) minutes: u32,
    pub(super) place: &'static str,
    pub(super) evenings: usize,
}

/// One agent proposes its owner's free evenings to another.
pub(super) async fn propose(
    host: &Person,
    guest: &Person,
    wish: MeetingWish,
    screen: &Screen,
) -> Result<ConversationId, Failure> {
    let lasts = Duration::from_secs(u64::from(wish.minutes) * 60);
    let evenings = assistant::free_evenings(&host.calendar, lasts, wish.evenings, now());
    let meet = requests::Meet {
        who: guest.did.to_string(),
        subject: wish.subject.to_owned(),
        times: evenings.iter().map(Timestamp::to_string).collect(),
        minutes: Some(wish.minutes),
        place: Some(wish.place.to_owned()),
        pin: None,
    };
    let sent = host.agent(meet).await?;
    waits_for_the_owner(host, &sent)?;
    let subject = wish.subject;
    let guest = guest.name;
    let times = spoken_list(host, &evenings);
    screen.says(
        Who::Agent(host.name),
        format_args!("proposes {subject:?} to {guest}, on an evening that is free: {times}"),
    );
    Ok(sent.conversation)
}

/// This side of a conversation, as the agent's door shows it; `None` before it begins.
pub(super) async fn look(person: &Person, conversation: &ConversationId) -> Result<Option<ConversationView>, Failure> {
    match person.agent(requests::Conversation { id: conversation.to_string() }).await {
        Ok(view) => Ok(Some(view)),
        Err(failure) if failure.exit == Exit::Unknown => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// The agent reads the latest of what the other side said, unless it is the message that it has read already, and drafts
/// an answer. Gives the message that it has read by now.
pub(super) async fn answer(
    person: &Person,
    view: &ConversationView,
    read: Option<MessageId>,
    screen: &Screen,
) -> Result<Option<MessageId>, Failure> {
    let Some(heard) = view.messages.iter().rfind(|message| message.side == "them") else { return Ok(read) };
    if read == Some(heard.id) {
        return Ok(read);
    }
    screen.says(
        Who::Nodes,
        format_args!("{}'s {} arrived at {}'s node, sealed on its way", view.with, heard.kind, person.name),
    );
    let draft = assistant::draft(view, &person.calendar, now());
    if let Some(reply) = reply_of(&draft, view) {
        let sent = person.agent(reply).await?;
        waits_for_the_owner(person, &sent)?;
        screen.says(Who::Agent(person.name), told(&draft, person, heard));
    }
    Ok(Some(heard.id))
}

/// The door of an agent never sends anything itself: a demo in which it did would show the opposite of what it should.
pub(super) fn waits_for_the_owner(person: &Person, sent: &SentView) -> Result<(), Failure> {
    match sent {
        SentView { item: Some(_), id: None, .. } => Ok(()),
        sent => Err(went_wrong(format!("{}'s agent could send without its owner: {}", person.name, sent.state))),
    }
}

fn reply_of(draft: &SuggestedDraft, view: &ConversationView) -> Option<requests::Reply> {
    let (choose, accept, times) = match draft {
        SuggestedDraft::Choose(place) => (Some(*place), false, Vec::new()),
        SuggestedDraft::Accept => (None, true, Vec::new()),
        SuggestedDraft::Counter(times) => (None, false, times.iter().map(Timestamp::to_string).collect()),
        SuggestedDraft::Nothing(_) => return None,
    };
    let conversation = view.id.to_string();
    Some(requests::Reply { conversation, text: None, terms: None, times, choose, accept, after: None, pin: None })
}

/// The agent's act and its reason, for the audience.
fn told(draft: &SuggestedDraft, person: &Person, heard: &MessageView) -> String {
    let name = person.name;
    match draft {
        SuggestedDraft::Choose(place) => {
            let mut times = times_of(heard);
            let chosen = times.get(place - 1).copied().flatten();
            times.truncate(place - 1);
            let taken = busy(person, times.into_iter().flatten());
            let chosen = chosen.map(|time| spoken(time, person.calendar.zone())).unwrap_or_default();
            format!("reads {name}'s calendar: {taken}drafts definite terms for {chosen}")
        }
        SuggestedDraft::Accept => format!("reads {name}'s calendar: still free then; drafts the confirmation"),
        SuggestedDraft::Counter(times) => {
            format!("reads {name}'s calendar: not free then; drafts {} instead", spoken_list(person, times))
        }
        SuggestedDraft::Nothing(_) => String::new(),
    }
}

/// `busy from Tue 10 Feb 18:30; `: when the owner's own engagements at these times begin, never what they are.
fn busy(person: &Person, times: impl Iterator<Item = Timestamp>) -> String {
    let begins = times.filter_map(|time| {
        let slot = TimeSlot::new(time, Duration::from_secs(60));
        person.calendar.busy().iter().find(|busy| busy.overlaps(slot)).map(|busy| busy.start)
    });
    let begins: Vec<Timestamp> = begins.collect();
    if begins.is_empty() { String::new() } else { format!("busy from {}; ", spoken_list(person, &begins)) }
}

/// The proposed times; one that can't be read keeps its place.
fn times_of(message: &MessageView) -> Vec<Option<Timestamp>> {
    let times = message.payload.get("proposed_times").and_then(Value::as_array);
    times.into_iter().flatten().map(|time| time.as_str()?.parse().ok()).collect()
}

fn spoken_list(person: &Person, times: &[Timestamp]) -> String {
    let spoken: Vec<String> = times.iter().map(|time| spoken(*time, person.calendar.zone())).collect();
    spoken.join(", ")
}
