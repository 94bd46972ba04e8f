//! `inbox`: the items that wait for the owner, full-screen in a terminal.

mod draw;
mod state;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::views::{ItemView, PendingView};
use ai2ai_home::identity;
use ratatui::DefaultTerminal;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use state::{Action, PressedKey, ScreenState};

/// Interval at which the list is refreshed while no key is pressed.
const REFRESH_INTERVAL: Duration = Duration::from_secs(1);

pub(super) async fn run(context: &mut Context) -> CommandResult {
    if !context.can_ask() || !io::stdout().is_terminal() {
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, "the inbox needs a terminal")
            .hint("Without one, see: ai2ai pending")
            .into());
    }
    let has_pin = identity::has_pin(&context.paths()?).map_err(Failure::from)?;
    let mut state = ScreenState { has_pin, ..ScreenState::default() };
    state.set_items(pending(context).await?);
    let mut terminal =
        ratatui::try_init().map_err(|error| Failure::internal(format!("the terminal cannot be used: {error}")))?;
    let ended = event_loop(context, &mut state, &mut terminal).await;
    ratatui::restore();
    ended.map(|()| Exit::Done).map_err(Into::into)
}

async fn event_loop(context: &Context, state: &mut ScreenState, terminal: &mut DefaultTerminal) -> Result<(), Failure> {
    loop {
        let drawn = terminal.draw(|frame| draw::draw(frame, state, now()));
        drawn.map_err(|error| Failure::internal(format!("the screen cannot be drawn: {error}")))?;
        let Some(key) = next_key().await? else {
            state.set_items(pending(context).await?);
            continue;
        };
        match state.press(key, now()) {
            Some(Action::Leave) => return Ok(()),
            Some(action) => perform(context, state, action).await?,
            None => {}
        }
    }
}

/// Performs an action at the node. A refusal becomes the message below the list.
async fn perform(context: &Context, state: &mut ScreenState, action: Action) -> Result<(), Failure> {
    match ask(context, action).await {
        Ok(InboxReply::Shown(item)) => state.open(*item),
        Ok(InboxReply::Decided(note)) => {
            state.close(Some(note));
            state.set_items(pending(context).await?);
        }
        Err(failure) if failure.exit == Exit::NotRunning => return Err(failure),
        Err(failure) => state.note = Some(failure.to_string()),
    }
    Ok(())
}

enum InboxReply {
    Shown(Box<ItemView>),
    Decided(String),
}

async fn ask(context: &Context, action: Action) -> Result<InboxReply, Failure> {
    match action {
        Action::Show(id) => context.reply(requests::Show { id }).await.map(|item| InboxReply::Shown(Box::new(item))),
        Action::Approve { id, digest, choose, pin } => {
            let pin = pin.map(Pin::new).transpose();
            let pin = pin.map_err(|error| Failure::new(Exit::Usage, ErrorCode::BadPin, error.to_string()))?;
            let command = requests::Approve { id, digest, choose, terms: None, reply: None, pin };
            context.reply(command).await.map(|decided| {
                let leaves = decided.message.is_some();
                InboxReply::Decided(if leaves { "Approved. It is on its way." } else { "Done." }.to_owned())
            })
        }
        Action::Reject { id, digest, reply } => {
            let command = requests::Reject { id, digest: Some(digest), reply };
            context.reply(command).await.map(|decided| {
                InboxReply::Decided(if decided.decision == "noted" { "Noted." } else { "Rejected." }.to_owned())
            })
        }
        Action::Snooze { id, digest, until } => {
            let command = requests::Snooze { id, until, digest: Some(digest) };
            context.reply(command).await.map(|_| InboxReply::Decided("Snoozed. It comes back by itself.".to_owned()))
        }
        Action::Leave => Ok(InboxReply::Decided(String::new())),
    }
}

async fn pending(context: &Context) -> Result<Vec<PendingView>, Failure> {
    context.reply(requests::Pending {}).await
}

/// The next key; `None` when none was pressed for [`REFRESH_INTERVAL`].
async fn next_key() -> Result<Option<PressedKey>, Failure> {
    let read =
        tokio::task::spawn_blocking(|| if event::poll(REFRESH_INTERVAL)? { event::read().map(Some) } else { Ok(None) });
    let event = read.await.map_err(Failure::internal)?;
    let event = event.map_err(|error: io::Error| Failure::internal(format!("the keys cannot be read: {error}")))?;
    Ok(match event {
        Some(Event::Key(key)) if key.kind != KeyEventKind::Release => key_of(key),
        _ => None,
    })
}

fn key_of(key: KeyEvent) -> Option<PressedKey> {
    if key.modifiers.contains(KeyModifiers::CONTROL) {
        return (key.code == KeyCode::Char('c')).then_some(PressedKey::Back);
    }
    if let KeyCode::Char(c) = key.code {
        return Some(PressedKey::Char(c));
    }
    let known = [
        (KeyCode::Up, PressedKey::Up),
        (KeyCode::Down, PressedKey::Down),
        (KeyCode::Enter, PressedKey::Enter),
        (KeyCode::Esc, PressedKey::Back),
        (KeyCode::Backspace, PressedKey::Erase),
    ];
    known.into_iter().find(|(code, _)| *code == key.code).map(|(_, key)| key)
}

#[cfg(test)]
mod tests;
