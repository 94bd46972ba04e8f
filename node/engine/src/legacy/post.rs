//! Posting: envelopes to agents of the original go out over HTTP, one at a time to each.

use ai2ai_api::exit::Failure;
use ai2ai_discovery::web::endpoint::Endpoint;
use ai2ai_legacy::outbox;
use ai2ai_protocol::delivery::DeliveryEvent;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::original::TheirAnswer;

use crate::context::{Context, report};
use crate::legacy::web::{NoAnswer, Web};
use crate::state::originals::locked;

/// Posts what is due to somebody, unless that is being done already.
pub(crate) fn begin(context: &Context, to: Did) {
    if !locked(&context.shared.originals.under_way).insert(to) {
        return;
    }
    let context = context.clone();
    context.tasks.clone().spawn(async move {
        report(post_to(&context, to).await);
        locked(&context.shared.originals.under_way).remove(&to);
    });
}

async fn post_to(context: &Context, to: Did) -> Result<(), Failure> {
    loop {
        let next = context.transact(move |txn| outbox::next(txn, &to)).await?;
        let Some((endpoint, row)) = next else { return Ok(()) };
        let told = match Endpoint::read(&endpoint) {
            Ok(endpoint) => Web::of(context).post(&endpoint, row.body.clone()).await,
            Err(error) => Err(NoAnswer { why: error.to_string(), may_have_left: false }),
        };
        let id = row.id;
        let event = match told.map(|(status, body)| TheirAnswer::read(status, &body)) {
            Ok(TheirAnswer::Receipt { outcome, word: _ }) => DeliveryEvent::Receipt { outcome, retry_after_s: None },
            Ok(TheirAnswer::Nothing { error }) => DeliveryEvent::Failed { error },
            Err(NoAnswer { why, may_have_left: true }) => DeliveryEvent::Failed { error: why },
            Err(NoAnswer { why, may_have_left: false }) => DeliveryEvent::Unreached { error: why },
        };
        context.transact(move |txn| outbox::progress(txn, &id, &event)).await?;
    }
}
