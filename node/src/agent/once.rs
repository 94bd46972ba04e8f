//! A call that comes twice under one key is done once: a client that lost an answer asks again.

use std::collections::VecDeque;

use ai2ai_protocol::digest::Digest;
use serde::Serialize;
use tokio::sync::Mutex;

use super::answers::Drafted;
use super::problem::Problem;

/// Keys that are remembered; the oldest goes first.
const KEYS: usize = 256;
/// Characters of a key.
pub(crate) const KEY_CHARS: usize = 128;

/// What was done under which key, while this process runs.
#[derive(Debug, Default)]
pub(crate) struct Once(Mutex<VecDeque<(String, Digest, Drafted)>>);

impl Once {
    /// Does it, unless it was done under this key; then gives what came of it. One after the other: a repeat that comes while the
    /// first is under way waits for it.
    pub(crate) async fn run(
        &self,
        key: Option<&str>,
        of: &impl Serialize,
        done: impl Future<Output = Result<Drafted, Problem>>,
    ) -> Result<Drafted, Problem> {
        let Some(key) = key else { return done.await };
        if key.is_empty() || key.chars().count() > KEY_CHARS {
            return Err(Problem::new("bad_key", format!("an idempotency_key has 1 to {KEY_CHARS} characters")));
        }
        let of = Digest::of(&serde_json::to_vec(of).unwrap_or_default());
        let mut known = self.0.lock().await;
        match known.iter().find(|(known, ..)| known == key) {
            Some((_, same, drafted)) if *same == of => Ok(drafted.clone()),
            Some(_) => Err(Problem::new("key_reused", "this idempotency_key was used for another call")),
            None => {
                let drafted = done.await?;
                if known.len() >= KEYS {
                    known.pop_front();
                }
                known.push_back((key.to_owned(), of, drafted.clone()));
                Ok(drafted)
            }
        }
    }
}
