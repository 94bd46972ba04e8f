//! Four people find one time: the organizer's agent asks everybody which of its free evenings suit them, and offers all of them the
//! one that suits everybody. It counts only once all three have confirmed it.

use std::time::Duration;

use ai2ai_agent::assistant::{self, SuggestedDraft};
use ai2ai_agent::calendar::{Calendar, TimeSlot};
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::acts::{Play, Reaction, proposal, reply, said, terms, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::diary::spoken;
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 4] = [
    CastMember { human: "Olga", agent: "olga-assistant", diary: olga },
    CastMember { human: "Ben", agent: "ben-assistant", diary: ben },
    CastMember { human: "Chris", agent: "chris-assistant", diary: chris },
    CastMember { human: "Dana", agent: "dana-assistant", diary: dana },
];

const INTENT: &str = "schedule.group";
const SUBJECT: &str = "Board games";
const PLACE: &str = "Olga's kitchen";
const MINUTES: u64 = 180;
const EVENINGS: usize = 5;

/// The first evening of Olga's that suits all is the one on the sixth day.
fn olga(now: Timestamp, zone: &TimeZone) -> String {
    diaries::with_evenings_taken(now, zone, &[1])
}

fn ben(now: Timestamp, zone: &TimeZone) -> String {
    diaries::with_evenings_taken(now, zone, &[2, 5])
}

fn chris(now: Timestamp, zone: &TimeZone) -> String {
    diaries::with_evenings_taken(now, zone, &[3, 5])
}

fn dana(now: Timestamp, zone: &TimeZone) -> String {
    diaries::with_evenings_taken(now, zone, &[2, 4])
}

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [organizer, guests @ ..] = cast else { return Err(Failure::internal("nobody organizes")) };
    play.introduces(organizer, guests).await?;
    let lasts = Duration::from_secs(MINUTES * 60);
    let evenings = assistant::free_evenings(&organizer.calendar, lasts, EVENINGS, now());
    let menu: Vec<String> = evenings.iter().map(Timestamp::to_string).collect();
    let mut asked = Vec::new();
    for guest in guests {
        let about = json!({ "subject": SUBJECT, "minutes": MINUTES, "place": PLACE, "proposed_times": menu });
        let told = format_args!("Asking {} about {} evenings", guest.name, menu.len());
        asked.push(play.says(organizer, proposal(guest, INTENT, about), told).await?);
    }
    for guest in guests {
        tells_which_suit(play, guest, organizer).await?;
    }
    let time = common(play, organizer, &asked, &menu).await?;
    let zone = organizer.calendar.zone();
    let start: Timestamp = time.parse().map_err(|_| went_wrong(format!("{time:?} is no time")))?;
    play.tells(organizer, format_args!("One evening suits all four: {}", spoken(start, zone)));
    for (guest, conversation) in guests.iter().zip(&asked) {
        settles(play, organizer, guest, conversation, &time).await?;
    }
    for (guest, conversation) in guests.iter().zip(&asked) {
        let verdict = play.agree(organizer, guest, conversation).await?;
        if verdict.terms.is_none_or(|terms| text(&terms, "time") != time) {
            return Err(went_wrong(format!("{} agreed to another time", guest.name)));
        }
    }
    if let Some(busy) = cast.iter().find(|person| !person.calendar.is_free(TimeSlot::new(start, lasts))) {
        return Err(went_wrong(format!("{} is not free at {time}", busy.name)));
    }
    let with: Vec<&str> = cast.iter().map(|person| person.name).collect();
    Ok(SceneResult {
        result: json!({ "subject": SUBJECT, "time": time, "with": with, "conversations": asked }),
        line: format!("All four agreed: {SUBJECT}, {}", spoken(start, zone)),
    })
}

/// A guest's agent says which of the proposed evenings are free, and nothing else of the calendar.
async fn tells_which_suit(play: &Play<'_>, guest: &Person, organizer: &Person) -> Result<(), Failure> {
    let asked = play.finds(guest, organizer, INTENT, |said| said.contains_key("proposed_times")).await?;
    let free = free_of(&guest.calendar, said(&asked)?);
    let told = format_args!("{} of them suit", free.len());
    play.says(guest, reply(&asked, Reaction::Times(free)), told).await?;
    Ok(())
}

fn free_of(calendar: &Calendar, asked: &Object) -> Vec<String> {
    let minutes = asked.get("minutes").and_then(Value::as_u64).unwrap_or(MINUTES).min(24 * 60);
    let lasts = Duration::from_secs(minutes * 60);
    let suits = |time: &String| time.parse().is_ok_and(|start| calendar.is_free(TimeSlot::new(start, lasts)));
    proposed(asked).into_iter().filter(suits).collect()
}

/// The first evening that every guest named.
async fn common(
    play: &Play<'_>,
    organizer: &Person,
    asked: &[ConversationId],
    menu: &[String],
) -> Result<String, Failure> {
    let mut left = menu.to_vec();
    for conversation in asked {
        let answered =
            |view: &ai2ai_api::views::ConversationView| view.messages.iter().any(|message| message.side == "them");
        let view = play.sees(organizer, conversation, answered).await?;
        let suits = proposed(said(&view)?);
        left.retain(|time| suits.contains(time));
    }
    left.into_iter().next().ok_or_else(|| went_wrong("no evening suits all four"))
}

/// The organizer offers that evening to a guest, whose agent looks once more, and whose owner confirms.
async fn settles(
    play: &Play<'_>,
    organizer: &Person,
    guest: &Person,
    conversation: &ConversationId,
    time: &str,
) -> Result<(), Failure> {
    let view = play.sees(organizer, conversation, |view| view.pending_act.is_none()).await?;
    let terms_of = json!({ "subject": SUBJECT, "time": time, "minutes": MINUTES, "place": PLACE });
    play.says(organizer, reply(&view, Reaction::Offer(terms_of)), format_args!("Offering it to {}", guest.name))
        .await?;
    let offered = play.sees(guest, conversation, |view| view.terms_by.as_deref() == Some("them")).await?;
    terms(&offered)?;
    if assistant::draft(&offered, &guest.calendar, now()) != SuggestedDraft::Accept {
        return Err(went_wrong(format!("{} is not free any more", guest.name)));
    }
    play.says(guest, reply(&offered, Reaction::Accept), "Confirming: still free then").await?;
    Ok(())
}

fn proposed(said: &Object) -> Vec<String> {
    let times = said.get("proposed_times").and_then(Value::as_array);
    times.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use ai2ai_agent::calendar::CALENDAR_HORIZON;

    use super::*;

    #[test]
    fn one_evening_of_five_suits_all_four() {
        let zone = TimeZone::get("Europe/London").expect("a zone");
        for now in ["2026-02-06T12:00Z", "2026-03-27T23:30Z", "2026-10-23T12:00Z"] {
            let now: Timestamp = now.parse().expect("a time");
            let read = |diary: fn(Timestamp, &TimeZone) -> String| {
                Calendar::read(&diary(now, &zone), &zone, TimeSlot::new(now, CALENDAR_HORIZON)).expect("a calendar")
            };
            let lasts = Duration::from_secs(MINUTES * 60);
            let evenings = assistant::free_evenings(&read(olga), lasts, EVENINGS, now);
            let suits = |evening: &&Timestamp| {
                [ben, chris, dana].into_iter().all(|diary| read(diary).is_free(TimeSlot::new(**evening, lasts)))
            };
            assert_eq!(evenings.iter().filter(suits).collect::<Vec<_>>(), [&evenings[4]], "{now}");
        }
    }
}
