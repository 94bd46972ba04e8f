//! An answer, or why there is none, as HTTP has it.

use ai2ai_agent::problem::Problem;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// The answer with its status.
pub(crate) fn reply(answer: Result<Value, Problem>) -> Response {
    match answer {
        Ok(value) => axum::Json(value).into_response(),
        Err(problem) => (status(&problem.code), axum::Json(json!({ "error": problem }))).into_response(),
    }
}

fn status(code: &str) -> StatusCode {
    match code {
        "bad_token" => StatusCode::UNAUTHORIZED,
        "owner_token" | "owner_only" => StatusCode::FORBIDDEN,
        "not_running" => StatusCode::SERVICE_UNAVAILABLE,
        "internal" | "database" | "cut_off" => StatusCode::INTERNAL_SERVER_ERROR,
        "usage" | "malformed" | "too_long" => StatusCode::BAD_REQUEST,
        code if code.starts_with("unknown_") || code == "no_calendar" => StatusCode::NOT_FOUND,
        code if code.starts_with("bad_") => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    }
}
