//! Receipts: what became of each envelope of a batch, signed as one by the recipient's agent.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::canonical::{Object, canonical, read_object, to_object};
use crate::card::Card;
use crate::code::Code;
use crate::conversation::Report;
use crate::delegation::Delegation;
use crate::did::Did;
use crate::digest::Digest;
use crate::envelope::{Content, Sender};
use crate::id::MessageId;
use crate::json_reader::{Item, Members, VERSION};
use crate::key::{PublicKey, Tag};
use crate::limits::{BATCH_ENVELOPES, RECEIPTS_BYTES};
use crate::refusal::Refusal;
use crate::time::Timestamp;

pub use crate::outcome::Outcome;

/// The outcome of one envelope. It is bound to that envelope by its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ReceiptForm", into = "ReceiptForm")]
pub struct Receipt {
    /// The envelope's id, when it could be read.
    pub id: Option<MessageId>,
    /// The envelope's digest; the sealed object's, when that could not be opened or what was in it not be read.
    pub digest: Digest,
    /// Its outcome.
    pub outcome: Outcome,
    /// Seconds after which to come again, if the recipient says.
    pub retry_after_s: Option<u32>,
    /// The state of the conversation after it.
    pub state: Option<Report>,
    /// The time at which that was decided. A repeat brings the first receipt again, with its first time.
    pub at: Timestamp,
}

/// A receipt as it is written.
#[derive(Serialize, Deserialize)]
struct ReceiptForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    digest: Digest,
    status: ReceiptStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Report>,
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReceiptStatus {
    Accepted,
    Held,
    Refused,
}

impl From<Receipt> for ReceiptForm {
    fn from(receipt: Receipt) -> Self {
        let Receipt { id, digest, outcome, retry_after_s, state, at } = receipt;
        let (status, code) = match outcome {
            Outcome::Accepted => (ReceiptStatus::Accepted, None),
            Outcome::Held => (ReceiptStatus::Held, None),
            Outcome::Refused(code) => (ReceiptStatus::Refused, Some(code.to_string())),
        };
        Self { id, digest, status, code, retry_after_s, state, at }
    }
}

impl TryFrom<ReceiptForm> for Receipt {
    type Error = &'static str;

    /// A code that this version does not know is read as [`Code::Internal`]: the envelope may come again.
    fn try_from(wire: ReceiptForm) -> Result<Self, &'static str> {
        let ReceiptForm { id, digest, status, code, retry_after_s, state, at } = wire;
        let outcome = match (status, code) {
            (ReceiptStatus::Accepted, None) => Outcome::Accepted,
            (ReceiptStatus::Held, None) => Outcome::Held,
            (ReceiptStatus::Refused, Some(code)) => {
                Outcome::Refused(serde_json::from_value(code.into()).unwrap_or(Code::Internal))
            }
            (ReceiptStatus::Refused, None) => return Err("a refusal needs its code"),
            (ReceiptStatus::Accepted | ReceiptStatus::Held, Some(_)) => return Err("only a refusal has a code"),
        };
        Ok(Self { id, digest, outcome, retry_after_s, state, at })
    }
}

/// The receipts for one batch, really signed by the agent they are from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipts {
    list: Vec<Receipt>,
    card: Option<Card>,
    delegation: Delegation,
    timestamp: Timestamp,
}

impl Receipts {
    /// Signs the receipts for one batch, in its order, at the moment `now`. A `card` goes with them when the sender
    /// needs a newer one, such as after [`Code::UnknownPrekey`].
    #[must_use]
    pub fn sign(list: &[Receipt], from: &Sender, card: Option<&Card>, now: Timestamp) -> Vec<u8> {
        let mut object = to_object(&json!({
            "ai2ai": VERSION,
            "type": "receipts",
            "from": { "did": from.did, "key": from.key.public() },
            "delegation": from.delegation.object(),
            "timestamp": now,
            "receipts": list,
        }));
        if let Some(card) = card {
            object.insert("card".to_owned(), card.object().clone().into());
        }
        from.key.sign(Tag::Receipts, &mut object);
        canonical(&object)
    }

    /// Reads the receipts that `from` answered, and checks all that makes them theirs.
    ///
    /// # Errors
    /// [`Refusal`] with the first thing that is wrong; nothing in the answer may then be believed.
    pub fn read(bytes: &[u8], from: &Did) -> Result<Self, Refusal> {
        Self::read_with(bytes, from, None)
    }

