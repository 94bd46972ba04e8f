//! §22: claims, deposits and what is handed over.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::key::Tag;
use ai2ai_protocol::limits::MAILBOX_PLACE;
use ai2ai_protocol::mailbox::{Collect, Custody, Deposit, GrantedPlace, Handover, MailboxRequest};
use ai2ai_protocol::refusal::Refusal;
use ai2ai_protocol::seal::{Prekey, Sealed};
use serde_json::{Value, json};

use super::envelopes::set;
use super::{OnFinding, must, untried};
use crate::Kit;
use crate::report::Verdict;
use crate::stranger::{object, sealed};
use crate::wire::{NOT_SPOKEN, Protocol};

const HOUR: Duration = Duration::from_secs(3_600);
/// How far a clock may be off before a place seems to last for another time.
const MINUTE: Duration = Duration::from_secs(60);

/// A claim that is to be refused.
struct Bad {
    check: &'static str,
    code: Code,
    make: fn(&Kit) -> Vec<u8>,
}

const BAD: &[Bad] = &[
    Bad {
        check: "a claim at another mailbox is wrong_recipient",
        code: Code::WrongRecipient,
        make: |kit| claim(kit, |claim| set(claim, "mailbox", kit.me.as_str().into())),
    },
    Bad {
        check: "a claim that another node brings is wrong_recipient",
        code: Code::WrongRecipient,
        make: |kit| claim(kit, |claim| set(claim, "peer", kit.wire.peer.to_string().into())),
    },
    Bad {
        check: "a claim that was changed is bad_signature",
        code: Code::BadSignature,
        make: |kit| {
            let mut claim = signed(kit, |_| ());
            set(&mut claim, "changed", true.into());
            MailboxRequest::register(&claim)
        },
    },
    Bad {
        check: "a claim that is an hour old is expired",
        code: Code::Expired,
        make: |kit| claim(kit, |claim| set(claim, "timestamp", json!(now() - HOUR))),
    },
    Bad {
        check: "a claim from the future is not_yet_valid",
        code: Code::NotYetValid,
        make: |kit| claim(kit, |claim| set(claim, "timestamp", json!(now() + HOUR))),
    },
];

/// Claims that are to be refused once there was a good one.
const LATER: &[Bad] = &[
    Bad {
        check: "a claim under an older delegation is bad_delegation",
        code: Code::BadDelegation,
        make: |kit| claim(kit, |claim| set(claim, "delegation", Value::Object(kit.stranger.delegation(1)))),
    },
    Bad {
        check: "a claim that is older than the one before is expired",
        code: Code::Expired,
        make: |kit| claim(kit, |claim| set(claim, "timestamp", json!(now() - MINUTE))),
    },
];

/// What is tried with mail.
const OF_MAIL: [&str; 5] = [
    "a deposit is answered by a signed receipt for each entry",
    "what is handed over is what was deposited, and once",
    "what is done is forgotten",
    "mail of others is no_mailbox",
    "a claim is given a place for 30 days",
];
/// Asked first.
const NOBODY: &str = "a deposit for whom nothing is kept is no_mailbox";

fn signed(kit: &Kit, with: impl FnOnce(&mut Object)) -> Object {
    let stranger = &kit.stranger;
    let mut claim = object(json!({
        "ai2ai": "0.2", "type": "mailbox_claim", "from": { "did": stranger.did, "key": stranger.agent_key().public() },
        "delegation": stranger.delegation(2), "peer": kit.me, "mailbox": kit.wire.peer.to_string(), "timestamp": now(),
    }));
    with(&mut claim);
    stranger.signed(Tag::Claim, claim)
}

fn claim(kit: &Kit, with: impl FnOnce(&mut Object)) -> Vec<u8> {
    MailboxRequest::register(&signed(kit, with))
}

/// Everything, where it keeps mail for others at all.
pub(crate) async fn try_all(kit: &mut Kit, note: OnFinding<'_>) -> Result<(), Failure> {
    let mine = Prekey::from_secret(rand::random()).public(now() + HOUR);
    let mail = sealed(&[b"for the conformance kit"], kit.stranger.did, &mine)?;
    let answer = ask(kit, Deposit::write(&kit.stranger.did, std::slice::from_ref(&mail))).await;
    if answer.as_ref().is_err_and(|why| why == NOT_SPOKEN) {
        let all = BAD.iter().chain(LATER).map(|bad| bad.check).chain(OF_MAIL).chain([NOBODY]);
        all.for_each(|check| note(must(check, 22, untried("it keeps no mail for others"))));
        return Ok(());
    }
    let answer = answer.map(|answer| Custody::read(&answer, &kit.wire.peer.to_string(), &kit.stranger.did));
    note(must(NOBODY, 22, refused(answer, Code::NoMailbox)));
    claims(kit, BAD, note).await;
    let request = claim(kit, |_| ());
    let answer = ask(kit, request).await.map(|answer| GrantedPlace::read(&answer));
    let has_place = matches!(answer, Ok(Ok(_)));
    note(must(OF_MAIL[4], 22, granted(answer)));
    if !has_place {
        let rest = LATER.iter().map(|bad| bad.check).chain(OF_MAIL.into_iter().take(4));
        rest.for_each(|check| note(must(check, 22, untried("it takes a place, and there is none"))));
        return Ok(());
    }
    claims(kit, LATER, note).await;
    of_mail(kit, mail, note).await
}

