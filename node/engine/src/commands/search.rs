//! The command that searches: messages, agreements and contacts with the owner's words, the newest first.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{HitView, View as _};
use ai2ai_core::view::search::{self, Query, WORDS};

use crate::call::{Call, Handler, Lines};

impl Handler for requests::Search {
    async fn handle(self, call: &Call) -> Lines {
        let query = Query::read(&self.text).ok_or_else(|| {
            Failure::new(Exit::Usage, ErrorCode::Usage, format!("a search takes 1 to {WORDS} words"))
                .hint("ai2ai search dinner")
        })?;
        call.look(move |tx| Ok(search::search(tx, &query)?.iter().map(HitView::line).collect())).await
    }
}
