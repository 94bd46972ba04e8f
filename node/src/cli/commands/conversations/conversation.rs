//! `conversations`, `conversation`, `export`: what was said, and what was agreed.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ai2ai_api::command::Command;
use ai2ai_api::door::LISTED;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{AgreementView, ConversationLine, ConversationView, MeetingView, MessageView, View as _};
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::MessageId;
use serde_json::Value;

use super::Ending;
use super::cancel::line_of;
use super::desk::Desk;
use super::paper::{Paper, Stop};
use super::people::rows;
use super::show::{indented, mark};

/// Characters of a subject that a row shows.
const SUBJECT_SHOWN: usize = 40;

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    /// Those that changed before this one did: the last of a list that was too long
    #[arg(long, value_name = "ID")]
    before: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct OneArgs {
    /// The conversation's id, or its first four characters or more
    id: String,
    /// Go on printing as it goes on, until Ctrl-C
    #[arg(long)]
    follow: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    /// The conversation's id, or its first four characters or more
    id: String,
    /// Write to FILE, which must not be there yet
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// As an event for a calendar (.ics), instead of the agreement
    #[arg(long)]
    ics: bool,
}

pub(super) async fn list(desk: &mut Desk, args: ListArgs) -> Ending {
    let lines = desk.ask(&Command::Conversations { before: args.before }).await?;
    if let Some(last) = lines.get(LISTED - 1).and_then(|line| line["id"].as_str()) {
        desk.paper.note(format_args!("These are {LISTED}; for those before them: ai2ai conversations --before {last}"));
    }
    let headings = ["conversation", "with", "about", "state", "last change"];
    rows(desk, lines, &headings, "Nothing was said yet.", |view: ConversationLine| {
        let about = view.subject.as_deref().unwrap_or(&view.intent);
        vec![
            view.id.to_string(),
            clean(&view.with),
            brief(about, SUBJECT_SHOWN),
            if view.cancelled { format!("{}, called off", view.state) } else { view.state.to_string() },
            when(view.touched_at),
        ]
    })?;
    Ok(Exit::Done)
}

pub(super) async fn one(desk: &mut Desk, args: OneArgs) -> Ending {
    let mut seen = Seen::default();
    if !args.follow {
        let lines = desk.ask(&Command::Conversation { id: args.id }).await?;
        desk.paper.answer(lines, |paper, view: ConversationView| {
            seen.print(paper, &view)?;
            what_now(paper, &view);
            Ok(())
        })?;
        return Ok(Exit::Done);
    }
    let mut lines = desk.follow(&Command::Follow { id: args.id }).await?;
    while let Some(line) = lines.next().await? {
        desk.paper.answer(vec![line], |paper, view: ConversationView| seen.print(paper, &view))?;
    }
    Ok(Exit::Done)
}

/// What of a conversation is on the screen already.
#[derive(Debug, Default)]
struct Seen {
    begun: bool,
    messages: Vec<MessageId>,
    end: Vec<String>,
}

impl Seen {
    /// Prints what is new, and how the conversation stands when that changed.
    fn print(&mut self, paper: &mut Paper, view: &ConversationView) -> io::Result<()> {
        if !self.begun {
            paper.line(format_args!(
                "\x1b[1m{} with {}\x1b[0m  [{}]",
                clean(&view.intent),
                clean(&view.with),
                view.id
            ))?;
            self.begun = true;
        }
        for message in &view.messages {
            if !self.messages.contains(&message.id) {
                self.messages.push(message.id);
                print_message(paper, message)?;
            }
        }
        let end = how_it_stands(view);
        if end != self.end {
            for line in &end {
                paper.line(line)?;
            }
            self.end = end;
        }
        Ok(())
    }
}

fn print_message(paper: &mut Paper, message: &MessageView) -> io::Result<()> {
    let who = if message.side == "us" { format!("{} (you)", clean(&message.who)) } else { clean(&message.who) };
    let delivery =
        message.delivery.as_deref().map_or_else(String::new, |state| format!(", {}", clean(state).replace('_', " ")));
    paper.line(format_args!("{}  {who}: {}{delivery}", when(message.timestamp), message.kind))?;
    for line in indented(&message.payload, mark(&message.side)) {
        paper.line(line)?;
    }
    Ok(())
}

