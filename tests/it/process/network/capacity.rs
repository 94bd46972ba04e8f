//! How much one volunteer serves: 200 connected nodes, and 10,000 sealed messages that wait for them.

use std::time::Instant;

use ai2ai_api::clock::now;
use ai2ai_network::{Handle, Network, NetworkConfig, VolunteerService};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::envelope::Sender;
use ai2ai_protocol::key::{AgentKey, OwnerKey};
use ai2ai_protocol::limits::DELEGATION_LIFE;
use ai2ai_protocol::mailbox::{Collect, Custody, Deposit, GrantedPlace, Handover, MailboxRequest, PlaceClaim};
use ai2ai_protocol::seal::{Prekey, Sealed, seal_bytes};
use ai2ai_tests::solo::Solo;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;

/// Nodes that are connected at the same time.
const NODES: usize = 200;
/// Messages that wait for each of them.
const WAITING: usize = 50;
/// Bytes of an envelope: some words, signatures and a delegation.
const ENVELOPE: usize = 1_500;

struct Guest {
    sender: Sender,
    peer: String,
    network: Handle,
}

impl Guest {
    fn new(number: usize) -> Self {
        let seed = |kind: u8| {
            let mut seed = [kind; 32];
            seed[..8].copy_from_slice(&number.to_be_bytes());
            seed
        };
        let owner = OwnerKey::from_seed(&seed(1));
        let key = AgentKey::from_seed(&seed(2));
        let delegation = Delegation::sign(&owner, &key.public(), 1, now(), now() + DELEGATION_LIFE);
        let agent = "guest".parse().expect("a name");
        let human = "Guest".parse().expect("a name");
        let sender = Sender { agent, human, did: owner.did(), key, delegation };
        let keypair = Keypair::ed25519_from_bytes(seed(3)).expect("a node key");
        let peer = keypair.public().to_peer_id().to_string();
        let (sink, mut events) = mpsc::channel(64);
        let network = Network::start(NetworkConfig::quiet(keypair, Vec::new()), sink).expect("a network");
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        Self { sender, peer, network }
    }

    async fn asks(&self, volunteer: PeerId, address: &Multiaddr, request: Vec<u8>) -> Vec<u8> {
        let addresses = vec![address.clone()];
        self.network.ask_service(VolunteerService::Mailbox, volunteer, addresses, request).await.expect("an answer")
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes half a minute; its figures are in the README"]
async fn two_hundred_nodes_and_ten_thousand_messages() {
    let val = Solo::moves_in("Val", "volunteer = true").is_up();
    let (peer, address) = val.listens().expect("an address");
    let volunteer: PeerId = peer.parse().expect("a peer");
    let address: Multiaddr = address.parse().expect("one");
    let idle = val.memory_kib();

    let start = Instant::now();
    let guests: Vec<Guest> = (0..NODES).map(Guest::new).collect();
    for guest in &guests {
        let claim = PlaceClaim::sign(&guest.sender, &guest.peer, &peer, now());
        GrantedPlace::read(&guest.asks(volunteer, &address, MailboxRequest::register(&claim)).await).expect("a place");
    }
    let connected = val.memory_kib();
    let status = val.asks(&["status"]).remove(0);
    assert_eq!(status["connections"].as_array().map(Vec::len), Some(NODES));
    println!("capacity: {NODES} nodes connected, each with a place, after {:.1?}", start.elapsed());

    let start = Instant::now();
    let prekey = Prekey::from_secret([9; 32]).public(now());
    for (number, guest) in guests.iter().enumerate() {
        let to = guests[(number + 1) % NODES].sender.did;
        let seals = |_| seal_bytes(&[&[b'x'; ENVELOPE]], to, &prekey, &mut rand::rng()).expect("sealed");
        let sealed: Vec<Sealed> = (0..WAITING).map(seals).collect();
        let answer = guest.asks(volunteer, &address, Deposit::write(&to, &sealed)).await;
        let custody = Custody::read(&answer, &peer, &to).expect("custody");
        assert!(custody.receipts.iter().all(|one| one.outcome.is_ok()));
    }
    let took = start.elapsed();
    let holding = val.memory_kib();
    let keeps = val.asks(&["status"]).remove(0)["keeps"].clone();
    assert_eq!(keeps["messages"], NODES * WAITING);
    println!("capacity: {} messages deposited in {took:.1?}, {} bytes", NODES * WAITING, keeps["bytes"]);

    let start = Instant::now();
    for guest in &guests {
        let collect = |done, after| Collect { did: guest.sender.did, done, after }.write();
        let handover = Handover::read(&guest.asks(volunteer, &address, collect(vec![], 0)).await).expect("mail");
        assert_eq!(handover.sealed.len(), WAITING);
        let done = handover.sealed.iter().map(Sealed::digest).collect();
        guest.asks(volunteer, &address, collect(done, 0)).await;
    }
    assert_eq!(val.asks(&["status"]).remove(0)["keeps"]["messages"], 0);
    println!("capacity: all collected in {:.1?}", start.elapsed());
    let file = std::fs::metadata(val.home().join("ai2ai.redb")).expect("the store").len();
    println!("capacity: memory {idle} KiB idle, {connected} with {NODES} nodes, {holding} with all that waits");
    println!("capacity: {} KiB for a node", (connected - idle) / NODES as u64);
    println!(
        "capacity: {} bytes for a message; {file} bytes of store in all",
        (holding - connected) * 1024 / (NODES * WAITING) as u64
    );
}
