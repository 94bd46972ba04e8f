//! `invite` and `join`: a link for one person, and its use.

use std::fmt;
use std::io::{self, IsTerminal as _};

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::{clean, when};
use ai2ai_api::views::{InviteView, InvitesCancelledView};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

use super::contacts::print_contact;
use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What you are going to call them
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
    /// For how long it is good: 168 (a week) if you do not say, 720 at most
    #[arg(long, value_name = "N")]
    hours: Option<u32>,
    /// Take back every invite that nobody has used
    #[arg(long, conflicts_with_all = ["name", "hours"])]
    cancel: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct JoinArgs {
    /// The link that you were given
    link: String,
    /// Your own name for them
    #[arg(long = "as", value_name = "NAME")]
    name: Option<String>,
}

pub(in crate::cli) async fn invite(context: &mut Context, args: Args) -> CommandResult {
    if args.cancel {
        let lines = context.ask(requests::CancelInvites {}).await?;
        context.output.answer(lines, |output, view: InvitesCancelledView| {
            output.line(format_args!("{} invites are void now.", view.cancelled))
        })?;
        return Ok(Exit::Done);
    }
    let lines = context.ask(requests::Invite { name: args.name, hours: args.hours }).await?;
    context.output.answer(lines, |output, view: InviteView| {
        output.line(&view.link)?;
        if io::stderr().is_terminal()
            && let Ok(code) = QrCode::with_error_correction_level(&view.link, EcLevel::L)
        {
            output.note(TerminalQr(&code));
        }
        output.note(format_args!(
            "Good for one person, until {}, while your node is up. Give it to nobody else: whoever uses it first is your\n\
             contact. They type: ai2ai join 'LINK'",
            when(view.expires_at)
        ));
        Ok(())
    })?;
    Ok(Exit::Done)
}

pub(in crate::cli) async fn join(context: &mut Context, args: JoinArgs) -> CommandResult {
    let lines = context.ask(requests::Add { who: args.link, name: args.name }).await?;
    print_contact(context, lines, |view| {
        format!(
            "{} and you are contacts now. To be sure of each other: ai2ai verify-contact {}",
            clean(&view.name),
            view.did
        )
    })
}

/// A QR code for a terminal: two modules a character, black on white whatever the terminal's colours are.
struct TerminalQr<'a>(&'a QrCode);

impl fmt::Display for TerminalQr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modules = self.0.render().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        modules.lines().try_for_each(|line| writeln!(f, "\x1b[97;40m{line}\x1b[0m"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules as a camera sees them: a full block is white, a space is black.
    fn seen(picture: &str) -> Vec<Vec<bool>> {
        let rows = picture.lines().flat_map(|line| {
            let line = line.trim_start_matches("\x1b[97;40m").trim_end_matches("\x1b[0m");
            let halves: Vec<[bool; 2]> = line
                .chars()
                .map(|c| match c {
                    ' ' => [true, true],
                    '▀' => [false, true],
                    '▄' => [true, false],
                    '█' => [false, false],
                    other => panic!("{other:?}"),
                })
                .collect();
            [0, 1].map(|half| halves.iter().map(|halves| halves[half]).collect())
        });
        rows.collect()
    }

    #[test]
    fn the_picture_shows_every_module_with_a_white_border() {
        const BORDER: usize = 4;
        let link = format!("ai2ai:join/1?{}", "x".repeat(400));
        let code = QrCode::with_error_correction_level(&link, EcLevel::L).expect("it fits");
        let rows = seen(&TerminalQr(&code).to_string());
        let width = code.width();
        assert!(width + 2 * BORDER <= 100, "it is {width} modules wide");
        for (y, row) in rows.iter().enumerate().take(width + 2 * BORDER) {
            for (x, dark) in row.iter().enumerate() {
                let inside = (BORDER..width + BORDER).contains(&x) && (BORDER..width + BORDER).contains(&y);
                let expected = inside && code[(x - BORDER, y - BORDER)] == qrcode::Color::Dark;
                assert_eq!(*dark, expected, "{x}, {y}");
            }
        }
    }
}
