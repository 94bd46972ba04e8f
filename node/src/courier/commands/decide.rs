//! The commands that decide an item, or put it off.

use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::time::Timestamp;

use super::{Asked, Lines};
use crate::courier::decide::item;
use crate::courier::neighbours::Neighbour;
use crate::courier::renewal;
use crate::courier::words::Reply;
use crate::exit::{Exit, Failure};
use crate::identity::Pin;
use crate::views::View as _;

/// How a decision ends on an item that was decided before, has ended, or is not what was shown.
const NOT_AS_SHOWN: [&str; 3] = ["unknown_item", "expired", "item_changed"];

impl Asked {
    pub(super) async fn approve(&self, id: String, digest: String, reply: Reply, pin: Option<Pin>) -> Lines {
        let shown = as_shown(&digest)?;
        let owner = self.unlock("approve", pin).await?;
        let of_look = id.clone();
        let factor = self.reach.vault.factor();
        let renewed = renewal::approve(self, &id, &shown, &reply, &owner).await;
        if let Some(renewed) = self.undecided("approve", factor, renewed).await? {
            return Ok(vec![renewed.line()]);
        }
        let with = self.reach.storage.look(move |tx| Ok(item(tx, &of_look)?.with)).await;
        let with = self.undecided("approve", factor, with).await?;
        let stranger = self.neighbours.get(&with).map(Neighbour::meeting);
        let decided = self.reach.turn(move |turn| turn.approve(&id, &shown, &reply, stranger.as_ref(), &owner, factor));
        Ok(vec![self.undecided("approve", factor, decided.await).await?.line()])
    }

    pub(super) async fn reject(&self, id: String, digest: Option<String>, reason: Option<String>) -> Lines {
        let shown = digest.as_deref().map(as_shown).transpose()?;
        let decided = self.reach.turn(move |turn| turn.reject(&id, shown.as_ref(), reason.as_deref(), "typed"));
        Ok(vec![self.undecided("reject", "typed", decided.await).await?.line()])
    }

    pub(super) async fn snooze(&self, id: String, digest: Option<String>, until: Timestamp) -> Lines {
        let shown = digest.as_deref().map(as_shown).transpose()?;
        let snoozed = self.reach.turn(move |turn| turn.snooze(&id, shown.as_ref(), until, "typed")).await?;
        Ok(vec![snoozed.line()])
    }

    /// A decision on what is not there (any more), or not as it was shown, may be somebody's who repeats one: it is audited.
    async fn undecided<T>(
        &self,
        what: &'static str,
        factor: &'static str,
        decided: Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Err(failure) = &decided
            && NOT_AS_SHOWN.contains(&failure.code.as_str())
        {
            let code = failure.code.clone();
            self.reach.turn(move |turn| turn.audit(what, None, None, factor, &code)).await?;
        }
        decided
    }
}

/// What the owner was shown, as it was typed.
pub(in crate::courier) fn as_shown(digest: &str) -> Result<Digest, Failure> {
    digest.parse().map_err(|error| Failure::new(Exit::Usage, "usage", format!("--digest: {error}")))
}
