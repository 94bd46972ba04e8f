//! Everything that is tried.
//!
//! | file | what is tried |
//! |---|---|
//! | `requests` | §2, §8, §17: requests that can't be read, and cards |
//! | `seals` | §8: entries that are no seals, or do not open |
//! | `envelopes` | §7, §9: envelopes that do not verify, or are not of this time |
//! | `strangers` | §9, §10, §15: what a stranger gets to know, and repeats |
//! | `mailbox`, `directory` | §22, §23: what a volunteer does for others |
//! | `face` | §24: the HTTP face |
//! | `contacts`, `terms`, `cancels` | §9, §11, §12: what only a contact can try, by `acts` |

mod acts;
mod cancels;
mod contacts;
mod directory;
mod envelopes;
mod face;
mod mailbox;
mod requests;
mod seals;
mod strangers;
mod terms;

use ai2ai_api::exit::Failure;
use ai2ai_api::views::Level;
use ai2ai_protocol::invite::Secret;
use reqwest::Url;

use super::Kit;
use super::judge::{Want, judge};
use super::report::{CheckResult, Verdict};

/// One request, and what the receipts in its answer must say.
struct Letter {
    bytes: Vec<u8>,
    wants: Vec<Want>,
}

/// A check that is one request and its answer.
struct Shot {
    check: &'static str,
    section: u8,
    make: fn(&Kit) -> Result<Letter, Failure>,
}

type OnFinding<'a> = &'a mut dyn FnMut(CheckResult);

/// What anybody can try.
pub(crate) async fn as_a_stranger(kit: &mut Kit, note: OnFinding<'_>) -> Result<(), Failure> {
    requests::cards(kit, note).await;
    for shots in [requests::SHOTS, seals::SHOTS, envelopes::SHOTS, strangers::SHOTS] {
        fire(kit, shots, note).await?;
    }
    strangers::repeats(kit, note).await?;
    requests::oversized(kit, note).await;
    Ok(())
}

/// What it does for others, and its HTTP face.
pub(crate) async fn of_services(kit: &mut Kit, http: Option<Url>, note: OnFinding<'_>) -> Result<(), Failure> {
    mailbox::try_all(kit, note).await?;
    directory::try_all(kit, note).await;
    face::try_all(kit, http, note).await
}

/// What only a contact can try; with the secret of an invite, this becomes one.
pub(crate) async fn as_a_contact(kit: &mut Kit, invite: Option<Secret>, note: OnFinding<'_>) -> Result<(), Failure> {
    match invite {
        None => contacts::not_tried(note, "it takes a contact: give an invite of theirs instead of an address"),
        Some(secret) => contacts::try_all(kit, &secret, note).await?,
    }
    note(must("an act in a conversation between others is not_a_party", 9, untried("it takes two contacts")));
    note(must("a conversation has a bound", 15, untried("it takes a hundred messages to somebody")));
    Ok(())
}

async fn fire(kit: &mut Kit, shots: &[Shot], note: OnFinding<'_>) -> Result<(), Failure> {
    for shot in shots {
        let Letter { bytes, wants } = (shot.make)(kit)?;
        let answer = kit.bring(bytes).await;
        note(must(shot.check, shot.section, judge(answer, &kit.did(), &wants)));
    }
    Ok(())
}

fn must(check: &'static str, section: u8, verdict: Verdict) -> CheckResult {
    CheckResult { check, section, level: Level::Must, verdict }
}

fn untried(why: &str) -> Verdict {
    Verdict::NotTried(why.to_owned())
}
