//! Another key for the agent, another PIN for the owner; and what others are told of a new key, and take from it.
//!
//! A node that has a new key begins anew: nothing of the old one is left in it. What it does then it also does after a crash, for
//! what was told of which key is remembered.

use std::time::Duration;

use ai2ai_protocol::envelope::{Content, Draft};
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts::{self, ContactRow};
use ai2ai_store::outbox::{self, Envelope, OutboxRow};
use ai2ai_store::{messages, meta};

use super::commands::{Asked, Lines};
use super::reach::Reach;
use super::turn::{Me, Step, Turn};
use super::words::Words;
use crate::clock::now;
use crate::doors::token;
use crate::exit::Failure;
use crate::identity::{Identity, Pin, change_pin, renew_agent_key};
use crate::views::{KeysView, View as _};

/// How long before the end of its delegation an agent's key is renewed by itself, where no PIN is needed for it.
const RENEWED_BEFORE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// Under which name is kept of which delegation the contacts were told.
const TOLD: &str = "told_delegation";

/// Gives the agent a new key. Where the old one was stolen, the doors have new tokens, too.
pub(super) async fn rotate(asked: &Asked, stolen: bool, pin: Option<Pin>) -> Lines {
    let what = if stolen { "revoke_keys" } else { "rotate_keys" };
    let owner = asked.unlock(what, pin).await?;
    let reach = &asked.reach;
    let view = renew(reach, &owner, what, reach.vault.factor()).await?;
    if stolen {
        token::write_both(reach.vault.paths(), &mut rand::rng())?;
    }
    reach.anew.notify_one();
    Ok(vec![view.line()])
}

/// Seals the owner key with another PIN.
pub(super) async fn another_pin(asked: &Asked, old: Option<Pin>, new: Pin) -> Lines {
    let owner = asked.unlock("pin", old).await?;
    let reach = &asked.reach;
    let paths = reach.vault.paths().clone();
    let sealed = move || change_pin(&paths, &owner, &new, &mut rand::rng());
    tokio::task::spawn_blocking(sealed).await.map_err(Failure::internal)??;
    let factor = reach.vault.factor();
    reach.turn(move |turn| turn.audit("pin", None, None, factor, "done")).await?;
    let view = KeysView::from(&Identity::load(reach.vault.paths())?);
    reach.anew.notify_one();
    Ok(vec![view.line()])
}

/// Gives the agent a new key; the node has it once it begins anew.
pub(super) async fn renew(
    reach: &Reach,
    owner: &OwnerKey,
    what: &'static str,
    factor: &'static str,
) -> Result<KeysView, Failure> {
    let paths = reach.vault.paths();
    renew_agent_key(paths, owner, now(), &mut rand::rng())?;
    reach.turn(move |turn| turn.audit(what, None, None, factor, "done")).await?;
    Ok(KeysView::from(&Identity::load(paths)?))
}

/// Renews a key that ends soon, where the owner key is not sealed. Where it is, the owner is asked in time.
pub(super) async fn renew_in_time(reach: &Reach) -> Result<(), Failure> {
    if !ends_soon(&reach.me, now()) {
        return Ok(());
    }
    let file = Identity::load(reach.vault.paths())?.sender.delegation;
    if file.sequence() == reach.me.sender.delegation.sequence() {
        let (owner, _) = reach.vault.open(None).await?;
        renew(reach, &owner, "rotate_keys", "in_time").await?;
    }
    reach.anew.notify_one();
    Ok(())
}

fn ends_soon(me: &Me, now: Timestamp) -> bool {
    !me.has_pin && now + RENEWED_BEFORE >= me.sender.delegation.not_after()
}

impl Turn<'_, '_> {
    /// When the node starts: under a new key, what surely never left is signed anew, and every contact is told.
    pub fn begin(&mut self) -> Step<()> {
        self.drop_old_renewals()?;
        let ours = self.me.sender.delegation.sequence();
        let told = meta::get(self.tx, TOLD)?.and_then(|told| told.parse::<u64>().ok());
        if told.is_some_and(|told| told < ours) {
            self.sign_anew(ours)?;
            for contact in contacts::all(self.tx)?.into_iter().filter(|contact| !contact.blocked) {
                let conversation = self.new_conversation();
                self.post(&contact, conversation, Words::ping())?;
            }
        }
        if told != Some(ours) {
            self.keep_text(TOLD, &ours.to_string())?;
        }
        self.recover()
    }

    /// Nobody who has seen the new key takes what is signed with the old one.
    fn sign_anew(&mut self, ours: u64) -> Step<()> {
        for row in outbox::waiting(self.tx, usize::MAX)?.into_iter().filter(|row| row.delivery.is_surely_here()) {
            let Some(message) = messages::get(self.tx, self.me.did(), &row.id)? else { continue };
            let Some(content) = Content::of_stored(&message.bytes).ok() else { continue };
            if content.delegation().sequence() >= ours {
                continue;
            }
            let signed = match again(&content).sign(&self.me.sender) {
                Ok(signed) => signed,
                Err(error) => {
                    tracing::warn!(id = %row.id, %error, "a message keeps the old key's signature");
                    continue;
                }
            };
            let envelope = Some(Envelope { digest: signed.digest(), kind: signed.kind() });
            messages::set_envelope(self.tx, self.me.did(), &row.id, signed.digest(), signed.bytes().to_vec())?;
            outbox::put(self.tx, &OutboxRow { envelope, ..row })?;
        }
        Ok(())
    }

    /// An owner's newer delegation makes the older ones void, from the moment that this node saw it.
    pub(super) fn note_delegation(&mut self, contact: &ContactRow, delegation: u64) -> Step<()> {
        if delegation <= contact.delegation {
            return Ok(());
        }
        contacts::put(self.tx, &ContactRow { delegation, ..contact.clone() })?;
        self.has_to_last();
        self.audit("new_key", Some(contact.did), None, "delegation", "done")?;
        let detail = format!("{}'s agent has a new key, by their owner's own signature", contact.name);
        self.tell("new_key", detail, Some(contact.did), None);
        Ok(())
    }
}

/// The same words under the same name.
fn again(content: &Content) -> Draft {
    Draft {
        id: content.id(),
        timestamp: content.timestamp(),
        expires_at: content.expires_at(),
        to: content.to().clone(),
        conversation: content.conversation(),
        in_reply_to: content.in_reply_to(),
        kind: content.kind(),
        intent: content.intent().clone(),
        payload: content.payload().clone(),
        approval: content.approval().cloned(),
    }
}
