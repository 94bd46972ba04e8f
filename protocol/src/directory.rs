//! The directory: a volunteer that lists the cards of those who asked to be listed, and answers searches with nothing but cards.
//!
//! A card is a claim, signed by whoever makes it: the volunteer vouches for nothing, and the asker verifies each one.

use serde_json::{Value, json};

use crate::canonical::{canonical, read_object};
use crate::card::Card;
use crate::code::Code;
use crate::did::Did;
use crate::json_reader::{Members, VERSION};
use crate::limits::{DIRECTORY_FOUND, DIRECTORY_TEXT_CHARS, DIRECTORY_WORDS};
use crate::name::Intent;
use crate::refusal::Refusal;
use crate::service::answer;
use crate::time::Timestamp;

/// Bytes of a request: a card, or a search, and its frame.
const REQUEST_BYTES: usize = crate::limits::CARD_BYTES + 1024;
/// Bytes of an answer: as many cards as it can have.
const ANSWER_BYTES: usize = DIRECTORY_FOUND * (crate::limits::CARD_BYTES + 1) + 1024;

/// A request to a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DirectoryRequest {
    /// List me.
    List(Box<Card>),
    /// List me no more.
    Unlist(Did),
    /// A search for cards.
    Search(Search),
}

/// A search. A card is found when it fits all that is given; with nothing given, every card is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The agent's or the human's name, whole, capitals aside.
    pub name: Option<String>,
    /// An intent that they can be asked.
    pub intent: Option<Intent>,
    /// Words that all stand somewhere in the names, intents and languages, capitals aside.
    pub text: Option<String>,
}

/// The searchable part of a card: kept beside it, so that a search reads no card.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct DirectoryEntry {
    agent: String,
    human: String,
    intents: Vec<String>,
    languages: Vec<String>,
}

impl DirectoryEntry {
    /// Returns what a search looks at in this card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self {
            agent: card.agent().as_str().to_lowercase(),
            human: card.human().as_str().to_lowercase(),
            intents: card.intents().iter().map(ToString::to_string).collect(),
            languages: card.languages().iter().map(|language| language.to_lowercase()).collect(),
        }
    }

    fn contains(&self, word: &str) -> bool {
        let texts = [&self.agent, &self.human].into_iter().chain(&self.intents).chain(&self.languages);
        texts.into_iter().any(|text| text.contains(word))
    }
}

impl Search {
    /// Returns whether a card fits.
    #[must_use]
    pub fn fits(&self, entry: &DirectoryEntry) -> bool {
        let name = self.name.as_ref().map(|name| name.to_lowercase());
        let intent = self.intent.as_ref().map(ToString::to_string);
        let text = self.text.as_ref().map(|text| text.to_lowercase()).unwrap_or_default();
        name.is_none_or(|name| entry.agent == name || entry.human == name)
            && intent.is_none_or(|intent| entry.intents.contains(&intent))
            && text.split_whitespace().all(|word| entry.contains(word))
    }

    /// Checks that it is no longer than a directory reads.
    ///
    /// # Errors
    /// [`Code::TooLarge`].
    pub fn check(&self) -> Result<(), Code> {
        let is_long = |text: &String| text.chars().count() > DIRECTORY_TEXT_CHARS;
        let words = self.text.as_ref().map_or(0, |text| text.split_whitespace().count());
        let too_long = self.name.as_ref().is_some_and(is_long) || self.text.as_ref().is_some_and(is_long);
        if too_long || words > DIRECTORY_WORDS { Err(Code::TooLarge) } else { Ok(()) }
    }

    /// The request.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let Self { name, intent, text } = self;
        canonical(&json!({
            "ai2ai": VERSION, "type": "directory_search", "name": name, "intent": intent, "text": text,
        }))
    }

    fn read(root: &Members<'_>) -> Result<Self, Refusal> {
        let search =
            Self { name: root.maybe_text("name")?, intent: root.maybe_text("intent")?, text: root.maybe_text("text")? };
        search.check().map_err(|code| Refusal::new(code, ""))?;
        Ok(search)
    }
}

