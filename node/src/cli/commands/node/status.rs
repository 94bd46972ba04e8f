//! `status`, `card`: how this node is.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, lay_out, span, when};
use ai2ai_api::views::{DhtView, StatusView};
use ai2ai_protocol::card::Card;
use serde_json::Value;

use super::Ending;
use super::desk::Desk;
use super::paper::Paper;

pub(super) async fn status(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Status {}).await?;
    desk.paper.answer(lines, how_it_is)?;
    Ok(Exit::Done)
}

fn how_it_is(paper: &mut Paper, view: StatusView) -> io::Result<()> {
    paper.line(format_args!(
        "{} and {}, up for {}",
        view.human,
        view.agent,
        span(Duration::from_secs(view.uptime_s))
    ))?;
    paper.line(format_args!("did        {}", view.did))?;
    paper.line(format_args!("peer       {}", view.peer))?;
    for address in &view.listen {
        paper.line(format_args!("listens    {}", clean(address)))?;
    }
    if let Some(site) = &view.https {
        paper.line(format_args!("https      {}", clean(site)))?;
    }
    if view.listen.is_empty() && view.https.is_none() {
        paper.line("listens    nowhere: nobody can reach this node. See: ai2ai doctor")?;
    }
    for connection in &view.connections {
        let who = connection.did.map_or_else(|| connection.peer.clone(), |did| did.short());
        paper.line(format_args!("connected  {} over {}", clean(&who), clean(&connection.path)))?;
    }
    paper.line(format_args!("reachable  {}", clean(&view.reachable)))?;
    paper.line(format_args!("dht        {}", in_the_dht(&view.dht)))?;
    for mailbox in &view.mailboxes {
        paper.line(format_args!("mailbox    {}", clean(mailbox)))?;
    }
    if let Some(keeps) = view.keeps {
        paper.line(format_args!(
            "keeps      {} messages for others; {} people have a place",
            keeps.messages, keeps.people
        ))?;
    }
    let approval = if view.approval == "pin" { "sealed with your PIN" } else { "without a PIN" };
    paper.line(format_args!("approval   {approval}"))?;
    if let Some(since) = view.stopped_since {
        paper
            .line(format_args!("agent      stopped since {}. To let it act again: ai2ai panic --over", when(since)))?;
    }
    paper.line(format_args!(
        "{} nearby, {} waiting for you, {} on the way, {} undeliverable",
        view.nearby, view.pending, view.outbox, view.dead
    ))
}

fn in_the_dht(dht: &DhtView) -> String {
    let card = if dht.published { "your card is in it" } else { "your card is not in it" };
    let keeps = if dht.serves { format!("; {} cards kept here for others", dht.kept) } else { String::new() };
    format!("{} nodes known, {card}{keeps}", dht.nodes)
}

#[derive(Debug, clap::Args)]
pub(super) struct CardArgs {
    /// Write it to FILE as others are to read it, such as a web server's .well-known/ai2ai.json
    #[arg(short, long = "output", value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) async fn card(desk: &mut Desk, args: CardArgs) -> Ending {
    let lines = desk.ask(&Command::Card {}).await?;
    if let Some(file) = args.output {
        return publish(desk, &lines, &file);
    }
    for line in lines {
        if desk.paper.json {
            desk.paper.object(&line)?;
            continue;
        }
        let card = line.get("card").and_then(|card| card.as_object()).cloned().unwrap_or_default();
        for text in lay_out(&card) {
            desk.paper.line(text)?;
        }
    }
    Ok(Exit::Done)
}

/// Puts the card in place of the file in one step: whoever reads it meanwhile reads the old one or the new one, and never half of one.
fn publish(desk: &Desk, lines: &[Value], file: &Path) -> Ending {
    let card = lines.first().and_then(|line| line.get("card")).map(ToString::to_string).unwrap_or_default();
    let card = Card::read(card.as_bytes()).map_err(|refusal| Failure::internal(format!("our own card: {refusal}")))?;
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".new");
    let unfinished = PathBuf::from(unfinished);
    let written = std::fs::write(&unfinished, card.bytes()).and_then(|()| std::fs::rename(&unfinished, file));
    written.map_err(|error| Failure::file("write", file, &error))?;
    desk.paper.note(format_args!("Good until {}: write it anew before, such as once a day.", when(card.expires_at())));
    Ok(Exit::Done)
}
