//! Who may talk to a door that speaks HTTP, judged before anything else of a request is looked at.
//!
//! A browser is a strange client: it lets every page in the world send requests to this machine. Three headers, which no
//! page can forge, tell such a request from the owner's. `Host` is the name that the browser was given: a page whose name
//! was made to lead here (DNS rebinding) has its own there. `Origin` and `Sec-Fetch-Site` tell whose page sent it.

use std::net::{IpAddr, SocketAddr};

use ai2ai_api::door::DoorEvent;
use axum::extract::{Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Nothing but what this door serves itself may run, be shown, be loaded or be sent to.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
/// Headers of every answer.
const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // With `no-referrer` a browser would hide the origin of our own forms, too.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
    (header::CACHE_CONTROL, "no-store"),
];

/// By which names a door may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// `localhost` or a loopback address, with this port.
    Loopback(u16),
    /// Any, for a door that is the world's and trusts nobody for where they are.
    Any,
}

/// Who calls at a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callers {
    /// The owner's browser, on pages that this door served.
    OwnPages,
    /// Programs. What a web page sent is refused, whichever page it was.
    Programs,
}

/// A guard at a door.
#[derive(Debug, Clone)]
pub struct Guard {
    /// What the door is called in the audit.
    pub door: &'static str,
    /// By which names it may be called.
    pub hosts: Hosts,
    /// Who calls.
    pub callers: Callers,
    /// Where it is told who was turned away.
    pub node: mpsc::Sender<DoorEvent>,
}

/// Why a request is turned away: the code that its sender and the audit are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnedAway {
    /// It was sent to another name: somebody else's name leads here.
    ForeignHost,
    /// A page of another origin sent it.
    ForeignPage,
}

impl TurnedAway {
    /// A short name that does not change.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::ForeignHost => "foreign_host",
            Self::ForeignPage => "foreign_page",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::ForeignHost => StatusCode::MISDIRECTED_REQUEST,
            Self::ForeignPage => StatusCode::FORBIDDEN,
        }
    }
}

impl Guard {
    /// Judges a request by its method, the name in its address (if it has one there) and its headers.
    ///
    /// # Errors
    /// Why it is turned away.
    pub fn judge(&self, method: &Method, authority: Option<&str>, headers: &HeaderMap) -> Result<(), TurnedAway> {
        let host = one(headers, &header::HOST).ok_or(TurnedAway::ForeignHost)?;
        // A proxy's form of address names the host twice.
        if authority.is_some_and(|authority| authority != host) {
            return Err(TurnedAway::ForeignHost);
        }
        match self.hosts {
            Hosts::Loopback(port) if !is_loopback(host, port) => return Err(TurnedAway::ForeignHost),
            Hosts::Loopback(_) | Hosts::Any => {}
        }
        let sound = match self.callers {
            Callers::OwnPages => is_of_own_page(method, host, headers),
            Callers::Programs => !headers.contains_key(header::ORIGIN) && !headers.contains_key(SEC_FETCH_SITE),
        };
        if sound { Ok(()) } else { Err(TurnedAway::ForeignPage) }
    }

    /// Tells the audit of somebody who was turned away. Guesses must not be able to hold the node up.
    pub fn tell(&self, code: &str) {
        tracing::warn!(door = self.door, code, "a request was refused at the door");
        let event = DoorEvent::Refused { role: None, command: self.door.to_owned(), code: code.to_owned() };
        if self.node.try_send(event).is_err() {
            tracing::warn!("and the node is too busy to note it in the audit");
        }
    }
}

