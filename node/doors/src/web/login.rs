//! Who is in: the link that lets a browser in, the cookie that keeps it in, and what a form has to bring.

use std::time::Instant;

use ai2ai_api::command::Role;
use ai2ai_api::door::DoorEvent;
use axum::extract::{Form, FromRequest, FromRequestParts, Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{COOKIE, HeaderMap, SET_COOKIE};
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect, Response};
use zeroize::Zeroizing;

use super::{DOOR, Desk, pages, sessions};
use crate::http::guard;

/// The owner's browser, which is in; every page and form asks for one.
pub(crate) struct OwnerSession {
    /// What its forms have to bring.
    pub(crate) form: Zeroizing<String>,
    cookie: Zeroizing<String>,
}

impl FromRequestParts<Desk> for OwnerSession {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, desk: &Desk) -> Result<Self, Response> {
        let cookie = cookie_in(&parts.headers, &desk.keys.cookie_name());
        let brought = [cookie.clone(), bearer_in(&parts.headers)];
        for credential in brought.into_iter().flatten() {
            if let Some(refused) = desk.refuses_token(&credential) {
                return Err(refused);
            }
        }
        let form = cookie.as_ref().and_then(|cookie| desk.keys.form_of(cookie, Instant::now()));
        match (form, cookie) {
            (Some(form), Some(cookie)) => Ok(Self { form, cookie }),
            (_, _) => Err(outside()),
        }
    }
}

/// A form that the owner's browser sent from one of our own pages.
pub(crate) struct Posted(Vec<(String, Zeroizing<String>)>);

impl FromRequest<Desk> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let owner = OwnerSession::from_request_parts(&mut parts, desk).await?;
        let request = Request::from_parts(parts, body);
        let form = Form::<Vec<(String, String)>>::from_request(request, desk).await;
        let fields = form.map_err(IntoResponse::into_response)?.0.into_iter();
        let posted = Self(fields.map(|(name, value)| (name, Zeroizing::new(value))).collect());
        if sessions::is_same(posted.get("form").unwrap_or_default(), &owner.form) {
            return Ok(posted);
        }
        desk.guard.tell("bad_form");
        Err((StatusCode::FORBIDDEN, Html(pages::not_our_form().into_string())).into_response())
    }
}

impl Posted {
    /// What was typed into this field; nothing when that is empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all().find(|(field, _)| *field == name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// Every field.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Lets a browser in that brings the secret of a link.
pub(crate) async fn let_in(State(desk): State<Desk>, Path(secret): Path<String>) -> Response {
    let secret = Zeroizing::new(secret);
    if let Some(refused) = desk.refuses_token(&secret) {
        return refused;
    }
    let Some(cookie) = desk.keys.let_in(&secret, Instant::now()) else {
        desk.guard.tell("bad_link");
        return (StatusCode::UNAUTHORIZED, Html(pages::link_used().into_string())).into_response();
    };
    let name = desk.keys.cookie_name();
    let set = format!("{name}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800", cookie.as_str());
    ([(SET_COOKIE, set)], Redirect::to("/")).into_response()
}

/// Closes out this browser.
pub(crate) async fn close_out(owner: OwnerSession, State(desk): State<Desk>, _posted: Posted) -> Response {
    desk.keys.close_out(&owner.cookie);
    let gone = format!("{}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0", desk.keys.cookie_name());
    ([(SET_COOKIE, gone)], Html(pages::closed().into_string())).into_response()
}

impl Desk {
    /// The tokens of the socket open nothing here; the agent's is in wrong hands when it comes.
    fn refuses_token(&self, credential: &str) -> Option<Response> {
        let role = Some(self.tokens.role_of(credential)?).filter(|role| *role == Role::Agent);
        let event = DoorEvent::Refused { role, command: DOOR.to_owned(), code: "owner_only".to_owned() };
        if self.node.try_send(event).is_err() {
            tracing::warn!("the node is too busy to note a refusal in the audit");
        }
        Some((StatusCode::FORBIDDEN, Html(pages::outside().into_string())).into_response())
    }
}

fn outside() -> Response {
    (StatusCode::UNAUTHORIZED, Html(pages::outside().into_string())).into_response()
}

fn cookie_in(headers: &HeaderMap, name: &str) -> Option<Zeroizing<String>> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| Zeroizing::new(value.to_owned()))
}

fn bearer_in(headers: &HeaderMap) -> Option<Zeroizing<String>> {
    Some(Zeroizing::new(guard::bearer(headers)?.to_owned()))
}
