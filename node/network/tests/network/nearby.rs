//! mDNS between nodes of this machine, where multicast works.

use std::net::Ipv4Addr;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ai2ai_discovery::book::Book;
use ai2ai_discovery::plan::Plan;
use ai2ai_network::{Handle, Network, NetworkConfig, NetworkEvent, multicast};
use ai2ai_protocol::time::Timestamp;
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol;
use tokio::sync::mpsc;

use crate::world::{SOON, until, within};

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("a clock of this age"))
}

/// A node that asks whom it finds for a card, as the plan says; it reports whose card it has got.
struct Finder {
    handle: Handle,
    met: mpsc::Receiver<(PeerId, Instant)>,
}

fn start(keypair: Keypair) -> (Handle, mpsc::Receiver<NetworkEvent>) {
    let (sender, events) = mpsc::channel(256);
    let listen = ["/ip4/0.0.0.0/udp/0/quic-v1", "/ip4/0.0.0.0/tcp/0"].map(|text| text.parse().expect("an address"));
    let config = NetworkConfig { mdns: true, ..NetworkConfig::quiet(keypair, listen.to_vec()) };
    (Network::start(config, sender).expect("a network"), events)
}

impl Finder {
    fn new(keypair: Keypair) -> Self {
        let (handle, events) = start(keypair);
        handle.set_card(br#"{"type":"card"}"#.to_vec()).expect("a small card");
        let (report, met) = mpsc::channel(256);
        tokio::spawn(find(handle.clone(), events, report));
        Self { handle, met }
    }

    async fn meets(&mut self, peer: PeerId, limit: Duration) -> Instant {
        within(limit, "the other's card", async {
            loop {
                let (who, at) = self.met.recv().await.expect("it runs");
                if who == peer {
                    return at;
                }
            }
        })
        .await
    }
}

async fn find(handle: Handle, mut events: mpsc::Receiver<NetworkEvent>, report: mpsc::Sender<(PeerId, Instant)>) {
    let mut book = Book::new(handle.peer());
    let mut plan = Plan::new(handle.peer());
    let (asked, mut answers) = mpsc::channel(256);
    loop {
        let wait = plan.wake_at().map_or(SOON, |at| at.since(now()));
        tokio::select! {
            event = events.recv() => match event {
                Some(NetworkEvent::Found { finding }) => {
                    book.learn(&finding);
                    plan.found(finding.peer, now());
                }
                Some(NetworkEvent::Card { peer, .. }) => {
                    plan.answered(peer, now());
                    let _ = report.send((peer, Instant::now())).await;
                }
                Some(_) => {}
                None => return,
            },
            Some((peer, is_answered)) = answers.recv() => {
                if is_answered {
                    plan.answered(peer, now());
                    let _ = report.send((peer, Instant::now())).await;
                } else {
                    plan.failed(peer, now(), 0);
                }
            }
            () = tokio::time::sleep(wait) => {}
        }
        for peer in plan.next(now()) {
            let handle = handle.clone();
            let addresses = book.addresses(&peer);
            let asked = asked.clone();
            tokio::spawn(async move {
                let answer = handle.card(peer, addresses).await;
                let _ = asked.send((peer, answer.is_ok())).await;
            });
        }
    }
}

/// Whether this machine has multicast; says so if not.
async fn has_multicast() -> bool {
    let (handle, mut events) = start(Keypair::generate_ed25519());
    let outside = within(SOON, "listening", async {
        let mut outside: Vec<Ipv4Addr> = Vec::new();
        while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(500), events.recv()).await {
            if let NetworkEvent::Listening { address } = event
                && let Some(Protocol::Ip4(ip)) = address.iter().next()
                && !ip.is_loopback()
            {
                outside.push(ip);
            }
        }
        outside
    })
    .await;
    handle.shutdown().await;
    let works = tokio::task::spawn_blocking(move || outside.into_iter().any(|ip| multicast::probe(ip).is_ok()));
    let works = works.await.expect("no panic");
    if !works {
        println!("skipped: this machine has no multicast");
    }
    works
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_start_together_meet_and_keep_one_connection() {
    if !has_multicast().await {
        return;
    }
    let mut times = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let mut alex = Finder::new(Keypair::generate_ed25519());
        let mut bea = Finder::new(Keypair::generate_ed25519());
        let a = alex.handle.peer();
        let b = bea.handle.peer();
        let met = alex.meets(b, SOON).await.max(bea.meets(a, SOON).await);
        times.push(met - start);
        let with = |handle: &Handle, peer| handle.connections().iter().filter(|c| c.peer == peer).count();
        until(SOON, "one connection", || with(&alex.handle, b) == 1 && with(&bea.handle, a) == 1).await;
        alex.handle.shutdown().await;
        bea.handle.shutdown().await;
    }
    times.sort_unstable();
    println!("both had met after {times:?}");
    assert!(times[times.len() / 2] < Duration::from_secs(2), "{times:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_restarts_is_met_again() {
    if !has_multicast().await {
        return;
    }
    let mut alex = Finder::new(Keypair::generate_ed25519());
    for _ in 0..4 {
        let keypair = Keypair::generate_ed25519();
        let mut bea = Finder::new(keypair.clone());
        let peer = bea.handle.peer();
        bea.meets(alex.handle.peer(), SOON).await;
        alex.meets(peer, SOON).await;
        bea.handle.shutdown().await;
        let start = Instant::now();
        let mut bea = Finder::new(keypair);
        let met = bea.meets(alex.handle.peer(), SOON).await.max(alex.meets(peer, SOON).await);
        println!("met again {:?} after the restart", met - start);
        bea.handle.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_a_network_says_that_nobody_can_be_heard() {
    let (sender, mut events) = mpsc::channel(256);
    let listen = vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")];
    let config = NetworkConfig { mdns: true, ..NetworkConfig::quiet(Keypair::generate_ed25519(), listen) };
    let _handle = Network::start(config, sender).expect("a network");
    let reason = within(SOON, "the news", async {
        loop {
            if let NetworkEvent::MdnsUnavailable { reason } = events.recv().await.expect("an event") {
                return reason;
            }
        }
    })
    .await;
    assert!(reason.contains("IPv4"), "{reason}");
}
