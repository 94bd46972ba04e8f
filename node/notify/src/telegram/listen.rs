//! The taps: asked for, judged, carried out or refused, and audited.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::time::Timestamp;

use super::TelegramChannel;
use super::api::{Callback, Update};
use super::buttons::{ButtonAct, NoTap, Wish};
use crate::node::{Decision, NodeClient};
use ai2ai_http::retry::{Fault, TryResult};

/// The wait after something went wrong; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The pause after a tap that was refused: each writes a line into the audit.
const AFTER_REFUSED: Duration = Duration::from_secs(1);
/// Characters of the answer to a tap.
const ANSWER_CHARS: usize = 190;

impl TelegramChannel {
    /// Waits for taps for as long as the node is up.
    pub(crate) async fn listen(&self, node: &NodeClient) {
        let mut offset = 0;
        let mut wait = FIRST_WAIT;
        let mut silent = false;
        loop {
            match self.listen_once(node, &mut offset).await {
                Ok(()) => (wait, silent) = (FIRST_WAIT, false),
                Err(fault) => {
                    if !std::mem::replace(&mut silent, true) {
                        node.say(format!("taps at Telegram do not come through: {fault}")).await;
                    }
                    let after = match fault {
                        Fault::Later { after: Some(after), .. } => {
                            after.clamp(FIRST_WAIT, ai2ai_http::retry::LONGEST_WAIT)
                        }
                        Fault::Later { after: None, .. } => wait,
                        Fault::Never(_) | Fault::Gone => LONGEST_WAIT,
                    };
                    tokio::time::sleep(after).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
            }
        }
    }

    async fn listen_once(&self, node: &NodeClient, offset: &mut i64) -> TryResult {
        let updates = self.bot.updates(*offset).await?;
        for Update { update_id, callback_query } in updates {
            // An API that repeats itself is not believed twice.
            if update_id < *offset {
                continue;
            }
            *offset = update_id.saturating_add(1);
            if let Some(callback) = callback_query {
                self.tapped(node, &callback).await;
            }
        }
        if let Err(fault) = self.catch_up().await {
            tracing::debug!(%fault, "what has ended is said with the next look");
        }
        Ok(())
    }

    /// One tap, to its end: nothing of it is left for later.
    async fn tapped(&self, node: &NodeClient, callback: &Callback) {
        let judged = self.state().buttons.tap(&callback.data, callback.from.id, now());
        // Used is used, whatever happens next.
        let said = match (self.keep().await, judged) {
            (Err(fault), _) => format!("Nothing was done: {fault}"),
            (Ok(()), Ok(wish)) => match decide(node, &wish).await {
                Ok(done) => done.to_owned(),
                Err(failure) => format!("Nothing was done: {}", failure.message),
            },
            (Ok(()), Err(no)) => {
                audited(node.refused(no.code()).await);
                tokio::time::sleep(AFTER_REFUSED).await;
                refusal(no).to_owned()
            }
        };
        if let Err(fault) = self.bot.answer(&callback.id, &super::cut(&said, ANSWER_CHARS)).await {
            tracing::debug!(%fault, "a tap was not answered");
        }
    }
}

/// Does what was wished, bound to what was shown.
async fn decide(node: &NodeClient, wish: &Wish) -> Result<&'static str, Failure> {
    let what = match wish.act {
        ButtonAct::Reject => Decision::Reject,
        ButtonAct::Approve => Decision::Approve(None),
        ButtonAct::Choose(place) => Decision::Approve(Some(place)),
        ButtonAct::Snooze(put) => {
            let later = put.off(now(), Timestamp::from_millis(i64::MAX));
            Decision::Snooze(later.ok_or_else(|| Failure::internal("no such moment"))?.at)
        }
    };
    node.decide(wish.item, wish.digest, what).await
}

fn refusal(no: NoTap) -> &'static str {
    match no {
        NoTap::Stranger | NoTap::Forged => "Nothing was done.",
        NoTap::Used => "This button was used already. Nothing was done.",
        NoTap::Expired => "This button is too old. Nothing was done.",
    }
}

fn audited(audited: Result<(), Failure>) {
    if let Err(failure) = audited {
        tracing::error!(%failure, "a refused tap was not audited");
    }
}
