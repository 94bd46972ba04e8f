//! Goodbyes, deaths and returns.

use std::time::{Duration, Instant};

use ai2ai_network::limits::{QUIC_IDLE, SILENCE};
use ai2ai_network::{Fate, NetworkError};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::world::{Node, Over, SOON, batch, until, within};

/// A node in a runtime of its own, which can be killed: it says nothing any more, as after `kill -9`.
struct Mortal {
    runtime: Option<Runtime>,
    address: Multiaddr,
    peer: PeerId,
}

impl Mortal {
    fn new(keypair: Keypair, listen: Multiaddr) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let peer = keypair.public().to_peer_id();
        let node = runtime.block_on(Node::with(keypair, listen));
        node.handle.set_card(node.card()).expect("a small card");
        let address = node.address.clone();
        runtime.spawn(async move {
            let _node = node;
            std::future::pending::<()>().await;
        });
        Self { runtime: Some(runtime), address, peer }
    }

    fn die(&mut self) {
        self.runtime.take().expect("it lives").shutdown_background();
    }
}

async fn on_its_own<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(make).await.expect("no panic")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_goodbye_is_heard_at_once() {
    for over in [Over::Tcp, Over::Quic] {
        let mut alex = Node::new(over).await;
        let bea = Node::new(over).await;
        alex.handle.card(bea.peer(), bea.addresses()).await.expect("a card");
        alex.sees_connected(bea.peer()).await;
        let start = Instant::now();
        within(Duration::from_secs(2), "the end", bea.handle.shutdown()).await;
        alex.sees_disconnected(bea.peer(), Duration::from_secs(1)).await;
        println!("{over:?}: goodbye heard after {:?}", start.elapsed());
        assert_eq!(bea.handle.card(alex.peer(), alex.addresses()).await, Err(NetworkError::Stopped));
        assert_eq!((bea.handle.connections(), bea.handle.listen_addresses()), (vec![], vec![]));
        within(SOON, "the end again", bea.handle.shutdown()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_last_handle_is_dropped_says_goodbye_too() {
    let mut alex = Node::new(Over::Quic).await;
    let bea = Node::new(Over::Quic).await;
    let peer = bea.peer();
    alex.handle.card(peer, bea.addresses()).await.expect("a card");
    alex.sees_connected(peer).await;
    drop(bea);
    alex.sees_disconnected(peer, Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_node_still_gives_the_answer_it_owes() {
    let alex = Node::new(Over::Quic).await;
    let mut bea = Node::new(Over::Quic).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1]).await }
    });
    let (_, answer) = bea.next("a batch", batch).await;
    let stopped = tokio::spawn({
        let handle = bea.handle.clone();
        async move { handle.shutdown().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    answer.send(b"got it".to_vec()).expect("the network waits for it");
    assert_eq!(within(SOON, "an answer", sent).await.expect("no panic").expect("an answer"), b"got it");
    within(SOON, "the end", stopped).await.expect("no panic");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_when_this_node_stops_may_have_arrived() {
    let alex = Node::new(Over::Tcp).await;
    let mut bea = Node::new(Over::Tcp).await;
    let sent = tokio::spawn({
        let handle = alex.handle.clone();
        let peer = bea.peer();
        let addresses = bea.addresses();
        async move { handle.deliver(peer, addresses, vec![1]).await }
    });
    let _unanswered = bea.next("a batch", batch).await;
    within(Duration::from_secs(3), "the end", alex.handle.shutdown()).await;
    let error = within(SOON, "a failure", sent).await.expect("no panic").expect_err("no answer");
    assert_eq!(error.fate(), Fate::Unknown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_peer_is_missed() {
    for over in [Over::Tcp, Over::Quic] {
        let mut alex = Node::new(over).await;
        let mut bea = on_its_own(move || Mortal::new(Keypair::generate_ed25519(), over.loopback(0))).await;
        alex.handle.card(bea.peer, vec![bea.address.clone()]).await.expect("a card");
        alex.sees_connected(bea.peer).await;
        let start = Instant::now();
        bea.die();
        alex.sees_disconnected(bea.peer, QUIC_IDLE + Duration::from_secs(4)).await;
        println!("{over:?}: death noticed after {:?}", start.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_peer_that_comes_back_is_reached_at_once() {
    for over in [Over::Tcp, Over::Quic] {
        let alex = Node::new(over).await;
        for round in 0..4 {
            let keypair = Keypair::generate_ed25519();
            let first = keypair.clone();
            let mut bea = on_its_own(move || Mortal::new(first, over.loopback(0))).await;
            let address = bea.address.clone();
            alex.handle.card(bea.peer, vec![address.clone()]).await.expect("a card");
            bea.die();
            // The same node at another port: it knows nothing of the old connection, and dials.
            let bea = Node::with(keypair, over.loopback(0)).await;
            bea.handle.set_card(bea.card()).expect("a small card");
            let start = Instant::now();
            let there = bea.handle.card(alex.peer(), alex.addresses());
            within(Duration::from_secs(2), "a card from the new to the old", there).await.expect("a card");
            let back = alex.handle.card(bea.peer(), vec![]);
            within(Duration::from_secs(2), "a card from the old to the new", back).await.expect("a card");
            println!("{over:?} {round}: both ways {:?} after the return", start.elapsed());
        }
    }
}

/// A wire between two TCP ends that can be cut: nothing passes any more, and nobody is told.
struct Wire {
    address: Multiaddr,
    cut: watch::Sender<bool>,
}

impl Wire {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = Over::Tcp.loopback(listener.local_addr().expect("an address").port());
        let (cut, is_cut) = watch::channel(false);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let mut is_cut = is_cut.clone();
                tokio::spawn(async move {
                    let mut far = TcpStream::connect(("127.0.0.1", port)).await.expect("the far end");
                    let cut = async { is_cut.wait_for(|cut| *cut).await.is_ok() };
                    let was_cut = tokio::select! {
                        _ = copy_bidirectional(&mut near, &mut far) => false,
                        was_cut = cut => was_cut,
                    };
                    if was_cut {
                        std::future::pending::<()>().await;
                    }
                });
            }
        });
        Self { address, cut }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tcp_connection_whose_wire_is_cut_is_closed_by_its_silence() {
    let mut alex = Node::new(Over::Tcp).await;
    let bea = Node::new(Over::Tcp).await;
    let port: u16 = bea.address.to_string().rsplit('/').next().expect("a port").parse().expect("a port");
    let wire = Wire::to(port).await;
    alex.handle.card(bea.peer(), vec![wire.address.clone()]).await.expect("a card");
    alex.sees_connected(bea.peer()).await;
    let start = Instant::now();
    wire.cut.send_replace(true);
    alex.sees_disconnected(bea.peer(), SILENCE + Duration::from_secs(8)).await;
    println!("silence noticed after {:?}", start.elapsed());
    until(Duration::from_secs(12), "the other end notices as well", || bea.handle.open_connections() == 0).await;
}
