//! What happens, as server-sent events: thin, so that whoever listens reads the rest at the door.

use std::convert::Infallible;
use std::time::Duration;

use ai2ai_agent::happenings::{Happenings, Received, What};
use ai2ai_api::views::View as _;
use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::stream::unfold;
use serde_json::json;
use tokio_util::sync::CancellationToken;

/// How often a silent stream says that it is still there.
const STILL_THERE: Duration = Duration::from_secs(15);

/// Follows what happens from now on, until the door closes.
pub(crate) async fn events(
    State((happenings, closing)): State<(Happenings, CancellationToken)>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let events = unfold((happenings.listen(), closing), async |(mut listener, closing)| {
        let heard = closing.run_until_cancelled(listener.next()).await??;
        Some((Ok(told(&heard)), (listener, closing)))
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(STILL_THERE))
}

fn told(heard: &Received) -> Event {
    match heard {
        Received::Happened(happened) => {
            let name = match happened.event {
                What::Arrived => "arrived",
                What::Changed => "changed",
                What::Decided => "decided",
            };
            Event::default().event(name).data(happened.line().to_string())
        }
        Received::Missed(missed) => Event::default().event("missed").data(json!({ "missed": missed }).to_string()),
    }
}
