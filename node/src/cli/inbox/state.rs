//! What a key does in the full-screen inbox: from one state to the next, and what is to be asked of the node. It knows neither
//! a terminal nor a node.

use ai2ai_api::snooze_times::{Later, laters};
use ai2ai_api::views::{ItemView, PendingView};
use ai2ai_protocol::time::Timestamp;
use zeroize::Zeroizing;

/// The most characters of what is typed.
const TYPED: usize = 500;

/// A key, as far as this screen knows keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Up,
    Down,
    Enter,
    Back,
    Erase,
    Char(char),
}

/// What the node is to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Leave,
    Show(String),
    Approve { id: String, digest: String, choose: Option<usize>, pin: Option<Zeroizing<String>> },
    Reject { id: String, digest: String, reply: Option<String> },
    Snooze { id: String, digest: String, until: Timestamp },
}

/// What is being typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prompt {
    Pin(Zeroizing<String>),
    Reason(String),
    Later(Vec<Later>),
}

/// What is on the screen.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) items: Vec<PendingView>,
    /// Items that are snoozed, or wait behind others of the same person.
    pub(super) hidden: usize,
    pub(super) selected: usize,
    pub(super) item: Option<ItemView>,
    /// Lines of the item that are above the screen.
    pub(super) scroll: u16,
    /// Of their times, the one that was chosen, from 1.
    pub(super) choice: Option<usize>,
    pub(super) prompt: Option<Prompt>,
    /// What there is to say about the last key.
    pub(super) note: Option<String>,
    pub(super) has_pin: bool,
}

impl State {
    /// What waits now; the selection stays with its item.
    pub(super) fn lists(&mut self, items: Vec<PendingView>) {
        let selected = self.items.get(self.selected).map(|item| item.id);
        let (hidden, shown): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| item.folded || item.snoozed_until.is_some());
        (self.items, self.hidden) = (shown, hidden.len());
        let place = self.items.iter().position(|item| Some(item.id) == selected);
        self.selected = place.unwrap_or(self.selected).min(self.items.len().saturating_sub(1));
    }

    /// An item is looked at from its beginning.
    pub(super) fn opens(&mut self, item: ItemView) {
        (self.item, self.scroll, self.choice, self.prompt, self.note) = (Some(item), 0, None, None, None);
    }

    /// Back to the list, with something to say.
    pub(super) fn closes(&mut self, note: Option<String>) {
        (self.item, self.prompt, self.note) = (None, None, note);
    }

    /// What a key does.
    pub(super) fn press(&mut self, key: Key, now: Timestamp) -> Option<Wish> {
        self.note = None;
        match (self.prompt.take(), self.item.is_some()) {
            (Some(prompt), true) => self.prompted(prompt, key),
            (_, true) => self.in_item(key, now),
            (_, false) => self.in_list(key),
        }
    }

    fn in_list(&mut self, key: Key) -> Option<Wish> {
        match key {
            Key::Up | Key::Char('k') => self.selected = self.selected.saturating_sub(1),
            Key::Down | Key::Char('j') => self.selected = (self.selected + 1).min(self.items.len().saturating_sub(1)),
            Key::Enter => return self.items.get(self.selected).map(|item| Wish::Show(item.id.to_string())),
            Key::Back | Key::Char('q') => return Some(Wish::Leave),
            Key::Erase | Key::Char(_) => {}
        }
        None
    }

    fn in_item(&mut self, key: Key, now: Timestamp) -> Option<Wish> {
        match key {
            Key::Up | Key::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            Key::Down | Key::Char('j') => self.scroll = self.scroll.saturating_add(1),
            Key::Back | Key::Char('q') => self.closes(None),
            Key::Char(digit @ '0'..='9') => self.choose(digit),
            Key::Erase => self.choice = None,
            Key::Char('a') => return self.approve(),
            Key::Char('r') => self.prompt = Some(Prompt::Reason(String::new())),
            Key::Char('s') => self.offer_later(now),
            Key::Enter | Key::Char(_) => {}
        }
        None
    }

    /// Of ten and more, the second digit follows the first.
    fn choose(&mut self, digit: char) {
        let digit = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
        let choices = self.item.as_ref().map_or(0, |item| item.choices.len());
        let longer = self.choice.map(|first| first.saturating_mul(10).saturating_add(digit));
        match longer.into_iter().chain([digit]).find(|place| (1..=choices).contains(place)) {
            Some(place) => self.choice = Some(place),
            None => self.note = Some(format!("There is no choice {digit}.")),
        }
    }

    /// With a PIN, a yes is only a yes once that is typed.
    fn approve(&mut self) -> Option<Wish> {
        let item = self.item.as_ref()?;
        if item.sends.is_none() && !item.choices.is_empty() && self.choice.is_none() {
            self.note = Some("Choose one of their times first: press its number.".to_owned());
            return None;
        }
        if self.has_pin {
            self.prompt = Some(Prompt::Pin(Zeroizing::default()));
            return None;
        }
        self.approved(None)
    }

    fn approved(&self, pin: Option<Zeroizing<String>>) -> Option<Wish> {
        let item = self.item.as_ref()?;
        Some(Wish::Approve { id: item.id.to_string(), digest: item.digest.to_string(), choose: self.choice, pin })
    }

    fn offer_later(&mut self, now: Timestamp) {
        let offered = self.item.as_ref().map(|item| laters(now, item.expires_at)).unwrap_or_default();
        if offered.is_empty() {
            self.note = Some("It ends too soon to be put off.".to_owned());
        } else {
            self.prompt = Some(Prompt::Later(offered));
        }
    }

    fn prompted(&mut self, prompt: Prompt, key: Key) -> Option<Wish> {
        match (prompt, key) {
            (_, Key::Back) => None,
            (Prompt::Pin(pin), Key::Enter) => self.approved(Some(pin)),
            (Prompt::Reason(reason), Key::Enter) => {
                let item = self.item.as_ref()?;
                let reply = Some(reason).filter(|reason| !reason.trim().is_empty());
                Some(Wish::Reject { id: item.id.to_string(), digest: item.digest.to_string(), reply })
            }
            (Prompt::Later(offered), Key::Char(digit)) => self.put_off(offered, digit),
            (Prompt::Pin(mut pin), key) => {
                typed(&mut pin, key);
                self.prompt = Some(Prompt::Pin(pin));
                None
            }
            (Prompt::Reason(mut reason), key) => {
                typed(&mut reason, key);
                self.prompt = Some(Prompt::Reason(reason));
                None
            }
            (later @ Prompt::Later(_), _) => {
                self.prompt = Some(later);
                None
            }
        }
    }

    fn put_off(&mut self, offered: Vec<Later>, digit: char) -> Option<Wish> {
        let place =
            digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).and_then(|digit| digit.checked_sub(1));
        let until = place.and_then(|place| offered.get(place)).map(|later| later.at);
        match (until, &self.item) {
            (Some(until), Some(item)) => {
                Some(Wish::Snooze { id: item.id.to_string(), digest: item.digest.to_string(), until })
            }
            (_, _) => {
                self.prompt = Some(Prompt::Later(offered));
                None
            }
        }
    }
}

fn typed(text: &mut String, key: Key) {
    match key {
        Key::Erase => drop(text.pop()),
        Key::Char(c) if text.chars().count() < TYPED => text.push(c),
        Key::Up | Key::Down | Key::Enter | Key::Back | Key::Char(_) => {}
    }
}
