//! `outbox` and `dead`: what is on its way, and what never got there.

use super::Ending;
use super::desk::Desk;
use super::people::rows;
use super::text::{brief, clean, when};
use crate::doors::Command;
use crate::exit::Exit;
use crate::views::OutboxView;

/// Characters of an error that a row shows.
const ERROR_SHOWN: usize = 60;

pub(super) async fn outbox(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Outbox {}).await?;
    let headings = ["message", "to", "state", "tries", "next try", "last error"];
    rows(desk, lines, &headings, "Everything is delivered.", row)?;
    Ok(Exit::Done)
}

pub(super) async fn dead(desk: &mut Desk) -> Ending {
    let lines = desk.ask(&Command::Dead {}).await?;
    let headings = ["message", "to", "state", "tries", "next try", "last error"];
    rows(desk, lines, &headings, "Nothing is undeliverable.", row)?;
    Ok(Exit::Done)
}

fn row(view: OutboxView) -> Vec<String> {
    vec![
        view.id.to_string(),
        clean(&view.to),
        clean(&view.state),
        view.attempts.to_string(),
        view.next_attempt_at.map_or_else(|| "-".to_owned(), when),
        view.last_error.map_or_else(|| "-".to_owned(), |error| brief(&error, ERROR_SHOWN)),
    ]
}
