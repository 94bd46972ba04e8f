//! Peers that send too much, too often, or nonsense.

use std::time::{Duration, Instant};

use ai2ai_network::{Fate, NetworkEvent};
use ai2ai_protocol::limits::BATCH_BYTES;
use futures::StreamExt;
use libp2p::request_response as rr;
use libp2p::swarm::SwarmEvent;

use crate::raw::{self, CARD, ENVELOPE, RawEvent, raw};
use crate::world::{Node, Over, SOON, within};

/// The node still gives its card to an honest one.
async fn is_well(node: &Node) {
    let honest = Node::new(Over::Tcp).await;
    let card = honest.handle.card(node.peer(), node.addresses());
    let answer = within(SOON, "a card for an honest peer", card).await.expect("a card");
    assert_eq!(answer.bytes, node.card());
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_may_be_read_is_not_read() {
    for (protocol, size) in [(ENVELOPE, BATCH_BYTES + 1), (ENVELOPE, 32 << 20), (CARD, 32 << 20)] {
        let mut alex = Node::new(Over::Tcp).await;
        let mut peer = raw(protocol);
        raw::connect(&mut peer, alex.peer(), &alex.address).await;
        let start = Instant::now();
        assert_eq!(raw::ask(&mut peer, alex.peer(), vec![b'['; size]).await, None);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        is_well(&alex).await;
        while let Ok(event) = alex.events.try_recv() {
            assert!(!matches!(event, NetworkEvent::Batch { .. }), "{event:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_end_is_not_read_to_its_end() {
    let alex = Node::new(Over::Tcp).await;
    let mut peer = raw(ENVELOPE);
    let id = *peer.local_peer_id();
    let address = raw::listen(&mut peer).await;
    let runs = tokio::spawn(async move {
        loop {
            if let SwarmEvent::Behaviour(RawEvent::Requests(rr::Event::Message {
                message: rr::Message::Request { channel, .. },
                ..
            })) = peer.select_next_some().await
            {
                let _ = peer.behaviour_mut().requests.send_response(channel, vec![b' '; 64 << 20]);
            }
        }
    });
    let error = within(SOON, "a failure", alex.handle.deliver(id, vec![address], vec![1])).await.expect_err("too much");
    assert_eq!(error.fate(), Fate::Unknown);
    assert!(error.to_string().contains("more than"), "{error}");
    runs.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_with_a_code_or_left_to_the_reader() {
    let mut alex = Node::new(Over::Quic).await;
    let mut peer = raw(CARD);
    raw::connect(&mut peer, alex.peer(), &alex.address).await;
    for nonsense in
        [&b""[..], b"null", b"{", b"\xff\xfe", b"[[[[[[[[", b"{\"ai2ai\":\"0.2\",\"type\":\"card_request\",\"card\":7}"]
    {
        let answer = raw::ask(&mut peer, alex.peer(), nonsense.to_vec()).await.expect("an answer");
        let text = String::from_utf8(answer).expect("text");
        assert!(text.contains(r#""type":"error""#) && text.contains(r#""code":"malformed""#), "{text}");
    }
    let mut peer = raw(ENVELOPE);
    raw::connect(&mut peer, alex.peer(), &alex.address).await;
    let asked = tokio::spawn(async move {
        let answer = raw::ask(&mut peer, alex.handle.peer(), b"null".to_vec()).await;
        (answer, alex.handle)
    });
    let bytes = within(SOON, "the bytes", async {
        loop {
            if let NetworkEvent::Batch { bytes, .. } = alex.events.recv().await.expect("an event") {
                return bytes;
            }
        }
    })
    .await;
    assert_eq!(bytes, b"null");
    let (answer, handle) = within(SOON, "a failure", asked).await.expect("no panic");
    assert_eq!(answer, None, "nobody answered");
    assert!(!handle.listen_addresses().is_empty(), "it lives");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_slowed_down_and_disturbs_nobody() {
    let mut alex = Node::new(Over::Tcp).await;
    let mut flooder = raw(CARD);
    raw::connect(&mut flooder, alex.peer(), &alex.address).await;
    let request = br#"{"ai2ai":"0.2","type":"card_request","card":{"n":1}}"#.to_vec();
    for _ in 0..1_000 {
        flooder.behaviour_mut().requests.send_request(&alex.peer(), request.clone());
    }
    let start = Instant::now();
    let span = Duration::from_secs(3);
    let runs = tokio::spawn(async move {
        let mut answers = 0;
        let _ = tokio::time::timeout(span, async {
            loop {
                if let SwarmEvent::Behaviour(RawEvent::Requests(rr::Event::Message { .. })) =
                    flooder.select_next_some().await
                {
                    answers += 1;
                }
            }
        })
        .await;
        answers
    });
    is_well(&alex).await;
    println!("an honest peer was served {:?} into the flood", start.elapsed());
    let answers = within(SOON, "the flood's end", runs).await.expect("no panic");
    assert!((1..=60).contains(&answers), "{answers} of 1000 requests were answered in {span:?}");
    let mut shown = 0;
    while let Ok(event) = alex.events.try_recv() {
        shown += usize::from(matches!(event, NetworkEvent::Card { .. }));
    }
    assert!(shown <= 61, "{shown} cards reached the node");
}