fn how_it_stands(view: &ConversationView) -> Vec<String> {
    let off = if view.cancelled.is_empty() { "" } else { ", and called off" };
    let mut lines = vec![format!("It is \x1b[1m{}{off}\x1b[0m.", view.state)];
    lines.extend(view.cancelled.iter().map(line_of));
    if let Some(why) = &view.not_cancelled {
        lines.push(format!("You tried to call it off, but {}. Tell them in another way.", clean(why)));
    }
    if let Some(terms) = &view.terms {
        let by = if view.terms_by.as_deref() == Some("us") { "you" } else { "they" };
        let agreed = if view.state == Phase::Confirmed { "Agreed" } else { "On the table" };
        lines.push(format!("{agreed}, as {by} put it:"));
        lines.extend(indented(terms, mark(view.terms_by.as_deref().unwrap_or("them"))));
    }
    if let Some(hash) = &view.terms_hash {
        lines.push(format!("Terms {hash}"));
    }
    if let Some(pending) = &view.pending_act {
        let state = pending.delivery.as_deref().unwrap_or("waiting");
        let act = if pending.act == "cancel" { "word that you call it off".to_owned() } else { clean(&pending.act) };
        lines.push(format!("Your {act} is not answered yet ({}).", clean(state)));
    }
    lines
}

/// What to type now, as the conversation stands.
fn what_now(paper: &Paper, view: &ConversationView) {
    let id = &view.id;
    match view.state {
        Phase::Confirmed => paper.next(format_args!("ai2ai export {id} -o agreement-{id}.json")),
        Phase::Rejected | Phase::Expired => {}
        Phase::Proposed | Phase::Negotiating if view.pending_act.is_some() => {
            paper.next_when(", in a moment", format_args!("ai2ai conversation {id}"));
        }
        Phase::Proposed | Phase::Negotiating if view.messages.last().is_some_and(|last| last.side == "them") => {
            paper.next("ai2ai pending");
        }
        Phase::Proposed | Phase::Negotiating => {
            paper.next_when(", once they have answered", format_args!("ai2ai conversation {id}"));
        }
    }
}

pub(super) async fn export(desk: &mut Desk, args: ExportArgs) -> Ending {
    let command = if args.ics { Command::ExportMeeting { id: args.id } } else { Command::Export { id: args.id } };
    let mut lines = desk.ask(&command).await?;
    let line = lines.pop().ok_or_else(|| Failure::internal("the node answered with nothing"))?;
    let text = if args.ics {
        MeetingView::of_line(line.clone()).map(|view| view.text)
    } else {
        AgreementView::of_line(line.clone()).map(|view| view.text)
    };
    let text = text.map_err(Failure::internal)?;
    match args.output {
        Some(file) => {
            write_new(&file, text.as_bytes())?;
            say_if_off(desk, &line, args.ics);
            written(desk, &line, &file, args.ics)?;
        }
        None if desk.paper.json => desk.paper.object(&line)?,
        None => {
            say_if_off(desk, &line, args.ics);
            desk.paper.bytes(text.as_bytes())?;
        }
    }
    Ok(Exit::Done)
}

/// Whoever keeps an agreement is told that it is off.
fn say_if_off(desk: &Desk, line: &Value, is_event: bool) {
    let agreement = (!is_event).then(|| AgreementView::of_line(line.clone()).ok()).flatten();
    for by in agreement.iter().flat_map(|view| &view.cancelled) {
        desk.paper.note(format_args!("It is called off, and the file says so. {}", line_of(by)));
    }
}

fn written(desk: &mut Desk, line: &Value, file: &Path, is_event: bool) -> Result<(), Stop> {
    if desk.paper.json {
        return Ok(desk.paper.object(line)?);
    }
    if is_event {
        desk.paper.note("Written. Open it with your calendar.");
    } else {
        desk.paper.note(format_args!("Written. Check it anywhere with: ai2ai verify {}", file.display()));
    }
    Ok(())
}

/// What is exported never takes the place of another file.
pub(super) fn write_new(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || {
        let mut new = OpenOptions::new().write(true).create_new(true).open(file)?;
        new.write_all(bytes)?;
        new.sync_all()
    };
    write().map_err(|error| Failure::file("write", file, &error))
}
