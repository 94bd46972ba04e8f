//! Asks the node, as the owner: the same commands as the command line.

use ai2ai_api::command::{Request, Role};
use ai2ai_api::door::{Answer, DoorEvent};
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::reply::Reply as _;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::Desk;
use super::pages;
use crate::socket;

impl Desk {
    /// Asks, and waits for the whole reply.
    pub(crate) async fn ask<R: Request>(&self, request: R) -> Result<R::Reply, Failure> {
        let command = request.into();
        match socket::ask(&self.node, |reply| DoorEvent::Command((Role::Owner, command, reply))).await {
            Answer::Lines(lines) => R::Reply::of_lines(lines).map_err(Failure::internal),
            Answer::Failed(failure) => Err(failure),
            Answer::Stream(_) => Err(Failure::internal("a page is no place for a stream")),
        }
    }
}

/// A page that could not be shown, or a wish that was not done.
#[derive(Debug)]
pub(crate) struct PageError(pub(crate) Failure);

impl From<Failure> for PageError {
    fn from(failure: Failure) -> Self {
        Self(failure)
    }
}

impl IntoResponse for PageError {
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
