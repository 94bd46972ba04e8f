//! A manager's task goes to a coordinator, who does half of it, delegates the other half to a worker, and brings the whole back.

use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::id::ConversationId;
use serde_json::json;

use super::acts::{Play, Reaction, number, proposal, reply, said, terms};
use super::{SceneResult, diaries};
use crate::cast::{CastMember, Person};
use crate::stage::went_wrong;

pub(super) const PARTS: [CastMember; 3] = [
    CastMember { human: "Manager", agent: "manager-assistant", diary: diaries::empty },
    CastMember { human: "Coordinator", agent: "coordinator-assistant", diary: diaries::empty },
    CastMember { human: "Worker", agent: "worker-assistant", diary: diaries::empty },
];

const TASK: &str = "task.delegate";
const RESULT: &str = "info.share";
const SUBJECT: &str = "Count the primes";
/// The whole task; the coordinator keeps the lower half.
const ALL: Range = Range { from: 2, below: 20_000 };
/// Number of primes in it: the prime-counting function at 20,000, as tables have it.
const KNOWN: u64 = 2_262;

/// Numbers, from one up to and without another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    from: u64,
    below: u64,
}

impl Range {
    fn halves(self) -> [Self; 2] {
        let middle = self.from.midpoint(self.below);
        [Self { below: middle, ..self }, Self { from: middle, ..self }]
    }

    /// The task itself, as whoever does it does it.
    fn primes(self) -> u64 {
        let is_prime = |number: &u64| {
            *number > 1
                && (2..)
                    .take_while(|divisor| divisor * divisor <= *number)
                    .all(|divisor| !number.is_multiple_of(divisor))
        };
        (self.from..self.below).filter(is_prime).count() as u64
    }

    fn of(terms: &Object) -> Option<Self> {
        let range = Self { from: number(terms, "from")?, below: number(terms, "below")? };
        (range.from < range.below && range.below <= ALL.below).then_some(range)
    }
}

pub(super) async fn play(play: &Play<'_>, cast: &[Person]) -> Result<SceneResult, Failure> {
    let [manager, coordinator, worker] = cast else { return Err(Failure::internal("this is for three")) };
    play.introduces(coordinator, std::slice::from_ref(manager)).await?;
    play.introduces(coordinator, std::slice::from_ref(worker)).await?;
    let whole = delegates(play, manager, coordinator, ALL, "delegating to coordinator").await?;
    let taken = takes(play, coordinator, manager, &whole).await?;

    let [mine, theirs] = taken.halves();
    let part = delegates(play, coordinator, worker, theirs, "delegating to worker").await?;
    let subtask = takes(play, worker, coordinator, &part).await?;
    let found = subtask.primes();
    let done = json!({ "answers": part, "primes": found });
    play.says(worker, proposal(coordinator, RESULT, done), "Subtask complete").await?;

    let (subresult, theirs) = result(play, coordinator, worker, &part).await?;
    let own = mine.primes();
    let combined = json!({
        "answers": whole, "primes": own + theirs,
        "parts": [{ "by": "coordinator", "primes": own }, { "by": "worker", "primes": theirs, "in": subresult }],
    });
    let told = format_args!("combining {own} of its own and {theirs} of the worker's");
    play.says(coordinator, proposal(manager, RESULT, combined), told).await?;
    let (_, total) = result(play, manager, coordinator, &whole).await?;

    play.agree(manager, coordinator, &whole).await?;
    play.agree(coordinator, worker, &part).await?;
    if total != KNOWN || total != ALL.primes() || theirs != found {
        return Err(went_wrong(format!("{total} primes came back, and there are {KNOWN}")));
    }
    play.tells(manager, format_args!("checks it: there are {total} primes below {}", ALL.below));
    Ok(SceneResult {
        result: json!({ "primes": total, "by_coordinator": own, "by_worker": theirs, "task": whole, "subtask": part }),
        line: "manager ← coordinator ← worker".to_owned(),
    })
}

/// One agent asks another to do a task: definite terms, which its owner approves.
async fn delegates(
    play: &Play<'_>,
    from: &Person,
    to: &Person,
    range: Range,
    told: &str,
) -> Result<ConversationId, Failure> {
    let terms = json!({ "subject": SUBJECT, "from": range.from, "below": range.below });
    play.says(from, proposal(to, TASK, json!({ "terms": terms })), told).await
}

/// The other agent reads the task off the terms, its owner agrees to it, and both hold it.
async fn takes(play: &Play<'_>, person: &Person, from: &Person, task: &ConversationId) -> Result<Range, Failure> {
    let view = play.finds(person, from, TASK, |said| said.contains_key("terms")).await?;
    let range = Range::of(terms(&view)?).filter(|_| view.id == *task);
    let range = range.ok_or_else(|| went_wrong("that is no task to be done here"))?;
    let told = format_args!("takes the task: primes from {} up to {}", range.from, range.below);
    play.says(person, reply(&view, Reaction::Accept), told).await?;
    Ok(range)
}

/// The result of a task and its conversation; its owner takes note.
async fn result(
    play: &Play<'_>,
    person: &Person,
    from: &Person,
    task: &ConversationId,
) -> Result<(ConversationId, u64), Failure> {
    let view = play.finds(person, from, RESULT, |said| said.get("answers") == Some(&json!(task))).await?;
    play.notes(person, &view.id).await?;
    let primes = number(said(&view)?, "primes").ok_or_else(|| went_wrong("the result has no number"))?;
    Ok((view.id, primes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halves_make_the_whole_and_the_whole_is_as_tables_have_it() {
        assert_eq!(ALL.primes(), KNOWN);
        assert_eq!(ALL.halves().map(Range::primes).iter().sum::<u64>(), KNOWN);
        assert_eq!(Range { from: 0, below: 30 }.primes(), 10);
        let terms = |from: u64, below: u64| json!({ "from": from, "below": below }).as_object().cloned();
        assert_eq!(Range::of(&terms(2, 10).expect("terms")), Some(Range { from: 2, below: 10 }));
        assert_eq!(Range::of(&terms(2, u64::MAX >> 12).expect("terms")), None, "a task has its bound");
    }
}
