//! State machine of the full-screen inbox: a key leads from one state to the next, and to a request to the node. It knows
//! neither a terminal nor a node.

use ai2ai_api::snooze_times::{Later, laters};
use ai2ai_api::views::{ItemView, PendingView};
use ai2ai_protocol::time::Timestamp;
use zeroize::Zeroizing;

/// Characters that can be typed into a prompt, at most.
const INPUT_CHARS: usize = 500;

/// A key that this screen knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PressedKey {
    Up,
    Down,
    Enter,
    Back,
    Erase,
    Char(char),
}

/// Request to the node that a key asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    Leave,
    Show(String),
    Approve { id: String, digest: String, choose: Option<usize>, pin: Option<Zeroizing<String>> },
    Reject { id: String, digest: String, reply: Option<String> },
    Snooze { id: String, digest: String, until: Timestamp },
}

/// Input that is being typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Prompt {
    Pin(Zeroizing<String>),
    Reason(String),
    Later(Vec<Later>),
}

/// State of the screen.
#[derive(Debug, Default)]
pub(super) struct ScreenState {
    pub(super) items: Vec<PendingView>,
    /// Number of items that are snoozed, or wait behind others of the same person.
    pub(super) hidden: usize,
    pub(super) selected: usize,
    pub(super) item: Option<ItemView>,
    /// Number of lines of the item above the top of the screen.
    pub(super) scroll: u16,
    /// Number of the chosen time among those proposed, from 1.
    pub(super) choice: Option<usize>,
    pub(super) prompt: Option<Prompt>,
    /// Message about the last key.
    pub(super) note: Option<String>,
    pub(super) has_pin: bool,
}

impl ScreenState {
    /// Sets the items that wait now; the selection stays with its item.
    pub(super) fn set_items(&mut self, items: Vec<PendingView>) {
        let selected = self.items.get(self.selected).map(|item| item.id);
        let (hidden, shown): (Vec<_>, Vec<_>) =
            items.into_iter().partition(|item| item.folded || item.snoozed_until.is_some());
        self.items = shown;
        self.hidden = hidden.len();
        let place = self.items.iter().position(|item| Some(item.id) == selected);
        self.selected = place.unwrap_or(self.selected).min(self.items.len().saturating_sub(1));
    }

    /// Opens an item at its beginning.
    pub(super) fn open(&mut self, item: ItemView) {
        self.item = Some(item);
        self.scroll = 0;
        self.choice = None;
        self.prompt = None;
        self.note = None;
    }

    /// Goes back to the list, with a message if there is one.
    pub(super) fn close(&mut self, note: Option<String>) {
        self.item = None;
        self.prompt = None;
        self.note = note;
    }

    /// Handles a key. Gives the request to the node that follows from it, if one does.
    pub(super) fn press(&mut self, key: PressedKey, now: Timestamp) -> Option<Action> {
        self.note = None;
        match (self.prompt.take(), self.item.is_some()) {
            (Some(prompt), true) => self.press_in_prompt(prompt, key),
            (_, true) => self.press_in_item(key, now),
            (_, false) => self.press_in_list(key),
        }
    }

    fn press_in_list(&mut self, key: PressedKey) -> Option<Action> {
        match key {
            PressedKey::Up | PressedKey::Char('k') => self.selected = self.selected.saturating_sub(1),
            PressedKey::Down | PressedKey::Char('j') => {
                self.selected = (self.selected + 1).min(self.items.len().saturating_sub(1))
            }
            PressedKey::Enter => return self.items.get(self.selected).map(|item| Action::Show(item.id.to_string())),
            PressedKey::Back | PressedKey::Char('q') => return Some(Action::Leave),
            PressedKey::Erase | PressedKey::Char(_) => {}
        }
        None
    }

