//! `pending`, `show`, `approve`, `reject`: the owner decides, one item at a time, having seen it.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use ai2ai_api::clock::now;
use ai2ai_api::command::Command;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{brief, clean, when};
use ai2ai_api::views::{CANCELLED, DecisionView, ItemView, PendingView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::digest::Digest;

use serde_json::Value;

use super::Ending;
use super::desk::Desk;
use super::people::rows;
use super::pin::can_ask;
use super::show::{indented, item, mark, time_of};
use super::talk::object;

/// Characters of a summary that a row shows.
const SUMMARY_SHOWN: usize = 60;

#[derive(Debug, clap::Args)]
pub(super) struct PendingArgs {
    /// List what is snoozed, and more than a few of one person's, too
    #[arg(long)]
    all: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The item's id, or its first four characters or more
    id: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct ApproveArgs {
    /// The item's id, or its first four characters or more
    id: String,
    /// Of the times that they propose, the Nth
    #[arg(long, value_name = "N", conflicts_with = "terms")]
    choose: Option<usize>,
    /// Terms of your own instead, a JSON object
    #[arg(long, value_name = "JSON", value_parser = object)]
    terms: Option<Object>,
    /// Words to go with it
    #[arg(long, value_name = "TEXT")]
    reply: Option<String>,
    /// The digest of what you were shown; needed where nobody can be asked
    #[arg(long, value_name = "DIGEST")]
    digest: Option<Digest>,
}

#[derive(Debug, clap::Args)]
pub(super) struct RejectArgs {
    /// The item's id, or its first four characters or more
    id: String,
    /// Words to go with it
    #[arg(long, value_name = "TEXT")]
    reply: Option<String>,
    /// The digest of what you were shown
    #[arg(long, value_name = "DIGEST")]
    digest: Option<Digest>,
}

/// What is listed, and how many more of each person's there are, with those that are out of sight.
fn in_front(lines: Vec<Value>, all: bool) -> (Vec<Value>, usize) {
    let count = lines.len();
    let hidden = |line: &Value| !line["snoozed_until"].is_null() || line["folded"] == true;
    let shown: Vec<Value> = lines.into_iter().filter(|line| all || !hidden(line)).collect();
    let rest = count - shown.len();
    (shown, rest)
}

pub(super) async fn pending(desk: &mut Desk, args: PendingArgs) -> Ending {
    let lines = desk.ask(&Command::Pending {}).await?;
    let (lines, rest) = in_front(lines, args.all || desk.paper.json);
    if rest > 0 {
        desk.paper.note(format_args!(
            "{rest} more are snoozed or wait behind others of the same person: ai2ai pending --all"
        ));
    }
    let headings = ["item", "kind", "who", "about", "until"];
    let next = lines.first().and_then(|line| line["id"].as_str()).map(|id| format!("ai2ai show {}", clean(id)));
    rows(desk, lines, &headings, "Nothing waits for you.", |view: PendingView| {
        vec![
            view.id.to_string(),
            clean(&view.kind).replace('_', " "),
            brief(&view.who, SUMMARY_SHOWN),
            brief(&view.summary, SUMMARY_SHOWN),
            when(view.expires_at),
        ]
    })?;
    if let Some(command) = next {
        desk.paper.next(command);
    }
    Ok(Exit::Done)
}

pub(super) async fn show(desk: &mut Desk, args: ShowArgs) -> Ending {
    let lines = desk.ask(&Command::Show { id: args.id }).await?;
    desk.paper.answer(lines, |paper, view: ItemView| {
        for line in item(&view, now()) {
            paper.line(line)?;
        }
        if view.kind == CANCELLED {
            paper.next_when(", to take this notice away", format_args!("ai2ai reject {}", view.id));
            return Ok(());
        }
        let choose = if view.sends.is_none() && !view.choices.is_empty() { " --choose 1" } else { "" };
        paper.next(format_args!("ai2ai approve {}{choose}", view.id));
        paper.note(format_args!("Or:   ai2ai reject {}", view.id));
        Ok(())
    })?;
    Ok(Exit::Done)
}

pub(super) async fn approve(desk: &mut Desk, mut args: ApproveArgs) -> Ending {
    let (id, digest) = if can_ask(desk) && io::stderr().is_terminal() {
        seen_and_agreed(desk, &mut args).await?
    } else {
        (args.id.clone(), shown_before(&args)?)
    };
    let command = |pin| Command::Approve {
        id: id.clone(),
        digest: digest.to_string(),
        choose: args.choose,
        terms: args.terms.clone(),
        reply: args.reply.clone(),
        pin,
    };
    let lines = desk.decide(command).await?;
    decided(desk, lines)
}

/// Where nobody can be asked, the digest says what was seen; the node compares it.
fn shown_before(args: &ApproveArgs) -> Result<Digest, Failure> {
    args.digest.ok_or_else(|| {
        Failure::new(Exit::Usage, "usage", "--digest is needed where nobody can be asked")
            .hint("It stands in what `ai2ai show ID` prints.")
    })
}

/// Shows the item, and asks. What is approved is what was shown, even if an id cut short comes to name another item.
async fn seen_and_agreed(desk: &mut Desk, args: &mut ApproveArgs) -> Result<(String, Digest), Failure> {
    let view: ItemView = desk.one(&Command::Show { id: args.id.clone() }).await?;
    if args.digest.is_some_and(|digest| digest != view.digest) {
        let failure = Failure::new(Exit::Refused, "stale_digest", "the item is not what you were shown any more");
        return Err(failure.hint(format!("Look again: ai2ai show {}", view.id)));
    }
    if agreed(desk, &view, args)? {
        return Ok((view.id.to_string(), view.digest));
    }
    Err(Failure::new(Exit::Refused, "not_approved", "not approved").hint("The item still waits."))
}

/// Shows the item and everything that the flags change in it, and asks. Only a yes is a yes.
fn agreed(desk: &mut Desk, view: &ItemView, args: &mut ApproveArgs) -> Result<bool, Failure> {
    for line in item(view, now()) {
        desk.paper.note(line);
    }
    if args.choose.is_none() && args.terms.is_none() && view.sends.is_none() && !view.choices.is_empty() {
        let typed = typed(&format!("Which of the {} times? (Enter for none) ", view.choices.len()))?;
        args.choose = typed.parse().ok().filter(|place| (1..=view.choices.len()).contains(place));
        if args.choose.is_none() {
            return Ok(false);
        }
    }
    if let Some(place) = args.choose {
        let time = place.checked_sub(1).and_then(|place| view.choices.get(place));
        let time = time.ok_or_else(|| {
            let message = format!("there is no choice {place}: they propose {} times", view.choices.len());
            Failure::new(Exit::Usage, "usage", message)
        })?;
        desk.paper.note(format_args!("You choose {place}:  {}", time_of(time)));
    }
    if let Some(terms) = &args.terms {
        desk.paper.note("You send these terms instead:");
        for line in indented(terms, mark("us")) {
            desk.paper.note(line);
        }
    }
    if let Some(reply) = &args.reply {
        desk.paper.note(format_args!("With your words: {}", clean(reply)));
    }
    Ok(is_yes(&typed("Approve this? [y/N] ")?))
}

pub(super) fn is_yes(typed: &str) -> bool {
    matches!(typed.to_lowercase().as_str(), "y" | "yes")
}

pub(super) fn typed(question: &str) -> Result<String, Failure> {
    let mut line = String::new();
    let asked = io::stderr().write_all(question.as_bytes()).and_then(|()| io::stdin().lock().read_line(&mut line));
    asked.map_err(|error| Failure::new(Exit::Failed, "io", format!("you cannot be asked: {error}")))?;
    Ok(line.trim().to_owned())
}

pub(super) async fn reject(desk: &mut Desk, args: RejectArgs) -> Ending {
    let digest = args.digest.map(|digest| digest.to_string());
    let lines = desk.ask(&Command::Reject { id: args.id, digest, reply: args.reply }).await?;
    decided(desk, lines)
}

fn decided(desk: &mut Desk, lines: Vec<serde_json::Value>) -> Ending {
    desk.paper.answer(lines, |paper, view: DecisionView| {
        let state = view.state.map_or_else(String::new, |state| format!("; the conversation is {}", clean(&state)));
        paper.line(format_args!("Item {} is {}{state}.", view.id, clean(&view.decision)))?;
        if let Some(conversation) = view.conversation {
            paper.line(format_args!("Conversation {conversation}"))?;
        }
        match view.conversation.filter(|_| view.message.is_some()) {
            Some(conversation) => paper.next(format_args!("ai2ai conversation {conversation}")),
            None => paper.next("ai2ai pending"),
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_a_yes_is_no() {
        for yes in ["y", "Y", "yes", "YES"] {
            assert!(is_yes(yes), "{yes}");
        }
        for no in ["", "n", "no", "ok", "sure", "not now", "yes please", "1", "approve", "ja"] {
            assert!(!is_yes(no), "{no}");
        }
    }
}
