//! `ai2ai demo`: two people, two agents and two nodes on this machine agree on dinner, for everyone to see; or another scenario.
//!
//! Nothing here is a mock. The nodes are processes of this program with homes of their own; the agents act only through the
//! agent's door, the people only through the owner's.

mod agents;
mod cast;
mod diary;
mod dinner;
mod meeting;
mod owners;
mod scenes;
mod screen;
mod stage;

use std::path::{Path, PathBuf};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use cast::{Home, Person};
use owners::{DemoOwner, short};
use screen::{Screen, Who};
use stage::{DemoFolder, interruption, write_new};

pub use scenes::Scenario;

/// Options of the demo.
#[derive(Debug, Clone, Copy, Default)]
pub struct DemoOptions {
    /// Scenario to play instead of the dinner.
    pub scenario: Option<Scenario>,
    /// Lets the person at the keyboard decide for Alex.
    pub interactive: bool,
    /// Keeps the homes when the demo ends.
    pub keep: bool,
    /// Speaks JSON, one object a line.
    pub json: bool,
}

/// Plays the demo. It ends well only when both sides hold the same agreement, and it was verified.
///
/// # Errors
/// Whatever kept the two from agreeing; `rejected` when a person said no, `interrupted` when one ended it. By then the nodes
/// are ended and the homes removed.
pub async fn run(options: DemoOptions) -> Result<(), Failure> {
    if options.interactive && options.json {
        let message = "JSON is for machines, and --interactive asks a person";
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message).hint("Give one of the two."));
    }
    if options.interactive && options.scenario.is_some() {
        let message = "a person can decide in the dinner, and in no other scenario";
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message).hint("Type: ai2ai demo --interactive"));
    }
    let screen = Screen::new(options.json);
    let stage = DemoFolder::build(options.keep)?;
    let mut cast = Vec::new();
    let played = tokio::select! {
        biased; // signals are watched before the first home is made
        interrupted = interrupted() => Err(interrupted),
        played = played(&stage, &mut cast, options, &screen) => played,
    };
    for person in cast {
        person.leave().await;
    }
    if stage.is_kept() {
        screen.line(format_args!("The homes are kept in {}", stage.dir().display()));
    }
    played
}

async fn played(
    stage: &DemoFolder,
    cast: &mut Vec<Person>,
    options: DemoOptions,
    screen: &Screen,
) -> Result<(), Failure> {
    match options.scenario {
        Some(scenario) => scenes::play(scenario, stage, cast, screen).await,
        None => play(stage, cast, options, screen).await,
    }
}

/// The story, from two empty homes to one agreement.
async fn play(
    stage: &DemoFolder,
    cast: &mut Vec<Person>,
    options: DemoOptions,
    screen: &Screen,
) -> Result<(), Failure> {
    screen.line("Two people, two agents, two nodes. The agents propose; only the people decide.\n");
    enter_both(stage, cast, screen).await?;
    let [darren, alex] = cast.as_slice() else { return Err(Failure::internal("a dinner is for two")) };
    meeting::introduce(darren, alex, screen).await?;
    if options.interactive {
        tell_the_part(alex, screen)?;
    }
    let alex_is = if options.interactive { DemoOwner::Keyboard } else { DemoOwner::Script };
    let agreed = dinner::play(darren, alex, alex_is, screen).await?;
    let verified = dinner::prove(darren, alex, &agreed, stage, screen).await?;
    let file = leave_the_agreement(&verified, stage)?;
    let terms = agreed.terms.to_string();
    screen.line(format_args!("\nBoth sides hold the same terms: {}", short(&terms)));
    screen.line(format_args!("The agreement: {}", file.display()));
    screen.line(format_args!("Check it anywhere, offline: ai2ai verify {}\n", file.display()));
    let closing = json!({
        "schema": "demo/1", "state": "confirmed", "terms_hash": terms, "conversation": agreed.conversation,
        "agreement": file, "verified": true, "seconds": screen.seconds(),
    });
    screen.ends(&closing, format_args!("confirmed on both sides, and verified, in {:.1} s", screen.seconds()));
    Ok(())
}

/// Both at once: it takes no longer than one. The homes are made without a pause for signals, so that an interruption can't
/// leave half of one behind.
async fn enter_both(stage: &DemoFolder, cast: &mut Vec<Person>, screen: &Screen) -> Result<(), Failure> {
    let make = |part, name| Home::make(part, stage.home(name));
    let (darren, alex) = std::thread::scope(|both| {
        let darren = both.spawn(|| make(dinner::DARREN, "darren"));
        let alex = make(dinner::ALEX, "alex");
        (darren.join().map_err(|_| Failure::internal("making a home failed")), alex)
    });
    let (darren, alex) = tokio::join!(Person::enter(darren??), Person::enter(alex?));
    cast.extend([darren?, alex?]);
    for person in cast.iter() {
        let name = person.name;
        let process = person.process();
        screen.says(
            Who::Nodes,
            format_args!("{name}'s node runs as process {process}, with keys, a PIN and a calendar of its own"),
        );
    }
    Ok(())
}

fn tell_the_part(alex: &Person, screen: &Screen) -> Result<(), Failure> {
    let file = alex.pin_file();
    let pin = std::fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    screen.line(format_args!("\nYou are {}. Your agent drafts; nothing is agreed unless you approve it.", alex.name));
    screen.line(format_args!("Your PIN in this demo is {}.\n", pin.trim()));
    Ok(())
}

/// The agreement outlives the demo: beside the homes when they are kept, else as a file of its own.
fn leave_the_agreement(verified: &Path, stage: &DemoFolder) -> Result<PathBuf, Failure> {
    if stage.is_kept() {
        return Ok(verified.to_owned());
    }
    let text = std::fs::read_to_string(verified).map_err(|error| Failure::file("read", verified, &error))?;
    let file = stage.dir().with_extension("agreement.json");
    write_new(&file, &text)?;
    Ok(file)
}

/// Ends when somebody wants the demo to end.
async fn interrupted() -> Failure {
    let (Ok(mut terminate), Ok(mut hangup)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => interruption(),
        _ = terminate.recv() => interruption(),
        _ = hangup.recv() => interruption(),
    }
}
