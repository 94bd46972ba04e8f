//! Answers of each method of the Bot API, and its refusals.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{Chat, Inside, Message, OWNER, TOKEN, Trouble, lock};

pub(super) async fn answer(
    State(inside): State<Arc<Inside>>,
    Path((bot, method)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    if bot != format!("bot{TOKEN}") {
        return refused(401, "Unauthorized", json!({}));
    }
    let trouble = {
        let mut chat = lock(&inside);
        *chat.calls.entry(method.clone()).or_default() += 1;
        chat.troubles.get_mut(&method).and_then(VecDeque::pop_front)
    };
    if let Some(trouble) = trouble {
        return goes_wrong(trouble);
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return refused(400, "Bad Request: the body is no JSON", json!({}));
    };
    match method.as_str() {
        "getUpdates" => updates(&inside, &body).await,
        "sendMessage" => sent(&mut lock(&inside), &body),
        "editMessageText" => edited(&mut lock(&inside), &body),
        "answerCallbackQuery" => {
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            if text("text").chars().count() > 200 {
                return refused(400, "Bad Request: MESSAGE_TOO_LONG", json!({}));
            }
            lock(&inside).answers.insert(text("callback_query_id"), text("text"));
            good(json!(true))
        }
        _ => refused(404, "Not Found", json!({})),
    }
}

fn goes_wrong(trouble: Trouble) -> Response {
    match trouble {
        Trouble::TooMany(seconds) => {
            refused(429, &format!("Too Many Requests: retry after {seconds}"), json!({"retry_after": seconds}))
        }
        Trouble::Refused(status, description) => refused(status, description, json!({})),
        Trouble::BadGateway => (StatusCode::BAD_GATEWAY, "<html><h1>502 Bad Gateway</h1></html>").into_response(),
        Trouble::Garbage => (StatusCode::OK, "{\"ok\":tru").into_response(),
        Trouble::OddJson => (StatusCode::OK, "[{\"ok\": \"yes\"}]").into_response(),
        Trouble::Redirect(to) => (StatusCode::FOUND, [(header::LOCATION, to)], "").into_response(),
        Trouble::Cut => (StatusCode::OK, [(header::CONTENT_LENGTH, "5000")], "{").into_response(),
    }
}

/// Updates from `offset` on; those before it are confirmed, and gone. Without any, the answer waits for one.
async fn updates(inside: &Inside, body: &Value) -> Response {
    let (offset, patience) = (body["offset"].as_i64().unwrap_or(0), body["timeout"].as_u64().unwrap_or(0));
    let poll = {
        let mut chat = lock(inside);
        chat.poll += 1;
        chat.updates.retain(|(id, _)| *id >= offset);
        chat.poll
    };
    // Whoever waits already is told that there is another.
    inside.news.notify_waiters();
    let waited = timeout(Duration::from_secs(patience), async {
        loop {
            let news = inside.news.notified();
            {
                let chat = lock(inside);
                if chat.poll != poll || !chat.updates.is_empty() {
                    return;
                }
            }
            news.await;
        }
    });
    drop(waited.await);
    let chat = lock(inside);
    if chat.poll != poll {
        let why = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
        return refused(409, why, json!({}));
    }
    good(chat.updates.iter().map(|(_, update)| update.clone()).collect())
}

fn sent(chat: &mut Chat, body: &Value) -> Response {
    let message = match checked(body) {
        Ok(message) => message,
        Err(refusal) => return *refusal,
    };
    let id = chat.messages.keys().last().map_or(1, |last| last + 1);
    chat.messages.insert(id, message);
    good(json!({"message_id": id, "date": 0, "chat": {"id": OWNER, "type": "private"}}))
}

fn edited(chat: &mut Chat, body: &Value) -> Response {
    let edit = match checked(body) {
        Ok(edit) => edit,
        Err(refusal) => return *refusal,
    };
    let Some(message) = body["message_id"].as_i64().and_then(|id| chat.messages.get_mut(&id)) else {
        return refused(400, "Bad Request: message to edit not found", json!({}));
    };
    if message.text == edit.text && message.keys == edit.keys {
        let why =
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same";
        return refused(400, why, json!({}));
    }
    *message = Message { edited: true, ..edit };
    good(json!({"message_id": body["message_id"], "date": 0, "chat": {"id": OWNER, "type": "private"}}))
}

/// A text with its buttons, as the API would take it.
fn checked(body: &Value) -> Result<Message, Box<Response>> {
    let refusal = |why: &str| Box::new(refused(400, why, json!({})));
    if body["chat_id"] != OWNER {
        return Err(Box::new(refused(403, "Forbidden: bot can't initiate conversation with a user", json!({}))));
    }
    if body.get("parse_mode").is_some() || body.get("entities").is_some() {
        return Err(refusal("Bad Request: a notification is never markup"));
    }
    let text = body["text"].as_str().unwrap_or_default().to_owned();
    if text.is_empty() || text.encode_utf16().count() > 4_096 {
        return Err(refusal("Bad Request: message is too long, or empty"));
    }
    let rows = body["reply_markup"]["inline_keyboard"].as_array().cloned().unwrap_or_default();
    let mut keys = Vec::new();
    for key in rows.iter().flat_map(|row| row.as_array().cloned().unwrap_or_default()) {
        let (label, data) =
            (key["text"].as_str().unwrap_or_default(), key["callback_data"].as_str().unwrap_or_default());
        if label.is_empty() || !(1..=64).contains(&data.len()) {
            return Err(refusal("Bad Request: BUTTON_DATA_INVALID"));
        }
        keys.push((label.to_owned(), data.to_owned()));
    }
    let silent = body["disable_notification"].as_bool().unwrap_or(false);
    Ok(Message { text, keys, silent, edited: false })
}

fn good(result: Value) -> Response {
    json_of(200, &json!({"ok": true, "result": result}))
}

fn refused(status: u16, description: &str, parameters: Value) -> Response {
    let body = json!({"ok": false, "error_code": status, "description": description, "parameters": parameters});
    json_of(status, &body)
}

fn json_of(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
