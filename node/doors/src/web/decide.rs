//! The owner decides on a page: the same command as on the command line, with the digest of what the page showed.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::snooze_times::{laters, local};
use ai2ai_api::views::{DecisionView, ItemView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::time::Timestamp;
use axum::extract::{Path, State};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde_json::Value;
use zeroize::Zeroizing;

use super::Desk;
use super::ask::{PageError, status};
use super::login::{OwnerSession, Posted};
use super::pages::{self, NavigationPlace, editable, field};

type DecisionResult = Result<Response, PageError>;

pub(crate) async fn approve(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
    posted: Posted,
) -> DecisionResult {
    let outcome = approved(&desk, &id, &posted).await;
    // Only of what leaves is it said that it is on its way.
    let leaves = outcome.as_ref().is_ok_and(|decided| decided.message.is_some());
    ended(&desk, &owner, &id, if leaves { "approved" } else { "done" }, outcome.map(drop)).await
}

async fn approved(desk: &Desk, id: &str, posted: &Posted) -> Result<DecisionView, Failure> {
    let terms = match posted.get("edit") {
        Some(_) => Some(edited(&desk.ask(requests::Show { id: id.to_owned() }).await?, posted)?),
        None => None,
    };
    let pin = pin(posted)?;
    let command = requests::Approve {
        id: id.to_owned(),
        digest: digest(posted)?,
        choose: posted.get("choose").and_then(|choice| choice.parse().ok()),
        terms,
        reply: posted.get("reply").map(str::to_owned),
        pin,
    };
    desk.ask(command).await
}

pub(crate) async fn reject(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
    posted: Posted,
) -> DecisionResult {
    let reply = posted.get("reply").map(str::to_owned);
    let outcome = match digest(&posted) {
        Ok(digest) => desk.ask(requests::Reject { id: id.clone(), digest: Some(digest), reply }).await,
        Err(failure) => Err(failure),
    };
    let is_notice = outcome.as_ref().is_ok_and(|decided| decided.decision == "noted");
    let how = if is_notice { "noted" } else { "rejected" };
    ended(&desk, &owner, &id, how, outcome.map(drop)).await
}

pub(crate) async fn snooze(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
    posted: Posted,
) -> DecisionResult {
    let outcome = snoozed(&desk, &id, &posted).await;
    ended(&desk, &owner, &id, "snoozed", outcome).await
}

/// What came since the page was shown is not put out of sight unseen.
async fn snoozed(desk: &Desk, id: &str, posted: &Posted) -> Result<(), Failure> {
    let until = later(posted)?;
    let digest = Some(digest(posted)?);
    desk.ask(requests::Snooze { id: id.to_owned(), until, digest }).await.map(drop)
}

/// The item, if it still is what the page showed.
async fn as_shown(desk: &Desk, id: &str, posted: &Posted) -> Result<ItemView, Failure> {
    let view = desk.ask(requests::Show { id: id.to_owned() }).await?;
    if view.digest.to_string() == digest(posted)? {
        return Ok(view);
    }
    Err(Failure::new(Exit::Refused, ErrorCode::ItemChanged, "the item has changed since it was shown"))
}

/// Blocks the contact whom an item is with.
pub(crate) async fn block(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
    posted: Posted,
) -> DecisionResult {
    let outcome = blocked(&desk, &id, &posted).await;
    ended(&desk, &owner, &id, "blocked", outcome).await
}

async fn blocked(desk: &Desk, id: &str, posted: &Posted) -> Result<(), Failure> {
    let view = as_shown(desk, id, posted).await?;
    let _ = desk.ask(requests::Block { who: view.did.to_string() }).await?;
    Ok(())
}

/// Calls off what was agreed in a conversation; then shows how that stands.
pub(crate) async fn cancel(
    owner: OwnerSession,
    State(desk): State<Desk>,
    Path(id): Path<String>,
    posted: Posted,
) -> DecisionResult {
    let Err(failure) = cancelled(&desk, &id, &posted).await else {
        return Ok(Redirect::to(&format!("/conversation/{id}")).into_response());
    };
    let Ok(view) = desk.ask(requests::Conversation { id }).await else { return Err(failure.into()) };
    let page = pages::conversation(&desk.frame(&owner, NavigationPlace::Conversations).await?, &view, Some(&failure));
    Ok((status(&failure), Html(page.into_string())).into_response())
}

async fn cancelled(desk: &Desk, id: &str, posted: &Posted) -> Result<(), Failure> {
    let reason = posted.get("reply").map(|words| words.trim().to_owned()).filter(|words| !words.is_empty());
    let command = requests::Cancel { conversation: id.to_owned(), reason, pin: pin(posted)? };
    desk.ask(command).await.map(drop)
}

/// The PIN that was typed.
fn pin(posted: &Posted) -> Result<Option<Pin>, Failure> {
    let pin = posted.get("pin").map(|pin| Pin::new(Zeroizing::new(pin.to_owned()))).transpose();
    pin.map_err(|error| Failure::new(Exit::Usage, ErrorCode::BadPin, error.to_string()))
}

/// Back to the inbox; or the item once more, with what was wrong.
async fn ended(
    desk: &Desk,
    owner: &OwnerSession,
    id: &str,
    what: &str,
    outcome: Result<(), Failure>,
) -> DecisionResult {
    let Err(failure) = outcome else {
        return Ok(Redirect::to(&format!("/?done={what}")).into_response());
    };
    let Ok(view) = desk.ask(requests::Show { id: id.to_owned() }).await else { return Err(failure.into()) };
    let page = pages::item(&desk.frame(owner, NavigationPlace::Inbox).await?, &view, now(), Some(&failure));
    Ok((status(&failure), Html(page.into_string())).into_response())
}

fn digest(posted: &Posted) -> Result<String, Failure> {
    let missing = || {
        Failure::new(Exit::Usage, ErrorCode::Usage, "the form does not say what was shown").hint("load the page again")
    };
    posted.get("digest").map(str::to_owned).ok_or_else(missing)
}

/// Until when: a moment that was offered, or one that was typed.
fn later(posted: &Posted) -> Result<Timestamp, Failure> {
    let offered = laters(now(), Timestamp::from_millis(i64::MAX));
    let chosen = posted.get("later").and_then(|name| offered.iter().find(|later| later.name == name));
    let typed = || posted.get("until").and_then(local);
    chosen
        .map(|later| later.at)
        .or_else(typed)
        .ok_or_else(|| Failure::new(Exit::Usage, ErrorCode::Usage, "no time was chosen to snooze it until"))
}

/// The terms that were shown, with what was typed over them. A field that was emptied is left out; one that is as it was shown
/// stays as it is, spaces and all.
fn edited(view: &ItemView, posted: &Posted) -> Result<Object, Failure> {
    let nothing = || Failure::new(Exit::Usage, ErrorCode::Usage, "there are no terms here to edit");
    let mut terms = editable(view).ok_or_else(nothing)?;
    for (name, typed) in posted.all() {
        let Some(member) = name.strip_prefix("t.") else { continue };
        let Some(before) = terms.get(member).filter(|before| field(before).as_deref() != Some(typed)) else { continue };
        let typed = typed.trim();
        let value = match before {
            Value::Number(_) if !typed.is_empty() => number(member, typed)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                Value::from(typed)
            }
        };
        match typed {
            "" => drop(terms.remove(member)),
            _ => drop(terms.insert(member.to_owned(), value)),
        }
    }
    Ok(terms)
}

fn number(member: &str, typed: &str) -> Result<Value, Failure> {
    let number = typed.parse::<i64>().map(Value::from);
    number.map_err(|_| Failure::new(Exit::Usage, ErrorCode::Usage, format!("{member}: {typed:?} is no whole number")))
}
