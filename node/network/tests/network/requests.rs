//! Batches and their answers.

use std::time::{Duration, Instant};

use ai2ai_network::limits::{ANSWER_WITHIN, OUT_PER_PEER};
use ai2ai_network::{Fate, NetworkError};
use ai2ai_protocol::limits::BATCH_BYTES;
use futures::future::join_all;

use crate::world::{Node, Over, SOON, batch, until, within};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_is_answered() {
    for over in [Over::Tcp, Over::Quic] {
        let alex = Node::new(over).await;
        let bea = Node::new(over).await.answers_batches();
        for size in [0, 1, 1_000, BATCH_BYTES] {
            let sent = alex.handle.deliver(bea.peer(), bea.addresses(), vec![7; size]);
            let answer = within(SOON, "an answer", sent).await.expect("an answer");
            assert_eq!(answer, format!("got {size}").into_bytes());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_answered_and_more_than_many_are_refused_unsent() {
    let alex = Node::new(Over::Quic).await;
    let bea = Node::new(Over::Quic).await.answers_batches();
    let send = |size: usize| alex.handle.deliver(bea.peer(), bea.addresses(), vec![7; size]);
    let answers = within(SOON, "all answers", join_all((0..OUT_PER_PEER).map(|_| send(1_000)))).await;
    assert!(answers.iter().all(|answer| answer.as_deref() == Ok(b"got 1000")));

    let answers = within(SOON, "all answers", join_all((0..4 * OUT_PER_PEER).map(|_| send(1_000)))).await;
    let busy = NetworkError::Busy { peer: bea.peer() };
    assert!(answers.iter().all(|answer| answer.is_ok() || answer.as_ref() == Err(&busy)));
    assert!(answers.contains(&Err(busy)));
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_is_refused_before_it_is_sent() {
    let alex = Node::new(Over::Tcp).await;
    let bea = Node::new(Over::Tcp).await;
    let error = alex.handle.deliver(bea.peer(), bea.addresses(), vec![7; BATCH_BYTES + 1]).await.expect_err("too much");
    assert_eq!(error, NetworkError::TooLarge { size: BATCH_BYTES + 1, limit: BATCH_BYTES });
    assert!(alex.handle.set_card(vec![b' '; 1 << 20]).is_err());
    assert_eq!(alex.handle.open_connections(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_drops_the_question_lets_the_sender_know_at_once() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::new(Over::Tcp).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1]).await }
    });
    drop(bea.next("a batch", batch).await);
    let error = within(Duration::from_secs(2), "a failure", sent).await.expect("no panic").expect_err("no answer");
    assert_eq!(error.fate(), Fate::Unknown);
    assert_eq!(alex.handle.open_connections(), 1, "the connection is not to blame");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_never_answers_is_given_up_and_nobody_else_waits_for_it() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::new(Over::Tcp).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1]).await }
    });
    let (_, answer) = bea.next("a batch", batch).await;
    let start = Instant::now();
    alex.handle.card(bea.peer(), vec![]).await.expect("a card meanwhile");
    assert!(start.elapsed() < Duration::from_secs(2));
    let error = within(ANSWER_WITHIN + Duration::from_secs(3), "a failure", sent)
        .await
        .expect("no panic")
        .expect_err("no answer");
    assert_eq!(error.fate(), Fate::Unknown);
    assert!(answer.send(vec![1]).is_err(), "the late answer has nowhere to go");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_takes_no_events_still_gives_its_card() {
    let alex = Node::new(Over::Quic).await;
    let bea = Node::new(Over::Quic).await;
    let cleo = Node::new(Over::Quic).await;
    for _ in 0..OUT_PER_PEER {
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        tokio::spawn(async move { handle.deliver(peer, addresses, vec![7; BATCH_BYTES]).await });
    }
    until(SOON, "a connection", || !bea.handle.connections().is_empty()).await;
    for _ in 0..10 {
        let card = cleo.handle.card(bea.peer(), bea.addresses());
        assert_eq!(within(SOON, "a card", card).await.expect("a card").bytes, bea.card());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_is_not_sent() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::new(Over::Tcp).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1]).await }
    });
    let (_, answer) = bea.next("a batch", batch).await;
    answer.send(vec![0; 1 << 20]).expect("the network waits for it");
    within(SOON, "a failure", sent).await.expect("no panic").expect_err("no answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_when_the_connection_closed_is_sent_once_more() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::new(Over::Tcp).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1, 2, 3]).await }
    });
    let (first, _unanswered) = bea.next("a batch", batch).await;
    bea.handle.disconnect(alex.peer()).await;
    let (second, answer) = bea.next("the batch again", batch).await;
    assert_eq!(first, second);
    answer.send(b"got it".to_vec()).expect("the network waits for it");
    let answer = within(SOON, "an answer", sent).await.expect("no panic").expect("an answer");
    assert_eq!(answer, b"got it");
}
