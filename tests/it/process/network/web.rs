//! A domain speaks by its DNS records and by the card on its web server; neither is believed further than its signatures go.

use std::net::SocketAddr;
use std::time::Instant;

use ai2ai_discovery::dns::{Dns, Dnssec, Servers};
use ai2ai_discovery::web::well_known::{WITHIN, WellKnown, WellKnownError};
use ai2ai_protocol::card::Card;
use ai2ai_protocol::limits::CARD_BYTES;
use ai2ai_tests::name_server::NameServer;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use ai2ai_tests::web_server::{After, WebServer};
use libp2p::PeerId;
use serde_json::Value;

const NAME: &str = "alex.example";
const ZONE: &str = "alex IN A 127.0.0.1\nother IN A 127.0.0.1\n";

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

fn ok(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nset-cookie: a=b\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn text(answer: &str) -> Vec<u8> {
    answer.as_bytes().to_vec()
}

/// A name server with [`ZONE`], this web server, and somebody who asks both and may ask at home.
async fn at_home(answer: Vec<u8>, after: After) -> (NameServer, WebServer, Dns, WellKnown) {
    let names = NameServer::serve(here(), "example.", ZONE);
    let web = WebServer::serve(NAME, answer, after).await;
    let dns = Dns::new(Servers::At(names.address));
    let asks = WellKnown { port: web.address.port(), roots: web.root.clone().into_bytes(), private: true };
    (names, web, dns, asks)
}

#[tokio::test]
async fn the_bytes_of_the_card_come_and_nothing_is_sent_along() {
    let (_names, web, dns, asks) = at_home(ok(b"{\"type\":\"card\"}"), After::Close).await;
    assert_eq!(asks.ask(&dns, NAME).await, Ok(b"{\"type\":\"card\"}".to_vec()));
    assert_eq!(asks.ask(&dns, "alex.example.").await.map(|bytes| bytes.len()), Ok(15), "a final dot is no other name");
    let asked = web.asked();
    assert!(asked[0].starts_with("GET /.well-known/ai2ai.json HTTP/1.1\r\n"), "{}", asked[0]);
    assert!(!asked.iter().any(|request| request.to_ascii_lowercase().contains("cookie")), "{asked:?}");
    let longest = vec![b'x'; CARD_BYTES];
    let (_names, _web, dns, asks) = at_home(ok(&longest), After::Close).await;
    assert_eq!(asks.ask(&dns, NAME).await.map(|bytes| bytes.len()), Ok(CARD_BYTES));
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_and_a_slow_one_is_left() {
    let too_much = vec![b'x'; CARD_BYTES + 1];
    let claims = text("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nxxxx");
    let endless = text("HTTP/1.1 200 OK\r\n\r\n{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{");
    for (answer, after) in [(ok(&too_much), After::Close), (claims, After::Forever), (endless, After::Forever)] {
        let (_names, _web, dns, asks) = at_home(answer, after).await;
        assert_eq!(asks.ask(&dns, NAME).await, Err(WellKnownError::TooLarge(NAME.to_owned())));
    }
    for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{", "HTTP/1.1 200"] {
        let (_names, _web, dns, asks) = at_home(text(answer), After::Silence).await;
        let begun = Instant::now();
        assert!(matches!(asks.ask(&dns, NAME).await, Err(WellKnownError::NoAnswer(..))));
        assert!(begun.elapsed() < 2 * WITHIN, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn what_is_no_answer_is_none_and_a_redirection_leads_nowhere() {
    let header = format!("HTTP/1.1 200 OK\r\n{}", "x: y\r\n".repeat(100_000));
    for answer in ["nonsense", "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", &header] {
        let (_names, _web, dns, asks) = at_home(text(answer), After::Close).await;
        let refused = asks.ask(&dns, NAME).await;
        assert!(matches!(refused, Err(WellKnownError::NoAnswer(..))), "{refused:?}");
    }
    for place in ["https://other.example/card", "http://127.0.0.1/admin", "/elsewhere", "file:///etc/passwd"] {
        let answer = format!("HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n");
        let (_names, web, dns, asks) = at_home(text(&answer), After::Close).await;
        assert!(matches!(asks.ask(&dns, NAME).await, Err(WellKnownError::NoCard(_, status)) if status == 302));
        assert_eq!(web.asked().len(), 1, "{place}");
    }
}

#[tokio::test]
async fn only_a_certificate_of_the_domain_counts_and_only_a_public_address_is_asked() {
    let (_names, web, dns, asks) = at_home(ok(b"{}"), After::Close).await;
    let other = asks.ask(&dns, "other.example").await;
    assert!(matches!(other, Err(WellKnownError::NoAnswer(..))), "the certificate is of another name: {other:?}");
    let strangers = WebServer::serve(NAME, ok(b"{}"), After::Close).await;
    let unvouched = WellKnown { roots: strangers.root.clone().into_bytes(), ..asks.clone() };
    assert!(matches!(unvouched.ask(&dns, NAME).await, Err(WellKnownError::NoAnswer(..))), "of another root");
    let careful = WellKnown { private: false, ..asks.clone() };
    assert!(matches!(careful.ask(&dns, NAME).await, Err(WellKnownError::Private(..))));
    assert!(matches!(asks.ask(&dns, "nobody.example").await, Err(WellKnownError::NoServer(_))));
    let broken =
        WellKnown { roots: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(), ..asks };
    assert!(matches!(broken.ask(&dns, NAME).await, Err(WellKnownError::Roots(_))));
    assert!(web.asked().is_empty(), "none of them was told what is asked for");
}

#[tokio::test]
async fn a_signed_answer_is_told_from_an_unsigned_and_a_forged_one() {
    let record = format!("TXT \"v=ai2ai1 addr=/ip4/192.0.2.7/tcp/4001/p2p/{}\"\n", PeerId::random());
    let zone = format!("_ai2ai.alex.example. IN {record}");
    let plain = format!("_ai2ai.sam IN {record}");
    let (server, key) = NameServer::serve_signed(here(), &zone, &plain);
    let (_other, forged) = NameServer::serve_signed(here(), &zone, &plain);
    let status = async |key: &str, domain: &str| {
        let dns = Dns::with_anchors(Servers::At(server.address), Some(key.to_owned()));
        dns.look_up_checked(domain).await.expect("an answer").dnssec
    };
    assert_eq!(status(&key, "alex.example").await, Some(Dnssec::Secure));
    assert_eq!(status(&key, "sam.plain").await, Some(Dnssec::Unsigned));
    assert_eq!(status(&forged, "alex.example").await, Some(Dnssec::Failed));
    assert_eq!(status("nonsense", "alex.example").await, Some(Dnssec::Failed));
    let unsigned = NameServer::serve(here(), "example.", &format!("_ai2ai.alex IN {record}"));
    let dns = Dns::with_anchors(Servers::At(unsigned.address), Some(key));
    let answer = dns.look_up_checked("alex.example").await.expect("an answer all the same");
    assert_eq!((answer.dnssec, answer.signpost.nodes.len()), (Some(Dnssec::Failed), 1));
}

/// Somebody who asks this name server and that web server, and no other.
fn who_asks(human: &str, names: SocketAddr, web: &WebServer) -> Solo {
    let root = tempfile::NamedTempFile::new().expect("a file");
    let keys = names;
    let root = root.keep().expect("kept").1;
    std::fs::write(&root, &web.root).expect("a root");
    let settings = format!(
        "[dns]\nserver = \"{keys}\"\n[https]\nport = {}\nprivate = true\nroots = \"{}\"\n",
        web.address.port(),
        root.display()
    );
    let solo = Solo::moves_in(human, &settings).is_up();
    drop(std::fs::remove_file(root));
    solo
}

/// The card that a node shows, once it has an address.
fn card_of(solo: &Solo) -> Vec<u8> {
    let file = solo.home().join("card.json");
    wait_for("a card with an address", PATIENCE, || {
        drop(std::fs::remove_file(&file));
        assert!(solo.types(&["card", "-o", file.to_str()?]).status.success());
        let card = Card::read(&std::fs::read(&file).ok()?).expect("a card");
        (!card.nodes()[0].addresses.is_empty()).then(|| card.bytes().to_vec())
    })
}

fn told(output: &std::process::Output) -> (Option<i32>, Value) {
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[tokio::test(flavor = "multi_thread")]
async fn someone_is_added_by_the_card_on_their_web_server_though_their_node_is_away() {
    let mut alex = Solo::moves_in("Alex", "").is_up();
    let web = WebServer::serve(NAME, ok(&card_of(&alex)), After::Close).await;
    let names = NameServer::serve(here(), "example.", ZONE);
    let sam = who_asks("Sam", names.address, &web);
    let added = sam.asks(&["add", NAME]).remove(0);
    assert_eq!((&added["name"], &added["met"]), (&"Alex".into(), &"dns".into()), "their node answers: {added}");
    assert!(added["dnssec"].is_null(), "there are no records: {added}");
    alex.is_killed();
    let robin = who_asks("Robin", names.address, &web);
    let added = robin.asks(&["add", NAME]).remove(0);
    assert_eq!((&added["name"], &added["met"]), (&"Alex".into(), &"https".into()), "{added}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_of_another_key_than_the_records_name_is_refused_and_a_forged_one_is_none() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let eve = Solo::moves_in("Eve", "").is_up();
    let line = alex.asks(&["dns-record", NAME]).remove(0)["zone"].as_str().expect("a line").to_owned();
    let names = NameServer::serve(here(), "example.", &format!("{ZONE}{line}\n"));
    let web = WebServer::serve(NAME, ok(&card_of(&eve)), After::Close).await;
    let sam = who_asks("Sam", names.address, &web);
    let (exit, refused) = told(&sam.types(&["add", NAME]));
    assert_eq!((exit, &refused["code"]), (Some(8), &"bad_card".into()), "{refused}");
    assert!(sam.asks(&["contacts"]).is_empty());

    let forged = String::from_utf8(card_of(&eve)).expect("a text").replace("\"Eve\"", "\"Alex\"");
    let web = WebServer::serve(NAME, ok(forged.as_bytes()), After::Close).await;
    let robin = who_asks("Robin", names.address, &web);
    let added = robin.asks(&["add", NAME]).remove(0);
    assert_eq!(
        (&added["name"], &added["dnssec"]),
        (&"Alex".into(), &"failed".into()),
        "the records lead there: {added}"
    );
    let only_web = NameServer::serve(here(), "example.", ZONE);
    let lee = who_asks("Lee", only_web.address, &web);
    let (exit, refused) = told(&lee.types(&["add", NAME]));
    assert_eq!((exit, &refused["code"]), (Some(3), &"unknown_domain".into()), "{refused}");
    assert!(refused["message"].as_str().is_some_and(|message| message.contains("no card that verifies")), "{refused}");
}
