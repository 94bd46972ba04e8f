//! Who calls, where a web server stands between (pure): without it all the world would share that server's rates and its faults.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whom a request counts against: whoever connected; or, if that is a web server of the owner's, the one whom it names last. What stands
/// before that in the header came with the request, and may be anybody's invention.
pub(super) fn of(from: IpAddr, headers: &HeaderMap, behind: &[IpAddr]) -> IpAddr {
    let from = from.to_canonical();
    if !behind.iter().any(|server| server.to_canonical() == from) {
        return from;
    }
    let named = headers.get_all(FORWARDED_FOR).iter().next_back();
    let last = named.and_then(|value| value.to_str().ok()?.rsplit(',').next()).map(str::trim);
    last.and_then(read).map_or(from, |ip| ip.to_canonical())
}

/// An address, with a port or without.
fn read(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(from: &str, headers: &[&str]) -> String {
        let mut map = HeaderMap::new();
        for value in headers {
            map.append(FORWARDED_FOR, value.parse().expect("a header"));
        }
        let behind = ["127.0.0.1".parse().expect("an address"), "2001:db8::7".parse().expect("an address")];
        of(from.parse().expect("an address"), &map, &behind).to_string()
    }

    #[test]
    fn a_web_server_of_ours_says_who_calls() {
        for (said, who) in [
            ("203.0.113.9", "203.0.113.9"),
            (" 203.0.113.9 ", "203.0.113.9"),
            ("203.0.113.9:4711", "203.0.113.9"),
            ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
        ] {
            assert_eq!(caller("127.0.0.1", &[said]), who);
            assert_eq!(caller("::ffff:127.0.0.1", &[said]), who);
            assert_eq!(caller("2001:db8::7", &[said]), who);
        }
    }

    #[test]
    fn nobody_else_says_who_they_are_and_only_the_last_word_counts() {
        assert_eq!(caller("198.51.100.1", &["203.0.113.9"]), "198.51.100.1", "a stranger's header");
        assert_eq!(caller("127.0.0.1", &["10.0.0.1, 203.0.113.9"]), "203.0.113.9", "the first one came along");
        assert_eq!(caller("127.0.0.1", &["10.0.0.1", "203.0.113.9"]), "203.0.113.9", "in a header of its own, too");
        for nobody in ["", "unknown", "203.0.113.9, nonsense", "203.0.113.9,", "_hidden", "1.2.3.4.5", "[::1"] {
            assert_eq!(caller("127.0.0.1", &[nobody]), "127.0.0.1", "{nobody}");
        }
        assert_eq!(caller("127.0.0.1", &[]), "127.0.0.1");
    }
}
