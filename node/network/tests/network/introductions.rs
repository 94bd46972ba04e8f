//! Cards, and the errors of who can't be reached.

use std::time::{Duration, Instant};

use ai2ai_network::{Carrier, Fate, NetworkError, NetworkEvent, Path};
use ai2ai_protocol::code::Code;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};

use crate::world::{Node, Over, SOON, within};

fn shown(event: NetworkEvent) -> Option<(PeerId, Vec<u8>)> {
    if let NetworkEvent::Card { peer, bytes } = event { Some((peer, bytes)) } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_round_trip_introduces_both() {
    for (over, carrier) in [(Over::Tcp, Carrier::Tcp), (Over::Quic, Carrier::Quic)] {
        let mut alex = Node::new(over).await;
        let mut bea = Node::new(over).await;
        let answer = within(SOON, "a card", alex.handle.card(bea.peer(), bea.addresses())).await.expect("a card");
        assert_eq!(answer.bytes, bea.card());
        assert!(answer.rtt < SOON);
        assert_eq!(bea.next("a card", shown).await, (alex.peer(), alex.card()));
        alex.sees_connected(bea.peer()).await;
        let connections = alex.handle.connections();
        assert_eq!(connections.len(), 1);
        assert_eq!((connections[0].peer, connections[0].path), (bea.peer(), Path::Direct(carrier)));
        assert_eq!((&connections[0].address, connections[0].inbound), (&bea.address, false));
        assert!(bea.handle.connections()[0].inbound);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_card_yet_gives_it_as_soon_as_there_is_one() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::with(Keypair::generate_ed25519(), Over::Tcp.loopback(0)).await;
    let asked = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.card(peer, addresses).await }
    });
    bea.next("alex's card", shown).await;
    bea.handle.set_card(bea.card()).expect("a small card");
    let answer = within(SOON, "a card", asked).await.expect("no panic").expect("a card");
    assert_eq!(answer.bytes, bea.card());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_gets_a_card_says_so() {
    let alex = Node::with(Keypair::generate_ed25519(), Over::Tcp.loopback(0)).await;
    let bea = Node::with(Keypair::generate_ed25519(), Over::Tcp.loopback(0)).await;
    let error = within(SOON, "an error", alex.handle.card(bea.peer(), bea.addresses())).await.expect_err("no card");
    assert_eq!(error, NetworkError::Refused { peer: bea.peer(), code: Code::Busy });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_says_what_was_tried_and_that_nothing_was_sent() {
    let alex = Node::new(Over::Tcp).await;
    let nobody = PeerId::random();
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{}", free.port()).parse().expect("an address");

    let error = alex.handle.card(nobody, vec![address.clone()]).await.expect_err("nobody there");
    assert_eq!(error.to_string(), format!("no route to {nobody}: tried {address}: connection refused"));
    assert_eq!(error.fate(), Fate::NotSent);

    let error = alex.handle.deliver(nobody, vec![], vec![1]).await.expect_err("no address");
    assert_eq!(error.to_string(), format!("no route to {nobody}: no address of it is known"));

    let error = alex.handle.card(alex.peer(), alex.addresses()).await.expect_err("ourselves");
    assert_eq!(error, NetworkError::Ourselves);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_at_an_old_address_does_not_hide_the_right_one() {
    let alex = Node::new(Over::Tcp).await;
    let bea = Node::new(Over::Quic).await;
    let cleo = Node::new(Over::Tcp).await;
    let error = alex.handle.card(cleo.peer(), bea.addresses()).await.expect_err("bea is not cleo");
    assert!(error.to_string().contains(&format!("{} answers there", bea.peer())), "{error}");

    let both = vec![bea.address.clone(), cleo.address.clone()];
    let answer = alex.handle.card(cleo.peer(), both).await.expect("cleo's card");
    assert_eq!(answer.bytes, cleo.card());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_peer_is_neither_asked_nor_let_in() {
    let mut alex = Node::new(Over::Tcp).await;
    let bea = Node::new(Over::Tcp).await;
    bea.handle.card(alex.peer(), alex.addresses()).await.expect("a card");
    alex.sees_connected(bea.peer()).await;
    alex.handle.block(bea.peer()).await;
    alex.sees_disconnected(bea.peer(), SOON).await;
    let error = alex.handle.card(bea.peer(), bea.addresses()).await.expect_err("blocked");
    assert_eq!(error, NetworkError::Blocked { peer: bea.peer() });
    let error = bea.handle.card(alex.peer(), alex.addresses()).await.expect_err("not let in");
    assert_ne!(error, NetworkError::Blocked { peer: alex.peer() }, "a blocked peer is not told that it is");
    alex.handle.unblock(bea.peer()).await;
    bea.handle.card(alex.peer(), alex.addresses()).await.expect("a card again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_can_not_be_listened_on_is_reported() {
    use ai2ai_network::{Network, NetworkConfig};
    let taken = Node::new(Over::Tcp).await;
    let (sender, mut events) = tokio::sync::mpsc::channel(16);
    let listen = vec!["/ip4/192.0.2.1/tcp/0".parse().expect("an address"), Over::Quic.loopback(0)];
    let config = NetworkConfig::quiet(Keypair::generate_ed25519(), listen);
    let handle = Network::start(config, sender).expect("a network");
    let mut refused = false;
    let mut listening = false;
    within(SOON, "both events", async {
        while !(refused && listening) {
            let event = events.recv().await.expect("an event");
            refused |= matches!(&event, NetworkEvent::NotListening { reason, .. } if !reason.is_empty());
            listening |= matches!(event, NetworkEvent::Listening { .. });
        }
    })
    .await;
    assert_eq!(handle.listen_addresses().len(), 1);
    handle.card(taken.peer(), taken.addresses()).await.expect("a card");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_handshake_of_a_node_is_quick() {
    let alex = Node::new(Over::Quic).await;
    let bea = Node::new(Over::Quic).await;
    let start = Instant::now();
    alex.handle.card(bea.peer(), bea.addresses()).await.expect("a card");
    println!("first QUIC introduction: {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(2));
}
