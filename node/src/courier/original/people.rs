//! Contacts whose agents speak the original: added by address, pinned by key, found by whole names.

use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::key::PublicKey;
use ai2ai_protocol::name::is_unseen;
use ai2ai_protocol::original::{
    Agreement, Draft, Fingerprint, ORIGINAL_TEXT_CHARS, Version, handshake, key_of_pem, object_of,
};
use ai2ai_store::originals::{self, OriginalRow};
use ai2ai_store::{View, contacts};
use serde_json::Value;

use super::endpoint::{Endpoint, NoAnswer};
use super::{CONTACTS, INTENTS, OUTGOING, TALKS};
use crate::clock::now;
use crate::courier::people::contact as native;
use crate::courier::reach::Reach;
use crate::courier::turn::{Step, Turn};
use crate::exit::{Exit, Failure};

/// The contact that `who` names: by `did`, by the owner's name for them, or by their agent's name. Whole names only; nobody, where
/// none of these has it.
///
/// # Errors
/// Ambiguous, also with a native contact.
pub(super) fn find(tx: &impl View, who: &str) -> Step<Option<OriginalRow>> {
    let named = |name: &str| name.to_lowercase() == who.to_lowercase();
    let all = originals::contacts(tx, CONTACTS)?;
    let exact: Vec<&OriginalRow> = all.iter().filter(|row| row.did.to_string() == who || named(&row.name)).collect();
    let matches = if exact.is_empty() { all.iter().filter(|row| named(&row.agent)).collect() } else { exact };
    let also = native(tx, who).ok().filter(|row| matches.iter().all(|one| one.did != row.did));
    match (matches.as_slice(), also) {
        ([], _) => Ok(None),
        ([one], None) => Ok(Some((*one).clone())),
        (many, also) => {
            let mut names: Vec<String> = many.iter().map(|row| format!("{} ({})", row.name, row.did)).collect();
            names.extend(also.map(|row| format!("{} ({})", row.name, row.did)));
            let message = format!("{who:?} could be {}", names.join(" or "));
            Err(Failure::new(Exit::Unknown, "ambiguous_contact", message)
                .hint("use the name you gave them, or the did")
                .into())
        }
    }
}

/// What their server says of them.
struct Said {
    key: PublicKey,
    agent: String,
    human: String,
    agreement: Option<String>,
    version: Version,
    /// Whether there is the card of a native node, too.
    is_native: bool,
}

/// Asks whoever answers at an address who they are, and pins their key. `who` may end in `#` and the fingerprint that their owner
/// read out: then no other key is taken.
///
/// Whoever has a domain and speaks natively is not added in this way, unless the fingerprint says that it is meant so: nothing that they
/// approve could be proven.
///
/// # Errors
/// No answer, no key, another key than the fingerprint's, or than the one that is pinned already; or a native node.
pub(super) async fn add(reach: &Reach, who: &str, name: Option<String>) -> Result<OriginalRow, Failure> {
    let (address, fingerprint) = match who.split_once('#') {
        Some((address, text)) => (address, Some(text.parse::<Fingerprint>())),
        None => (who, None),
    };
    let fingerprint = fingerprint.transpose().map_err(|error| Failure::new(Exit::Usage, "usage", error.to_string()))?;
    let endpoint = Endpoint::read(address)?;
    let said = ask(reach, &endpoint).await?;
    if let (true, None, Some(domain)) = (said.is_native, &fingerprint, endpoint.domain()) {
        let message =
            format!("{domain} speaks AI2AI itself, and not only the original, in which nothing can be proven");
        return Err(Failure::new(Exit::Usage, "speaks_natively", message).hint(format!("ai2ai add {domain}")));
    }
    if fingerprint.is_some_and(|wanted| wanted != Fingerprint::of(&said.key)) {
        let message = format!("whoever answers at {} has another key: {}", endpoint.text(), Fingerprint::of(&said.key));
        return Err(Failure::new(Exit::Invalid, "other_key", message)
            .hint("nobody was added; ask them for their fingerprint again"));
    }
    reach.turn(move |turn| turn.add_original(&said, &endpoint, name)).await
}

