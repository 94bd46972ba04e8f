//! Headlines: what a message is about, in a line.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::name::is_unseen;
use ai2ai_store::conversations::ConversationRow;
use serde_json::Value;

/// Headline of a payload: what it is about, on one line without unseen characters.
pub fn headline(payload: &Object) -> Option<String> {
    const CHARS: usize = 80;
    let terms = payload.get("terms").and_then(Value::as_object);
    let text = ["subject", "item", "description", "text", "question", "reason"].into_iter().find_map(|name| {
        payload.get(name).or_else(|| terms.and_then(|terms| terms.get(name))).and_then(Value::as_str)
    })?;
    let line: String = text.chars().map(|c| if is_unseen(c) { ' ' } else { c }).take(CHARS).collect();
    Some(line.trim().to_owned()).filter(|line| !line.is_empty())
}

/// Headline of a cancel: what is called off, and why.
pub(crate) fn headline_of_cancel(row: &ConversationRow, payload: &Object) -> String {
    let what = row.subject.as_deref().unwrap_or(row.intent.as_str());
    match headline(payload) {
        Some(reason) => format!("calls off {what}: {reason}"),
        None => format!("calls off {what}"),
    }
}
