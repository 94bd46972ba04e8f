//! `nearby`, `add`, `contacts`, `block`, `unblock`, `ping`: who there is.

use std::io;
use std::path::{Path, PathBuf};

use ai2ai_api::clock::now;
use ai2ai_api::command::{Carry, Command};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, table, tomorrow_evening, when};
use ai2ai_api::views::{ContactView, NearbyView, PingView, View};
use ai2ai_home::files::read_foreign;
use ai2ai_protocol::limits::CARD_BYTES;
use serde_json::Value;

use super::Ending;
use super::desk::Desk;
use super::paper::{Paper, Stop};

#[derive(Debug, clap::Args)]
pub(super) struct WhoArgs {
    /// A contact's name, agent name or did
    who: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct AddArgs {
    /// An agent name or did that is nearby, a domain, an invite, or a multiaddress that ends in /p2p/…
    #[arg(required_unless_present = "card", conflicts_with = "card")]
    who: Option<String>,
    /// Their card, as `ai2ai card -o FILE` writes it: for someone whose node this one can't reach
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,
    /// Your own name for them
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

pub(super) async fn nearby(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Nearby {}).await?;
    let next = lines.first().map(|first| to_add(first, &lines));
    rows(desk, lines, &["agent", "says they are", "found by", "did"], "Nobody is nearby yet.", |view: NearbyView| {
        vec![clean(&view.agent), clean(&view.human), clean(&view.source), view.did.to_string()]
    })?;
    match next {
        Some(command) => desk.paper.next(command),
        None => desk.paper.next_when(", in a moment", "ai2ai nearby"),
    }
    Ok(Exit::Done)
}

/// How the first of those who are nearby is added: by the agent's name, if that is nobody else's.
fn to_add(first: &Value, all: &[Value]) -> String {
    let agent = first["agent"].as_str().unwrap_or_default();
    let many = all.iter().filter(|line| line["agent"] == first["agent"]).count();
    let did = first["did"].as_str().unwrap_or_default();
    format!("ai2ai add {}", if many == 1 { typeable(agent, did) } else { did })
}

/// A name as it can be typed at any shell; else the `did`. Names are what others call themselves, and no shell is to obey them.
pub(super) fn typeable<'a>(name: &'a str, did: &'a str) -> &'a str {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if is_plain && name.starts_with(|c: char| c.is_ascii_alphanumeric()) { name } else { did }
}

pub(super) async fn contacts(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Contacts {}).await?;
    let none = "You have no contacts yet. See: ai2ai nearby";
    rows(
        desk,
        lines,
        &["name", "trust", "verified", "agent", "connected", "last seen", "did"],
        none,
        |view: ContactView| {
            let trust = if view.blocked { "blocked" } else { view.trust.as_str() };
            vec![
                clean(&view.name),
                trust.to_owned(),
                if view.compared_at.is_some() { "in person" } else { "-" }.to_owned(),
                clean(&view.agent),
                view.path.as_deref().map_or_else(|| "-".to_owned(), clean),
                view.last_seen.map_or_else(|| "-".to_owned(), when),
                view.did.to_string(),
            ]
        },
    )?;
    Ok(Exit::Done)
}

/// Views as rows of a table, or as lines of JSON.
pub(super) fn rows<V: View>(
    desk: &mut Desk,
    lines: Vec<Value>,
    headings: &[&str],
    none: &str,
    row: impl Fn(V) -> Vec<String>,
) -> Result<(), Stop> {
    if desk.paper.json {
        return desk.paper.answer(lines, |_, _: V| Ok(()));
    }
    if lines.is_empty() {
        desk.paper.note(none);
        return Ok(());
    }
    let views: Result<Vec<V>, String> = lines.into_iter().map(V::of_line).collect();
    let cells: Vec<Vec<String>> = views.map_err(Failure::internal)?.into_iter().map(row).collect();
    for line in table(headings, &cells) {
        desk.paper.line(line)?;
    }
    Ok(())
}

pub(super) async fn add(desk: &mut Desk, args: AddArgs) -> Ending {
    let command = match (args.card, args.who) {
        (Some(file), _) => Command::Carry { what: Carry::Card { card: read_card(&file)?, name: args.name } },
        (None, who) => Command::Add { who: who.unwrap_or_default(), name: args.name },
    };
    let lines = desk.ask(&command).await?;
    desk.paper.answer(lines, |paper, view: ContactView| {
        paper.line(format_args!("{} is a contact now ({}).", clean(&view.name), view.trust.as_str()))?;
        if let Some(dnssec) = &view.dnssec {
            paper.line(format_args!("DNSSEC    {}", signed(dnssec)))?;
        }
        paper.note(format_args!("Compare with what they read out to you: {}", view.did));
        let did = view.did.to_string();
        paper.next(format_args!(
            "ai2ai meet {} --subject Dinner --time {}",
            typeable(&view.name, &did),
            tomorrow_evening(now())
        ));
        Ok(())
    })?;
    Ok(Exit::Done)
}

fn read_card(file: &Path) -> Result<String, Failure> {
    let bytes = read_foreign(file, CARD_BYTES as u64)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Invalid, "bad_card", format!("{} holds no card", file.display())))
}

/// What the DNSSEC status of an answer means.
fn signed(dnssec: &str) -> String {
    match dnssec {
        "secure" => "secure: the domain's owner signed these records".to_owned(),
        "unsigned" => "unsigned: whoever is between you and the DNS could have changed these records".to_owned(),
        "failed" => {
            "failed: these records are not rightly signed, or your DNS server passes no signatures on".to_owned()
        }
        other => clean(other),
    }
}

pub(super) async fn block(desk: &mut Desk, args: WhoArgs) -> Ending {
    let lines = desk.ask(&Command::Block { who: args.who }).await?;
    contact(desk, lines, |view| format!("{} is blocked. They are not told.", clean(&view.name)))
}

pub(super) async fn unblock(desk: &mut Desk, args: WhoArgs) -> Ending {
    let lines = desk.ask(&Command::Unblock { who: args.who }).await?;
    contact(desk, lines, |view| format!("{} is let in again ({}).", clean(&view.name), view.trust.as_str()))
}

pub(super) fn contact(desk: &mut Desk, lines: Vec<Value>, words: impl Fn(&ContactView) -> String) -> Ending {
    desk.paper.answer(lines, |paper, view: ContactView| paper.line(words(&view)))?;
    Ok(Exit::Done)
}

pub(super) async fn ping(desk: &mut Desk, args: WhoArgs) -> Ending {
    let lines = desk.ask(&Command::Ping { who: args.who }).await?;
    desk.paper.answer(lines, pong)?;
    Ok(Exit::Done)
}

fn pong(paper: &mut Paper, view: PingView) -> io::Result<()> {
    paper.line(format_args!("{} answered in {:.1} ms over {}.", clean(&view.name), view.rtt_ms, clean(&view.path)))?;
    let intents: Vec<String> = view.intents.iter().map(|intent| clean(intent)).collect();
    paper.line(format_args!(
        "They offer: {}",
        if intents.is_empty() { "nothing".to_owned() } else { intents.join(", ") }
    ))
}
