//! The law finds what is against it, and nothing else.

use ai2ai_protocol::digest::Digest;

use super::*;

/// Two who remember the same: one said three things, the other one, in one conversation.
fn both() -> ([Memory; 2], Vec<Told>) {
    let conversation = id(100).to_string().parse().expect("an id");
    let said = |number: u8, side| Said {
        id: id(number),
        side,
        digest: Digest::of(&[number]),
        words: format!("{number} {} voice 0", super::super::voice::MARK),
    };
    let memory = |name: &str, mine: Side, theirs: Side, own: &[u8]| {
        let talk = Talk {
            phase: Phase::Negotiating,
            terms: None,
            pending: None,
            said: vec![said(1, mine), said(2, mine), said(9, theirs), said(3, mine)],
        };
        let outbox = own.iter().map(|number| (id(*number), (State::Delivered, String::new()))).collect();
        Memory { name: name.to_owned(), talks: [(conversation, talk)].into(), outbox }
    };
    let sides = [memory("alex", Side::Us, Side::Them, &[1, 2, 3]), memory("sam", Side::Them, Side::Us, &[9])];
    let told = |side, number| Told { side, voice: 0, id: id(number), conversation };
    (sides, vec![told(0, 1), told(0, 2), told(1, 9), told(0, 3)])
}

fn id(number: u8) -> MessageId {
    format!("00000000-0000-0000-0000-000000000{number:03}").parse().expect("an id")
}

fn talk(memory: &mut Memory) -> &mut Talk {
    memory.talks.values_mut().next().expect("a conversation")
}

/// Returns what the law says after somebody's memory was changed.
fn names(change: impl FnOnce(&mut [Memory; 2])) -> Vec<&'static str> {
    let (mut sides, told) = both();
    change(&mut sides);
    judge(&sides, &told).breaches().map(|(name, _)| name).collect()
}

#[test]
fn what_both_remember_is_lawful() {
    let (sides, told) = both();
    let verdict = judge(&sides, &told);
    assert_eq!(verdict.breaches().count(), 0, "{verdict:?}");
    assert_eq!(verdict.acknowledged, 4);
}

#[test]
fn what_is_missing_is_lost() {
    assert_eq!(names(|[_, sam]| drop(talk(sam).said.remove(1))), ["lost"]);
    assert_eq!(names(|[_, sam]| drop(talk(sam).said.pop())), ["lost"]);
    let forgotten = names(|[alex, sam]| {
        talk(alex).said.remove(1);
        talk(sam).said.remove(1);
    });
    assert_eq!(forgotten, ["lost"], "also when both have forgotten what the user was told");
}

#[test]
fn what_still_waits_or_died_for_no_good_reason_is_lost() {
    for (state, why) in
        [(State::Queued, ""), (State::Sent, "no answer"), (State::Expired, ""), (State::Dead, "malformed")]
    {
        let found = names(|[alex, _]| drop(alex.outbox.insert(id(2), (state, why.to_owned()))));
        assert_eq!(found, ["lost"], "{state} {why}");
    }
    let refused = |[alex, sam]: &mut [Memory; 2]| {
        alex.outbox.insert(id(2), (State::Dead, "crossed".to_owned()));
        talk(sam).said.remove(1);
    };
    assert!(names(refused).is_empty(), "an act that crossed another is told to be dead, and is");
    let taken_and_refused = names(|[alex, _]| drop(alex.outbox.insert(id(2), (State::Dead, "crossed".to_owned()))));
    assert_eq!(taken_and_refused, ["lost"], "refused, and taken in all the same");
}

#[test]
fn what_is_there_twice_is_duplicated() {
    let same = names(|[_, sam]| {
        let again = talk(sam).said[1].clone();
        talk(sam).said.push(again);
    });
    assert!(same.contains(&"duplicated"), "{same:?}");
    let under_another_name = names(|sides| {
        for side in sides {
            let again = Said { id: id(50), ..talk(side).said[1].clone() };
            talk(side).said.push(again);
            side.outbox.insert(id(50), (State::Delivered, String::new()));
        }
    });
    assert_eq!(under_another_name, ["duplicated"], "one command, two messages");
}

#[test]
fn what_nobody_said_is_invented() {
    let more = names(|[_, sam]| {
        let made_up = Said { id: id(50), words: "made up".to_owned(), ..talk(sam).said[0].clone() };
        talk(sam).said.push(made_up);
    });
    assert_eq!(more, ["invented"]);
    assert_eq!(names(|[_, sam]| talk(sam).said[0].digest = Digest::of(b"changed")), ["invented"]);
}

#[test]
fn what_was_heard_the_other_way_round_is_out_of_order() {
    let found = names(|[_, sam]| talk(sam).said.swap(0, 1));
    assert!(!found.is_empty() && found.iter().all(|name| *name == "out of order"), "{found:?}");
    let both_ways = names(|[alex, sam]| {
        talk(alex).said.swap(0, 1);
        talk(sam).said.swap(0, 1);
    });
    assert_eq!(both_ways, ["out of order"], "the user said it in another order than both remember");
}

#[test]
fn two_views_of_one_conversation_disagree() {
    assert_eq!(names(|[alex, _]| talk(alex).phase = Phase::Confirmed), ["disagreeing"]);
    assert_eq!(names(|[alex, _]| talk(alex).pending = Some(id(3))), ["disagreeing"]);
    let terms = ai2ai_protocol::terms::hash(&serde_json::Map::new());
    assert_eq!(names(|[_, sam]| talk(sam).terms = Some((terms, id(1)))), ["disagreeing"]);
    let other_message = names(|[alex, sam]| {
        talk(alex).terms = Some((terms, id(1)));
        talk(sam).terms = Some((terms, id(2)));
    });
    assert_eq!(other_message, ["disagreeing"], "the same terms, put there by another message");
    let failed_attempt = names(|[alex, sam]| {
        talk(alex).phase = Phase::Rejected;
        *talk(sam) = Talk { phase: Phase::Rejected, terms: Some((terms, id(1))), ..talk(sam).clone() };
    });
    assert!(failed_attempt.is_empty(), "what was refused binds nobody");
}
