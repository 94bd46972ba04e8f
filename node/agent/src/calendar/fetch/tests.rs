//! Servers as they are, and as they should not be: each asked over loopback.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;

const CALENDAR: &str = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n";
const EVERY: Duration = Duration::from_secs(900);

/// A server that gives one answer after the other, and the requests that it got.
struct Server {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

async fn serves(answers: Vec<String>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}/secret-token/me.ics", listener.local_addr().expect("an address"));
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let Ok((mut stream, _)) = listener.accept().await else { return };
            let mut request = vec![0; 4_096];
            let read = stream.read(&mut request).await.unwrap_or(0);
            let text = String::from_utf8_lossy(&request[..read]).to_lowercase();
            kept.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            drop(stream.write_all(answer.as_bytes()).await);
            if answer.ends_with("drip") {
                std::future::pending::<()>().await;
            }
        }
    });
    Server { address, asked }
}

fn ok(headers: &str, body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + minutes * 60_000)
}

fn remote(server: &Server, folder: &Path) -> Remote {
    Remote::new(&server.address, folder, EVERY).expect("an address")
}

#[tokio::test]
async fn it_is_asked_once_in_a_while_and_only_for_what_is_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let changed = CALENDAR.replace("END:", "X-NEW:1\r\nEND:");
    let server = serves(vec![
        ok("ETag: \"one\"\r\nLast-Modified: Sat, 07 Feb 2026 03:55:00 GMT\r\n", CALENDAR),
        "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n".to_owned(),
        ok("", &changed),
    ])
    .await;
    let remote = remote(&server, folder.path());
    for (minutes, text, requests) in
        [(0, CALENDAR, 1), (14, CALENDAR, 1), (15, CALENDAR, 2), (29, CALENDAR, 2), (31, &changed, 3)]
    {
        assert_eq!(remote.text(WITHIN, at(minutes)).await.expect("a calendar"), text, "{minutes}");
        assert_eq!(server.asked.lock().expect("unpoisoned").len(), requests, "{minutes}");
    }
    let asked = server.asked.lock().expect("unpoisoned").clone();
    assert!(!asked[0].contains("if-none-match") && asked[1].contains("if-none-match: \"one\""), "{asked:?}");
    assert!(asked[1].contains("if-modified-since: sat, 07 feb 2026 03:55:00 gmt"), "{asked:?}");
    assert!(asked.iter().all(|request| !request.contains("accept-encoding")), "what is packed could be a bomb");
}

#[tokio::test]
async fn what_cannot_be_had_is_used_as_it_was_for_a_day_and_then_no_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut answers = vec![ok("", CALENDAR)];
    answers
        .extend(["HTTP/1.1 500 Oh\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", "nonsense"].map(str::to_owned));
    answers.push(ok("", "<html>log in first</html>"));
    let server = serves(answers).await;
    let remote = remote(&server, folder.path());
    for minutes in [0, 20, 40, 60, 80] {
        assert_eq!(remote.text(WITHIN, at(minutes)).await.expect("as it was"), CALENDAR, "{minutes}");
    }
    let gone = remote.text(WITHIN, at(25 * 60)).await.expect_err("too old").to_string();
    assert!(gone.contains("127.0.0.1") && !gone.contains("secret-token"), "{gone}");
}

#[tokio::test]
async fn what_is_too_much_too_slow_no_calendar_or_elsewhere_is_refused() {
    let elsewhere =
        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: http://localhost:1/\r\n\r\n";
    let endless =
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nBEGIN:VCALENDAR\r\n{}", "X".repeat(CALENDAR_BYTES));
    let slow = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\ndrip".to_owned();
    for (answer, why) in [
        (elsewhere.to_owned(), "moved to another server"),
        (endless, "more than"),
        (slow, "takes too long"),
        (ok("", "hello"), "no calendar"),
        (ok("", "").replace("200 OK", "404 Not Found"), "404"),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let server = serves(vec![answer]).await;
        let refused = remote(&server, folder.path()).text(Duration::from_secs(3), at(0)).await.expect_err("refused");
        let said = refused.to_string();
        assert!(said.contains(why) && !said.contains("secret-token"), "{why}: {said}");
        assert!(std::fs::read_dir(folder.path()).expect("the folder").next().is_none(), "nothing of it is kept: {why}");
    }
}

#[tokio::test]
async fn a_move_within_the_server_is_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let moved = "HTTP/1.1 301 Moved\r\nConnection: close\r\nContent-Length: 0\r\nLocation: /new.ics\r\n\r\n";
    let server = serves(vec![moved.to_owned(), ok("", CALENDAR)]).await;
    assert_eq!(remote(&server, folder.path()).text(WITHIN, at(0)).await.expect("followed"), CALENDAR);
    assert!(server.asked.lock().expect("unpoisoned")[1].starts_with("get /new.ics"));
}

#[test]
fn only_addresses_of_the_web_are_any() {
    let new = |address| Remote::new(address, Path::new("/nowhere"), EVERY);
    for good in [
        "https://cal.example/me.ics",
        "http://192.168.1.5/me.ics",
        "webcal://cal.example/me.ics",
        " https://a.example ",
    ] {
        assert!(new(good).is_ok(), "{good}");
    }
    assert_eq!(new("webcal://cal.example/a").expect("an address").url.scheme(), "https");
    for bad in ["", "file:///etc/passwd", "ftp://cal.example/me.ics", "me.ics", "https://", "data:text/calendar,x"] {
        let said = new(bad).expect_err(bad).to_string();
        assert!(!said.contains("passwd"), "{said}");
    }
}