impl DirectoryRequest {
    /// Reads a request. A card in it is verified, and not yet judged by the clock or by who brought it.
    ///
    /// # Errors
    /// [`Refusal`] with the first thing that is wrong.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let object = read_object(bytes, REQUEST_BYTES)?;
        let root = Members::of(&object);
        root.check_version()?;
        let kind = root.at("type")?;
        match kind.str()? {
            "directory_list" => Ok(Self::List(Box::new(Card::of_object(root.at("card")?.object()?.clone())?))),
            "directory_unlist" => root.text("did").map(Self::Unlist),
            "directory_search" => Search::read(&root).map(Self::Search),
            _ => Err(kind.malformed("no request of a directory")),
        }
    }

    /// The request to be listed with this card.
    #[must_use]
    pub fn list(card: &Card) -> Vec<u8> {
        canonical(&json!({ "ai2ai": VERSION, "type": "directory_list", "card": card.object() }))
    }

    /// The request to be listed no more.
    #[must_use]
    pub fn unlist(did: &Did) -> Vec<u8> {
        canonical(&json!({ "ai2ai": VERSION, "type": "directory_unlist", "did": did }))
    }
}

/// Checks whether a card can be listed that the peer `from` brought: only by a node that it names itself, while it is current, and if it
/// takes the place of the one `before`.
///
/// # Errors
/// [`Code::WrongRecipient`] when another node brought it; what [`Card::check_current`] says; [`Code::Expired`] when it is older.
pub fn check_listing(card: &Card, from: &str, before: Option<&Card>, now: Timestamp) -> Result<(), Code> {
    if card.nodes().iter().all(|node| node.peer != from) {
        return Err(Code::WrongRecipient);
    }
    card.check_current(now)?;
    let is_older = before.is_some_and(|before| before != card && !card.supersedes(before));
    if is_older { Err(Code::Expired) } else { Ok(()) }
}

/// The answer to whoever is listed, until then, or no more.
#[must_use]
pub fn write_listed(until: Option<Timestamp>) -> Vec<u8> {
    canonical(&json!({ "ai2ai": VERSION, "type": "directory_listed", "until": until }))
}

/// Until when the answer says that somebody is listed.
///
/// # Errors
/// [`Refusal`]: what the directory refuses with, or why this is no answer.
pub fn read_listed(bytes: &[u8]) -> Result<Option<Timestamp>, Refusal> {
    let object = answer(bytes, ANSWER_BYTES, "directory_listed")?;
    Members::of(&object).maybe_text("until")
}