async fn ask(reach: &Reach, endpoint: &Endpoint) -> Result<Said, Failure> {
    let web = reach.asks();
    let known = web.get(&endpoint.beside(ai2ai_discovery::well_known::PATH)).await;
    let known =
        known.ok().filter(|(status, _)| *status == 200).and_then(|(_, body)| object_of(&body)).unwrap_or_default();
    let agent = text(&known, "agent").unwrap_or_else(|| "unknown".to_owned());
    let (status, body) = web.post(endpoint, ping(reach, &agent)?).await.map_err(|error| silent(endpoint, &error))?;
    let answer = object_of(&body).unwrap_or_default();
    let payload = answer.get("payload").and_then(Value::as_object).cloned().unwrap_or_default();
    let keys = [payload.get("public_key"), known.get("publicKey")];
    let keys: Vec<PublicKey> = keys.into_iter().flatten().filter_map(|pem| key_of_pem(pem.as_str()?).ok()).collect();
    let problem = |message: String| Failure::new(Exit::Failed, "no_agent", message);
    let key = match keys.as_slice() {
        [one] => *one,
        [one, other] if one == other => *one,
        [_, ..] => return Err(problem(format!("{} names two different keys as its own", endpoint.text()))),
        [] => {
            let message = format!("{} answers {status}, and shows no Ed25519 key in PEM", endpoint.text());
            return Err(problem(message).hint(
                "is it the address of an agent that speaks AI2AI's original, such as https://alex.example/ai2ai?",
            ));
        }
    };
    let agent = text(&known, "agent").or_else(|| text(&answer, "agent"));
    let agent = agent.ok_or_else(|| problem(format!("{} does not say what its agent is called", endpoint.text())))?;
    let human = text(&known, "human").or_else(|| text(&answer, "human")).unwrap_or_else(|| agent.clone());
    let agreement = text_of(&payload, "x25519_public_key").filter(|key| Agreement::read(key).is_ok());
    let versions = payload.get("protocol_versions").and_then(Value::as_array).cloned().unwrap_or_default();
    let named = versions.iter().chain(known.get("ai2ai")).filter_map(|version| Version::read(version.as_str()?));
    let version = named.max().unwrap_or(Version::V1_0);
    let is_native = known.get("card").is_some_and(|card| Card::read(&canonical(card)).is_ok());
    Ok(Said { key, agent, human, agreement, version, is_native })
}

fn silent(endpoint: &Endpoint, error: &NoAnswer) -> Failure {
    Failure::new(Exit::Unreachable, "unreachable", format!("{} does not answer: {}", endpoint.text(), error.why))
}

/// A handshake of ours.
fn ping(reach: &Reach, to: &str) -> Result<String, Failure> {
    let identity = &reach.originals.identity;
    let payload = handshake(identity, &INTENTS).as_object().cloned().unwrap_or_default();
    let now = now();
    let draft = Draft {
        version: Version::V1_0,
        id: ai2ai_protocol::id::MessageId::new(now, rand::random()).to_string(),
        timestamp: now,
        agent: reach.me.sender.agent.as_str(),
        human: reach.me.sender.human.as_str(),
        to,
        conversation: &ai2ai_protocol::id::ConversationId::new(now, rand::random()).to_string(),
        kind: Kind::Ping,
        intent: None,
        payload: &payload,
    };
    let bytes = draft.sign(identity, None, &mut rand::rng()).map_err(Failure::internal)?;
    String::from_utf8(bytes).map_err(Failure::internal)
}

