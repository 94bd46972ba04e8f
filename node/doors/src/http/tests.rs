//! A real server, and what somebody at it would try.

use std::net::Ipv4Addr;

use ai2ai_api::door::DoorEvent;
use ai2ai_api::error_code::ErrorCode;
use axum::body::Bytes;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::guard::{Callers, Guard, Hosts, stand};
use super::*;

const SOON: Duration = Duration::from_secs(20);
const BODY: usize = 1_000;

struct Door {
    door: HttpDoor,
    events: mpsc::Receiver<DoorEvent>,
}

async fn open(bounds: Bounds) -> Door {
    let bound = Bound::to((Ipv4Addr::LOCALHOST, 0).into(), Reachable::Loopback).await.expect("an address");
    let (node, events) = mpsc::channel(8);
    let guard =
        Guard { door: "test", hosts: Hosts::Loopback(bound.address().port()), callers: Callers::Programs, node };
    let routes = Router::new()
        .route("/", get(|ConnectInfo(from): ConnectInfo<SocketAddr>| async move { from.ip().to_string() }))
        .route("/length", post(|body: Bytes| async move { body.len().to_string() }))
        .route("/slow", get(|| async { sleep(Duration::from_secs(3600)).await }))
        .layer(from_fn_with_state(guard, stand));
    Door { door: bound.serve(routes, bounds), events }
}

fn small() -> Bounds {
    Bounds { head_time: Duration::from_secs(1), request_time: Duration::from_secs(1), ..Bounds::of_body(BODY) }
}

impl Door {
    async fn connects(&self) -> TcpStream {
        TcpStream::connect(self.door.address()).await.expect("a connection")
    }

    /// What comes back for these bytes until the server hangs up.
    async fn says(&self, bytes: &[u8]) -> String {
        let mut stream = self.connects().await;
        // A server that has heard enough may close before all is written.
        let _closed = stream.write_all(bytes).await;
        heard(&mut stream).await
    }

    fn head(&self, line: &str, more: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n", self.door.address())
    }
}

async fn heard(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _reset = timeout(SOON, stream.read_to_end(&mut answer)).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("none")
}

#[tokio::test]
async fn a_request_within_its_bounds_is_answered_with_the_strict_headers() {
    let door = open(small()).await;
    let answer = door.says(door.head("GET /", "").as_bytes()).await;
    assert_eq!(status(&answer), "200", "{answer}");
    assert!(answer.ends_with("127.0.0.1"), "{answer}");
    for header in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff", "no-store"] {
        assert!(answer.contains(header), "{header} in {answer}");
    }
    assert!(!answer.contains("access-control"), "{answer}");
}

#[tokio::test]
async fn what_is_too_long_is_not_taken_in() {
    let door = open(small()).await;
    let long = |n: usize| "a".repeat(n);
    let post = |more: String| door.head("POST /length", &more);
    let chunked = format!("{}3e9\r\n{}\r\n0\r\n\r\n", post("Transfer-Encoding: chunked\r\n".to_owned()), long(1_001));
    let cases = [
        (door.head(&format!("GET /?{}", long(URL_BYTES)), ""), "414"),
        (door.head("GET /", &format!("X: {}\r\n", long(HEAD_BYTES))), "431"),
        (door.head("GET /", &"X: y\r\n".repeat(HEADERS)), "431"),
        (post("Content-Length: 1001\r\n".to_owned()), "413"),
        (post("Content-Length: 99999999999999\r\n".to_owned()), "413"),
        (chunked, "413"),
        (format!("{}{}", post("Content-Length: 1000\r\n".to_owned()), long(1_000)), "200"),
    ];
    for (request, expected) in cases {
        let answer = door.says(request.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{} bytes: {answer}", request.len());
    }
}

#[tokio::test]
async fn who_is_slow_is_hung_up_on_and_who_is_answered_slowly_is_told() {
    let door = open(small()).await;
    for half in ["", "GET / HTTP/1.1\r\nHost:"] {
        assert!(!door.says(half.as_bytes()).await.contains("200"), "{half}");
    }
    let body = door.head("POST /length", "Content-Length: 10\r\n");
    assert_eq!(status(&door.says(format!("{body}12345").as_bytes()).await), "408");
    assert_eq!(status(&door.says(door.head("GET /slow", "").as_bytes()).await), "408");
    let kept = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", door.door.address());
    assert_eq!(status(&door.says(kept.as_bytes()).await), "200", "and silence after an answer ends, too");
}

#[tokio::test]
async fn silent_clients_up_to_the_bound_do_not_shut_others_out_for_long() {
    let door = open(Bounds { connections: 2, ..small() }).await;
    let silent = [door.connects().await, door.connects().await, door.connects().await];
    assert_eq!(status(&door.says(door.head("GET /", "").as_bytes()).await), "200");
    drop(silent);
}

#[tokio::test]
async fn a_foreign_name_or_page_is_refused_and_told_to_the_audit() {
    let mut door = open(small()).await;
    let port = door.door.address().port();
    let rebound = format!("GET / HTTP/1.1\r\nHost: evil.example:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(status(&door.says(rebound.as_bytes()).await), "421");
    let proxied = door.head("GET http://evil.example/", "");
    assert_eq!(status(&door.says(proxied.as_bytes()).await), "421");
    let page = door.head("POST /length", "Origin: https://evil.example\r\nContent-Length: 0\r\n");
    let answer = door.says(page.as_bytes()).await;
    assert_eq!(status(&answer), "403");
    assert!(answer.contains("content-security-policy"), "{answer}");
    for expected in ["foreign_host", "foreign_host", "foreign_page"] {
        match door.events.recv().await.expect("an event") {
            DoorEvent::Refused { role: None, command, code } => {
                assert_eq!((command.as_str(), code.as_str()), ("test", expected));
            }
            other @ (DoorEvent::Refused { .. } | DoorEvent::Command(_)) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_no_http_is_no_request() {
    let door = open(small()).await;
    for bytes in
        ["{\"token\":1}\n\n", "\u{16}\u{3}\u{1}\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        assert_ne!(status(&door.says(bytes.as_bytes()).await), "200", "{bytes:?}");
    }
    let smuggled = door.head("POST /length", "Content-Length: 3\r\nContent-Length: 4\r\n");
    assert_eq!(status(&door.says(smuggled.as_bytes()).await), "400");
}

#[tokio::test]
async fn a_door_for_this_machine_is_on_no_other_address() {
    for address in ["0.0.0.0:0", "192.0.2.1:0", "[::]:0"] {
        let failure = Bound::to(address.parse().expect("an address"), Reachable::Loopback).await.expect_err("refused");
        assert_eq!(failure.code, ErrorCode::NotLoopback, "{address}");
    }
    assert!(Bound::to("0.0.0.0:0".parse().expect("an address"), Reachable::Anywhere).await.is_ok());
}

#[tokio::test]
async fn a_closed_door_lets_nobody_in_and_hangs_up_on_those_inside() {
    let door = open(Bounds { request_time: Duration::from_secs(600), ..small() }).await;
    let address = door.door.address();
    let mut inside = door.connects().await;
    inside.write_all(door.head("GET /slow", "").as_bytes()).await.expect("written");
    timeout(SOON, door.door.close()).await.expect("closed");
    assert_eq!(heard(&mut inside).await, "");
    assert!(TcpStream::connect(address).await.is_err());
}