async fn claims(kit: &mut Kit, all: &[Bad], note: OnFinding<'_>) {
    for bad in all {
        let request = (bad.make)(kit);
        let answer = ask(kit, request).await.map(|answer| GrantedPlace::read(&answer));
        note(must(bad.check, 22, refused(answer, bad.code)));
    }
}

/// Deposits, twice; collects, lets go; and asks for somebody else's.
async fn of_mail(kit: &mut Kit, mail: Sealed, note: OnFinding<'_>) -> Result<(), Failure> {
    let me = kit.stranger.did;
    let peer = kit.wire.peer.to_string();
    let foreign = sealed(&[b"for somebody else"], kit.did(), &kit.prekey)?;
    let request = Deposit::write(&me, &[mail.clone(), foreign.clone()]);
    let answer = ask(kit, request).await.map(|answer| Custody::read(&answer, &peer, &me));
    note(must(OF_MAIL[0], 22, receipts(answer, &mail, &foreign)));
    // Whether this is refused is looked at below, by what is handed over.
    let _ = ask(kit, Deposit::write(&me, std::slice::from_ref(&mail))).await;
    let handed = collects(kit, Vec::new()).await;
    note(must(OF_MAIL[1], 22, handed_over(handed, &[mail.digest()])));
    let handed = collects(kit, vec![mail.digest()]).await;
    note(must(OF_MAIL[2], 22, handed_over(handed, &[])));
    let request = Collect { did: kit.did(), done: Vec::new(), after: 0 }.write();
    let answer = ask(kit, request).await.map(|answer| Handover::read(&answer));
    note(must(OF_MAIL[3], 22, refused(answer, Code::NoMailbox)));
    Ok(())
}

async fn ask(kit: &mut Kit, request: Vec<u8>) -> Result<Vec<u8>, String> {
    kit.wire.ask(Protocol::Mailbox, request).await
}

async fn collects(kit: &mut Kit, done: Vec<Digest>) -> Result<Result<Handover, Refusal>, String> {
    let request = Collect { did: kit.stranger.did, done, after: 0 }.write();
    ask(kit, request).await.map(|answer| Handover::read(&answer))
}

/// Whether it is refused as it has to be.
pub(crate) fn refused<T>(answer: Result<Result<T, Refusal>, String>, code: Code) -> Verdict {
    match answer {
        Ok(Err(refusal)) if refusal.code == code => Verdict::Passed,
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => Verdict::PutOff,
        Ok(Err(refusal)) => Verdict::Failed(format!("refused as {}, where {code} is due", refusal.code)),
        Ok(Ok(_)) => Verdict::Failed(format!("done, where {code} is due")),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}

fn granted(answer: Result<Result<GrantedPlace, Refusal>, String>) -> Verdict {
    match answer {
        Ok(Ok(granted)) => {
            let due = now() + MAILBOX_PLACE;
            let is_off = granted.until.since(due) > 2 * HOUR || due.since(granted.until) > 2 * HOUR;
            if is_off { Verdict::Failed(format!("a place until {}", granted.until)) } else { Verdict::Passed }
        }
        Ok(Err(refusal)) if refusal.code == Code::MailboxFull => untried("it has no room for one more place"),
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => Verdict::PutOff,
        Ok(Err(refusal)) => Verdict::Failed(format!("refused: {refusal}")),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}

fn receipts(answer: Result<Result<Custody, Refusal>, String>, mail: &Sealed, foreign: &Sealed) -> Verdict {
    let custody = match answer {
        Ok(Ok(custody)) => custody,
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => return Verdict::PutOff,
        Ok(Err(refusal)) => return Verdict::Failed(format!("not to be believed, or refused: {refusal}")),
        Err(why) => return Verdict::Failed(format!("no answer: {why}")),
    };
    let came: Vec<_> = custody.receipts.iter().map(|one| (one.digest, one.outcome)).collect();
    let due = [(mail.digest(), Ok(())), (foreign.digest(), Err(Code::WrongRecipient))];
    if came == due { Verdict::Passed } else { Verdict::Failed(format!("{came:?}, where {due:?} is due")) }
}

fn handed_over(answer: Result<Result<Handover, Refusal>, String>, due: &[Digest]) -> Verdict {
    match answer {
        Ok(Ok(handover)) => {
            let came: Vec<Digest> = handover.sealed.iter().map(Sealed::digest).collect();
            let is_good = came == due && handover.more == 0;
            if is_good { Verdict::Passed } else { Verdict::Failed(format!("{came:?}, where {due:?} is due")) }
        }
        Ok(Err(refusal)) if refusal.code == Code::RateLimited => Verdict::PutOff,
        Ok(Err(refusal)) => Verdict::Failed(format!("refused: {refusal}")),
        Err(why) => Verdict::Failed(format!("no answer: {why}")),
    }
}
