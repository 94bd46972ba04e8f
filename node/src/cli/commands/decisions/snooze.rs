//! `snooze`: puts an item out of sight for a while.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::when;
use ai2ai_api::views::SnoozedView;
use ai2ai_protocol::time::Timestamp;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("when").required(true).args(["until", "span"])))]
pub(in crate::cli) struct Args {
    /// The item's id, or its first four characters or more
    id: String,
    /// Until this moment, with its offset: 2026-02-10T09:00Z
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// For so long: 30m, 2h, 3d, 1w
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    span: Option<Duration>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let until = args.until.unwrap_or_else(|| now() + args.span.unwrap_or_default());
    let lines = context.ask(requests::Snooze { id: args.id, until, digest: None }).await?;
    context.output.answer(lines, |output, view: SnoozedView| {
        output.line(format_args!("Item {} is out of sight until {}.", view.id, when(view.until)))
    })?;
    Ok(Exit::Done)
}

/// Parses a duration: a number and `m`, `h`, `d` or `w`, up to 366 days.
fn span(text: &str) -> Result<Duration, String> {
    const LONGEST: u64 = 366 * 24 * 3_600;
    let seconds = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 24 * 3_600,
        Some('w') => 7 * 24 * 3_600,
        Some(_) | None => 0,
    };
    let number: u64 = text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse().ok()).unwrap_or(0);
    match number.checked_mul(seconds) {
        Some(total @ 1..=LONGEST) => Ok(Duration::from_secs(total)),
        Some(_) | None => Err("a number and m, h, d or w, such as 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        let seconds = |text: &str| span(text).map(|span| span.as_secs()).ok();
        assert_eq!([seconds("30m"), seconds("2h"), seconds("1w")], [Some(1_800), Some(7_200), Some(604_800)]);
        for bad in ["", "h", "2", "-2h", "0d", "2 h", "2hé", "é", "99999999999999999999d", "18446744073709551615w"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
