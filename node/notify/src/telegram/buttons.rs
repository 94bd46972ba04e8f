//! What a tap means: each button is an opaque word that is bound to one item as it was shown, one act and one person, for one use.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use ai2ai_api::snooze_times::{Later, laters};
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::ItemId;
use ai2ai_protocol::time::Timestamp;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

/// Random bytes of a button's word: 22 characters of the 64 bytes that Telegram allows.
const WORD_BYTES: usize = 16;
/// How long a button works at most.
const BUTTON_LIFE: Duration = Duration::from_secs(3 * 24 * 3_600);
/// Buttons that work at a time; of more, the oldest stops working.
const BUTTONS: usize = 2_000;
/// Messages of which is known what they show; of more, the oldest is forgotten and keeps its words.
const MESSAGES: usize = 500;
/// Used words that are remembered, to tell a repeated tap from a forged one.
const USED: usize = 2_000;

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ButtonAct {
    Reject,
    Approve,
    /// Approves with the proposed time of this place, from 1.
    Choose(usize),
    /// Puts it out of sight for a while, from the tap on.
    Snooze(Put),
}

/// For how long a button puts something off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Put {
    Hour,
    Tomorrow,
}

impl Put {
    pub(crate) const ALL: [Self; 2] = [Self::Hour, Self::Tomorrow];

    /// The moment that it means now, if that lies before the end.
    pub(crate) fn off(self, now: Timestamp, end: Timestamp) -> Option<Later> {
        let name = match self {
            Self::Hour => "hour",
            Self::Tomorrow => "tomorrow",
        };
        laters(now, end).into_iter().find(|later| later.name == name)
    }
}

/// What a tap asks for: this of the item as it was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wish {
    pub(crate) item: ItemId,
    pub(crate) digest: Digest,
    pub(crate) act: ButtonAct,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Button {
    wish: Wish,
    user: i64,
    until: Timestamp,
}

/// A message that is to say that its item is settled, and does not yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Owed {
    message: i64,
    text: String,
}

/// A message at Telegram, and which item it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct ShownMessage {
    message: i64,
    item: ItemId,
    head: String,
}

/// Why a tap does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoTap {
    /// Somebody else tapped.
    Stranger,
    /// No button has this word, and none had it.
    Forged,
    /// It was used.
    Used,
    /// It is too old.
    Expired,
}

impl NoTap {
    /// For the audit.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Stranger => "wrong_user",
            Self::Forged => "forged",
            Self::Used => "replayed",
            Self::Expired => "expired",
        }
    }
}

/// The buttons that are out there. They outlive a restart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Buttons {
    live: BTreeMap<String, Button>,
    used: VecDeque<String>,
    shown: VecDeque<ShownMessage>,
    #[serde(default)]
    owed: VecDeque<Owed>,
}

impl Buttons {
    /// A button for this user; its word is not to be foretold.
    pub(crate) fn issue(&mut self, wish: Wish, user: i64, now: Timestamp, until: Timestamp) -> String {
        let word = BASE64URL_NOPAD.encode(&rand::random::<[u8; WORD_BYTES]>());
        let until = until.min(now + BUTTON_LIFE);
        if self.live.len() >= BUTTONS
            && let Some(oldest) = self.live.iter().min_by_key(|(_, button)| button.until).map(|(word, _)| word.clone())
        {
            self.live.remove(&oldest);
        }
        self.live.insert(word.clone(), Button { wish, user, until });
        word
    }

    /// What a tap on the button of this word does. A tap of somebody else leaves it as it is; any other uses it up.
    pub(crate) fn tap(&mut self, word: &str, user: i64, now: Timestamp) -> Result<Wish, NoTap> {
        let Some(button) = self.live.get(word) else {
            let was = self.used.iter().any(|used| used == word);
            return Err(if was { NoTap::Used } else { NoTap::Forged });
        };
        if button.user != user {
            return Err(NoTap::Stranger);
        }
        let Button { wish, until, .. } = button.clone();
        self.live.remove(word);
        self.use_up(word.to_owned());
        if now < until { Ok(wish) } else { Err(NoTap::Expired) }
    }

    /// This message shows this item.
    pub(crate) fn showed(&mut self, message: i64, item: ItemId, head: String) {
        self.shown.push_back(ShownMessage { message, item, head });
        if self.shown.len() > MESSAGES {
            self.shown.pop_front();
        }
    }

    /// Nothing of this item can be tapped any more, and each of its messages owes to say so, in these words. Whether there are any.
    pub(crate) fn settle(&mut self, item: &ItemId, how: &str) -> bool {
        let dead: Vec<String> =
            self.live.iter().filter(|(_, button)| button.wish.item == *item).map(|(word, _)| word.clone()).collect();
        for word in dead {
            self.live.remove(&word);
            self.use_up(word);
        }
        let (ours, others) = std::mem::take(&mut self.shown).into_iter().partition(|shown| shown.item == *item);
        self.shown = others;
        let ours: VecDeque<ShownMessage> = ours;
        let is_any = !ours.is_empty();
        for ShownMessage { message, head, .. } in ours {
            self.owed.push_back(Owed { message, text: format!("{head}\n{how}") });
            if self.owed.len() > MESSAGES {
                self.owed.pop_front();
            }
        }
        is_any
    }

