//! A web server at the end of a good certificate that lies, stalls and leads astray: nothing that it says is believed, nothing is lost.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_protocol::card::{Card, CardDraft, CardNode};
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::receipt::{Outcome, Receipt, Receipts};
use ai2ai_protocol::seal::Prekey;
use ai2ai_tests::name_server::NameServer;
use ai2ai_tests::ports::free_port;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::stranger::{card_draft, stranger};
use ai2ai_tests::times::{PATIENCE, wait_for, wait_until};
use ai2ai_tests::web_server::{After, WebServer};
use libp2p::PeerId;

use super::{ZONE, here};

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Their card, which names a web server, and a key that can be sealed to for so long.
fn card(of: &Sender, sequence: u64, port: u16, sealed_to_for: Duration) -> Card {
    let node = CardNode {
        peer: PeerId::random().to_string(),
        addresses: vec![format!("/dns/alex.example/tcp/{port}/tls/http")],
        prekeys: vec![Prekey::from_secret([7; 32]).public(now() + sealed_to_for)],
    };
    let draft = CardDraft { sequence, ..card_draft(of, vec![node]) };
    draft.sign(&of.key).expect("a card")
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Receipts of somebody that accept this.
fn accepts(by: &Sender, digest: Digest) -> Vec<u8> {
    let receipt = Receipt { id: None, digest, outcome: Outcome::Accepted, retry_after_s: None, state: None, at: now() };
    answer("200 OK", "content-type: application/ai2ai-receipts+json\r\n", &Receipts::sign(&[receipt], by, None, now()))
}

/// Sam's node, which knows no more of Alex than this card.
struct Sam {
    solo: Solo,
    _names: NameServer,
    _folder: tempfile::TempDir,
}

impl Sam {
    fn knows(card: &Card, web: &WebServer, private: bool) -> Self {
        let names = NameServer::serve(here(), "example.", ZONE);
        let folder = tempfile::tempdir().expect("a folder");
        let roots = folder.path().join("roots.pem");
        let file = folder.path().join("alex.card");
        std::fs::write(&roots, &web.root).expect("roots");
        std::fs::write(&file, card.bytes()).expect("a card");
        let settings = format!(
            "listen = []\n[dns]\nserver = \"{}\"\n[https]\nprivate = {private}\nroots = \"{}\"\n",
            names.address,
            roots.display()
        );
        let mut solo = Solo::moves_in("Sam", &settings);
        solo.listens_at(None);
        let sam = Self { solo: solo.is_up(), _names: names, _folder: folder };
        assert_eq!(sam.solo.asks(&["add", "--card", file.to_str().expect("a path")])[0]["name"], "Alex");
        sam
    }

    /// Writes a message, and waits until an attempt to bring it has failed for a reason with these words in it, and left it so:
    /// `sent`, if it may have been passed on.
    fn says(&self, words: &str, state: &str) {
        assert!(self.solo.types(&["send", "Alex", "hello"]).status.success());
        wait_until(&format!("{words:?}, {state}"), 2 * PATIENCE, || {
            let row = self.solo.asks(&["outbox"]).into_iter().next().unwrap_or_default();
            let is_so = row["state"] == state && row["last_error"].as_str().is_some_and(|error| error.contains(words));
            if is_so { Ok(()) } else { Err(row) }
        });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_web_server_says_is_believed_for_nothing() {
    let alex = stranger(40, "Alex");
    let mallory = stranger(50, "Alex");
    let digest = Digest::of(b"another envelope");
    let claims_more = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{".to_vec();
    let endless = b"HTTP/1.1 200 OK\r\n\r\n{\"ai2ai\":\"0.2\",\"type\":\"receipts\",\"x\":\"".to_vec();
    let cases = [
        (answer("200 OK", "", b"all is well, delivered"), After::Close, "malformed"),
        (answer("200 OK", "", b""), After::Close, "malformed"),
        (accepts(&mallory, digest), After::Close, "bad_signature"),
        (accepts(&alex, digest), After::Close, "no receipt for it"),
        (answer("202 Accepted", "", b"{}"), After::Close, "202"),
        (answer("503 Service Unavailable", "", b""), After::Close, "503"),
        (answer("200 OK", "retry-after: 99999\r\n", b""), After::Close, "malformed"),
        (answer("413 Content Too Large", "", b""), After::Close, "no request of this size"),
        (answer("404 Not Found", "", b""), After::Close, "404"),
        (answer("429 Too Many Requests", "retry-after: Sat, 07 Feb 2099 03:55:00 GMT\r\n", b""), After::Close, "429"),
        (claims_more, After::Forever, "longer than receipts"),
        (endless, After::Forever, "longer than receipts"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{".to_vec(), After::Silence, "no answer in time"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), After::Close, "https://alex.example"),
    ];
    for (bytes, after, words) in cases {
        let web = WebServer::serve("alex.example", bytes, after).await;
        let sam = Sam::knows(&card(&alex, 1, web.address.port(), DAY), &web, true);
        sam.says(words, "sent");
        assert!(sam.solo.asks(&["dead"]).is_empty(), "{words}: nothing is given up for a status");
        let contacts = sam.solo.asks(&["contacts"]);
        assert!(contacts[0]["path"].is_null(), "{words}: {contacts:?}");
        let asked = web.asked();
        assert!(asked.iter().any(|request| request.starts_with("POST /ai2ai HTTP/1.1\r\n")), "{asked:?}");
        assert!(asked.iter().all(|request| !request.contains("hello")), "it is sealed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_web_server_that_asks_to_be_left_alone_is_and_nothing_is_lost_by_it() {
    let alex = stranger(40, "Alex");
    for status in ["429 Too Many Requests", "503 Service Unavailable"] {
        let web =
            WebServer::serve("alex.example", answer(status, "retry-after: 99999999\r\n", b""), After::Close).await;
        let sam = Sam::knows(&card(&alex, 1, web.address.port(), DAY), &web, true);
        // It may have been passed on by the one request that there was.
        sam.says("asks to be left alone until", "sent");
        let posted = || web.asked().iter().filter(|request| request.starts_with("POST")).count();
        assert_eq!(posted(), 1, "{status}");
        let attempts = || sam.solo.asks(&["outbox"]).first()?["attempts"].as_u64();
        wait_for("further attempts", 2 * PATIENCE, || (attempts()? >= 4).then_some(()));
        assert_eq!(posted(), 1, "{status}: it is left alone");
        assert!(sam.solo.asks(&["dead"]).is_empty(), "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirection_leads_nowhere_and_least_of_all_into_our_own_network() {
    let alex = stranger(40, "Alex");
    let inside = WebServer::serve("sam.example", answer("200 OK", "", b"{}"), After::Close).await;
    for place in [
        format!("https://sam.example:{}/ai2ai", inside.address.port()),
        format!("http://{}/admin", inside.address),
        "http://169.254.169.254/latest/meta-data".to_owned(),
        "/elsewhere".to_owned(),
    ] {
        let header = format!("location: {place}\r\n");
        let web = WebServer::serve("alex.example", answer("307 Temporary Redirect", &header, b""), After::Close).await;
        let sam = Sam::knows(&card(&alex, 1, web.address.port(), DAY), &web, true);
        sam.says("nobody is followed elsewhere", "sent");
        // Whoever does not answer is also looked for where the card is published.
        let expected = ["POST /ai2ai HTTP", "GET /.well-known/ai2ai.json HTTP"];
        let asked = web.asked();
        assert!(asked.iter().all(|asked| expected.iter().any(|begin| asked.starts_with(begin))), "{place}: {asked:?}");
    }
    assert!(inside.asked().is_empty(), "{:?}", inside.asked());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_leaves_without_the_right_certificate_or_for_an_address_of_our_own_network() {
    let alex = stranger(40, "Alex");
    let web = WebServer::serve("alex.example", accepts(&alex, Digest::of(b"")), After::Close).await;
    let sam = Sam::knows(&card(&alex, 1, web.address.port(), DAY), &web, false);
    sam.says("no public address", "queued");
    let other = WebServer::serve("other.example", accepts(&alex, Digest::of(b"")), After::Close).await;
    let sam = Sam::knows(&card(&alex, 1, other.address.port(), DAY), &other, true);
    // The certificate is of another name.
    sam.says("https://alex.example", "queued");
    let sam = Sam::knows(&card(&alex, 1, other.address.port(), DAY), &web, true);
    // Nobody vouches for the certificate.
    sam.says("https://alex.example", "queued");
    assert!(web.asked().is_empty() && other.asked().is_empty(), "none of them was shown anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_has_run_out_is_looked_for_where_the_card_is_published() {
    let alex = stranger(40, "Alex");
    // The newer card is what the web server answers to whatever is asked of it; as receipts it is none.
    let at = free_port();
    let fresh = card(&alex, 2, at, DAY);
    let web = WebServer::serve_at(at, "alex.example", answer("200 OK", "", fresh.bytes()), After::Close).await;
    let sam = Sam::knows(&card(&alex, 1, at, Duration::from_secs(2)), &web, true);
    wait_for("the key to run out", PATIENCE, || (now() >= fresh.issued_at() + Duration::from_secs(4)).then_some(()));
    // It was sealed to the new key, and posted.
    sam.says("malformed", "sent");
    let asked = web.asked();
    let posted = asked.iter().position(|request| request.starts_with("POST /ai2ai "));
    let sought = asked.iter().position(|request| request.starts_with("GET /.well-known/ai2ai.json "));
    assert!(sought == Some(0) && posted > sought, "{asked:?}");
}