fn text_of(object: &Object, name: &str) -> Option<String> {
    object.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A name that can be shown on one line.
fn text(object: &Object, name: &str) -> Option<String> {
    text_of(object, name).filter(|text| is_label(text))
}

pub(super) fn is_label(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= ORIGINAL_TEXT_CHARS && !text.chars().any(is_unseen)
}

/// Whether they answer a handshake, and how soon; and whether the key is still the pinned one.
pub(super) async fn ping_one(reach: &Reach, row: &OriginalRow) -> Result<f64, Failure> {
    let endpoint = Endpoint::read(&row.endpoint)?;
    let begun = std::time::Instant::now();
    let said = ask(reach, &endpoint).await?;
    if said.key != *row.did.key() {
        let message = format!("whoever answers at {} shows another key than the pinned one", row.endpoint);
        return Err(
            Failure::new(Exit::Invalid, "other_key", message).hint("the pinned key stays; ask them what happened")
        );
    }
    Ok(begun.elapsed().as_secs_f64() * 1_000.0)
}

impl Turn<'_, '_> {
    fn add_original(&mut self, said: &Said, endpoint: &Endpoint, name: Option<String>) -> Step<OriginalRow> {
        let did = Did::new(said.key);
        let all = originals::contacts(self.tx, CONTACTS)?;
        if let Some(pinned) = all.iter().find(|row| row.endpoint == endpoint.text() && row.did != did) {
            let message =
                format!("{} showed another key before, and that one is pinned for {}", endpoint.text(), pinned.name);
            return Err(Failure::new(Exit::Refused, "other_key", message)
                .hint(format!(
                    "ask them whether they have a new key; then `ai2ai forget {}` and add them again",
                    pinned.name
                ))
                .into());
        }
        if all.len() >= CONTACTS {
            return Err(
                Failure::new(Exit::Refused, "over_budget", format!("there are {CONTACTS} of them already")).into()
            );
        }
        let before = all.iter().find(|row| row.did == did);
        let name = name.or_else(|| before.map(|row| row.name.clone())).unwrap_or_else(|| said.human.clone());
        let same = |other: &str| other.to_lowercase() == name.to_lowercase();
        if all.iter().any(|row| row.did != did && same(&row.name)) || contacts::by_name(self.tx, &name)?.is_some() {
            return Err(Failure::new(
                Exit::Refused,
                "name_taken",
                format!("{name:?} is already your name for somebody else"),
            )
            .hint("give this one another: `ai2ai add WHO --as NAME`")
            .into());
        }
        let row = OriginalRow {
            did,
            name,
            agent: said.agent.clone(),
            human: said.human.clone(),
            endpoint: endpoint.text().to_owned(),
            agreement: said.agreement.clone(),
            version: said.version.text().to_owned(),
            blocked: before.is_some_and(|row| row.blocked),
            added_at: before.map_or(self.now, |row| row.added_at),
            last_seen: Some(self.now),
        };
        originals::put_contact(self.tx, &row)?;
        self.audit("add", Some(did), None, "typed", "done")?;
        Ok(row)
    }

    /// Blocks or unblocks. What waits of theirs goes away.
    pub(super) fn block_original(&mut self, did: &Did, blocked: bool) -> Step<Option<OriginalRow>> {
        let Some(row) = originals::contact(self.tx, did)? else { return Ok(None) };
        let row = OriginalRow { blocked, ..row };
        originals::put_contact(self.tx, &row)?;
        if blocked {
            self.drop_items_of(did)?;
        }
        self.audit(if blocked { "block" } else { "unblock" }, Some(*did), None, "typed", "done")?;
        Ok(Some(row))
    }

    /// Forgets them: their key, what was said with them, and what is on its way. Answers to repeats are kept.
    pub(super) fn forget_original(&mut self, did: &Did) -> Step<(u64, u64)> {
        self.drop_items_of(did)?;
        for row in originals::all_outgoing(self.tx, OUTGOING)?.into_iter().filter(|row| row.to == *did) {
            originals::remove_outgoing(self.tx, &row.id)?;
        }
        let talks = originals::talks(self.tx, TALKS)?.into_iter().filter(|talk| talk.with == *did);
        let mut forgotten = (0, 0);
        for talk in talks {
            originals::remove_talk(self.tx, &talk.id)?;
            forgotten = (forgotten.0 + 1, forgotten.1 + talk.said.len() as u64);
        }
        originals::remove_contact(self.tx, did)?;
        self.audit("forget", Some(*did), None, "typed", "done")?;
        Ok(forgotten)
    }

    fn drop_items_of(&mut self, did: &Did) -> Step<()> {
        for item in originals::items(self.tx, super::ITEMS)?.into_iter().filter(|item| item.with == Some(*did)) {
            originals::remove_item(self.tx, &item.id)?;
        }
        Ok(())
    }
}