    /// Reads like [`Self::read`], without checking the delegation again when it is the same as `known`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_with(bytes: &[u8], from: &Did, known: Option<&Delegation>) -> Result<Self, Refusal> {
        let object = read_object(bytes, RECEIPTS_BYTES)?;
        let root = Members::of(&object);
        root.check_version()?;
        root.check_type("receipts")?;
        let sender = root.at("from")?;
        let sender = sender.members()?;
        let delegation = root.maybe("delegation");
        let did: Did = sender.text("did")?;
        let key: PublicKey = sender.text("key")?;
        let timestamp = root.text("timestamp")?;
        let list = root.list("receipts", BATCH_ENVELOPES, |item| read_receipt(&item))?;
        if did != *from {
            return Err(sender.refused(Code::BadSignature, "did").because("they are somebody else's"));
        }
        let refused = |reason: &str| root.refused(Code::BadDelegation, "delegation").because(reason);
        let delegation = delegation.ok_or_else(|| refused("it is missing"))?;
        let delegation = Delegation::read_members(&delegation.members()?, delegation.object()?, known)?;
        delegation.lets_speak(&did, &key, timestamp).map_err(refused)?;
        let signed = key.check(Tag::Receipts, &object);
        signed.map_err(|error| root.refused(Code::BadSignature, "signature").because(error))?;
        let card = root.maybe("card").map(|card| read_card(&card, from)).transpose()?;
        Ok(Self { list, card, delegation, timestamp })
    }

    /// Returns what became of each envelope, in the order of the batch.
    #[must_use]
    pub fn list(&self) -> &[Receipt] {
        &self.list
    }

    /// The card they sent along.
    #[must_use]
    pub fn card(&self) -> Option<&Card> {
        self.card.as_ref()
    }

    /// The delegation under which they were signed.
    #[must_use]
    pub fn delegation(&self) -> &Delegation {
        &self.delegation
    }

    /// Returns when they were signed, by the signer's clock.
    #[must_use]
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }
}

fn read_receipt(item: &Item<'_>) -> Result<Receipt, Refusal> {
    Receipt::deserialize(item.value()).map_err(|_| item.malformed("a receipt is needed here"))
}

/// A card inside receipts has to be that of whoever signed them.
fn read_card(item: &Item<'_>, from: &Did) -> Result<Card, Refusal> {
    let card = Card::of_object(item.object()?.clone()).map_err(|refusal| {
        let place = format!("/card{}", refusal.place);
        Refusal { place, ..refusal }
    })?;
    if card.did() == from { Ok(card) } else { Err(item.malformed("it is somebody else's")) }
}

/// The payload of an envelope of kind `receipt`, which tells what became of envelopes that were held.
#[must_use]
pub fn to_payload(list: &[Receipt]) -> Object {
    to_object(&json!({ "receipts": list }))
}

