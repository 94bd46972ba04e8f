//! The agent's key ends soon, and only the owner can renew it: that is asked once for each delegation, as an item like any other.

use std::time::Duration;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::inbox::{self, ItemKind, ItemRow};
use ai2ai_store::{View, meta};
use serde_json::json;

use super::commands::Asked;
use super::reach::Reach;
use super::turn::{Me, Step, Turn};
use super::words::Reply;
use super::{decide, keys};
use crate::clock::now;
use crate::exit::{Exit, Failure};
use crate::identity::Identity;
use crate::views::DecisionView;

/// How long before the end of a delegation its owner is asked (DESIGN §3).
const ASKED_BEFORE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Under which name is kept of which delegation the owner was asked. An answer, a "no" too, is for good.
const ASKED: &str = "asked_to_renew";
/// The item in a line. How long there is stands beside it, and changes every day.
const SUMMARY: &str = "your agent's key ends soon: renew it?";

/// Asks the owner, where only they can renew a key that ends soon.
pub(super) async fn ask_in_time(reach: &Reach) -> Result<(), Failure> {
    if !ends_soon(&reach.me, now()) {
        return Ok(());
    }
    let sequence = reach.me.sender.delegation.sequence();
    if reach.storage.look(move |tx| was_asked(tx, sequence)).await? {
        return Ok(());
    }
    reach.turn(|turn| turn.ask_to_renew()).await
}

/// Renews the key, as the item says that was shown. Gives nothing for an item of another kind.
pub(super) async fn approve(
    asked: &Asked,
    id: &str,
    shown: &Digest,
    reply: &Reply,
    owner: &OwnerKey,
) -> Result<Option<DecisionView>, Failure> {
    let reach = &asked.reach;
    let (named, digest) = (id.to_owned(), *shown);
    let item = reach.storage.look(move |tx| decide::item(tx, &named)).await?;
    if item.kind != ItemKind::Renewal {
        return Ok(None);
    }
    decide::words_have_a_reader(&item, *reply != Reply::default(), true)?;
    let item = reach.turn(move |turn| turn.item_as_shown(&item.id.to_string(), Some(&digest))).await?;
    // What was renewed meanwhile by `ai2ai keys rotate` is not renewed twice: the item only goes.
    let on_disk = Identity::load(reach.vault.paths())?.sender.delegation;
    let factor = reach.vault.factor();
    if on_disk.sequence() == reach.me.sender.delegation.sequence() {
        keys::renew(reach, owner, "rotate_keys", factor).await?;
    }
    let decided = reach.turn(move |turn| turn.renewed(&item, factor)).await?;
    reach.anew.notify_one();
    Ok(Some(decided))
}

fn ends_soon(me: &Me, now: Timestamp) -> bool {
    let end = me.sender.delegation.not_after();
    me.has_pin && now < end && now + ASKED_BEFORE >= end
}

fn was_asked(tx: &impl View, sequence: u64) -> Step<bool> {
    Ok(meta::get(tx, ASKED)?.is_some_and(|asked| asked == sequence.to_string()))
}

/// What is renewed, so that a decision is bound to it.
fn about(delegation: &Delegation) -> Object {
    let members = [("delegation", json!(delegation.sequence())), ("not_after", json!(delegation.not_after()))];
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Turn<'_, '_> {
    /// Puts before the owner that the agent's key ends soon, if it does, only they can renew it, and they were not asked before.
    pub fn ask_to_renew(&mut self) -> Step<()> {
        let (sequence, end) = (self.me.sender.delegation.sequence(), self.me.sender.delegation.not_after());
        if !ends_soon(self.me, self.now) || was_asked(self.tx, sequence)? {
            return Ok(());
        }
        let item = ItemRow {
            id: self.new_item(),
            with: *self.me.did(),
            conversation: None,
            kind: ItemKind::Renewal,
            intent: None,
            message: None,
            draft: Some(about(&self.me.sender.delegation)),
            summary: SUMMARY.to_owned(),
            digest: Digest::from_bytes([0; 32]),
            made_at: self.now,
            expires_at: end,
        };
        self.raise(item)?;
        self.keep_text(ASKED, &sequence.to_string())
    }

    /// What was asked about a delegation that is not this node's any more waits no longer.
    pub(super) fn drop_old_renewals(&mut self) -> Step<()> {
        let current = about(&self.me.sender.delegation);
        for item in inbox::of_contact(self.tx, self.me.did())? {
            if item.kind == ItemKind::Renewal && item.draft.as_ref() != Some(&current) {
                inbox::remove(self.tx, &item.id)?;
            }
        }
        Ok(())
    }

    fn renewed(&mut self, item: &ItemRow, factor: &str) -> Step<DecisionView> {
        inbox::remove(self.tx, &item.id)?;
        self.approved(item, factor)
    }
}

/// A renewal needs the files of the keys, which a turn does not have.
pub(super) fn not_by_a_turn(item: &ItemRow) -> Failure {
    let message = format!("{} is not decided by this way: it renews your agent's key", item.id);
    Failure::new(Exit::Refused, "not_here", message).hint("ai2ai keys rotate")
}
