//! `trust`, `mandates`, `revoke`, `panic`: how far a contact is trusted, and what the agent may do by itself.

use std::io;

use ai2ai_api::command::{Command, Grant};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{ContactView, MandateView, PanicView, RehearsalView, TrustView, View as _};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::trust::Trust;
use serde_json::{Value, json};

use super::Ending;
use super::desk::Desk;
use super::paper::Paper;
use super::people::rows;

/// How long a mandate holds where nobody says.
const DAYS: u32 = 30;

#[derive(Debug, clap::Args)]
pub(super) struct TrustArgs {
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

#[derive(Debug, clap::Args)]
pub(super) struct RevokeArgs {
    /// The mandate's id, or its first four characters or more
    id: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct PanicArgs {
    /// Let mandates hold again
    #[arg(long)]
    over: bool,
}

fn spend(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(' ').ok_or("an amount and its currency, such as \"100 GBP\"")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

fn hours(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('-').ok_or("two times of the day, such as 09:00-22:00")?;
    Ok((parts.0.to_owned(), parts.1.to_owned()))
}

impl TrustArgs {
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

pub(super) async fn trust(desk: &mut Desk, args: TrustArgs) -> Ending {
    let (who, grant) = (args.who.clone(), args.grant());
    match (args.level, grant) {
        (Some(level), Some(grant)) if args.dry_run => dry_run(desk, who, level, grant).await,
        (Some(level), grant) => {
            let command = |pin| Command::Trust { who: who.clone(), level, grant: grant.clone(), pin };
            let lines = desk.decide(command).await?;
            desk.paper.answer_each(lines, granted)?;
            Ok(Exit::Done)
        }
        (None, _) => {
            let lines = desk.ask(&Command::Regard { who }).await?;
            desk.paper.answer(lines, regard)?;
            Ok(Exit::Done)
        }
    }
}

async fn dry_run(desk: &mut Desk, who: String, level: Trust, grant: Grant) -> Ending {
    if level != Trust::Trusted {
        return Err(Failure::new(Exit::Usage, "usage", "a mandate is for those who are `trusted`").into());
    }
    let lines = desk.ask(&Command::Rehearse { who, grant }).await?;
    let none = "You have said nothing to them yet.";
    let would = (lines.len(), lines.iter().filter(|line| line["would"] == "go").count());
    rows(desk, lines, &["when", "what", "about", "it would", "why", "conversation"], none, |view: RehearsalView| {
        vec![
            when(view.at),
            view.kind.to_string(),
            clean(&view.intent),
            if view.would == "go" { "have gone by itself".to_owned() } else { "have waited for you".to_owned() },
            view.why.as_deref().map_or_else(|| "-".to_owned(), clean),
            view.conversation.to_string(),
        ]
    })?;
    if would.0 > 0 {
        desk.paper.note(format_args!("{} of {} would have gone by themselves.", would.1, would.0));
    }
    desk.paper.note("Nothing was granted.");
    Ok(Exit::Done)
}

fn granted(paper: &mut Paper, line: Value) -> io::Result<()> {
    if let Ok(view) = ContactView::of_line(line.clone()) {
        return paper.line(format_args!("{} has the trust level `{}` now.", clean(&view.name), view.trust.as_str()));
    }
    match MandateView::of_line(line) {
        Ok(view) => {
            let (intents, limits) = (view.intents.join(", "), view.limits_in_words());
            paper.line(format_args!(
                "Your agent may say {intents} to them by itself{limits}, until {}.",
                when(view.not_after)
            ))?;
            paper.line(format_args!("Take it back at any time: ai2ai revoke {}", view.id))
        }
        Err(_) => Ok(()),
    }
}

fn regard(paper: &mut Paper, view: TrustView) -> io::Result<()> {
    paper.line(format_args!("{} has the trust level `{}`.", clean(&view.name), view.trust.as_str()))?;
    for history in &view.intents {
        let (confirmed, rejected, other) = (history.confirmed, history.rejected, history.other);
        let off = if history.called_off > 0 { format!(", {} called off", history.called_off) } else { String::new() };
        let intent = clean(&history.intent);
        paper.line(format_args!(
            "  {intent}: {confirmed} confirmed{off}, {rejected} rejected, {other} open or only talk"
        ))?;
    }
    for mandate in &view.mandates {
        let intents = mandate.intents.join(", ");
        let (id, limits, state) = (mandate.id, mandate.limits_in_words(), mandate.state.replace('_', " "));
        paper.line(format_args!(
            "  mandate {id}: {intents}{limits} ({state}; used {} today)",
            mandate.used_in_words()
        ))?;
    }
    match view.suggestion {
        Some(suggestion) => paper.line(clean(&suggestion)),
        None => Ok(()),
    }
}

pub(super) async fn mandates(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Mandates {}).await?;
    let none = "Your agent may do nothing by itself. See: ai2ai help trust";
    rows(desk, lines, &["id", "with", "for", "limits", "until", "state", "used today"], none, |view: MandateView| {
        vec![
            view.id.to_string(),
            view.with.as_deref().map_or_else(|| "everybody trusted".to_owned(), clean),
            view.intents.join(", "),
            view.limits_in_words().trim_start_matches(", ").to_owned(),
            when(view.not_after),
            view.state.replace('_', " "),
            view.used_in_words(),
        ]
    })?;
    Ok(Exit::Done)
}

pub(super) async fn revoke(desk: &mut Desk, args: RevokeArgs) -> Ending {
    let lines = desk.ask(&Command::Revoke { id: args.id }).await?;
    desk.paper.answer(lines, |paper, view: MandateView| {
        paper.line(format_args!("The mandate {} holds no more. What was agreed under it stands.", view.id))
    })?;
    Ok(Exit::Done)
}

pub(super) async fn panic(desk: &mut Desk, args: PanicArgs) -> Ending {
    let lines = if args.over {
        desk.decide(|pin| Command::Panic { over: true, pin }).await?
    } else {
        desk.ask(&Command::Panic { over: false, pin: None }).await?
    };
    desk.paper.answer(lines, |paper, view: PanicView| match view.since {
        Some(since) => {
            paper.line(format_args!("Stopped since {}: your agent does nothing by itself any more.", when(since)))?;
            if view.on_the_way > 0 {
                let count = view.on_the_way;
                paper.line(format_args!(
                    "{count} of what it has said is still on its way, and is not taken back by this."
                ))?;
                paper.note("See: ai2ai outbox. What has surely never left can be taken back: ai2ai withdraw ID");
            }
            paper.line("What it drafts waits for you. When you want mandates to hold again: ai2ai panic --over")
        }
        None => {
            let holds = if view.mandates == 1 { "mandate holds" } else { "mandates hold" };
            paper.line(format_args!("{} {holds} again. See: ai2ai mandates", view.mandates))
        }
    })?;
    Ok(Exit::Done)
}
