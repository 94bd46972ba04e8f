//! A thermometer's agent is asked twice, two seconds apart, and answers by itself each time: its owner granted a mandate for
//! exactly that, and for so many readings a day.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::command::Grant;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::SentView;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use super::acts::{Play, proposal, said, text};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::screen::Who;
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 2] = [
    CastMember { human: "Reader", agent: "reader-assistant", diary: diaries::empty },
    CastMember { human: "Sensor", agent: "sensor-assistant", diary: diaries::empty },
];

/// Between the two readings.
const APART: Duration = Duration::from_secs(2);
const READINGS_A_DAY: u32 = 10;

/// A thermometer in a room whose heating has just come on. The room is a model: it warms by 0.15 °C a second.
#[derive(Debug, Clone, Copy)]
struct Thermometer {
    since: Instant,
}

impl Thermometer {
    const AT_FIRST: f64 = 21.3;
    const A_SECOND: f64 = 0.15;

    fn celsius(self, at: Instant) -> String {
        format!("{:.1}", Self::AT_FIRST + Self::A_SECOND * at.duration_since(self.since).as_secs_f64())
    }
}

/// A reading as the reader's agent holds it.
#[derive(Debug, Clone, PartialEq)]
struct Reading {
    celsius: f64,
    at: Timestamp,
}

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [reader, sensor] = cast else { return Err(Failure::internal("this is for two")) };
    play.introduces(reader, std::slice::from_ref(sensor)).await?;
    grants(play, reader, sensor, "info.request").await?;
    grants(play, sensor, reader, "info.share").await?;
    let thermometer = Thermometer { since: Instant::now() };
    let first = reads(play, reader, sensor, thermometer, 1).await?;
    sleep_until(Instant::now() + APART).await;
    let second = reads(play, reader, sensor, thermometer, 2).await?;
    check(&first, &second)?;
    let readings: Vec<Value> =
        [&first, &second].iter().map(|reading| json!({ "celsius": reading.celsius, "at": reading.at })).collect();
    Ok(SceneResult { result: json!({ "readings": readings }), line: "Two readings, different timestamps".to_owned() })
}

/// The owner decides once: their agent may say this to them, so often a day.
async fn grants(play: &Play<'_>, owner: &Person, to: &Person, intent: &str) -> Result<(), Failure> {
    let limits: Object = [("per_day".to_owned(), json!(READINGS_A_DAY))].into_iter().collect();
    let grant = Grant { intents: vec![intent.to_owned()], limits, days: 1 };
    let who = to.did.to_string();
    let pin = Some(owner.pin.clone());
    let granted = owner.owner(requests::Trust { who, level: Trust::Trusted, grant: Some(grant), pin }).await?;
    if granted.contact.trust != Trust::Trusted {
        return Err(went_wrong(format!("{} could not grant a mandate", owner.name)));
    }
    let name = to.name;
    let told = format_args!("grants a mandate with the PIN: {intent} to {name}, {READINGS_A_DAY} a day");
    play.screen.says(Who::Human(owner.name), told);
    Ok(())
}

/// One question and its answer, each sent by an agent within its mandate.
async fn reads(
    play: &Play<'_>,
    reader: &Person,
    sensor: &Person,
    thermometer: Thermometer,
    number: u32,
) -> Result<Reading, Failure> {
    let ask = proposal(sensor, "info.request", json!({ "question": "temperature", "reading": number }));
    let asked = by_itself(reader, ask).await?;
    play.tells(reader, format_args!("Asking for reading #{number}"));
    let is_asked = |said: &Object| said.get("reading") == Some(&json!(number));
    let question = play.finds(sensor, reader, "info.request", is_asked).await?;

    let celsius = thermometer.celsius(Instant::now());
    let reading = json!({ "answers": question.id, "celsius": celsius, "at": now() });
    by_itself(sensor, proposal(reader, "info.share", reading)).await?;
    play.tells(sensor, format_args!("Reading #{number}: {celsius}°C"));

    let answers = |said: &Object| said.get("answers") == Some(&json!(asked.conversation));
    let came = play.finds(reader, sensor, "info.share", answers).await?;
    let said = said(&came)?;
    let celsius = text(said, "celsius").parse();
    let at = text(said, "at").parse();
    match (celsius, at) {
        (Ok(celsius), Ok(at)) => Ok(Reading { celsius, at }),
        (_, _) => Err(went_wrong("that is no reading")),
    }
}

/// The agent says it within a mandate, with nobody to ask.
async fn by_itself(person: &Person, request: requests::Propose) -> Result<SentView, Failure> {
    let sent = person.agent(request).await?;
    match (&sent.mandate, &sent.id) {
        (Some(_), Some(_)) => Ok(sent),
        (_, _) => {
            let why = sent.why.unwrap_or_default();
            Err(went_wrong(format!("{}'s agent could not say it within its mandate: {why}", person.name)))
        }
    }
}

fn check(first: &Reading, second: &Reading) -> Result<(), Failure> {
    let apart = second.at.since(first.at);
    if apart < APART || first.celsius == second.celsius {
        return Err(went_wrong(format!("two readings that are one: {first:?}, {second:?}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_warms_up_and_two_readings_of_one_moment_are_noticed() {
        let room = Thermometer { since: Instant::now() };
        assert_eq!(room.celsius(room.since), "21.3");
        assert_eq!(room.celsius(room.since + APART), "21.6");
        let at = |text: &str, celsius| Reading { celsius, at: text.parse().expect("a time") };
        let first = at("2026-02-07T03:55:00Z", 21.3);
        assert!(check(&first, &at("2026-02-07T03:55:02Z", 21.6)).is_ok());
        assert!(check(&first, &at("2026-02-07T03:55:01Z", 21.6)).is_err(), "too soon");
        assert!(check(&first, &at("2026-02-07T03:55:02Z", 21.3)).is_err(), "the same value");
    }
}
