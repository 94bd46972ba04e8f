//! The pages that show: each asks the node, and lays out what it answers.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_protocol::envelope::Kind;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{Html, IntoResponse as _, Response};
use maud::Markup;
use serde::Deserialize;

use super::Desk;
use super::ask::PageError;
use super::login::OwnerSession;
use super::pages::{self, NavigationPlace, PageFrame};

type Page = Result<Html<String>, PageError>;

/// What a page was asked for besides.
#[derive(Debug, Deserialize)]
pub(crate) struct PageQuery {
    /// What was decided just before.
    done: Option<String>,
    /// The conversation before which to go on.
    before: Option<String>,
}

pub(crate) async fn inbox(owner: OwnerSession, State(desk): State<Desk>, Query(asked): Query<PageQuery>) -> Page {
    let items = desk.ask(requests::Pending {}).await?;
    let frame = desk.frame(&owner, NavigationPlace::Inbox).await?;
    show(pages::inbox(&frame, &items, asked.done.as_deref()))
}

pub(crate) async fn item(owner: OwnerSession, State(desk): State<Desk>, Path(id): Path<String>) -> Page {
    let view = desk.ask(requests::Show { id }).await?;
    show(pages::item(&desk.frame(&owner, NavigationPlace::Inbox).await?, &view, now(), None))
}

pub(crate) async fn conversations(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Query(asked): Query<PageQuery>,
) -> Page {
    let lines = desk.ask(requests::Conversations { before: asked.before }).await?;
    show(pages::conversations(&desk.frame(&owner, NavigationPlace::Conversations).await?, &lines))
}

pub(crate) async fn conversation(owner: OwnerSession, State(desk): State<Desk>, Path(id): Path<String>) -> Page {
    let view = desk.ask(requests::Conversation { id }).await?;
    show(pages::conversation(&desk.frame(&owner, NavigationPlace::Conversations).await?, &view, None))
}

pub(crate) async fn agreements(owner: OwnerSession, State(desk): State<Desk>) -> Page {
    let lines = desk.ask(requests::Conversations { before: None }).await?;
    show(pages::agreements(&desk.frame(&owner, NavigationPlace::Agreements).await?, &lines))
}

/// An agreement as a file, for `ai2ai verify`.
pub(crate) async fn agreement(
    _owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let view = desk.ask(requests::Export { id }).await?;
    let name = format!("attachment; filename=\"agreement-{}.json\"", view.conversation);
    Ok(([(CONTENT_TYPE, "application/json".to_owned()), (CONTENT_DISPOSITION, name)], view.text).into_response())
}

pub(crate) async fn people(owner: OwnerSession, State(desk): State<Desk>) -> Page {
    let contacts = desk.ask(requests::Contacts {}).await?;
    let mandates = desk.ask(requests::Mandates {}).await?;
    let nearby = desk.ask(requests::Nearby {}).await?;
    show(pages::people(&desk.frame(&owner, NavigationPlace::People).await?, &contacts, &mandates, &nearby))
}

pub(crate) async fn outbox(owner: OwnerSession, State(desk): State<Desk>) -> Page {
    let mut waiting = desk.ask(requests::Outbox { all: false }).await?;
    // What the node sends by itself is no news: nothing would tell the page that it has arrived.
    waiting.retain(|row| row.kind != Some(Kind::Receipt));
    let dead = desk.ask(requests::Dead {}).await?;
    show(pages::outbox(&desk.frame(&owner, NavigationPlace::Outbox).await?, &waiting, &dead))
}

pub(crate) async fn doctor(owner: OwnerSession, State(desk): State<Desk>) -> Page {
    let checks = desk.ask(requests::Doctor { peer: None }).await?;
    show(pages::doctor(&desk.frame(&owner, NavigationPlace::Doctor).await?, &checks))
}

pub(crate) async fn nothing_here() -> Response {
    (StatusCode::NOT_FOUND, Html(pages::nothing_here().into_string())).into_response()
}

#[expect(clippy::unnecessary_wraps, reason = "every page ends with it")]
fn show(markup: Markup) -> Page {
    Ok(Html(markup.into_string()))
}

impl Desk {
    /// What stands around a page.
    pub(crate) async fn frame(&self, owner: &OwnerSession, place: NavigationPlace) -> Result<PageFrame, Failure> {
        let status = self.ask(requests::Status {}).await?;
        Ok(PageFrame {
            place,
            human: status.human,
            pending: status.pending,
            has_pin: status.approval == "pin",
            form: owner.form.clone(),
        })
    }
}
