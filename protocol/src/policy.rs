//! The verdict: what goes by itself, what waits for the owner, what is refused, and why.
//!
//! | | level 0, none | level 1, known | level 2, trusted |
//! |---|---|---|---|
//! | arrives | held as a contact request; no agent sees it | accepted; the agent may read it and draft | accepted; the agent may act within a mandate |
//! | leaves | owner | owner | mandate, else owner |
//! | commerce, delegating a task, introductions, personal data | owner | owner | owner, unless a mandate names the intent and a limit, and the terms are inside it |
//!
//! What the *owner* says needs no verdict: typing it is the decision. A blocked sender is answered like a stranger.

mod cleared;

use std::time::Duration;

use crate::canonical::Object;
use crate::code::Code;
use crate::conversation::Act;
use crate::did::Did;
use crate::envelope::Kind;
use crate::limits::{CONVERSATION_LIFE, CONVERSATION_MESSAGES};
use crate::mandate::{Mandate, OutsideMandate, Use};
use crate::name::Intent;
use crate::terms::CANCEL;
use crate::time::Timestamp;
use crate::trust::Trust;

pub use crate::mandate::is_sensitive;
pub use cleared::ClearedEnvelope;

/// The owner's opinion of a sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SenderStanding {
    /// The trust in them; none for a stranger.
    pub contact: Option<Trust>,
    /// True if the owner wants to hear no more of them.
    pub blocked: bool,
}

impl SenderStanding {
    /// The standing of a contact by its trust and whether it is blocked, or of a stranger.
    #[must_use]
    pub fn of(contact: Option<(Trust, bool)>) -> Self {
        Self { contact: contact.map(|(trust, _)| trust), blocked: contact.is_some_and(|(_, blocked)| blocked) }
    }
}

/// The agent's part in an envelope that reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AgentMay {
    /// Read it, and draft an answer for the owner.
    Draft,
    /// Also answer by itself, within a mandate.
    Act,
}

/// The right to let one envelope through to the agent. Only a verdict or an owner's decision makes one.
#[derive(Debug, PartialEq, Eq)]
pub struct Clearance {
    agent_may: AgentMay,
}

impl Clearance {
    /// The owner let it in, such as by making its sender a contact.
    #[must_use]
    pub fn by_owner() -> Self {
        Self { agent_may: AgentMay::Draft }
    }

    /// Returns what the agent may do with it.
    #[must_use]
    pub fn agent_may(&self) -> AgentMay {
        self.agent_may
    }
}

/// Verdict on an envelope that arrives.
#[derive(Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It waits as a contact request, where only the owner sees it.
    Quarantine,
    /// It is forgotten; its sender is told what a stranger is told.
    Drop,
    /// It is let through.
    Accept(Clearance),
}

/// The verdict on a verified envelope, by who sent it. Nothing that it says about itself counts here.
#[must_use]
pub fn arrives(standing: &SenderStanding) -> Arrival {
    let accept = |agent_may| Arrival::Accept(Clearance { agent_may });
    match standing {
        SenderStanding { blocked: true, .. } => Arrival::Drop,
        SenderStanding { contact: None | Some(Trust::None), .. } => Arrival::Quarantine,
        SenderStanding { contact: Some(Trust::Known), .. } => accept(AgentMay::Draft),
        SenderStanding { contact: Some(Trust::Trusted), .. } => accept(AgentMay::Act),
    }
}

/// A mandate, and how often it was used in the last 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The mandate.
    pub mandate: Mandate,
    /// Envelopes that left under it in the last 24 hours.
    pub used: u32,
}

/// Something that an agent would send.
#[derive(Debug, Clone, Copy)]
pub struct Leaving<'a> {
    /// The trust in the recipient.
    pub trust: Trust,
    /// The intent.
    pub intent: &'a Intent,
    /// The act.
    pub kind: Kind,
    /// The terms that it puts on the table or confirms; none for words.
    pub terms: Option<&'a Object>,
    /// The mandates that the owner signed.
    pub mandates: &'a [Granted],
    /// The recipient.
    pub with: &'a Did,
    /// Now.
    pub now: Timestamp,
}

