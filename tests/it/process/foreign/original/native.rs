//! Sealed native envelopes by POST and by WebSocket: what arrives is what would have arrived over libp2p.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use ai2ai_api::clock::now;
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, Sender};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_protocol::receipt::{Outcome, Receipts};
use ai2ai_protocol::seal::seal_bytes;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::stranger::{card_draft, stranger};
use ai2ai_tests::times::{PATIENCE, Times, wait_for};
use serde_json::Value;

use super::{settings, url_of};

/// A stranger whom only these keys make.
fn sam(seed: u8) -> Sender {
    stranger(seed, "Sam")
}

/// A batch with one message of Sam's to whoever has this card.
fn batch(card: &Card, seed: u8) -> Vec<u8> {
    brings(card, seed, Kind::Message, "message.relay", [("text".to_owned(), "by another way".into())].into())
}

/// A batch with one envelope of this kind.
fn brings(card: &Card, seed: u8, kind: Kind, intent: &str, payload: BTreeMap<String, Value>) -> Vec<u8> {
    let sender = sam(seed);
    let draft = Draft {
        id: MessageId::new(now(), rand::random()),
        timestamp: now().whole_second(),
        expires_at: now().whole_second() + ENVELOPE_LIFE_DEFAULT,
        to: Recipient { did: *card.did(), agent: None },
        conversation: ConversationId::new(now(), [seed; 10]),
        in_reply_to: None,
        kind,
        intent: intent.parse().expect("an intent"),
        payload: payload.into_iter().collect(),
        approval: None,
    };
    let signed = draft.sign(&sender).expect("signed");
    let prekey = &card.nodes()[0].prekeys[0];
    let sealed = seal_bytes(&[signed.bytes()], *card.did(), prekey, &mut rand::rng()).expect("sealed");
    write_batch(&[sealed])
}

fn card_of(solo: &Solo) -> Card {
    let card = wait_for("a card", PATIENCE, || {
        let line = solo.asks(&["card"]).into_iter().next()?;
        line["card"].is_object().then(|| line["card"].to_string())
    });
    Card::read(card.as_bytes()).expect("a card")
}

fn outcomes(answer: &[u8], card: &Card) -> Vec<Outcome> {
    let receipts = Receipts::read(answer, card.did()).expect("receipts that verify");
    receipts.list().iter().map(|receipt| receipt.outcome).collect()
}

/// Posts bytes, and gives the head and the body of the answer.
fn posts(url: &str, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    posts_some(url, head, body, body.len())
}

/// Posts the first of so many bytes. Whoever is refused for how many they are need not bring them.
fn posts_some(url: &str, head: &str, body: &[u8], length: usize) -> (String, Vec<u8>) {
    let host = url.trim_start_matches("http://").split('/').next().expect("a host");
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    write!(
        stream,
        "POST /ai2ai HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n"
    )
    .expect("written");
    stream.write_all(body).expect("written");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("read");
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    (String::from_utf8_lossy(&answer[..end]).into_owned(), answer[end + 4..].to_vec())
}

#[test]
fn a_batch_by_post_gets_its_receipts_in_the_answer() {
    let alex = Solo::moves_in("Alex", &settings()).is_up();
    let url = url_of(&alex);
    let card = card_of(&alex);
    let first = batch(&card, 40);
    let kind = "Content-Type: application/ai2ai-batch+json\r\n";
    for _ in 0..2 {
        let (head, body) = posts(&url, kind, &first);
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/ai2ai-receipts+json"), "{head}");
        assert_eq!(outcomes(&body, &card), [Outcome::Held], "a stranger's waits for the owner; a repeat gets the same");
    }
    let items = alex.asks(&["pending"]);
    assert_eq!((items.len(), &items[0]["kind"]), (1, &"contact_request".into()), "{items:?}");
    let (_, body) = posts(&url, kind, b"nonsense");
    assert!(matches!(outcomes(&body, &card)[..], [Outcome::Refused(_)]));
    let (head, _) = posts_some(&url, kind, b"", 1024 * 1024 + 1);
    assert!(head.starts_with("HTTP/1.1 413"), "{head}");
    let (head, _) = posts(&url, "Content-Type: application/json\r\n", &batch(&card, 50));
    assert!(head.starts_with("HTTP/1.1 400"), "a batch is no envelope of the original: {head}");
}

/// One message of a client, masked as RFC 6455 wants it.
fn frame(bytes: &[u8]) -> Vec<u8> {
    let mask = [1_u8, 2, 3, 4];
    let mut frame = vec![0x82, 0x80 | 126];
    frame.extend(u16::try_from(bytes.len()).expect("a small batch").to_be_bytes());
    frame.extend(mask);
    frame.extend(bytes.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    frame
}

fn reads_frame(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).expect("a frame");
    let mut length = usize::from(head[1]);
    if length == 126 {
        let mut long = [0; 2];
        stream.read_exact(&mut long).expect("its length");
        length = usize::from(u16::from_be_bytes(long));
    }
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).expect("its bytes");
    bytes
}

