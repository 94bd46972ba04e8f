//! Who may ask for what: decided from one line of bytes, before the node hears of it.

use ai2ai_api::command::{Command, Role};
use ai2ai_api::door::REQUEST_BYTES;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::token::Tokens;
use ai2ai_protocol::canonical::{JsonError, Object, read_object};
use serde_json::Value;

/// Why a request goes no further, and what the audit is to know of it.
#[derive(Debug)]
pub(crate) struct Denied {
    pub(crate) failure: Failure,
    pub(crate) audit: Option<AuthAttempt>,
}

/// Who tried what.
#[derive(Debug)]
pub(crate) struct AuthAttempt {
    pub(crate) role: Option<Role>,
    pub(crate) command: String,
}

/// Reads a request. The token is looked at first: without one, the rest of the request is not even read.
pub(crate) fn authorize(line: &[u8], tokens: &Tokens) -> Result<(Role, Command), Denied> {
    let mut request = read_object(line, REQUEST_BYTES).map_err(|error| unreadable(&error))?;
    let token = request.get("token").and_then(Value::as_str).unwrap_or_default();
    let role = tokens.role_of(token);
    let name = name_of(&request);
    let Some(role) = role else {
        return Err(bad_token(name));
    };
    let command = request.remove("command").unwrap_or_default();
    if request.len() > 1 {
        return Err(malformed("a request has a token and a command, and nothing else"));
    }
    let command: Command = serde_json::from_value(command).map_err(|error| malformed(&error.to_string()))?;
    match role {
        Role::Agent if !command.is_for_agents() => Err(owner_only(name)),
        Role::Agent | Role::Owner => Ok((role, command)),
    }
}

/// The name of the command, if it looks like one: it goes into the audit.
fn name_of(request: &Object) -> String {
    let name = request.get("command").and_then(|command| command.get("command")).and_then(Value::as_str);
    match name {
        Some(name) if name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => name.to_owned(),
        Some(_) | None => "?".to_owned(),
    }
}

/// What nobody on the way could read either: it is what was to be said, and not how it was asked.
fn unreadable(error: &JsonError) -> Denied {
    let failure = Failure::new(Exit::Usage, ErrorCode::Malformed, format!("this can't be sent to anybody: {error}"));
    Denied { failure, audit: None }
}

pub(crate) fn too_long() -> Denied {
    let message = format!("this is more than the {REQUEST_BYTES} bytes that a request may have");
    Denied { failure: Failure::new(Exit::Usage, ErrorCode::Malformed, message), audit: None }
}

fn malformed(why: &str) -> Denied {
    let failure =
        Failure::new(Exit::Usage, ErrorCode::Malformed, format!("the node does not understand this request: {why}"))
            .hint("Use the command line of the same version as the node.");
    Denied { failure, audit: None }
}

fn bad_token(command: String) -> Denied {
    let failure = Failure::new(Exit::Refused, ErrorCode::BadToken, "this token opens no door of this node")
        .hint("It may be the token of another home: see --home and AI2AI_TOKEN_FILE.");
    Denied { failure, audit: Some(AuthAttempt { role: None, command }) }
}

fn owner_only(command: String) -> Denied {
    let failure =
        Failure::new(Exit::Refused, ErrorCode::OwnerOnly, format!("`{command}` is for the owner, not for the agent"))
            .hint("Ask your human to do it.");
    Denied { failure, audit: Some(AuthAttempt { role: Some(Role::Agent), command }) }
}
