//! The scenarios: each is played by real nodes, with an agent of its own logic at each agent's door and a human at each owner's,
//! and each checks its own result. It ends well only when that is right.

mod acts;
mod approval;
mod delegation;
mod diaries;
mod group;
mod quotes;
mod research;
mod schedule;
mod sensor;

use ai2ai_api::exit::Failure;
use serde_json::{Value, json};

use super::cast::{CastMember, Home, Person};
use super::screen::{Screen, Who};
use super::stage::DemoFolder;
use acts::Play;

/// Scenario to play instead of the dinner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Scenario {
    /// Two agents find a time for a meeting
    Schedule,
    /// A buyer asks two merchants, and takes the cheaper
    Quotes,
    /// A specialist's analysis becomes part of a report
    Research,
    /// A manager's task goes to a coordinator, and part of it to a worker
    Delegation,
    /// A thermometer is asked twice
    Sensor,
    /// A purchase above the limit waits for the human
    Approval,
    /// Four people find one time
    Group,
}

/// Result of a scenario: the verified facts, for machines, and a line for people.
#[derive(Debug)]
struct SceneResult {
    result: Value,
    line: String,
}

impl Scenario {
    /// As it is typed.
    fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Quotes => "quotes",
            Self::Research => "research",
            Self::Delegation => "delegation",
            Self::Sensor => "sensor",
            Self::Approval => "approval",
            Self::Group => "group",
        }
    }

    fn parts(self) -> &'static [CastMember] {
        match self {
            Self::Schedule => &schedule::PARTS,
            Self::Quotes => &quotes::PARTS,
            Self::Research => &research::PARTS,
            Self::Delegation => &delegation::PARTS,
            Self::Sensor => &sensor::PARTS,
            Self::Approval => &approval::PARTS,
            Self::Group => &group::PARTS,
        }
    }
}

/// Plays a scenario, from empty homes to a result that was verified.
pub(super) async fn play(
    scenario: Scenario,
    stage: &DemoFolder,
    cast: &mut Vec<Person>,
    screen: &Screen,
) -> Result<(), Failure> {
    enter(scenario.parts(), stage, cast, screen).await?;
    let play = Play { stage, screen };
    let verified = match scenario {
        Scenario::Schedule => schedule::play(&play, cast).await,
        Scenario::Quotes => quotes::play(&play, cast).await,
        Scenario::Research => research::play(&play, cast).await,
        Scenario::Delegation => delegation::play(&play, cast).await,
        Scenario::Sensor => sensor::play(&play, cast).await,
        Scenario::Approval => approval::play(&play, cast).await,
        Scenario::Group => group::play(&play, cast).await,
    }?;
    let closing = json!({
        "schema": "demo_scenario/1", "scenario": scenario.name(), "verified": true, "result": verified.result,
        "seconds": screen.seconds(),
    });
    screen.ends(&closing, format_args!("✅ {} ({:.1} s)", verified.line, screen.seconds()));
    Ok(())
}

/// Everybody at once. The homes are made without a pause for signals, so that an interruption can't leave half of one behind.
async fn enter(
    parts: &[CastMember],
    stage: &DemoFolder,
    cast: &mut Vec<Person>,
    screen: &Screen,
) -> Result<(), Failure> {
    let homes: Vec<Result<Home, Failure>> = std::thread::scope(|all| {
        let making: Vec<_> = parts.iter().map(|part| all.spawn(|| Home::make(*part, stage.home(part.agent)))).collect();
        let failed = |_| Err(Failure::internal("making a home failed"));
        making.into_iter().map(|making| making.join().unwrap_or_else(failed)).collect()
    });
    let mut entering = Vec::new();
    for home in homes {
        entering.push(Person::enter(home?));
    }
    for entered in futures::future::join_all(entering).await {
        cast.push(entered?);
    }
    for person in cast.iter() {
        screen.says(Who::Nodes, format_args!("{}'s node runs as process {}", person.name, person.process()));
    }
    Ok(())
}
