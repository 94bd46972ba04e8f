//! The owner's calendars: what they are read from, and where meetings are written to.

use std::path::PathBuf;

use serde::Deserialize;

/// Calendars of each kind, files and addresses, that are read.
pub const CALENDARS: usize = 16;

/// The owner's calendar.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarConfig {
    /// An iCalendar file. Agents are told when its owner is busy, and nothing else of it.
    pub file: Option<PathBuf>,
    /// More of them: at most [`CALENDARS`].
    pub files: Vec<PathBuf>,
    /// Calendars on the web, `https://…`, `http://…` or `webcal://…`: at most as many.
    pub urls: Vec<String>,
    /// Minutes for which a fetched calendar is used before it is fetched again.
    pub poll_minutes: u32,
    /// A folder that meetings are written to, each as a file of its own.
    pub write_to: Option<PathBuf>,
}

impl CalendarConfig {
    /// Tells whether the owner names a calendar to read.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.file.is_some() || !self.files.is_empty() || !self.urls.is_empty()
    }
}

impl Default for CalendarConfig {
    fn default() -> Self {
        Self { file: None, files: Vec::new(), urls: Vec::new(), poll_minutes: 15, write_to: None }
    }
}
