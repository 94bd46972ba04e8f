//! What opens the owner's pages: a link that works once and soon, then a cookie; and what every form has to bring back.
//!
//! They are kept in memory alone: whoever was in has to open the pages anew after a restart. Only digests are kept and
//! compared, so neither the time that a guess takes nor a look at the memory of the node tells one.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ai2ai_protocol::digest::Digest;
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

/// How long a link opens.
const LINK_LIFE: Duration = Duration::from_secs(60);
/// Links that are open at a time; a new one closes the oldest.
const LINKS: usize = 4;
/// Browsers that are in at a time; a new one closes out the one that was quiet for longest.
const SESSIONS: usize = 8;
/// How long a browser stays in without asking for anything.
const IDLE: Duration = Duration::from_secs(24 * 3_600);
/// How long a browser stays in at most.
const SESSION_LIFE: Duration = Duration::from_secs(7 * 24 * 3_600);
/// Random bytes of each secret.
const SECRET_BYTES: usize = 32;

/// The keys of the pages at one address.
#[derive(Clone)]
pub struct Sessions(Arc<SessionsInner>);

struct SessionsInner {
    address: SocketAddr,
    held: Mutex<SessionTable>,
}

#[derive(Default)]
struct SessionTable {
    links: Vec<(Digest, Instant)>,
    sessions: Vec<WebSession>,
}

struct WebSession {
    cookie: Digest,
    form: Zeroizing<String>,
    since: Instant,
    seen: Instant,
}

impl Sessions {
    /// The keys of the pages that are served at this address; none opens yet.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self(Arc::new(SessionsInner { address, held: Mutex::default() }))
    }

    /// A new link, and how long it opens.
    #[must_use]
    pub fn link(&self) -> (Zeroizing<String>, Duration) {
        let secret = secret();
        let mut held = self.held();
        if held.links.len() >= LINKS {
            held.links.remove(0);
        }
        held.links.push((digest(&secret), Instant::now()));
        (Zeroizing::new(format!("http://{}/open/{}", self.0.address, secret.as_str())), LINK_LIFE)
    }

    /// Lets in whoever brings the secret of a link that still opens; gives the cookie. The link opens no more.
    pub(crate) fn let_in(&self, secret_of_link: &str, now: Instant) -> Option<Zeroizing<String>> {
        let mut held = self.held();
        held.links.retain(|(_, since)| now.saturating_duration_since(*since) < LINK_LIFE);
        let known = digest(secret_of_link);
        let place = held.links.iter().position(|(link, _)| *link == known)?;
        held.links.remove(place);
        let cookie = secret();
        if held.sessions.len() >= SESSIONS
            && let Some(quietest) = (0..held.sessions.len()).min_by_key(|place| held.sessions[*place].seen)
        {
            held.sessions.remove(quietest);
        }
        held.sessions.push(WebSession { cookie: digest(&cookie), form: secret(), since: now, seen: now });
        Some(cookie)
    }

    /// What the forms of the browser with this cookie have to bring; nothing when it is not in.
    pub(crate) fn form_of(&self, cookie: &str, now: Instant) -> Option<Zeroizing<String>> {
        let mut held = self.held();
        let age = |since: Instant| now.saturating_duration_since(since);
        held.sessions.retain(|session| age(session.since) < SESSION_LIFE && age(session.seen) < IDLE);
        let known = digest(cookie);
        let session = held.sessions.iter_mut().find(|session| session.cookie == known)?;
        session.seen = now;
        Some(session.form.clone())
    }

    /// Closes out the browser with this cookie.
    pub(crate) fn close_out(&self, cookie: &str) {
        let known = digest(cookie);
        self.held().sessions.retain(|session| session.cookie != known);
    }

    /// The cookie's name. Cookies know no ports: two nodes on one machine must not overwrite each other's.
    pub(crate) fn cookie_name(&self) -> String {
        format!("ai2ai_{}", self.0.address.port())
    }

    fn held(&self) -> MutexGuard<'_, SessionTable> {
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.address)
    }
}

/// Whether a form brought what it has to.
pub(crate) fn is_same(brought: &str, expected: &str) -> bool {
    digest(brought) == digest(expected)
}

fn digest(text: &str) -> Digest {
    Digest::of(text.as_bytes())
}

fn secret() -> Zeroizing<String> {
    let bytes: Zeroizing<[u8; SECRET_BYTES]> = Zeroizing::new(rand::random());
    Zeroizing::new(BASE64URL_NOPAD.encode(bytes.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Sessions {
        Sessions::new("127.0.0.1:24818".parse().expect("an address"))
    }

    fn secret_of(keys: &Sessions) -> String {
        let (url, _) = keys.link();
        url.strip_prefix("http://127.0.0.1:24818/open/").expect("a link").to_owned()
    }

    #[test]
    fn a_link_opens_once_and_soon() {
        let keys = keys();
        let now = Instant::now();
        let secret = secret_of(&keys);
        assert!(keys.let_in("guess", now).is_none());
        assert!(keys.let_in("", now).is_none());
        assert!(keys.let_in(&secret, now).is_some());
        assert!(keys.let_in(&secret, now).is_none(), "a second time");
        let late = secret_of(&keys);
        assert!(keys.let_in(&late, Instant::now() + LINK_LIFE).is_none(), "too late");
        let first = secret_of(&keys);
        let further: Vec<String> = (0..LINKS).map(|_| secret_of(&keys)).collect();
        assert!(keys.let_in(&first, Instant::now()).is_none(), "it was closed by newer ones");
        assert!(keys.let_in(&further[0], Instant::now()).is_some());
    }

    #[test]
    fn a_cookie_lasts_until_it_is_idle_or_old_or_closed_out() {
        let keys = keys();
        let now = Instant::now();
        let open = |at: Instant| {
            let secret = secret_of(&keys);
            keys.let_in(&secret, at).expect("let in")
        };
        let cookie = open(now);
        let form = keys.form_of(&cookie, now).expect("in");
        assert!(is_same(&form, &form) && !is_same("", &form) && !is_same(&cookie, &form));
        assert_eq!(keys.form_of(&cookie, now + IDLE / 2).as_deref(), Some(&*form));
        assert!(keys.form_of(&cookie, now + IDLE / 2 + IDLE).is_none(), "idle");
        let busy = open(now);
        let days = (0..8).map(|day| now + Duration::from_secs(day * 23 * 3_600));
        assert_eq!(days.filter(|at| keys.form_of(&busy, *at).is_some()).count(), 8);
        assert!(keys.form_of(&busy, now + SESSION_LIFE).is_none(), "old");
        let closed = open(now);
        keys.close_out(&closed);
        assert!(keys.form_of(&closed, now).is_none());
        let first = open(now);
        let others: Vec<_> = (0..SESSIONS).map(|_| open(now + Duration::from_secs(1))).collect();
        assert!(keys.form_of(&first, now).is_none(), "the quietest made place");
        assert!(keys.form_of(&others[0], now).is_some());
    }
}