/// The receipts in an envelope of kind `receipt`.
///
/// # Errors
/// [`Code::Malformed`] or [`Code::TooLarge`] with the place.
pub fn of_payload(envelope: &Content) -> Result<Vec<Receipt>, Refusal> {
    let read = |payload: &Object| Members::of(payload).list("receipts", BATCH_ENVELOPES, |item| read_receipt(&item));
    read(envelope.payload()).map_err(|refusal| {
        let place = format!("/payload{}", refusal.place);
        Refusal { place, ..refusal }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cast::{Person, alex, darren, mallory, now};
    use crate::conversation::Phase;
    use crate::digest::TermsHash;
    use crate::envelope::Kind;
    use serde_json::Value;

    fn accepted() -> Receipt {
        let envelope = darren().asks_for_dinner(&alex());
        Receipt {
            id: Some(envelope.id()),
            digest: envelope.digest(),
            outcome: Outcome::Accepted,
            retry_after_s: None,
            state: Some(Report { phase: Phase::Proposed, terms: Some(TermsHash::of(b"terms")), cancelled: None }),
            at: now(),
        }
    }

    fn refused(code: Code) -> Receipt {
        Receipt { id: None, outcome: Outcome::Refused(code), retry_after_s: Some(30), state: None, ..accepted() }
    }

    /// Returns what Darren's node says to an answer that is changed and then signed by `signer`.
    fn read_changed(signer: &Person, name: &str, value: Value) -> Result<Receipts, Refusal> {
        let signed = Receipts::sign(&[accepted()], &alex().sender, None, now());
        let mut object = read_object(&signed, RECEIPTS_BYTES).expect("an object");
        object.insert(name.to_owned(), value);
        signer.sender.key.sign(Tag::Receipts, &mut object);
        Receipts::read(&canonical(&object), &alex().did())
    }

    fn code<T>(result: Result<T, Refusal>) -> Option<Code> {
        result.map_err(|refusal| refusal.code).err()
    }

    #[test]
    fn what_alex_signed_is_what_darren_reads() {
        let list = [accepted(), refused(Code::Busy), Receipt { outcome: Outcome::Held, ..accepted() }];
        let signed = Receipts::sign(&list, &alex().sender, Some(&alex().card(1)), now());
        let read = Receipts::read(&signed, &alex().did()).expect("good receipts");
        assert_eq!(read.list(), list);
        assert_eq!(read.card(), Some(&alex().card(1)));
        assert_eq!((read.delegation(), read.timestamp()), (&alex().sender.delegation, now()));
    }

    #[test]
    fn a_receipt_is_written_as_the_specification_says() {
        let written = |receipt: Receipt| serde_json::to_value(receipt).expect("JSON");
        let digest = accepted().digest;
        assert_eq!(
            written(refused(Code::StaleTerms)),
            json!({ "digest": digest, "status": "refused", "code": "stale_terms", "retry_after_s": 30, "at": now() })
        );
        let accepted = written(accepted());
        assert_eq!(accepted["status"], "accepted");
        assert_eq!(accepted["state"]["phase"], "proposed");
    }

    /// Anyone could forge the original's receipts.
    #[test]
    fn a_receipt_is_the_recipients_own_or_none() {
        let alex = alex();
        let mallory = mallory();
        let forged = Receipts::sign(&[accepted()], &mallory.sender, None, now());
        assert_eq!(code(Receipts::read(&forged, &alex.did())), Some(Code::BadSignature));
        let claimed = json!({ "did": alex.did(), "key": mallory.sender.key.public() });
        assert_eq!(code(read_changed(&mallory, "from", claimed)), Some(Code::BadDelegation));
        assert_eq!(code(read_changed(&mallory, "timestamp", json!(now()))), Some(Code::BadSignature));
        let mallorys = mallory.sender.delegation.object().clone();
        assert_eq!(code(read_changed(&alex, "delegation", mallorys.into())), Some(Code::BadDelegation));
        assert_eq!(code(read_changed(&alex, "timestamp", json!("2026-07-01T00:00Z"))), Some(Code::BadDelegation));
        assert_eq!(code(read_changed(&alex, "delegation", Value::Null)), Some(Code::BadDelegation));
        assert_eq!(code(read_changed(&alex, "card", mallory.card(1).object().clone().into())), Some(Code::Malformed));
        assert_eq!(code(read_changed(&alex, "anything", json!("else"))), None);
    }

    #[test]
    fn a_changed_receipt_is_refused() {
        let signed = Receipts::sign(&[refused(Code::Expired)], &alex().sender, None, now());
        let text = String::from_utf8(signed).expect("UTF-8");
        for (from, to) in [("expired", "busy"), ("refused", "accepted"), ("sha256:", "sha256:0"), (":30,", ":31,")] {
            let changed = text.replace(from, to);
            assert!(Receipts::read(changed.as_bytes(), &alex().did()).is_err(), "{from}");
        }
    }

    #[test]
    fn what_is_no_receipt_is_refused_with_its_place() {
        let good = serde_json::to_value(accepted()).expect("JSON");
        for (name, value) in [
            ("status", json!("fine")),
            ("status", json!("refused")),
            ("code", json!("busy")),
            ("digest", json!("sha256:")),
            ("id", json!("../../x")),
            ("at", json!(null)),
            ("retry_after_s", json!(-1)),
            ("state", json!({ "phase": "done" })),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            let refusal = read_changed(&alex(), "receipts", json!([good, bad])).expect_err(name);
            assert_eq!((refusal.code, refusal.place.as_str()), (Code::Malformed, "/receipts/1"), "{name}");
        }
        let many = json!(vec![good; BATCH_ENVELOPES + 1]);
        assert_eq!(code(read_changed(&alex(), "receipts", many)), Some(Code::TooLarge));
        assert_eq!(code(read_changed(&alex(), "ai2ai", json!("1"))), Some(Code::UnsupportedVersion));
        assert_eq!(code(read_changed(&alex(), "type", json!("receipt"))), Some(Code::Malformed));
    }

    /// Codes may be added: whoever doesn't know one comes again, and takes nothing for decided.
    #[test]
    fn an_unknown_code_is_one_to_come_again_for() {
        let mut later = serde_json::to_value(refused(Code::Busy)).expect("JSON");
        later["code"] = json!("on_holiday");
        let read = read_changed(&alex(), "receipts", json!([later])).expect("good receipts");
        assert_eq!(read.list()[0].outcome, Outcome::Refused(Code::Internal));
        assert!(Code::Internal.is_passing());
    }

    #[test]
    fn a_full_batch_of_receipts_and_a_card_fit_their_bound() {
        let list = vec![accepted(); BATCH_ENVELOPES];
        let signed = Receipts::sign(&list, &alex().sender, Some(&alex().card(1)), now());
        assert!(Receipts::read(&signed, &alex().did()).is_ok_and(|receipts| receipts.list().len() == BATCH_ENVELOPES));
    }

    #[test]
    fn an_envelope_tells_later_what_became_of_a_held_one() {
        let list = [accepted(), refused(Code::ApprovalInvalid)];
        let alex = alex();
        let darren = darren();
        let told = |payload: Object| {
            let draft = alex.draft(1, &darren, Kind::Receipt, Value::Object(payload));
            of_payload(&draft.sign(&alex.sender).expect("a good draft"))
        };
        assert_eq!(told(to_payload(&list)).as_deref(), Ok(&list[..]));
        let refusal = told(crate::cast::object(json!({ "receipts": [1] }))).expect_err("no receipt");
        assert_eq!((refusal.code, refusal.place.as_str()), (Code::Malformed, "/payload/receipts/0"));
        assert_eq!(code(told(Object::new())), Some(Code::Malformed));
    }
}
