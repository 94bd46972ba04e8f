//! What leaves by itself, and what waits for the owner.

use ai2ai_protocol::id::ConversationId;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_protocol::policy::{self, Departure};
use ai2ai_store::contacts::ContactRow;
use serde_json::Value;

use super::say::Said;
use super::turn::{Step, Turn};
use super::words::Words;
use crate::doors::Role;
use crate::exit::{Exit, Failure};
use crate::views::SentView;

impl Turn<'_> {
    /// Says words for the owner, or for the agent as far as policy lets it; else they wait for the owner.
    pub(super) fn send(
        &mut self,
        role: Role,
        with: &ContactRow,
        conversation: ConversationId,
        words: Words,
        owner: Option<&OwnerKey>,
    ) -> Step<SentView> {
        let departure = match role {
            Role::Owner => None,
            Role::Agent => Some(policy::leaves(&policy::Leaving {
                trust: with.trust,
                intent: &words.intent,
                kind: words.kind,
                terms: words.payload.get("terms").and_then(Value::as_object),
                mandates: &[],
                with: &with.did,
                now: self.now,
            })),
        };
        match departure {
            None | Some(Departure::Go(_)) => {
                let Said { id, conversation, phase } = self.say(with, conversation, words, owner)?;
                Ok(SentView {
                    id: Some(id),
                    item: None,
                    conversation,
                    state: phase.to_string(),
                    delivery: Some("queued".to_owned()),
                })
            }
            Some(Departure::AskOwner(_)) => {
                let item = self.raise_draft(with, conversation, &words)?;
                Ok(SentView {
                    id: None,
                    item: Some(item.id),
                    conversation,
                    state: "pending_approval".to_owned(),
                    delivery: None,
                })
            }
            Some(Departure::Refuse(reason)) => Err(Failure::new(Exit::Refused, "refused", reason.to_string()).into()),
        }
    }
}
