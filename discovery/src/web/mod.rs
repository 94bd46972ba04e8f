//! Requests to web servers of others: nothing is followed elsewhere, nothing is sent along, and only so much is read, for so long.
//!
//! A name may be anybody's, and so may its addresses: it can lead into our own network. So who asks says which addresses may be tried.

pub mod endpoint;
pub mod https;
pub mod well_known;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Response};

/// Addresses of one host that are tried.
pub const ADDRESSES: usize = 4;

/// A client for one question, which may take this long: the name leads to these addresses and to no others, whatever the DNS says by
/// then. `roots` are certificates that are trusted beside the system's, in PEM.
///
/// # Errors
/// The certificates can't be used.
pub fn client(host: &str, addresses: &[SocketAddr], roots: &[u8], within: Duration) -> Result<Client, reqwest::Error> {
    builder(host, addresses, roots, within)?.pool_max_idle_per_host(0).build()
}

/// A client for many questions, each of which may take this long: so many connections are kept from one to the next. A connection
/// that is not there within `connect` is none, and nothing was asked over it.
///
/// # Errors
/// The certificates can't be used.
pub fn lasting_client(
    host: &str,
    addresses: &[SocketAddr],
    roots: &[u8],
    (connect, within): (Duration, Duration),
    kept: usize,
) -> Result<Client, reqwest::Error> {
    builder(host, addresses, roots, within)?.connect_timeout(connect).pool_max_idle_per_host(kept).build()
}

fn builder(
    host: &str,
    addresses: &[SocketAddr],
    roots: &[u8],
    within: Duration,
) -> Result<ClientBuilder, reqwest::Error> {
    let builder = Client::builder()
        .http1_only()
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .timeout(within)
        .resolve_to_addrs(host, addresses);
    match roots {
        [] => Ok(builder),
        roots => Ok(builder.tls_certs_merge(Certificate::from_pem_bundle(roots)?)),
    }
}

/// Those of a host's addresses that are tried: four at most, and none that is not public, unless the owner lets them be asked.
#[must_use]
pub fn fit(addresses: Vec<IpAddr>, private: bool) -> Vec<IpAddr> {
    addresses.into_iter().filter(|ip| private || is_public(*ip)).take(ADDRESSES).collect()
}

/// Returns what a server answers, of at most so many bytes; `None` if it has more.
///
/// # Errors
/// It breaks off.
pub async fn body(mut answer: Response, most: usize) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > most {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

/// Returns what is at the bottom of an error: the top says only that there was one.
#[must_use]
pub fn reason(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    deepest.to_string()
}

/// Returns whether an address is one of the public internet, and not of this machine, of a network of somebody's own, or of nobody.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// RFC 6890 and its successors, but for what is only kept for documentation.
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && b & 0xc0 == 64;
    let protocols = (a, b, c) == (192, 0, 0);
    let benchmarks = a == 198 && b & 0xfe == 18;
    let nobody = a == 0 || a >= 224;
    !(ip.is_private() || ip.is_loopback() || ip.is_link_local() || shared || protocols || benchmarks || nobody)
}

/// Returns whether an IPv6 address is public: those given out to people begin with 001. An IPv4 address within is judged as what it is.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    let within = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            is_public(within(high, low))
        }
        // Teredo and other addresses of protocols.
        [0x2001, second, ..] if second < 0x200 => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// How long a web server asks to be left alone: `Retry-After` in seconds; a date is left to our own pace.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_asked() {
        for inside in [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "224.0.0.251",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.1.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:a00:1::1",
            "2002:7f00:1::",
            "2001::1",
            "2001:1ff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "100::1",
        ] {
            assert!(!is_public(inside.parse().expect("an address")), "{inside}");
        }
        for outside in [
            "1.1.1.1",
            "100.128.0.1",
            "172.32.0.1",
            "203.0.113.7",
            "198.20.0.1",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "2002:101:101::",
            "64:ff9b::101:101",
        ] {
            assert!(is_public(outside.parse().expect("an address")), "{outside}");
        }
    }
}
