//! All that an owner's time is read from: files, and addresses of the web.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_home::config::{CALENDARS, CalendarConfig};
use ai2ai_home::files::{SMALL_FILE_BYTES, read_small};
use ai2ai_home::paths::Paths;
use ai2ai_protocol::id::ConversationId;
use futures::future::try_join_all;
use jiff::tz::TimeZone;

use super::fetch::{Remote, WITHIN};
use super::{Calendar, CalendarError, TimeSlot};

/// Meetings of this node's own that are looked at: the latest.
const MEETINGS: usize = 1_000;

/// The owner's calendars.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<PathBuf>,
    urls: Vec<String>,
    meetings: Option<PathBuf>,
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
        let meetings = config.write_to.clone();
        Self { files, urls, meetings, kept_in: paths.data.join("calendars"), every }
    }

    /// When the owner is busy by any of them; nothing when they name none.
    ///
    /// What was agreed here counts as well, from the folder that meetings are written to: an agent that has just agreed on an
    /// evening does not offer it to somebody else. One that can't be read is an error, and never free time.
    ///
    /// # Errors
    /// [`CalendarError`] of the first that can't be read.
    pub async fn read(&self, zone: &TimeZone, window: TimeSlot) -> Result<Option<Calendar>, CalendarError> {
        let remotes = self.urls.iter().map(|url| Remote::new(url, &self.kept_in, self.every));
        let remotes = remotes.collect::<Result<Vec<_>, _>>()?;
        let texts = try_join_all(remotes.iter().map(|remote| remote.text(WITHIN, now()))).await?;
        let files = self.files.clone();
        let meetings = self.meetings.clone();
        let zone = zone.clone();
        let read = tokio::task::spawn_blocking(move || {
            let files = files.iter().map(|file| Calendar::open(file, &zone, window));
            let all = files.chain(texts.iter().map(|text| Calendar::read(text, &zone, window)));
            let mut all = all.collect::<Result<Vec<_>, _>>()?;
            if let Some(folder) = meetings.filter(|_| !all.is_empty()) {
                all.push(Calendar::read(&agreed(&folder)?, &zone, window)?);
            }
            Ok(Calendar::together(all))
        });
        read.await.map_err(std::io::Error::other)?
    }
}

/// The events of what was agreed, from the folder that this node writes them to. What is only offered leaves its owner free.
fn agreed(folder: &Path) -> Result<String, CalendarError> {
    let mut text = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_owned();
    let there = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(text),
        there => there?,
    };
    let names = there.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<Vec<_>, _>>()?;
    let name_of = |file: &OsString| file.to_str()?.strip_suffix(".ics")?.parse::<ConversationId>().ok();
    let mut meetings: Vec<ConversationId> = names.iter().filter_map(name_of).collect();
    meetings.sort_unstable_by(|one, other| other.cmp(one));
    for id in meetings.into_iter().take(MEETINGS) {
        let event = read_small(&folder.join(format!("{id}.ics")), SMALL_FILE_BYTES)
            .map_err(|failure| std::io::Error::other(failure.message))?;
        let event = String::from_utf8(event).map_err(|_| CalendarError::NotACalendar)?;
        if event.lines().any(|line| line == "STATUS:CONFIRMED") {
            text.push_str(&event);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use ai2ai_engine::upkeep::ics::entry::{Entry, Standing};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn what_was_agreed_here_is_no_free_time_and_what_is_only_offered_is() {
        let folder = tempfile::tempdir().expect("a folder");
        let own = folder.path().join("own.ics");
        let written = folder.path().join("meetings");
        std::fs::write(&own, "BEGIN:VCALENDAR\nEND:VCALENDAR\n").expect("written");
        let window = TimeSlot {
            start: "2026-02-10T00:00Z".parse().expect("a time"),
            end: "2026-02-11T00:00Z".parse().expect("a time"),
        };
        let sources = Sources { files: vec![own], meetings: Some(written.clone()), ..Sources::default() };
        let busy = async |sources: &Sources| {
            let calendar = sources.read(&TimeZone::UTC, window).await.expect("read");
            calendar.map(|calendar| calendar.busy().iter().map(|slot| slot.start.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(busy(&sources).await, Some(vec![]), "nothing was written yet");
        std::fs::create_dir(&written).expect("a folder");
        for (number, hour, standing) in
            [(1, 17, Standing::Cancelled), (2, 18, Standing::Tentative), (3, 19, Standing::Confirmed)]
        {
            let entry = Entry {
                conversation: ConversationId::from_bytes([number; 16]),
                sequence: 0,
                standing,
                terms: [("time".to_owned(), json!(format!("2026-02-10T{hour}:00Z")))].into_iter().collect(),
                with: "Sam".to_owned(),
                changed_at: window.start,
            };
            let file = written.join(format!("{}.ics", entry.conversation));
            std::fs::write(file, entry.to_ics().expect("an event")).expect("written");
        }
        std::fs::write(written.join("notes.ics"), "no calendar").expect("written");
        assert_eq!(busy(&sources).await, Some(vec!["2026-02-10T19:00:00Z".to_owned()]));
        let alone = Sources { files: vec![], ..sources };
        assert_eq!(busy(&alone).await, None, "whoever names no calendar is not known to be free");
    }

    #[tokio::test]
    async fn whoever_is_busy_by_one_of_them_is_busy_and_an_unread_one_is_never_free_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str, start: &str| {
            let path = folder.path().join(name);
            let event = format!("BEGIN:VEVENT\nUID:{name}\nDTSTART:{start}\nDURATION:PT1H\nEND:VEVENT\n");
            std::fs::write(&path, format!("BEGIN:VCALENDAR\n{event}END:VCALENDAR\n")).expect("written");
            path
        };
        let work = file("work.ics", "20260210T190000Z");
        let home = file("home.ics", "20260210T193000Z");
        let window = TimeSlot {
            start: "2026-02-10T00:00Z".parse().expect("a time"),
            end: "2026-02-11T00:00Z".parse().expect("a time"),
        };
        let both = Sources { files: vec![work, home.clone()], ..Sources::default() };
        let calendar = both.read(&TimeZone::UTC, window).await.expect("read").expect("some");
        let busy = [TimeSlot {
            start: "2026-02-10T19:00Z".parse().expect("a time"),
            end: "2026-02-10T20:30Z".parse().expect("a time"),
        }];
        assert_eq!(calendar.busy(), busy);
        assert!(Sources::default().read(&TimeZone::UTC, window).await.expect("read").is_none());
        let missing = Sources { files: vec![home, folder.path().join("none.ics")], ..Sources::default() };
        assert!(missing.read(&TimeZone::UTC, window).await.is_err());
    }
}
