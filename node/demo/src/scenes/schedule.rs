//! Two agents negotiate a meeting time: one asks, the other proposes what its calendar leaves free, the first picks, both confirm.

use std::time::Duration;

use ai2ai_agent::assistant::{self, SuggestedDraft};
use ai2ai_agent::calendar::TimeSlot;
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use serde_json::json;

use super::acts::{Play, Reaction, proposal, reply, said, terms, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 2] = [
    CastMember { human: "Alice", agent: "alice-assistant", diary: diaries::with_a_day_taken },
    CastMember { human: "Bob", agent: "bob-assistant", diary: diaries::with_a_morning_taken },
];

const SUBJECT: &str = "Project Sync";
const MINUTES: u64 = 30;
const SLOTS: usize = 3;
const INTENT: &str = "schedule.meeting";

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [alice, bob] = cast else { return Err(Failure::internal("this is for two")) };
    let lasts = Duration::from_secs(MINUTES * 60);
    play.introduces(alice, std::slice::from_ref(bob)).await?;
    let ask = proposal(bob, INTENT, json!({ "subject": SUBJECT, "minutes": MINUTES }));
    let id = play.says(alice, ask, format_args!("Requesting meeting: {SUBJECT:?}")).await?;

    let asked = play.finds(bob, alice, INTENT, |said| text(said, "subject") == SUBJECT).await?;
    let slots = diaries::free_at_work(&bob.calendar, lasts, SLOTS, now());
    let proposed = reply(&asked, Reaction::Times(slots.iter().map(ToString::to_string).collect()));
    play.says(bob, proposed, format_args!("Proposing {} available slots", slots.len())).await?;

    let offered = play.sees(alice, &id, |view| view.messages.last().is_some_and(|last| last.side == "them")).await?;
    let SuggestedDraft::Choose(place) = assistant::draft(&offered, &alice.calendar, now()) else {
        return Err(went_wrong("none of the slots suits Alice"));
    };
    let picked = said(&offered)?["proposed_times"][place - 1].as_str().unwrap_or_default().to_owned();
    play.says(alice, reply(&offered, Reaction::Choose(place)), format_args!("Picking: {picked}")).await?;

    let standing = play.sees(bob, &id, |view| view.terms_by.as_deref() == Some("them")).await?;
    if assistant::draft(&standing, &bob.calendar, now()) != SuggestedDraft::Accept {
        return Err(went_wrong("what Alice picked does not suit Bob"));
    }
    play.says(bob, reply(&standing, Reaction::Accept), "Confirming: still free then").await?;

    play.agree(alice, bob, &id).await?;
    let agreed = text(terms(&play.sees(alice, &id, |_| true).await?)?, "time").to_owned();
    let start = agreed.parse().map_err(|_| went_wrong(format!("{agreed:?} is no time")))?;
    let is_free = [alice, bob].iter().all(|person| person.calendar.is_free(TimeSlot::new(start, lasts)));
    if agreed != picked || !is_free {
        return Err(went_wrong(format!("agreed on {agreed}, where {picked} was picked and both had to be free")));
    }
    Ok(SceneResult {
        result: json!({ "subject": SUBJECT, "time": agreed, "proposed": slots.len(), "conversation": id }),
        line: "Both agents agreed".to_owned(),
    })
}
