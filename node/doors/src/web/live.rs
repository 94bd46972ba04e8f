//! Tells the owner's pages that something changed; what it is, they ask for.

use std::convert::Infallible;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use tokio::sync::broadcast::error::RecvError;

use super::Desk;
use super::login::OwnerSession;

/// A stream of the names of what happened.
pub(crate) async fn events(
    _owner: OwnerSession,
    State(desk): State<Desk>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let stream = unfold((desk.watchers.subscribe(), desk.closing), |(mut events, closing)| async move {
        let name = match closing.run_until_cancelled(events.recv()).await? {
            Ok(event) => event.event.to_string(),
            Err(RecvError::Lagged(_)) => "many".to_owned(),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(Event::default().event("change").data(name)), (events, closing)))
    });
    Sse::new(stream).keep_alive(KeepAlive::default())
}