/// Asks for a WebSocket with this sub-protocol; gives the stream and the answer's head.
fn upgrades(url: &str, protocol: &str) -> (TcpStream, String) {
    let host = url.trim_start_matches("http://").split('/').next().expect("a host");
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    write!(
        stream,
        "GET /ai2ai HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocol}\r\n\r\n"
    )
    .expect("written");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    (stream, String::from_utf8_lossy(&head).into_owned())
}

#[test]
fn batches_by_web_socket_get_their_receipts_one_after_the_other() {
    let alex = Solo::moves_in("Alex", &settings()).is_up();
    let url = url_of(&alex);
    let card = card_of(&alex);
    let (mut stream, head) = upgrades(&url, "ai2ai.batch.0.2");
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("ai2ai.batch.0.2"), "{head}");
    for seed in [60, 70] {
        stream.write_all(&frame(&batch(&card, seed))).expect("written");
        assert_eq!(outcomes(&reads_frame(&mut stream), &card), [Outcome::Held]);
    }
    assert_eq!(alex.asks(&["pending"]).len(), 2);
    let (mut other, _) = upgrades(&url, "chat");
    other.write_all(&frame(&batch(&card, 80))).expect("written");
    let mut rest = Vec::new();
    drop(other.read_to_end(&mut rest));
    assert!(rest.len() < 8, "another sub-protocol is not spoken: {rest:?}");
    assert_eq!(alex.asks(&["pending"]).len(), 2);
}

/// What a WebSocket would buy a sender: the time of one batch over one connection that is kept, in both ways, in the same run.
#[test]
fn a_socket_is_no_faster_than_a_connection_that_is_kept() {
    const ROUNDS: u8 = 40;
    let alex = Solo::moves_in("Alex", &settings()).is_up();
    let url = url_of(&alex);
    let card = card_of(&alex);
    let host = url.trim_start_matches("http://").split('/').next().expect("a host").to_owned();
    let bytes = batch(&card, 90);
    let (mut socket, _) = upgrades(&url, "ai2ai.batch.0.2");
    let mut kept = TcpStream::connect(&host).expect("it listens");
    for stream in [&kept, &socket] {
        stream.set_nodelay(true).expect("set");
    }
    let mut by_socket = Times::default();
    let mut by_post = Times::default();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        socket.write_all(&frame(&bytes)).expect("written");
        assert_eq!(outcomes(&reads_frame(&mut socket), &card), [Outcome::Held]);
        by_socket.add(begun.elapsed());
        let begun = Instant::now();
        let head = format!(
            "POST /ai2ai HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/ai2ai-batch+json\r\nContent-Length: {}\r\n\r\n",
            bytes.len()
        );
        kept.write_all(&[head.as_bytes(), &bytes].concat()).expect("written");
        assert_eq!(outcomes(&reads_answer(&mut kept), &card), [Outcome::Held]);
        by_post.add(begun.elapsed());
    }
    println!("https: | by a socket:          {by_socket}");
    println!("https: | by a kept connection: {by_post}");
    assert!(by_post.median() < 3 * by_socket.median(), "{by_post}, {by_socket}");
}

/// The body of one answer on a connection that goes on.
fn reads_answer(stream: &mut TcpStream) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("a head");
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.expect("a length")];
    stream.read_exact(&mut body).expect("a body");
    body
}

/// The stranger's card, which says that they live at somebody else's peer.
fn card_at(seed: u8, other: &Card) -> Card {
    let sender = sam(seed);
    card_draft(&sender, other.nodes().to_vec()).sign(&sender.key).expect("a card")
}

#[test]
fn a_strangers_card_is_kept_only_while_something_of_theirs_waits_and_proves_no_peer() {
    let alex = Solo::moves_in("Alex", &settings()).is_up();
    let url = url_of(&alex);
    let card = card_of(&alex);
    let kind = "Content-Type: application/ai2ai-batch+json\r\n";
    let posted = |bytes: &[u8]| outcomes(&posts(&url, kind, bytes).1, &card);
    let shows = |seed: u8, of: u8| {
        let theirs = Value::Object(card_at(of, &card).object().clone());
        brings(&card, seed, Kind::Ping, "node.card", [("card".to_owned(), theirs)].into())
    };
    assert_eq!(posted(&shows(100, 100)), [Outcome::Held], "they are told what every stranger is told");
    assert!(alex.asks(&["nearby"]).is_empty(), "nothing of theirs waits");
    assert_eq!(posted(&batch(&card, 100)), [Outcome::Held]);
    assert_eq!(posted(&shows(100, 110)), [Outcome::Held]);
    assert!(alex.asks(&["nearby"]).is_empty(), "the card is somebody else's");
    assert_eq!(posted(&shows(100, 100)), [Outcome::Held]);
    let nearby = wait_for("the card to be kept", PATIENCE, || {
        let nearby = alex.asks(&["nearby"]);
        (!nearby.is_empty()).then_some(nearby)
    });
    assert_eq!((nearby.len(), &nearby[0]["peer"]), (1, &"".into()), "who lives at that peer is not for them to say");
}
