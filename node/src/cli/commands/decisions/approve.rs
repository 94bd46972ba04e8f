//! `approve` and `reject`: decisions of the owner, one item at a time, made after seeing it.

use std::io::{self, IsTerminal as _};

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::reply::Answered;
use ai2ai_api::views::{DecisionView, ItemView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::digest::Digest;

use crate::cli::context::Context;
use crate::cli::item::{indented, item_lines, mark, with_local_time};
use crate::cli::output::CommandResult;
use crate::cli::prompt::{ask_line, is_yes};
use crate::cli::values::json_object;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ApproveArgs {
    /// The item's id, or its first four characters or more
    id: String,
    /// Of the times that they propose, the Nth
    #[arg(long, value_name = "N", conflicts_with = "terms")]
    choose: Option<usize>,
    /// Terms of your own instead, a JSON object
    #[arg(long, value_name = "JSON", value_parser = json_object)]
    terms: Option<Object>,
    /// Words to go with it
    #[arg(long, value_name = "TEXT")]
    reply: Option<String>,
    /// The digest of what you were shown; needed where nobody can be asked
    #[arg(long, value_name = "DIGEST")]
    digest: Option<Digest>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RejectArgs {
    /// The item's id, or its first four characters or more
    id: String,
    /// Words to go with it
    #[arg(long, value_name = "TEXT")]
    reply: Option<String>,
    /// The digest of what you were shown
    #[arg(long, value_name = "DIGEST")]
    digest: Option<Digest>,
}

pub(in crate::cli) async fn approve(context: &mut Context, mut args: ApproveArgs) -> CommandResult {
    let (id, digest) = if context.can_ask() && io::stderr().is_terminal() {
        show_and_ask(context, &mut args).await?
    } else {
        (args.id.clone(), given_digest(&args)?)
    };
    let command = |pin| requests::Approve {
        id: id.clone(),
        digest: digest.to_string(),
        choose: args.choose,
        terms: args.terms.clone(),
        reply: args.reply.clone(),
        pin,
    };
    let lines = context.decide(command).await?;
    print_decision(context, lines)
}

/// Digest of what was seen, needed where nobody can be asked. The node compares it.
fn given_digest(args: &ApproveArgs) -> Result<Digest, Failure> {
    args.digest.ok_or_else(|| {
        Failure::new(Exit::Usage, ErrorCode::Usage, "--digest is needed where nobody can be asked")
            .hint("It stands in what `ai2ai show ID` prints.")
    })
}

/// Shows the item, and asks. The approval is bound to what was shown, even if a cut id comes to name another item.
async fn show_and_ask(context: &mut Context, args: &mut ApproveArgs) -> Result<(String, Digest), Failure> {
    let view = context.reply(requests::Show { id: args.id.clone() }).await?;
    if args.digest.is_some_and(|digest| digest != view.digest) {
        let failure =
            Failure::new(Exit::Refused, ErrorCode::StaleDigest, "the item is not what you were shown any more");
        return Err(failure.hint(format!("Look again: ai2ai show {}", view.id)));
    }
    if confirm(context, &view, args)? {
        return Ok((view.id.to_string(), view.digest));
    }
    Err(Failure::new(Exit::Refused, ErrorCode::NotApproved, "not approved").hint("The item still waits."))
}

/// Shows the item and everything that the flags change in it, and asks. Only a yes approves.
fn confirm(context: &mut Context, view: &ItemView, args: &mut ApproveArgs) -> Result<bool, Failure> {
    for line in item_lines(view, now()) {
        context.output.note(line);
    }
    if args.choose.is_none() && args.terms.is_none() && view.sends.is_none() && !view.choices.is_empty() {
        let typed = ask_line(&format!("Which of the {} times? (Enter for none) ", view.choices.len()))?;
        args.choose = typed.parse().ok().filter(|place| (1..=view.choices.len()).contains(place));
        if args.choose.is_none() {
            return Ok(false);
        }
    }
    if let Some(place) = args.choose {
        let time = place.checked_sub(1).and_then(|place| view.choices.get(place));
        let time = time.ok_or_else(|| {
            let message = format!("there is no choice {place}: they propose {} times", view.choices.len());
            Failure::new(Exit::Usage, ErrorCode::Usage, message)
        })?;
        context.output.note(format_args!("You choose {place}:  {}", with_local_time(time)));
    }
    if let Some(terms) = &args.terms {
        context.output.note("You send these terms instead:");
        for line in indented(terms, mark("us")) {
            context.output.note(line);
        }
    }
    if let Some(reply) = &args.reply {
        context.output.note(format_args!("With your words: {}", clean(reply)));
    }
    Ok(is_yes(&ask_line("Approve this? [y/N] ")?))
}

pub(in crate::cli) async fn reject(context: &mut Context, args: RejectArgs) -> CommandResult {
    let digest = args.digest.map(|digest| digest.to_string());
    let lines = context.ask(requests::Reject { id: args.id, digest, reply: args.reply }).await?;
    print_decision(context, lines)
}

fn print_decision(context: &mut Context, lines: Answered<DecisionView>) -> CommandResult {
    context.output.answer(lines, |output, view| {
        let state = view.state.map_or_else(String::new, |state| format!("; the conversation is {}", clean(&state)));
        output.line(format_args!("Item {} is {}{state}.", view.id, clean(&view.decision)))?;
        if let Some(conversation) = view.conversation {
            output.line(format_args!("Conversation {conversation}"))?;
        }
        match view.conversation.filter(|_| view.message.is_some()) {
            Some(conversation) => output.next(format_args!("ai2ai conversation {conversation}")),
            None => output.next("ai2ai pending"),
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
