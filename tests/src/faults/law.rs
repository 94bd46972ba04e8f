//! The law: a pure question to what both sides remember, and to what their users were told.

use std::collections::{BTreeMap, BTreeSet};

use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Phase, Side};
use ai2ai_protocol::delivery::State;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::id::{ConversationId, MessageId};

use super::ledger::Told;
use super::memory::{Memory, Said, Talk};

/// Breaches of the law, each in words; and how much was within it.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Messages that a user was told are queued.
    pub acknowledged: usize,
    /// Of these, acts that the other side's conversation had no room for, and whose sender was told so.
    pub refused: usize,
    /// Conversations that ended as confirmed.
    pub confirmed: usize,
    /// Conversations that ended as rejected.
    pub rejected: usize,
    /// Messages that are queued or were acknowledged, and are not with the recipient.
    pub lost: Vec<String>,
    /// Messages that are with the recipient more than once.
    pub duplicated: Vec<String>,
    /// Messages that are with the recipient, and were never sent so.
    pub invented: Vec<String>,
    /// Conversations of which the two sides have different states or terms.
    pub disagreeing: Vec<String>,
    /// Conversations in which something stands before what was said before it.
    pub out_of_order: Vec<String>,
}

impl Verdict {
    /// Everything that is against the law.
    pub fn breaches(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let named = [
            ("lost", &self.lost),
            ("duplicated", &self.duplicated),
            ("invented", &self.invented),
            ("disagreeing", &self.disagreeing),
            ("out of order", &self.out_of_order),
        ];
        named.into_iter().flat_map(|(name, list)| list.iter().map(move |text| (name, text)))
    }
}

/// The refusals that a conversation gives to an honest act: it met another act, or an end.
fn is_an_answer(why: &str) -> bool {
    [Code::Crossed, Code::StaleTerms, Code::Closed].iter().any(|code| code.to_string() == why)
}

/// Judges what two sides remember, when nothing is under way any more.
#[must_use]
pub fn judge(sides: &[Memory; 2], told: &[Told]) -> Verdict {
    let mut verdict = Verdict { acknowledged: told.len(), ..Verdict::default() };
    for side in [0, 1] {
        let (from, to) = (&sides[side], &sides[1 - side]);
        let told: Vec<&Told> = told.iter().filter(|told| told.side == side).collect();
        everything_arrived(&mut verdict, from, to, &told);
        nothing_else_arrived(&mut verdict, from, to);
        in_order(&mut verdict, from, to, &told);
    }
    agreed(&mut verdict, sides);
    verdict
}

/// Everything that the sender keeps as said, and everything its user was told, is with the recipient, or was refused for a
/// reason that the conversation has, and is shown as dead.
fn everything_arrived(verdict: &mut Verdict, from: &Memory, to: &Memory, told: &[&Told]) {
    let mine = everything(from, Side::Us);
    let theirs = everything(to, Side::Them);
    for told in told {
        if !mine.contains_key(&told.id) {
            verdict.lost.push(format!("{} told its user of {}, and does not know it", from.name, told.id));
        }
    }
    for (id, said) in &mine {
        let (state, why) = from.outbox.get(id).map_or((None, ""), |(state, why)| (Some(*state), why.as_str()));
        let arrived = theirs.contains_key(id);
        match state {
            Some(State::Delivered | State::Read | State::Answered) if arrived => {}
            Some(State::Dead) if !arrived && is_an_answer(why) => verdict.refused += 1,
            other => {
                let place = if arrived { "with" } else { "not with" };
                let state = other.map_or_else(|| "in no outbox".to_owned(), |state| state.to_string());
                let text = format!("{}'s {id} is {state} ({why}), and {place} {}: {}", from.name, to.name, said.words);
                verdict.lost.push(text);
            }
        }
    }
}