/// Lets a request through to the routes, or turns it away; every answer gets the headers that keep a browser strict. To be
/// layered around the routes with `axum::middleware::from_fn_with_state`.
pub async fn stand(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let authority = request.uri().authority().map(axum::http::uri::Authority::as_str);
    let mut response = match guard.judge(request.method(), authority, request.headers()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => {
            guard.tell(refusal.code());
            (refusal.status(), format!("{}\n", refusal.code())).into_response()
        }
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// The token in the one `Authorization: Bearer` of a request; the word may be written in any case.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = one(headers, &header::AUTHORIZATION)?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

/// The one value of a header; nothing when there are none or several.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Whether a `Host` is a loopback address, or `localhost`, with this port. Names that merely lead here are none.
fn is_loopback(host: &str, port: u16) -> bool {
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback() && address.port() == port;
    }
    // Without a port it is the one that browsers leave out.
    if host.eq_ignore_ascii_case("localhost") || is_loopback_ip(host) {
        return port == 80;
    }
    let named = host.rsplit_once(':');
    named.is_some_and(|(name, named)| name.eq_ignore_ascii_case("localhost") && named == port.to_string())
}

fn is_loopback_ip(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether the browser says that one of our own pages, or the owner by hand, sent this. What changes something has to come
/// from our own page, and every browser says of such a request where it comes from.
fn is_of_own_page(method: &Method, host: &str, headers: &HeaderMap) -> bool {
    let looks = matches!(*method, Method::GET | Method::HEAD);
    let site = match (headers.contains_key(&SEC_FETCH_SITE), one(headers, &SEC_FETCH_SITE)) {
        (false, _) => true,
        (true, Some("same-origin")) => true,
        (true, Some("none")) => looks,
        (true, _) => false,
    };
    let origin = match (headers.contains_key(header::ORIGIN), one(headers, &header::ORIGIN)) {
        (false, _) => looks,
        (true, origin) => origin.and_then(|origin| origin.strip_prefix("http://")) == Some(host),
    };
    site && origin
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: u16 = 24_818;

    fn guard(hosts: Hosts, callers: Callers) -> Guard {
        Guard { door: "web", hosts, callers, node: mpsc::channel(1).0 }
    }

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = all.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn judged(method: Method, all: &[(&'static str, &'static str)]) -> Result<(), TurnedAway> {
        guard(Hosts::Loopback(PORT), Callers::OwnPages).judge(&method, None, &headers(all))
    }

    #[test]
    fn only_a_loopback_name_with_our_port_is_ours() {
        for host in ["127.0.0.1:24818", "[::1]:24818", "localhost:24818", "LocalHost:24818", "127.9.9.9:24818"] {
            assert_eq!(judged(Method::GET, &[("host", host)]), Ok(()), "{host}");
        }
        let foreign = [
            "evil.example:24818",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1:24818.evil.example",
            "127.0.0.1.evil.example:24818",
            "localhost.evil.example:24818",
            "evil.localhost:24818",
            "localhost",
            "localhost:024818",
            "192.168.1.2:24818",
            "0.0.0.0:24818",
            "[::]:24818",
            "127.0.0.1:24818@evil.example",
            "user@127.0.0.1:24818",
            "2130706433:24818",
            "0x7f.1:24818",
            "",
        ];
        for host in foreign {
            assert_eq!(judged(Method::GET, &[("host", host)]), Err(TurnedAway::ForeignHost), "{host}");
        }
        assert_eq!(judged(Method::GET, &[]), Err(TurnedAway::ForeignHost));
        let twice = [("host", "127.0.0.1:24818"), ("host", "127.0.0.1:24818")];
        assert_eq!(judged(Method::GET, &twice), Err(TurnedAway::ForeignHost));
        let own = guard(Hosts::Loopback(PORT), Callers::OwnPages);
        let host = headers(&[("host", "127.0.0.1:24818")]);
        assert_eq!(own.judge(&Method::GET, Some("evil.example"), &host), Err(TurnedAway::ForeignHost));
        assert_eq!(
            guard(Hosts::Loopback(80), Callers::OwnPages).judge(&Method::GET, None, &headers(&[("host", "[::1]")])),
            Ok(())
        );
    }

    #[test]
    fn another_page_can_neither_look_nor_send() {
        let with = |method: Method, more: &[(&'static str, &'static str)]| {
            judged(method, &[&[("host", "127.0.0.1:24818")], more].concat())
        };
        let ours = ("origin", "http://127.0.0.1:24818");
        assert_eq!(with(Method::POST, &[ours]), Ok(()));
        assert_eq!(with(Method::POST, &[ours, ("sec-fetch-site", "same-origin")]), Ok(()));
        assert_eq!(with(Method::GET, &[("sec-fetch-site", "none")]), Ok(()));
        let foreign: [&[(&str, &str)]; 11] = [
            &[],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "http://127.0.0.1:24819")],
            &[("origin", "https://127.0.0.1:24818")],
            &[("origin", "http://localhost:24818")],
            &[ours, ours],
            &[ours, ("sec-fetch-site", "cross-site")],
            &[ours, ("sec-fetch-site", "same-site")],
            &[ours, ("sec-fetch-site", "none")],
            &[("sec-fetch-site", "same-origin")],
        ];
        for more in foreign {
            assert_eq!(with(Method::POST, more), Err(TurnedAway::ForeignPage), "{more:?}");
        }
        for site in ["cross-site", "same-site", "", "Same-Origin"] {
            assert_eq!(with(Method::GET, &[("sec-fetch-site", site)]), Err(TurnedAway::ForeignPage), "{site}");
        }
        assert_eq!(with(Method::GET, &[("origin", "https://evil.example")]), Err(TurnedAway::ForeignPage));
    }

    #[test]
    fn a_bearers_token_is_read_however_the_word_is_written_and_never_of_two() {
        for told in ["Bearer abc", "bearer abc", "BEARER  abc "] {
            assert_eq!(bearer(&headers(&[("authorization", told)])), Some("abc"), "{told}");
        }
        for told in ["abc", "Basic abc", "Bearer", "Bearerabc"] {
            assert_eq!(bearer(&headers(&[("authorization", told)])), None, "{told}");
        }
        assert_eq!(bearer(&headers(&[("authorization", "Bearer abc"), ("authorization", "Bearer abc")])), None);
    }

    #[test]
    fn at_a_door_for_programs_no_page_is_heard_not_even_from_this_machine() {
        let programs = guard(Hosts::Loopback(PORT), Callers::Programs);
        let judge = |more: &[(&'static str, &'static str)]| {
            programs.judge(&Method::POST, None, &headers(&[&[("host", "localhost:24818")], more].concat()))
        };
        assert_eq!(judge(&[]), Ok(()));
        assert_eq!(judge(&[("origin", "http://localhost:24818")]), Err(TurnedAway::ForeignPage));
        assert_eq!(judge(&[("sec-fetch-site", "same-origin")]), Err(TurnedAway::ForeignPage));
        let world = guard(Hosts::Any, Callers::Programs);
        assert_eq!(world.judge(&Method::POST, None, &headers(&[("host", "alex.example")])), Ok(()));
    }
}
