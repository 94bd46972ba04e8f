//! One node: what it has on disk, what it has written and not committed, and how it hears, says and learns.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Act, Cancelled, Conversation, Phase, Report, Side};
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::Outcome;
use ai2ai_protocol::time::Timestamp;

use crate::world::Fault;

/// One of the two nodes; the first one opens the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) clock: u8,
    pub(crate) disk: Disk,
    /// Written in a transaction that is not committed yet.
    pub(crate) written: Option<Disk>,
}

/// Memory of a node about the conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Disk {
    pub(crate) conversation: Option<Conversation>,
    pub(crate) said: Vec<Said>,
    /// The replay table, by the number of the other's message.
    pub(crate) heard: Vec<Heard>,
}

/// An act of this node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Said {
    pub(crate) act: Act,
    /// The hash that the human approved.
    pub(crate) approved: Option<TermsHash>,
    pub(crate) expires: u8,
    /// The receipt that was read for it.
    pub(crate) answer: Option<Outcome>,
}

/// A receipt of this node, kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Heard {
    pub(crate) number: u8,
    pub(crate) outcome: Outcome,
    pub(crate) report: Option<Report>,
    pub(crate) expires: u8,
}

pub(crate) fn moment(clock: u8) -> Timestamp {
    Timestamp::from_millis(1_000 + i64::from(clock))
}

/// The id of a node's message; [`place`] reads it back.
pub(crate) fn id(node: usize, number: u8) -> MessageId {
    let mut bytes = [number; 16];
    bytes[0] = u8::from(node == 1);
    MessageId::from_bytes(bytes)
}

pub(crate) fn place(message: MessageId) -> (usize, u8) {
    let bytes = message.to_bytes();
    (usize::from(bytes[0]), bytes[1])
}

impl Node {
    /// Returns what the node itself works on.
    pub(crate) fn memory(&self) -> &Disk {
        self.written.as_ref().unwrap_or(&self.disk)
    }

    /// The phase that the node would show after a crash.
    pub(crate) fn phase(&self) -> Option<Phase> {
        self.disk.conversation.map(|conversation| conversation.phase(moment(self.clock)))
    }

    /// Returns who has called off what was agreed, for all that the node would know after a crash.
    pub(crate) fn cancelled(&self) -> Cancelled {
        self.disk.conversation.map(|conversation| conversation.cancelled()).unwrap_or_default()
    }

    /// The phase once all time is over.
    pub(crate) fn last_phase(&self) -> Option<Phase> {
        self.disk.conversation.map(|conversation| conversation.phase(moment(u8::MAX)))
    }
}

impl Disk {
    /// Its messages with their numbers.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u8, &Said)> {
        (0..).zip(&self.said)
    }

    pub(crate) fn said(&self, number: u8) -> Option<&Said> {
        self.said.get(usize::from(number))
    }

    pub(crate) fn receipt(&self, number: u8) -> Option<Heard> {
        self.heard.iter().find(|heard| heard.number == number).copied()
    }

    /// Says an act, if the conversation lets it; the first act of the first node opens it.
    pub(crate) fn say(&mut self, node: usize, act: Act, expires: u8, clock: u8) -> bool {
        let now = moment(clock);
        let Some(conversation) = self.conversation.or((node == 0).then(|| Conversation::open(Side::Us, now))) else {
            return false;
        };
        let number = u8::try_from(self.said.len()).expect("few acts");
        let Ok(next) = conversation.say(id(node, number), act, moment(expires), now) else { return false };
        self.conversation = Some(next);
        self.said.push(Said { act, approved: act.binds(), expires, answer: None });
        true
    }

    /// Hears a message of the other node: repeats first, then age, then the conversation.
    pub(crate) fn hear(&mut self, from: usize, number: u8, said: &Said, clock: u8, fault: Fault) {
        if self.receipt(number).is_some() && fault != Fault::ForgetsWhatItHeard {
            return;
        }
        let now = moment(clock);
        self.conversation = self.conversation.map(|conversation| conversation.at(now));
        let conversation = match said.act {
            Act::Talk | Act::Offer { .. } => self.conversation.or(Some(Conversation::open(Side::Them, now))),
            Act::Confirm { .. } | Act::Reject | Act::Cancel { .. } => self.conversation,
        };
        let judged = match conversation {
            _ if clock >= said.expires => Err(Code::Expired),
            None => Err(Code::UnknownConversation),
            Some(conversation) => conversation.hear(id(from, number), &said.act, moment(said.expires), now),
        };
        let outcome = match judged {
            Ok(next) => {
                self.conversation = Some(next);
                Outcome::Accepted
            }
            Err(code) if code.is_passing() => return,
            Err(code) => Outcome::Refused(code),
        };
        let report = self.conversation.map(|conversation| conversation.report(now));
        self.heard.retain(|heard| heard.number != number);
        self.heard.push(Heard { number, outcome, report, expires: said.expires });
        self.heard.sort_by_key(|heard| heard.number);
    }

    /// Reads the other node's receipt for a message of this one.
    pub(crate) fn learn(&mut self, node: usize, Heard { number, outcome, report, .. }: Heard) {
        if let Some(said) = self.said.get_mut(usize::from(number)) {
            said.answer = Some(outcome);
            self.conversation = self.conversation.map(|talk| talk.settle(id(node, number), &outcome, report));
        }
    }
}
