//! What a real DNS server says is read: long records, chains, SRV, silence, and what is wrong.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use ai2ai_discovery::dns::domain::DomainError;
use ai2ai_discovery::dns::txt;
use ai2ai_discovery::dns::{ANSWER_WITHIN, Dns, DnsError, Servers};
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_tests::name_server::NameServer;
use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use libp2p::{Multiaddr, PeerId};
use serde_json::Value;

fn did(seed: u8) -> Did {
    OwnerKey::from_seed(&[seed; 32]).did()
}

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

fn serves(zone: &str) -> (NameServer, Dns) {
    let server = NameServer::serve(here(), "example.", zone);
    let dns = Dns::new(Servers::At(server.address));
    (server, dns)
}

fn quoted(strings: &[String]) -> String {
    strings.iter().map(|string| format!("\"{string}\"")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn a_record_longer_than_a_packet_comes_whole() {
    let peer = PeerId::random();
    let places: Vec<Multiaddr> = (1..=16)
        .map(|port| format!("/ip4/192.0.2.7/udp/{port}/quic-v1/p2p/{peer}").parse().expect("an address"))
        .collect();
    let strings = txt::write(&did(1), &places);
    assert!(strings.concat().len() > 1_232, "it is to be longer than a UDP answer");
    let (_server, dns) = serves(&format!("_ai2ai.alex IN TXT {}\n", quoted(&strings)));
    let answer = dns.look_up("alex.example").await.expect("an answer");
    assert_eq!(answer.signpost.did, Some(did(1)));
    assert_eq!(answer.signpost.nodes[&peer].len(), 16);
    assert_eq!(answer.fresh_for.as_secs(), 60, "the TTL of the zone");
}

#[tokio::test]
async fn chains_of_dnsaddr_are_followed_and_a_loop_ends() {
    let one = PeerId::random();
    let other = PeerId::random();
    let zone = format!(
        "_ai2ai.alex IN TXT \"v=ai2ai1 did={did} addr=/dnsaddr/a.example\"\n\
         _dnsaddr.a IN TXT \"dnsaddr=/dnsaddr/b.example\"\n\
         _dnsaddr.a IN TXT \"dnsaddr=/ip4/192.0.2.7/tcp/4001/p2p/{one}\"\n\
         _dnsaddr.b IN TXT \"dnsaddr=/dnsaddr/a.example\"\n\
         _dnsaddr.b IN TXT \"dnsaddr=/dns4/node.example/udp/4001/quic-v1/p2p/{other}\"\n",
        did = did(1)
    );
    let (_server, dns) = serves(&zone);
    let answer = dns.look_up("alex.example").await.expect("an answer");
    let mut peers: Vec<PeerId> = answer.signpost.nodes.keys().copied().collect();
    let mut expected = vec![one, other];
    peers.sort();
    expected.sort();
    assert_eq!(peers, expected);
    let chain: Multiaddr = "/dnsaddr/b.example".parse().expect("an address");
    assert_eq!(dns.follow(&chain).await.len(), 2);
}

#[tokio::test]
async fn a_service_record_names_the_host_of_a_node() {
    let peer = PeerId::random();
    let zone = format!(
        "_ai2ai.alex IN TXT \"v=ai2ai1 did={} peer={peer}\"\n\
         _ai2ai._tcp.alex IN SRV 20 0 4002 slow.example.\n\
         _ai2ai._tcp.alex IN SRV 10 0 4001 node.example.\n",
        did(1)
    );
    let (_server, dns) = serves(&zone);
    let answer = dns.look_up("alex.example").await.expect("an answer");
    assert_eq!(answer.signpost.nodes[&peer][0].to_string(), "/dns/node.example/udp/4001/quic-v1");
    assert_eq!(answer.signpost.nodes[&peer].len(), 4);
}

#[tokio::test]
async fn what_leads_nowhere_says_why() {
    let url = "https://old.example:18800/ai2ai";
    let zone = format!(
        "_ai2ai.old IN TXT \"endpoint={url}\"\n\
         _ai2ai.two IN TXT \"v=ai2ai1 did={}\"\n_ai2ai.two IN TXT \"v=ai2ai1 did={}\"\n\
         _ai2ai.wrong IN TXT \"v=ai2ai1 did=did:web:wrong.example addr=/ip4/192.0.2.7/tcp/1\"\n",
        did(1),
        did(2)
    );
    let (_server, dns) = serves(&zone);
    let why = async |domain: &str| match dns.look_up(domain).await {
        Err(DnsError::Useless { why, .. }) => why,
        other => panic!("{domain}: {other:?}"),
    };
    assert_eq!(why("old.example").await, DomainError::OnlyOriginal(url.to_owned()));
    assert!(matches!(why("two.example").await, DomainError::TwoIdentities(..)));
    assert_eq!(why("wrong.example").await, DomainError::Nothing);
    assert_eq!(why("nobody.example").await, DomainError::Nothing);
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for_long() {
    let silent = UdpSocket::bind(here()).expect("a socket");
    let dns = Dns::new(Servers::At(silent.local_addr().expect("an address")));
    let begun = Instant::now();
    assert!(matches!(dns.look_up("alex.example").await, Err(DnsError::NoAnswer { .. })));
    assert!(begun.elapsed() < 4 * ANSWER_WITHIN, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn an_answer_is_kept_as_long_as_its_ttl_says() {
    let peer = PeerId::random();
    let zone = format!("_ai2ai.alex IN TXT \"v=ai2ai1 did={} addr=/ip4/192.0.2.7/tcp/1/p2p/{peer}\"\n", did(1));
    let (server, dns) = serves(&zone);
    let first = dns.look_up("alex.example").await.expect("an answer");
    drop(server);
    let again = dns.look_up("alex.example").await.expect("the same answer");
    assert_eq!(first.signpost, again.signpost);
}

/// The zone line that somebody publishes, once their card has an address.
fn zone_line(of: &Solo) -> String {
    let record = || of.asks(&["dns-record", "alex.example"]).remove(0)["zone"].as_str().map(str::to_owned);
    wait_for("a record with an address", PATIENCE, record) + "\n"
}

/// Somebody whose node asks this server.
fn who_asks(human: &str, server: SocketAddr, more: &str) -> Solo {
    Solo::moves_in(human, &format!("{more}[dns]\nserver = \"{server}\"\n")).is_up()
}

#[test]
fn someone_is_added_by_their_domain_and_found_there_again_when_they_have_moved() {
    let mut alex = Solo::moves_in("Alex", "").is_up();
    let server = NameServer::serve(here(), "example.", &zone_line(&alex));
    let mut sam = who_asks("Sam", server.address, "");
    let added = sam.asks(&["add", "alex.example"]).remove(0);
    assert_eq!((&added["name"], &added["met"]), (&Value::from("Alex"), &Value::from("dns")), "{added}");
    assert_eq!(sam.asks(&["ping", "Alex"]).remove(0)["schema"], "ping/1");

    sam.is_killed();
    alex.is_killed();
    alex.starts();
    let address = server.address;
    drop(server);
    let _moved = NameServer::serve(address, "example.", &zone_line(&alex));
    sam.starts();
    let sent = sam.asks(&["send", "Alex", "have you moved?"]).remove(0);
    let delivered = || sam.asks(&["status"]).first().is_some_and(|status| status["outbox"] == 0).then_some(());
    wait_for("the message to be delivered", PATIENCE, delivered);
    let heard = alex.asks(&["pending"]).into_iter().map(|item| item["kind"].clone()).collect::<Vec<_>>();
    assert_eq!(heard, ["contact_request"], "{sent}");
}

#[test]
fn who_does_not_publish_in_the_dns_says_there_who_they_are_and_not_where() {
    let alex = Solo::moves_in("Alex", "publish = [\"mdns\"]\n").is_up();
    let (_, place) = alex.listens().expect("an address");
    let output = alex.types(&["dns-record", "alex.example"]);
    let zone = zone_line(&alex);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!zone.contains("addr=") && told.contains("\"dns\" is not in `publish`"), "{zone}{told}");
    let named = alex.asks(&["dns-record", "alex.example", "--addr", &place]).remove(0);
    assert!(named["zone"].as_str().is_some_and(|zone| zone.contains(&place)), "what is typed is meant: {named}");

    let server = NameServer::serve(here(), "example.", &zone);
    let (peer, _) = alex.listens().expect("an address");
    let sam = who_asks("Sam", server.address, &format!("bootstrap = [\"{place}/p2p/{peer}\"]\n"));
    wait_for("Alex to be seen by another way", PATIENCE, || sam.asks(&["nearby"]).into_iter().next());
    let added = sam.asks(&["add", "alex.example"]).remove(0);
    assert_eq!((&added["name"], &added["met"]), (&Value::from("Alex"), &Value::from("by hand")), "{added}");
    let stranger = who_asks("Bob", server.address, "");
    let output = stranger.types(&["add", "alex.example"]);
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.code() == Some(3) && told.contains("is not nearby"), "{told}");
}

#[test]
fn a_record_that_names_another_key_than_the_one_that_answers_is_refused() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let real = alex.asks(&["status"]).remove(0)["did"].as_str().expect("a did").to_owned();
    let forged = zone_line(&alex).replace(&real, &did(9).to_string());
    let server = NameServer::serve(here(), "example.", &forged);
    let sam = who_asks("Sam", server.address, "");
    let output = sam.types(&["add", "alex.example"]);
    assert_eq!(output.status.code(), Some(8));
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(told.contains("bad_card") && told.contains(&real) && told.contains(&did(9).to_string()), "{told}");
    assert!(sam.asks(&["contacts"]).is_empty());
    for (domain, code) in [("nobody.example", 3), ("alex", 3)] {
        assert_eq!(sam.types(&["add", domain]).status.code(), Some(code), "{domain}");
    }
}

#[test]
fn who_is_at_a_bootstrap_name_is_met_and_a_dead_one_delays_nothing() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let server = NameServer::serve(here(), "example.", &zone_line(&alex));
    let more = "bootstrap = [\"dead.invalid\", \"_ai2ai.nobody.example\", \"_ai2ai.alex.example\"]\n";
    let begun = Instant::now();
    let sam = who_asks("Sam", server.address, more);
    let nearby = wait_for("Alex to be found", PATIENCE, || sam.asks(&["nearby"]).into_iter().next());
    assert_eq!((&nearby["agent"], &nearby["source"]), (&Value::from("alex-assistant"), &Value::from("dns")));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