/// Checks that what the recipient heard was said so, and once.
fn nothing_else_arrived(verdict: &mut Verdict, from: &Memory, to: &Memory) {
    let mine = everything(from, Side::Us);
    let (mut ids, mut words) = (BTreeSet::new(), BTreeSet::new());
    for said in to.talks.values().flat_map(|talk| &talk.said).filter(|said| said.side == Side::Them) {
        if mine.get(&said.id).is_none_or(|original| original.digest != said.digest) {
            verdict.invented.push(format!("{} heard {}, which {} never said", to.name, said.id, from.name));
        }
        // A confirm or a reject may carry the same words as another; what a user typed does not.
        let is_repeated = said.words.contains(super::voice::MARK) && !words.insert(&said.words);
        if !ids.insert(said.id) || is_repeated {
            verdict.duplicated.push(format!("{} has {} more than once: {}", to.name, said.id, said.words));
        }
    }
}

/// In each conversation, what arrived stands as it was said; and as each voice of the user said it.
fn in_order(verdict: &mut Verdict, from: &Memory, to: &Memory, told: &[&Told]) {
    for (id, talk) in &to.talks {
        let heard: Vec<MessageId> = of_side(talk, Side::Them).collect();
        let said: Vec<MessageId> = from.talks.get(id).map(|talk| of_side(talk, Side::Us).collect()).unwrap_or_default();
        if !is_in_order(&said, &heard) {
            verdict.out_of_order.push(format!("{} heard {id} in another order than {} said it", to.name, from.name));
        }
        let voices: BTreeSet<usize> = told.iter().map(|told| told.voice).collect();
        for voice in voices {
            let mine: Vec<MessageId> = told_in(told, voice, id).collect();
            if !is_in_order(&mine, &heard) {
                verdict
                    .out_of_order
                    .push(format!("{} heard voice {voice} of {} out of order in {id}", to.name, from.name));
            }
        }
    }
}

fn told_in(told: &[&Told], voice: usize, conversation: &ConversationId) -> impl Iterator<Item = MessageId> {
    told.iter().filter(move |told| told.voice == voice && told.conversation == *conversation).map(|told| told.id)
}

/// Returns whether those of `said` that were heard were heard in this order.
fn is_in_order(said: &[MessageId], heard: &[MessageId]) -> bool {
    let places = said.iter().filter_map(|id| heard.iter().position(|other| other == id));
    places.is_sorted()
}

/// Returns what both sides must see alike. What was on the table when a conversation came to nothing binds nobody: there a side may
/// know of an offer that the other had not yet seen arrive when it said no.
fn view(talk: &Talk) -> (Phase, Option<(TermsHash, MessageId)>, Option<MessageId>) {
    let terms = match talk.phase {
        Phase::Proposed | Phase::Negotiating | Phase::Confirmed => talk.terms,
        Phase::Rejected | Phase::Expired => None,
    };
    (talk.phase, terms, talk.pending)
}

/// Both sides know the same conversations, in the same state, with the same terms from the same message.
fn agreed(verdict: &mut Verdict, [one, other]: &[Memory; 2]) {
    let all: BTreeSet<&ConversationId> = one.talks.keys().chain(other.talks.keys()).collect();
    for id in all {
        let (Some(mine), Some(theirs)) = (one.talks.get(id), other.talks.get(id)) else {
            verdict.disagreeing.push(format!("only one of {} and {} knows {id}", one.name, other.name));
            continue;
        };
        if view(mine) != view(theirs) || mine.pending.is_some() {
            let text = format!("{id}: {} has {:?}, {} has {:?}", one.name, view(mine), other.name, view(theirs));
            verdict.disagreeing.push(text);
        }
        match mine.phase {
            Phase::Confirmed => verdict.confirmed += 1,
            Phase::Rejected => verdict.rejected += 1,
            Phase::Proposed | Phase::Negotiating | Phase::Expired => {}
        }
    }
}

fn of_side(talk: &Talk, side: Side) -> impl Iterator<Item = MessageId> {
    talk.said.iter().filter(move |said| said.side == side).map(|said| said.id)
}

fn everything(memory: &Memory, side: Side) -> BTreeMap<MessageId, &Said> {
    let said = memory.talks.values().flat_map(|talk| &talk.said);
    said.filter(|said| said.side == side).map(|said| (said.id, said)).collect()
}

#[cfg(test)]
mod tests;