    fn press_in_item(&mut self, key: PressedKey, now: Timestamp) -> Option<Action> {
        match key {
            PressedKey::Up | PressedKey::Char('k') => self.scroll = self.scroll.saturating_sub(1),
            PressedKey::Down | PressedKey::Char('j') => self.scroll = self.scroll.saturating_add(1),
            PressedKey::Back | PressedKey::Char('q') => self.close(None),
            PressedKey::Char(digit @ '0'..='9') => self.choose(digit),
            PressedKey::Erase => self.choice = None,
            PressedKey::Char('a') => return self.approve(),
            PressedKey::Char('r') => self.prompt = Some(Prompt::Reason(String::new())),
            PressedKey::Char('s') => self.offer_later(now),
            PressedKey::Enter | PressedKey::Char(_) => {}
        }
        None
    }

    /// Chooses a time by its number. From ten on, the second digit follows the first.
    fn choose(&mut self, digit: char) {
        let digit = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).unwrap_or(0);
        let choices = self.item.as_ref().map_or(0, |item| item.choices.len());
        let longer = self.choice.map(|first| first.saturating_mul(10).saturating_add(digit));
        match longer.into_iter().chain([digit]).find(|place| (1..=choices).contains(place)) {
            Some(place) => self.choice = Some(place),
            None => self.note = Some(format!("There is no choice {digit}.")),
        }
    }

    /// Approves the open item, after a choice where one is needed. Where there is a PIN, it is asked for first.
    fn approve(&mut self) -> Option<Action> {
        let item = self.item.as_ref()?;
        if item.sends.is_none() && !item.choices.is_empty() && self.choice.is_none() {
            self.note = Some("Choose one of their times first: press its number.".to_owned());
            return None;
        }
        if self.has_pin {
            self.prompt = Some(Prompt::Pin(Zeroizing::default()));
            return None;
        }
        self.approval(None)
    }

    fn approval(&self, pin: Option<Zeroizing<String>>) -> Option<Action> {
        let item = self.item.as_ref()?;
        Some(Action::Approve { id: item.id.to_string(), digest: item.digest.to_string(), choose: self.choice, pin })
    }

    fn offer_later(&mut self, now: Timestamp) {
        let offered = self.item.as_ref().map(|item| laters(now, item.expires_at)).unwrap_or_default();
        if offered.is_empty() {
            self.note = Some("It ends too soon to be put off.".to_owned());
        } else {
            self.prompt = Some(Prompt::Later(offered));
        }
    }

    fn press_in_prompt(&mut self, prompt: Prompt, key: PressedKey) -> Option<Action> {
        match (prompt, key) {
            (_, PressedKey::Back) => None,
            (Prompt::Pin(pin), PressedKey::Enter) => self.approval(Some(pin)),
            (Prompt::Reason(reason), PressedKey::Enter) => {
                let item = self.item.as_ref()?;
                let reply = Some(reason).filter(|reason| !reason.trim().is_empty());
                Some(Action::Reject { id: item.id.to_string(), digest: item.digest.to_string(), reply })
            }
            (Prompt::Later(offered), PressedKey::Char(digit)) => self.snooze(offered, digit),
            (Prompt::Pin(mut pin), key) => {
                edit(&mut pin, key);
                self.prompt = Some(Prompt::Pin(pin));
                None
            }
            (Prompt::Reason(mut reason), key) => {
                edit(&mut reason, key);
                self.prompt = Some(Prompt::Reason(reason));
                None
            }
            (later @ Prompt::Later(_), _) => {
                self.prompt = Some(later);
                None
            }
        }
    }

    fn snooze(&mut self, offered: Vec<Later>, digit: char) -> Option<Action> {
        let place =
            digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).and_then(|digit| digit.checked_sub(1));
        let until = place.and_then(|place| offered.get(place)).map(|later| later.at);
        match (until, &self.item) {
            (Some(until), Some(item)) => {
                Some(Action::Snooze { id: item.id.to_string(), digest: item.digest.to_string(), until })
            }
            (_, _) => {
                self.prompt = Some(Prompt::Later(offered));
                None
            }
        }
    }
}

fn edit(text: &mut String, key: PressedKey) {
    match key {
        PressedKey::Erase => drop(text.pop()),
        PressedKey::Char(c) if text.chars().count() < INPUT_CHARS => text.push(c),
        PressedKey::Up | PressedKey::Down | PressedKey::Enter | PressedKey::Back | PressedKey::Char(_) => {}
    }
}