/// Verdict on something that an agent would send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Departure<'a> {
    /// It goes, under this mandate.
    Go(&'a Mandate),
    /// It waits for the owner, and why.
    AskOwner(Reason),
    /// It is nothing that an agent sends, and why.
    Refuse(Reason),
}

/// The reason why something does not go by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The recipient is trusted no further.
    #[error("what goes to someone whose trust is `{0}` waits for the owner")]
    Trust(Trust),
    /// The owner signed no mandate.
    #[error("there is no mandate, so it waits for the owner")]
    NoMandate,
    /// No mandate covers it; why the one that comes closest does not.
    #[error("{0}, so it waits for the owner")]
    Outside(OutsideMandate),
    /// It confirms terms that whoever asks did not name.
    #[error("it commits the owner to terms that are not known here, so it waits for the owner")]
    UnknownTerms,
    /// No rule can call off an agreement.
    #[error("calling off what was agreed is the owner's alone, so it waits for the owner")]
    OwnersAlone,
    /// Receipts are the node's own.
    #[error("receipts are sent by the node itself")]
    NodesOwn,
}

/// The verdict on something that an agent would send.
#[must_use]
pub fn leaves<'a>(leaving: &Leaving<'a>) -> Departure<'a> {
    if leaving.kind == Kind::Receipt {
        return Departure::Refuse(Reason::NodesOwn);
    }
    if leaving.kind == Kind::Inform && leaving.intent.as_str() == CANCEL {
        return Departure::AskOwner(Reason::OwnersAlone);
    }
    match leaving.trust {
        Trust::None | Trust::Known => return Departure::AskOwner(Reason::Trust(leaving.trust)),
        Trust::Trusted => {}
    }
    if leaving.kind == Kind::Confirm && leaving.terms.is_none() {
        return Departure::AskOwner(Reason::UnknownTerms);
    }
    let mut why = Reason::NoMandate;
    for Granted { mandate, used } in leaving.mandates {
        let Leaving { intent, with, terms, now, .. } = *leaving;
        match mandate.covers(&Use { intent, with, terms, at: now, used: *used }) {
            Ok(()) => return Departure::Go(mandate),
            Err(outside) => why = closest(why, outside),
        }
    }
    Departure::AskOwner(why)
}

/// Of two mandates that do not cover something, the one that is about it tells more.
fn closest(so_far: Reason, outside: OutsideMandate) -> Reason {
    let about_something_else = matches!(outside, OutsideMandate::Time | OutsideMandate::With | OutsideMandate::Intent);
    match so_far {
        Reason::NoMandate => Reason::Outside(outside),
        Reason::Outside(OutsideMandate::Time | OutsideMandate::With | OutsideMandate::Intent)
            if !about_something_else =>
        {
            Reason::Outside(outside)
        }
        Reason::Outside(_) | Reason::Trust(_) | Reason::UnknownTerms | Reason::OwnersAlone | Reason::NodesOwn => so_far,
    }
}

/// Bounds of one conversation, so that two agents do not talk all night.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Messages of both sides together.
    pub messages: u64,
    /// Time after its opening in which something new can be said in it.
    pub life: Duration,
}

impl Default for Budget {
    /// [`CONVERSATION_MESSAGES`] and [`CONVERSATION_LIFE`].
    fn default() -> Self {
        Self { messages: CONVERSATION_MESSAGES, life: CONVERSATION_LIFE }
    }
}

impl Budget {
    /// Checks whether one more act fits into a conversation that has had so many messages since it was opened.
    ///
    /// Acts that close it always do, so that what two agents have talked to its bounds can still be settled.
    ///
    /// # Errors
    /// [`Code::OverBudget`] once the messages or the time are spent.
    pub fn check(&self, act: &Act, messages: u64, opened_at: Timestamp, now: Timestamp) -> Result<(), Code> {
        let spent = messages >= self.messages || now.since(opened_at) >= self.life;
        if spent && !act.closes() { Err(Code::OverBudget) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests;
