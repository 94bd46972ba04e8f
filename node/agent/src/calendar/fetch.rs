//! A calendar at an address of the web: asked for no more often than its owner wants, in bounded time and size, and kept for
//! when it can't be had.
//!
//! The owner gives the address, so it may lie in their own network. Nobody else can lead there: what is said to have moved to another
//! server is not followed. The address may hold a secret, so no error and no log repeats it, but for its host.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ai2ai_discovery::web;
use ai2ai_home::files::{private_dir, read_small, write_private};
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::time::Timestamp;
use data_encoding::HEXLOWER;
use reqwest::header::{ACCEPT, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Response, StatusCode, Url};
use serde::{Deserialize, Serialize};

use super::{CALENDAR_BYTES, CalendarError};

/// How long one request may take, from the name to the last byte.
pub(super) const WITHIN: Duration = Duration::from_secs(20);
/// How long a calendar that can't be had any more is used as it last was.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Moves within one server that are followed.
const MOVES: usize = 3;
/// Bytes of what is kept beside the calendar itself.
const HEAD_BYTES: usize = 4_096;
/// Bytes of a server's own name for a version of the calendar: a longer one is forgotten.
const TAG_BYTES: usize = 512;

/// One calendar on the web.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    url: Url,
    kept: PathBuf,
    every: Duration,
}

/// What is kept of it, in a line before its text.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct CopyHead {
    at: Timestamp,
    #[serde(default)]
    tag: Option<String>,
    #[serde(default)]
    modified: Option<String>,
}

impl Remote {
    /// The calendar at this address, kept in this folder, asked for at most once in this time.
    ///
    /// # Errors
    /// [`CalendarError::NoAddress`] when that is none of the web.
    pub(super) fn new(address: &str, folder: &Path, every: Duration) -> Result<Self, CalendarError> {
        let address = address.trim();
        let sealed = address.strip_prefix("webcal://").map(|rest| format!("https://{rest}"));
        let url = Url::parse(sealed.as_deref().unwrap_or(address)).map_err(|_| CalendarError::NoAddress)?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(CalendarError::NoAddress);
        }
        let name = HEXLOWER.encode(&Digest::of(url.as_str().as_bytes()).to_bytes()[..16]);
        Ok(Self { kept: folder.join(format!("{name}.kept")), url, every })
    }

    /// Its text: as it is kept, while that is young enough; else as the server has it now; else as it was, for a day.
    pub(super) async fn text(&self, within: Duration, now: Timestamp) -> Result<String, CalendarError> {
        let kept = self.read();
        let age = |head: &CopyHead| if head.at > now { Duration::MAX } else { now.since(head.at) };
        if let Some((head, text)) = &kept
            && age(head) < self.every
        {
            return Ok(text.clone());
        }
        match (self.ask(kept.as_ref().map(|(head, _)| head), within, now).await, kept) {
            (Ok(Some((head, text))), _) => Ok(self.keep(&head, text)),
            (Ok(None), Some((head, text))) => Ok(self.keep(&CopyHead { at: now, ..head }, text)),
            (Err(error), Some((head, text))) if age(&head) < KEPT_FOR => {
                tracing::warn!(host = self.host(), %error, "a calendar can't be had; it is used as it last was");
                Ok(text)
            }
            (Ok(None), None) => Err(self.unanswered("it says that nothing changed, and nothing is kept")),
            (Err(error), _) => Err(error),
        }
    }

    /// The newest version with its head; nothing, when what is kept is that.
    async fn ask(
        &self,
        kept: Option<&CopyHead>,
        within: Duration,
        now: Timestamp,
    ) -> Result<Option<(CopyHead, String)>, CalendarError> {
        let client = Client::builder().timeout(within).redirect(Policy::custom(within_one_server)).user_agent("ai2ai");
        let client = client.build().map_err(|error| self.unanswered(&without_address(error)))?;
        let mut request = client.get(self.url.clone()).header(ACCEPT, "text/calendar");
        if let Some(head) = kept {
            let known = [(IF_NONE_MATCH, &head.tag), (IF_MODIFIED_SINCE, &head.modified)];
            for (name, value) in known.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.map_err(|error| self.unanswered(&without_address(error)))?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => Ok(None),
            StatusCode::OK => {
                let tag = header(answer.headers(), &ETAG);
                let modified = header(answer.headers(), &LAST_MODIFIED);
                Ok(Some((CopyHead { at: now, tag, modified }, self.body(answer).await?)))
            }
            moved if moved.is_redirection() => Err(self.unanswered("it has moved to another server")),
            other => Err(self.unanswered(&format!("it answers {other}"))),
        }
    }

    async fn body(&self, answer: Response) -> Result<String, CalendarError> {
        let bytes =
            web::body(answer, CALENDAR_BYTES).await.map_err(|error| self.unanswered(&without_address(error)))?;
        let bytes = bytes.ok_or(CalendarError::TooLarge)?;
        let text = String::from_utf8(bytes).map_err(|_| CalendarError::NotACalendar)?;
        let is_one = text.lines().any(|line| line.trim_end().eq_ignore_ascii_case("BEGIN:VCALENDAR"));
        if is_one { Ok(text) } else { Err(CalendarError::NotACalendar) }
    }

    fn read(&self) -> Option<(CopyHead, String)> {
        let bytes = read_small(&self.kept, (CALENDAR_BYTES + HEAD_BYTES) as u64).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (head, text) = text.split_once('\n')?;
        Some((serde_json::from_str(head).ok()?, text.to_owned()))
    }

    /// What can't be kept is used all the same.
    fn keep(&self, head: &CopyHead, text: String) -> String {
        let line = serde_json::to_string(head).unwrap_or_default();
        let folder = self.kept.parent().map_or(Ok(()), private_dir);
        let kept = folder.and_then(|()| write_private(&self.kept, format!("{line}\n{text}").as_bytes()));
        if let Err(failure) = kept {
            tracing::warn!(%failure, "a calendar can't be kept");
        }
        text
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    fn unanswered(&self, why: &str) -> CalendarError {
        CalendarError::Unanswered { host: self.host().to_owned(), why: why.to_owned() }
    }
}

/// Follows a move to another place of the same server, and never from a sealed connection to an open one.
fn within_one_server(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same = attempt.previous().last().is_some_and(|before| before.origin() == attempt.url().origin());
    if same && attempt.previous().len() <= MOVES { attempt.follow() } else { attempt.stop() }
}

fn without_address(error: reqwest::Error) -> String {
    let error = error.without_url();
    let why = if error.is_timeout() { "it takes too long" } else { "no connection, or a broken one" };
    tracing::debug!(%error, "a calendar was asked for");
    why.to_owned()
}

/// A header that is to be sent back as it came.
fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    (text.len() <= TAG_BYTES).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
