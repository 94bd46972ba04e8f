//! `status`, `card`, `audit`: how this node is, and what it did.

use std::io;
use std::time::Duration;

use super::Ending;
use super::desk::Desk;
use super::paper::Paper;
use super::people::rows;
use super::text::{clean, lay_out, span, when};
use crate::doors::Command;
use crate::exit::Exit;
use crate::views::{AuditView, StatusView};

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
    if view.listen.is_empty() {
        paper.line("listens    nowhere: nobody can reach this node. See: ai2ai doctor")?;
    }
    for connection in &view.connections {
        let who = connection.did.map_or_else(|| connection.peer.clone(), |did| did.short());
        paper.line(format_args!("connected  {} over {}", clean(&who), clean(&connection.path)))?;
    }
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

pub(super) async fn card(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Card {}).await?;
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

pub(super) async fn audit(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Audit {}).await?;
    let headings = ["when", "what", "factor", "outcome", "about"];
    rows(desk, lines, &headings, "Nothing was decided yet.", |view: AuditView| {
        let about = view.item.map(|item| item.to_string()).or_else(|| view.who.map(|did| did.to_string()));
        vec![
            when(view.at),
            clean(&view.what),
            clean(&view.factor),
            clean(&view.outcome),
            about.unwrap_or_else(|| "-".to_owned()),
        ]
    })?;
    Ok(Exit::Done)
}