/// The answer to a search: these cards, in their canonical form, at most [`DIRECTORY_FOUND`].
#[must_use]
pub fn write_found(cards: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = format!(r#"{{"ai2ai":"{VERSION}","cards":["#).into_bytes();
    bytes.extend(cards.join(&b','));
    bytes.extend(br#"],"type":"directory_cards"}"#);
    bytes
}

/// Reads the answer to a search: the cards that verify, are current and fit. Whatever else a directory says is left out.
///
/// # Errors
/// As for [`read_listed`].
pub fn read_found(bytes: &[u8], search: &Search, now: Timestamp) -> Result<Vec<Card>, Refusal> {
    let object = answer(bytes, ANSWER_BYTES, "directory_cards")?;
    let cards = Members::of(&object).list("cards", DIRECTORY_FOUND, |item| Ok(card_of(item.value())))?;
    let fits = |card: &Card| card.check_current(now).is_ok() && search.fits(&DirectoryEntry::of(card));
    Ok(cards.into_iter().flatten().filter(fits).collect())
}

fn card_of(value: &Value) -> Option<Card> {
    Card::of_object(value.as_object()?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::cast::{alex, darren, mallory, now};
    use crate::limits::CARD_LIFE;

    fn search(name: &str, intent: &str, text: &str) -> Search {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Search { name: given(name), intent: intent.parse().ok(), text: given(text) }
    }

    #[test]
    fn a_card_is_found_by_what_it_says_and_by_nothing_else() {
        let alex = DirectoryEntry::of(&alex().card(1));
        for (name, intent, text) in
            [("ALEX", "", ""), ("alex-assistant", "schedule.meeting", ""), ("", "", "alex MEETING en"), ("", "", "")]
        {
            assert!(search(name, intent, text).fits(&alex), "{name} {intent} {text}");
        }
        for (name, intent, text) in [
            ("ale", "", ""),
            ("alex", "commerce.offer", ""),
            ("", "", "alex dentist"),
            ("", "schedule.meeting", "darren"),
        ] {
            assert!(!search(name, intent, text).fits(&alex), "{name} {intent} {text}");
        }
    }

    #[test]
    fn only_the_node_that_a_card_names_lists_it_and_only_while_it_is_current_and_newer() {
        let first = alex().card(1);
        let second = alex().card(2);
        assert_eq!(check_listing(&first, "12D3", None, now()), Ok(()));
        assert_eq!(check_listing(&first, "12D4", None, now()), Err(Code::WrongRecipient));
        assert_eq!(check_listing(&first, "12D3", None, now() + CARD_LIFE), Err(Code::Expired));
        assert_eq!(check_listing(&first, "12D3", None, now() - Duration::from_secs(3_600)), Err(Code::NotYetValid));
        assert_eq!(check_listing(&second, "12D3", Some(&first), now()), Ok(()));
        assert_eq!(check_listing(&second, "12D3", Some(&second), now()), Ok(()), "a repeat");
        assert_eq!(check_listing(&first, "12D3", Some(&second), now()), Err(Code::Expired), "an old card");
    }

    #[test]
    fn a_forged_card_is_neither_listed_nor_found() {
        let mut forged = alex().card(1).object().clone();
        forged.insert("human".to_owned(), "Alexander".into());
        let request = canonical(&json!({ "ai2ai": VERSION, "type": "directory_list", "card": forged }));
        assert_eq!(DirectoryRequest::read(&request).map_err(|refusal| refusal.code), Err(Code::BadSignature));
        let good = alex().card(1);
        let other = darren().card(1);
        let cards = [canonical(&forged), good.bytes().to_vec(), b"7".to_vec(), other.bytes().to_vec()];
        let found = read_found(&write_found(&cards), &search("alex", "", ""), now()).expect("an answer");
        assert_eq!(found, std::slice::from_ref(&good), "what is forged, no card, or not asked for is left out");
        let late = read_found(&write_found(&cards), &Search::default(), now() + CARD_LIFE).expect("an answer");
        assert_eq!(late, [], "what has expired is left out");
    }

    #[test]
    fn a_search_and_an_answer_have_bounds() {
        let long = "x".repeat(DIRECTORY_TEXT_CHARS + 1);
        let wordy = "a ".repeat(DIRECTORY_WORDS + 1);
        for (name, text) in [(long.as_str(), ""), ("", long.as_str()), ("", wordy.as_str())] {
            let refused = DirectoryRequest::read(&search(name, "", text).write()).expect_err("too long");
            assert_eq!(refused.code, Code::TooLarge);
        }
        assert!(DirectoryRequest::read(&vec![b' '; REQUEST_BYTES + 1]).is_err());
        let many = vec![mallory().card(1).bytes().to_vec(); DIRECTORY_FOUND + 1];
        assert_eq!(read_found(&write_found(&many), &Search::default(), now()).expect_err("many").code, Code::TooLarge);
    }

    #[test]
    fn what_is_written_is_read() {
        let card = alex().card(1);
        let search = search("alex", "schedule.meeting", "a b");
        assert_eq!(
            DirectoryRequest::read(&DirectoryRequest::list(&card)),
            Ok(DirectoryRequest::List(Box::new(card.clone())))
        );
        assert_eq!(
            DirectoryRequest::read(&DirectoryRequest::unlist(card.did())),
            Ok(DirectoryRequest::Unlist(*card.did()))
        );
        assert_eq!(DirectoryRequest::read(&search.write()), Ok(DirectoryRequest::Search(search)));
        assert_eq!(read_listed(&write_listed(Some(now()))), Ok(Some(now())));
        assert_eq!(read_listed(&write_listed(None)), Ok(None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            drop(DirectoryRequest::read(&bytes));
            drop(read_found(&bytes, &Search::default(), now()));
        }
    }
}
