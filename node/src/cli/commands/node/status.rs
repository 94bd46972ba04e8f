//! `status`: the state of this node.

use std::io;
use std::time::Duration;

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, span, when};
use ai2ai_api::views::{DhtView, StatusView};

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

pub(in crate::cli) async fn run(context: &mut Context) -> CommandResult {
    let lines = context.ask(requests::Status {}).await?;
    context.output.answer(lines, print)?;
    Ok(Exit::Done)
}

fn print(output: &mut Output, view: StatusView) -> io::Result<()> {
    output.line(format_args!(
        "{} and {}, up for {}",
        view.human,
        view.agent,
        span(Duration::from_secs(view.uptime_s))
    ))?;
    output.line(format_args!("did        {}", view.did))?;
    output.line(format_args!("peer       {}", view.peer))?;
    for address in &view.listen {
        output.line(format_args!("listens    {}", clean(address)))?;
    }
    if let Some(site) = &view.https {
        output.line(format_args!("https      {}", clean(site)))?;
    }
    if view.listen.is_empty() && view.https.is_none() {
        output.line("listens    nowhere: nobody can reach this node. See: ai2ai doctor")?;
    }
    for connection in &view.connections {
        let who = connection.did.map_or_else(|| connection.peer.clone(), |did| did.short());
        output.line(format_args!("connected  {} over {}", clean(&who), clean(&connection.path)))?;
    }
    output.line(format_args!("reachable  {}", clean(&view.reachable)))?;
    output.line(format_args!("dht        {}", dht_line(&view.dht)))?;
    for mailbox in &view.mailboxes {
        output.line(format_args!("mailbox    {}", clean(mailbox)))?;
    }
    if let Some(keeps) = view.keeps {
        output.line(format_args!(
            "keeps      {} messages for others; {} people have a place",
            keeps.messages, keeps.people
        ))?;
    }
    let approval = if view.approval == "pin" { "sealed with your PIN" } else { "without a PIN" };
    output.line(format_args!("approval   {approval}"))?;
    if let Some(since) = view.stopped_since {
        output
            .line(format_args!("agent      stopped since {}. To let it act again: ai2ai panic --over", when(since)))?;
    }
    output.line(format_args!(
        "{} nearby, {} waiting for you, {} on the way, {} undeliverable",
        view.nearby, view.pending, view.outbox, view.dead
    ))
}

fn dht_line(dht: &DhtView) -> String {
    let card = if dht.published { "your card is in it" } else { "your card is not in it" };
    let keeps = if dht.serves { format!("; {} cards kept here for others", dht.kept) } else { String::new() };
    format!("{} nodes known, {card}{keeps}", dht.nodes)
}
