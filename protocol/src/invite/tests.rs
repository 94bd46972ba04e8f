use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::cast::{alex, darren, mallory, now};

const HOUR: Duration = Duration::from_secs(3_600);

fn secret(n: u8) -> Secret {
    Secret::from_bytes([n; 16])
}

fn brings(kind: Kind, payload: Object) -> Result<Option<Join>, Refusal> {
    let darren = darren();
    let alex = alex();
    let draft = darren.draft(1, &alex, kind, Value::Object(payload));
    Join::of_envelope(&draft.sign(&darren.sender).expect("a good draft"))
}

#[test]
fn an_invite_is_good_for_whoever_brings_it_first_and_for_nobody_else() {
    let mut invites = Invites::default();
    invites.offer(&secret(1), Some("Sam".to_owned()), now() + HOUR, now()).expect("room");
    let kept = serde_json::to_string(&invites).expect("JSON");
    assert!(!kept.contains(&secret(1).reveal()), "the secret itself is not kept");
    let mut invites: Invites = serde_json::from_str(&kept).expect("the same");

    assert_eq!(invites.redeem(&secret(2), &mallory().did(), now()), Err(Code::InviteInvalid));
    assert_eq!(invites.redeem(&secret(1), &alex().did(), now()), Ok(Redeemed::Now(Some("Sam".to_owned()))));
    let after = invites.clone();
    assert_eq!(invites.redeem(&secret(1), &mallory().did(), now()), Err(Code::InviteInvalid));
    assert_eq!(invites.redeem(&secret(1), &alex().did(), now()), Ok(Redeemed::Before));
    assert_eq!(invites, after, "what comes later changes nothing");
    assert_eq!(invites.redeem(&secret(1), &alex().did(), now() + HOUR), Err(Code::InviteInvalid));
}

#[test]
fn an_invite_that_is_over_or_cancelled_is_void() {
    let mut invites = Invites::default();
    invites.offer(&secret(1), None, now() + HOUR, now()).expect("room");
    invites.offer(&secret(2), None, now() + 2 * HOUR, now()).expect("room");
    assert_eq!(invites.redeem(&secret(1), &alex().did(), now() + HOUR), Err(Code::InviteInvalid));
    assert_eq!(invites.cancel(now() + HOUR), 1, "the other one");
    assert_eq!(invites.redeem(&secret(2), &alex().did(), now()), Err(Code::InviteInvalid));
}

#[test]
fn there_is_room_for_so_many_and_for_more_when_those_are_over() {
    let mut invites = Invites::default();
    for n in 0..INVITES {
        let n = u8::try_from(n).expect("a small bound");
        invites.offer(&secret(n), None, now() + HOUR, now()).expect("room");
    }
    assert_eq!(invites.offer(&secret(255), None, now() + HOUR, now()), Err(TooMany));
    assert_eq!(invites.offer(&secret(255), None, now() + 2 * HOUR, now() + HOUR), Ok(()));
}

#[test]
fn a_secret_is_written_in_one_way_and_never_shown_by_accident() {
    let text = secret(7).reveal();
    assert_eq!((text.len(), text.parse()), (22, Ok(secret(7))));
    assert!(!format!("{:?}", secret(7)).contains(&text));
    // 22 characters hold four bits more than 16 bytes do; those must be zero, and there is no padding.
    for bad in ["", "A", &text[1..], &format!("{text}A"), &format!("{text}=="), &format!("{}_", &text[..21]), "é"] {
        assert_eq!(bad.parse::<Secret>(), Err(SecretError), "{bad}");
    }
}

#[test]
fn a_ping_brings_the_secret_and_the_card_of_its_sender() {
    let join = Join { secret: secret(1), card: darren().card(1) };
    assert_eq!(brings(Kind::Ping, join.to_payload()), Ok(Some(join.clone())));
    assert_eq!(brings(Kind::Ping, Object::new()), Ok(None), "a ping without a secret is only a ping");
    assert_eq!(brings(Kind::Message, join.to_payload()), Ok(None), "only a ping brings one");
}

#[test]
fn what_brings_no_secret_or_another_card_is_refused_with_its_place() {
    let join = Join { secret: secret(1), card: darren().card(1) };
    let with = |name: &str, value: Value| {
        let mut payload = join.to_payload();
        payload.insert(name.to_owned(), value);
        brings(Kind::Ping, payload).map_err(|refusal| (refusal.code, refusal.place)).expect_err(name)
    };
    for bad in [Value::Null, json!(1), json!(""), json!("../../x"), json!(["A"])] {
        assert_eq!(with("invite", bad), (Code::Malformed, "/payload/invite".to_owned()));
    }
    for bad in [Value::Null, json!("x"), json!(mallory().card(1).object())] {
        assert_eq!(with("card", bad), (Code::Malformed, "/payload/card".to_owned()));
    }
    let mut forged = darren().card(1).object().clone();
    forged.insert("human".to_owned(), "Alex".into());
    assert_eq!(with("card", forged.into()), (Code::BadSignature, "/payload/card/signature".to_owned()));
}

#[derive(Debug, Clone)]
enum Step {
    Offer(u8),
    Bring(u8, u8),
    Cancel,
    Wait(u8),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..6_u8).prop_map(Step::Offer),
        (0..8_u8, 0..4_u8).prop_map(|(n, who)| Step::Bring(n, who)),
        Just(Step::Cancel),
        (1..90_u8).prop_map(Step::Wait),
        Just(Step::Restart),
    ]
}

proptest! {
    /// However secrets are offered, brought, cancelled and outlived: each is good for one identity, once, within its time.
    #[test]
    fn no_schedule_redeems_an_invite_twice(steps in proptest::collection::vec(step(), 1..60)) {
        let mut invites = Invites::default();
        let mut now = now();
        let mut open: HashMap<u8, Timestamp> = HashMap::new();
        let mut used: HashMap<u8, (u8, Timestamp)> = HashMap::new();
        for step in steps {
            match step {
                Step::Offer(n) if !open.contains_key(&n) && !used.contains_key(&n) => {
                    invites.offer(&secret(n), None, now + HOUR, now).expect("room");
                    open.insert(n, now + HOUR);
                }
                Step::Offer(_) => {}
                Step::Bring(n, who) => {
                    let did = Did::from_bytes([who; 32]);
                    let before = invites.clone();
                    let is_open = open.get(&n).is_some_and(|until| now < *until);
                    let is_theirs = used.get(&n).is_some_and(|(by, until)| *by == who && now < *until);
                    match invites.redeem(&secret(n), &did, now) {
                        Ok(Redeemed::Now(_)) => {
                            prop_assert!(is_open && !used.contains_key(&n));
                            if let Some(until) = open.remove(&n) {
                                used.insert(n, (who, until));
                            }
                        }
                        Ok(Redeemed::Before) => prop_assert!(is_theirs && invites == before),
                        Err(code) => {
                            prop_assert!(!is_open && !is_theirs && invites == before);
                            prop_assert_eq!(code, Code::InviteInvalid);
                        }
                    }
                }
                Step::Cancel => {
                    let expected = open.values().filter(|until| now < **until).count();
                    prop_assert_eq!(invites.cancel(now), expected);
                    open.clear();
                    used.values_mut().for_each(|(_, until)| *until = now);
                }
                Step::Wait(minutes) => now = now + Duration::from_secs(60 * u64::from(minutes)),
                Step::Restart => {
                    let kept = serde_json::to_string(&invites).expect("JSON");
                    invites = serde_json::from_str(&kept).expect("the same");
                }
            }
        }
    }
}
