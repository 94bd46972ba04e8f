//! `trust`: the trust level of a contact, and a mandate for what the agent may do with them by itself.

use std::io;

use ai2ai_api::command::Grant;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::reply::TrustReply;
use ai2ai_api::views::{RehearsalView, TrustView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::trust::Trust;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, Output};

/// Default duration of a mandate, in days.
const DAYS: u32 = 30;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A contact's name, agent name or did
    who: String,
    /// none: a stranger; known: your agent may read what they send, and draft; trusted: it may act within a mandate. Without a
    /// level: how they are trusted now, and what came of it
    level: Option<Trust>,
    /// What your agent may do with them by itself: an intent such as schedule.meeting, or all below one, schedule.*
    #[arg(long = "intent", value_name = "INTENT", requires = "level")]
    intents: Vec<String>,
    /// At most so much each time, such as "100 GBP"
    #[arg(long, value_name = "AMOUNT CURRENCY", requires = "intents", value_parser = spend)]
    spend: Option<(String, String)>,
    /// Only what lies between these hours of the day, such as 09:00-22:00, at this machine's present offset from UTC
    #[arg(long, value_name = "FROM-UNTIL", requires = "intents", value_parser = hours)]
    hours: Option<(String, String)>,
    /// At most so often in 24 hours
    #[arg(long, value_name = "N", requires = "intents")]
    per_day: Option<u32>,
    /// For how many days; 366 at most
    #[arg(long, value_name = "N", requires = "intents", default_value_t = DAYS, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// Grant nothing: show what, of all you said to them so far, would have gone by itself
    #[arg(long, requires = "intents")]
    dry_run: bool,
}

fn spend(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(' ').ok_or("an amount and its currency, such as \"100 GBP\"")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

fn hours(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('-').ok_or("two times of the day, such as 09:00-22:00")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

impl Args {
    fn grant(&self) -> Option<Grant> {
        if self.intents.is_empty() {
            return None;
        }
        let mut limits = Object::new();
        if let Some((amount, currency)) = &self.spend {
            limits.insert("amount".to_owned(), amount.as_str().into());
            limits.insert("currency".to_owned(), currency.as_str().into());
        }
        if let Some((from, until)) = &self.hours {
            limits.insert("hours".to_owned(), json!({ "from": from, "until": until, "offset": offset() }));
        }
        if let Some(per_day) = self.per_day {
            limits.insert("per_day".to_owned(), per_day.into());
        }
        Some(Grant { intents: self.intents.clone(), limits, days: self.days })
    }
}

/// This machine's offset from UTC now.
fn offset() -> String {
    jiff::Zoned::now().strftime("%:z").to_string()
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let who = args.who.clone();
    let grant = args.grant();
    match (args.level, grant) {
        (Some(level), Some(grant)) if args.dry_run => dry_run(context, who, level, grant).await,
        (Some(level), grant) => {
            let command = |pin| requests::Trust { who: who.clone(), level, grant: grant.clone(), pin };
            let lines = context.decide(command).await?;
            context.output.answer_whole(lines, granted)?;
            Ok(Exit::Done)
        }
        (None, _) => {
            let lines = context.ask(requests::Regard { who }).await?;
            context.output.answer(lines, regard)?;
            Ok(Exit::Done)
        }
    }
}

async fn dry_run(context: &mut Context, who: String, level: Trust, grant: Grant) -> CommandResult {
    if level != Trust::Trusted {
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, "a mandate is for those who are `trusted`").into());
    }
    let lines = context.ask(requests::Rehearse { who, grant }).await?;
    let none = "You have said nothing to them yet.";
    let would = (lines.lines().len(), lines.lines().iter().filter(|line| line["would"] == "go").count());
    context.output.rows(
        lines,
        &["when", "what", "about", "it would", "why", "conversation"],
        none,
        |view: RehearsalView| {
            vec![
                when(view.at),
                view.kind.to_string(),
                clean(&view.intent),
                if view.would == "go" { "have gone by itself".to_owned() } else { "have waited for you".to_owned() },
                view.why.as_deref().map_or_else(|| "-".to_owned(), clean),
                view.conversation.to_string(),
            ]
        },
    )?;
    if would.0 > 0 {
        context.output.note(format_args!("{} of {} would have gone by themselves.", would.1, would.0));
    }
    context.output.note("Nothing was granted.");
    Ok(Exit::Done)
}

fn granted(output: &mut Output, reply: TrustReply) -> io::Result<()> {
    let TrustReply { contact, mandate } = reply;
    output.line(format_args!("{} has the trust level `{}` now.", clean(&contact.name), contact.trust.as_str()))?;
    let Some(mandate) = mandate else { return Ok(()) };
    let intents = mandate.intents.join(", ");
    let limits = mandate.limits_in_words();
    let end = when(mandate.not_after);
    output.line(format_args!("Your agent may say {intents} to them by itself{limits}, until {end}."))?;
    output.line(format_args!("Take it back at any time: ai2ai revoke {}", mandate.id))
}

fn regard(output: &mut Output, view: TrustView) -> io::Result<()> {
    output.line(format_args!("{} has the trust level `{}`.", clean(&view.name), view.trust.as_str()))?;
    for history in &view.intents {
        let confirmed = history.confirmed;
        let rejected = history.rejected;
        let other = history.other;
        let off = if history.called_off > 0 { format!(", {} called off", history.called_off) } else { String::new() };
        let intent = clean(&history.intent);
        output.line(format_args!(
            "  {intent}: {confirmed} confirmed{off}, {rejected} rejected, {other} open or only talk"
        ))?;
    }
    for mandate in &view.mandates {
        let intents = mandate.intents.join(", ");
        let id = mandate.id;
        let limits = mandate.limits_in_words();
        let state = mandate.state.replace('_', " ");
        output.line(format_args!(
            "  mandate {id}: {intents}{limits} ({state}; used {} today)",
            mandate.used_in_words()
        ))?;
    }
    match view.suggestion {
        Some(suggestion) => output.line(clean(&suggestion)),
        None => Ok(()),
    }
}
