//! All that an owner's time is read from: files, and addresses of the web.

use std::path::PathBuf;
use std::time::Duration;

use futures::future::try_join_all;
use jiff::tz::TimeZone;

use super::fetch::{Remote, WITHIN};
use super::{Calendar, CalendarError, Slot};
use crate::clock::now;
use crate::config::{CalendarConfig, Paths};

/// Calendars that are read at most.
pub const CALENDARS: usize = 16;

/// The owner's calendars.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<PathBuf>,
    urls: Vec<String>,
    kept_in: PathBuf,
    every: Duration,
}

impl Sources {
    /// The calendars that the owner names; what comes from the web is kept in the node's own folder.
    #[must_use]
    pub fn of(config: &CalendarConfig, paths: &Paths) -> Self {
        let files = config.file.iter().chain(&config.files).take(CALENDARS).cloned().collect();
        let urls = config.urls.iter().take(CALENDARS).cloned().collect();
        let every = Duration::from_secs(u64::from(config.poll_minutes.max(1)) * 60);
        Self { files, urls, kept_in: paths.data.join("calendars"), every }
    }

    /// When the owner is busy by any of them; nothing when they name none.
    ///
    /// One that can't be read is an error, and never free time.
    ///
    /// # Errors
    /// [`CalendarError`] of the first that can't be read.
    pub async fn read(&self, zone: &TimeZone, window: Slot) -> Result<Option<Calendar>, CalendarError> {
        let remotes = self.urls.iter().map(|url| Remote::new(url, &self.kept_in, self.every));
        let remotes = remotes.collect::<Result<Vec<_>, _>>()?;
        let texts = try_join_all(remotes.iter().map(|remote| remote.text(WITHIN, now()))).await?;
        let (files, zone) = (self.files.clone(), zone.clone());
        let read = tokio::task::spawn_blocking(move || {
            let files = files.iter().map(|file| Calendar::open(file, &zone, window));
            let all = files.chain(texts.iter().map(|text| Calendar::read(text, &zone, window)));
            all.collect::<Result<Vec<_>, _>>().map(Calendar::together)
        });
        read.await.map_err(std::io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_is_busy_by_one_of_them_is_busy_and_an_unread_one_is_never_free_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, start: &str| {
            let path = folder.path().join(name);
            let event = format!("BEGIN:VEVENT\nUID:{name}\nDTSTART:{start}\nDURATION:PT1H\nEND:VEVENT\n");
            std::fs::write(&path, format!("BEGIN:VCALENDAR\n{event}END:VCALENDAR\n")).expect("written");
            path
        };
        let (work, home) = (file("work.ics", "20260210T190000Z"), file("home.ics", "20260210T193000Z"));
        let window = Slot {
            start: "2026-02-10T00:00Z".parse().expect("a time"),
            end: "2026-02-11T00:00Z".parse().expect("a time"),
        };
        let both = Sources { files: vec![work, home.clone()], ..Sources::default() };
        let calendar = both.read(&TimeZone::UTC, window).await.expect("read").expect("some");
        let busy = [Slot {
            start: "2026-02-10T19:00Z".parse().expect("a time"),
            end: "2026-02-10T20:30Z".parse().expect("a time"),
        }];
        assert_eq!(calendar.busy(), busy);
        assert!(Sources::default().read(&TimeZone::UTC, window).await.expect("read").is_none());
        let missing = Sources { files: vec![home, folder.path().join("none.ics")], ..Sources::default() };
        assert!(missing.read(&TimeZone::UTC, window).await.is_err());
    }
}