    /// The next message that owes to say something, and what.
    pub(crate) fn owes(&self) -> Option<(i64, String)> {
        self.owed.front().map(|owed| (owed.message, owed.text.clone()))
    }

    /// This message says it.
    pub(crate) fn says(&mut self, message: i64) {
        self.owed.retain(|owed| owed.message != message);
    }

    fn use_up(&mut self, word: String) {
        self.used.push_back(word);
        if self.used.len() > USED {
            self.used.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: i64 = 7;

    #[test]
    fn a_button_puts_off_only_to_what_lies_before_the_end() {
        let put = |put: Put, hours: u64| put.off(at(0), at(hours * 3_600)).map(|later| later.at);
        assert_eq!((put(Put::Hour, 2), put(Put::Hour, 1)), (Some(at(3_600)), None));
        assert!(put(Put::Tomorrow, 48).is_some_and(|morning| morning > at(0) && morning < at(48 * 3_600)));
        assert_eq!(put(Put::Tomorrow, 1), None);
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000) + Duration::from_secs(seconds)
    }

    fn wish(n: u8) -> Wish {
        Wish { item: ItemId::new(at(0), [n; 10]), digest: Digest::of(&[n]), act: ButtonAct::Reject }
    }

    #[test]
    fn a_button_works_once_for_one_person_until_its_end() {
        let mut buttons = Buttons::default();
        let word = buttons.issue(wish(1), OWNER, at(0), at(100));
        assert!(word.len() <= 64 && word.len() * 6 >= 128, "opaque, and not to be guessed");
        assert_eq!(buttons.tap(&word, 8, at(1)), Err(NoTap::Stranger));
        assert_eq!(buttons.tap(&word, OWNER, at(99)), Ok(wish(1)), "a stranger's tap did not use it up");
        assert_eq!(buttons.tap(&word, OWNER, at(99)), Err(NoTap::Used));
        let late = buttons.issue(wish(1), OWNER, at(0), at(100));
        assert_eq!(buttons.tap(&late, OWNER, at(100)), Err(NoTap::Expired));
        let long = buttons.issue(wish(1), OWNER, at(0), at(u64::from(u32::MAX)));
        assert_eq!(buttons.tap(&long, OWNER, at(0) + BUTTON_LIFE), Err(NoTap::Expired));
        for forged in ["", "reject", &word.to_uppercase(), &word[1..], &wish(1).item.to_string()] {
            assert_eq!(buttons.tap(forged, OWNER, at(1)), Err(NoTap::Forged), "{forged}");
        }
    }

    #[test]
    fn once_an_item_is_settled_its_buttons_are_used_and_its_messages_known_over_a_restart() {
        let mut buttons = Buttons::default();
        let words: Vec<String> = (0..3).map(|_| buttons.issue(wish(1), OWNER, at(0), at(100))).collect();
        let other = buttons.issue(wish(2), OWNER, at(0), at(100));
        buttons.showed(41, wish(1).item, "Alex".to_owned());
        buttons.showed(42, wish(2).item, "Sam".to_owned());
        let text = serde_json::to_string(&buttons).expect("JSON");
        let mut restarted: Buttons = serde_json::from_str(&text).expect("buttons");
        assert_eq!(restarted, buttons);
        assert!(restarted.settle(&wish(1).item, "Rejected.") && !restarted.settle(&wish(1).item, "Again."));
        let text = serde_json::to_string(&restarted).expect("JSON");
        let mut restarted: Buttons = serde_json::from_str(&text).expect("buttons");
        assert_eq!(restarted.owes(), Some((41, "Alex\nRejected.".to_owned())), "until it is said, it is owed");
        restarted.says(41);
        assert_eq!(restarted.owes(), None);
        for word in words {
            assert_eq!(restarted.tap(&word, OWNER, at(1)), Err(NoTap::Used));
        }
        assert_eq!(restarted.tap(&other, OWNER, at(1)), Ok(wish(2)));
    }

    #[test]
    fn however_many_there_are_the_memory_has_a_bound() {
        let mut buttons = Buttons::default();
        for n in 0..10_000_u64 {
            let word = buttons.issue(wish(1), OWNER, at(n), at(n + 100_000));
            if n % 2 == 0 {
                assert!(buttons.tap(&word, OWNER, at(n)).is_ok());
            }
            buttons.showed(1, wish(1).item, String::new());
        }
        for _ in 0..2 {
            for message in 0..i64::try_from(MESSAGES).expect("a number") {
                buttons.showed(message, wish(2).item, String::new());
            }
            buttons.settle(&wish(2).item, "");
        }
        assert!(buttons.owed.len() <= MESSAGES);
        assert!(buttons.live.len() <= BUTTONS && buttons.used.len() <= USED && buttons.shown.len() <= MESSAGES);
    }
}
