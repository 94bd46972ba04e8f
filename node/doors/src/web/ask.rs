//! Asks the node, as the owner: the same commands as the command line.

use ai2ai_api::command::{Command, Role};
use ai2ai_api::door::{Answer, DoorEvent};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::View;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde_json::Value;

use super::Desk;
use super::pages;
use crate::socket;

impl Desk {
    /// Asks, and waits for the whole answer.
    pub(crate) async fn ask(&self, command: Command) -> Result<Vec<Value>, Failure> {
        match socket::ask(&self.node, |reply| DoorEvent::Command((Role::Owner, command, reply))).await {
            Answer::Lines(lines) => Ok(lines),
            Answer::Failed(failure) => Err(failure),
            Answer::Stream(_) => Err(Failure::internal("a page is no place for a stream")),
        }
    }

    /// Asks for objects of one kind.
    pub(crate) async fn list<V: View>(&self, command: Command) -> Result<Vec<V>, Failure> {
        let lines = self.ask(command).await?;
        lines.into_iter().map(|line| V::of_line(line).map_err(Failure::internal)).collect()
    }

    /// Asks for one object.
    pub(crate) async fn one<V: View>(&self, command: Command) -> Result<V, Failure> {
        let mut all = self.list(command).await?;
        all.pop().ok_or_else(|| Failure::internal("the node answered with nothing"))
    }
}

/// A page that could not be shown, or a wish that was not done.
#[derive(Debug)]
pub(crate) struct Trouble(pub(crate) Failure);

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        (status(&self.0), Html(pages::trouble(&self.0).into_string())).into_response()
    }
}

/// The status that says the same as the failure.
pub(crate) fn status(failure: &Failure) -> StatusCode {
    match failure.exit {
        Exit::Usage => StatusCode::BAD_REQUEST,
        Exit::Unknown => StatusCode::NOT_FOUND,
        Exit::Refused if failure.code.is_about_pin() => StatusCode::FORBIDDEN,
        Exit::Refused => StatusCode::CONFLICT,
        Exit::Done
        | Exit::Failed
        | Exit::NotRunning
        | Exit::Waiting
        | Exit::Unreachable
        | Exit::Invalid
        | Exit::Interrupted => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
