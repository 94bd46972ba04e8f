//! An answer, or why there is none, as HTTP has it.

use ai2ai_agent::problem::Problem;
use ai2ai_api::error_code::ErrorCode;
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

#[expect(clippy::wildcard_enum_match_arm, reason = "every code that is none of these is a conflict")]
fn status(code: &ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadToken => StatusCode::UNAUTHORIZED,
        ErrorCode::OwnerToken | ErrorCode::OwnerOnly => StatusCode::FORBIDDEN,
        ErrorCode::NotRunning => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::Internal | ErrorCode::Database | ErrorCode::CutOff => StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Usage | ErrorCode::Malformed | ErrorCode::TooLong => StatusCode::BAD_REQUEST,
        code if code.is_unknown() || *code == ErrorCode::NoCalendar => StatusCode::NOT_FOUND,
        code if code.is_bad() => StatusCode::BAD_REQUEST,
        _ => StatusCode::CONFLICT,
    }
}
