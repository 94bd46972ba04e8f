//! One connection for each pair, whoever dialled, and who is no AI2AI node.

use std::time::Duration;

use ai2ai_network::NetworkError;
use futures::StreamExt;
use futures::future::join;
use libp2p::swarm::SwarmEvent;

use crate::raw::{self, raw};
use crate::world::{Node, Over, SOON, until, within};

#[tokio::test(flavor = "multi_thread")]
async fn two_that_dial_each_other_at_once_end_with_one_connection() {
    for over in [Over::Tcp, Over::Quic, Over::Tcp, Over::Quic] {
        let (low, high) = Node::two(over).await;
        let both = join(low.handle.card(high.peer(), high.addresses()), high.handle.card(low.peer(), low.addresses()));
        let (of_high, of_low) = within(SOON, "both cards", both).await;
        assert_eq!(of_high.expect("a card").bytes, high.card());
        assert_eq!(of_low.expect("a card").bytes, low.card());
        let one = || low.handle.open_connections() == 1 && high.handle.open_connections() == 1;
        until(Duration::from_secs(4), "one connection", one).await;
        let ours = low.handle.connections();
        let theirs = high.handle.connections();
        assert_eq!((ours.len(), theirs.len()), (1, 1));
        assert_ne!(ours[0].inbound, theirs[0].inbound, "both ends keep the same one");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_on_a_surplus_connection_are_not_lost() {
    let (low, high) = Node::two(Over::Tcp).await;
    let low_addresses = low.addresses();
    let low = low.answers_batches();
    let high = high.answers_batches();
    let flow = |from: ai2ai_network::Handle, to, addresses: Vec<libp2p::Multiaddr>| async move {
        for _ in 0..300 {
            from.deliver(to, addresses.clone(), vec![7; 100]).await.expect("an answer");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let both = join(
        flow(low.handle.clone(), high.peer(), high.addresses()),
        flow(high.handle.clone(), low.peer(), low_addresses),
    );
    within(Duration::from_secs(20), "all answers", both).await;
    assert_eq!((low.handle.open_connections(), high.handle.open_connections()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_does_not_speak_our_protocols_is_sent_away() {
    let alex = Node::new(Over::Tcp).await;
    let mut stranger = raw("/other/1");
    raw::connect(&mut stranger, alex.peer(), &alex.address).await;
    let sent_away =
        async { while !matches!(stranger.select_next_some().await, SwarmEvent::ConnectionClosed { .. }) {} };
    within(Duration::from_secs(5), "sent away", sent_away).await;
    until(SOON, "no connection", || alex.handle.open_connections() == 0).await;
    assert!(alex.handle.connections().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_that_is_asked_for_its_card_is_told_from_a_node() {
    let alex = Node::new(Over::Tcp).await;
    let mut stranger = raw("/other/1");
    let peer = *stranger.local_peer_id();
    let address = raw::listen(&mut stranger).await;
    let runs = tokio::spawn(async move {
        loop {
            stranger.select_next_some().await;
        }
    });
    let error = within(SOON, "an error", alex.handle.card(peer, vec![address])).await.expect_err("no node");
    assert_eq!(error, NetworkError::NotAi2ai { peer });
    runs.abort();
}
