//! Between real nodes: what is said arrives once, is answered, and goes by libp2p again as soon as that leads there.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use ai2ai_protocol::card::Card;
use ai2ai_tests::ports::free_port;
use ai2ai_tests::times::{PATIENCE, wait_for};
use futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{PeerId, SwarmBuilder};

use super::Two;

/// How long a message is given to lead to a connection, before another is sent.
const A_WHILE: Duration = Duration::from_secs(2);

#[test]
fn a_dinner_is_agreed_between_two_nodes_that_only_https_connects() {
    let Two { alex, sam, .. } = &Two::behind_web_servers().are_up();
    let said = sam.does(&["meet", "Alex", "--subject", "Dinner", "--time", "2035-02-10T19:00Z", "--minutes", "90"]);
    let dinner = said["conversation"].as_str().expect("a conversation");
    sam.delivers();
    assert_eq!(sam.path_to("Alex").as_deref(), Some("https"));
    let status = sam.does(&["status"]);
    assert_eq!(status["connections"][0]["path"], "https", "{status}");
    assert!(status["https"].as_str().is_some_and(|site| site.starts_with("https://sam.example")), "{status}");

    // Sam is a stranger to Alex, and is let in: his card came along, so he can be answered.
    let let_in = alex.approves(&[]);
    assert_eq!(let_in["decision"], "approved", "{let_in}");
    alex.approves(&[]);
    sam.sees(dinner, "confirmed");
    alex.sees(dinner, "confirmed");
    assert_eq!(alex.path_to("Sam").as_deref(), Some("https"));
    alex.delivers();
    sam.does(&["send", "Alex", "see you there"]);
    sam.delivers();
    wait_for("the message to come", PATIENCE, || (alex.heard() == ["see you there"]).then_some(()));

    let ping = sam.does(&["ping", "Alex"]);
    assert_eq!(ping["path"], "https", "{ping}");
    let checks = sam.solo.asks(&["doctor", "--peer", "Alex"]);
    for (check, words) in
        [("you reach them", "by https (https://alex.example"), ("they reach you", "https://sam.example")]
    {
        let line = checks.iter().find(|line| line["check"] == check).expect("a line");
        let detail = line["detail"].as_str().expect("a text");
        assert!(line["status"] == "OK" && detail.contains(words), "{line}");
    }
    let checks = alex.solo.asks(&["doctor"]);
    let https = checks.iter().find(|line| line["check"] == "https").expect("a line");
    assert_eq!(https["status"], "OK", "{https}");
}

#[test]
fn an_answer_that_is_lost_is_asked_for_again_and_the_message_has_one_effect() {
    let two = Two::behind_web_servers().are_up();
    let face = two.alex.face();
    two.alex.front.loses_answers_of(face);
    two.sam.does(&["send", "Alex", "hello"]);
    // On a slow machine, one that does not even get through may come before it.
    let row = wait_for("an attempt to fail, of which Alex may have something", PATIENCE, || {
        let row = two.sam.solo.asks(&["outbox"]).into_iter().next()?;
        (row["last_error"].is_string() && row["state"] == "sent").then_some(row)
    });
    assert_eq!(two.alex.solo.asks(&["pending"]).len(), 1, "it came");
    let id = row["id"].as_str().expect("an id");
    assert!(!two.sam.solo.types(&["withdraw", id]).status.success(), "what may have left is not taken back");

    two.alex.front.is_down();
    let row = wait_for("an attempt to find nobody", PATIENCE, || {
        let row = two.sam.solo.asks(&["outbox"]).into_iter().next()?;
        (row["last_error"] != "" && row["attempts"].as_u64()? > 1).then_some(row)
    });
    assert_eq!(row["state"], "sent", "that the last one did not leave does not take the first one back: {row}");
    two.alex.front.leads_to(face);
    two.sam.delivers();
    two.alex.approves(&[]);
    wait_for("the message to be let in", PATIENCE, || (two.alex.heard() == ["hello"]).then_some(()));
    assert_eq!(two.alex.solo.asks(&["conversations"]).len(), 1);
}

#[test]
fn while_nobody_is_there_nothing_has_left_and_it_can_be_taken_back() {
    let two = Two::behind_web_servers().are_up();
    two.alex.front.is_down();
    two.sam.does(&["send", "Alex", "hello"]);
    let row = wait_for("an attempt to fail", PATIENCE, || {
        let row = two.sam.solo.asks(&["outbox"]).into_iter().next()?;
        row["last_error"].is_string().then_some(row)
    });
    assert_eq!(row["state"], "queued", "there was no handshake: {row}");
    two.sam.does(&["withdraw", row["id"].as_str().expect("an id")]);
    two.alex.front.leads_to(two.alex.face());
    two.sam.does(&["send", "Alex", "instead"]);
    two.sam.delivers();
    two.alex.approves(&[]);
    wait_for("the message to be let in", PATIENCE, || (two.alex.heard() == ["instead"]).then_some(()));
}

#[test]
fn whoever_speaks_natively_is_not_added_by_address_as_an_agent_that_can_prove_nothing() {
    let mut two = Two::behind_web_servers();
    two.alex.starts();
    two.sam.starts();
    let address = format!("https://alex.example:{}/ai2ai", two.alex.front.address.port());
    let output = two.sam.solo.types(&["add", &address]);
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((output.status.code(), &told["code"]), (Some(2), &"speaks_natively".into()), "{told}");
    assert_eq!(told["hint"], "ai2ai add alex.example");
    assert!(two.sam.solo.asks(&["contacts"]).is_empty());
}

#[test]
fn only_the_first_message_waits_for_libp2p_and_libp2p_takes_over_as_soon_as_it_leads_there() {
    let mut two = Two::behind_web_servers();
    let port = free_port();
    let address = format!("/ip4/127.0.0.1/tcp/{port}");
    two.alex.solo.listens_at(Some(&address));
    two.alex.starts();
    let url = || two.alex.solo.asks(&["card"]).remove(0)["card"]["nodes"][0]["addresses"].clone();
    wait_for("both addresses in the card", PATIENCE, || (url().as_array()?.len() == 2).then_some(()));
    two.sam.starts();
    two.sam.does(&["add", "alex.example"]);
    two.alex.solo.is_killed();
    // From now on connections are taken in there and nothing is said: what a network that lets only HTTPS through makes of the others.
    let silent = TcpListener::bind(("127.0.0.1", port)).expect("the same port");
    two.alex.solo.listens_at(None);
    two.alex.starts();

    let mut times = Vec::new();
    for text in ["one", "two", "three"] {
        let begun = Instant::now();
        two.sam.does(&["send", "Alex", text]);
        two.sam.delivers();
        times.push(begun.elapsed());
    }
    println!("https: | behind a port that says nothing: {times:?}");
    assert!(times[0] > Duration::from_secs(8), "libp2p was tried first: {times:?}");
    // Each of them would wait as long, and not the one alone during which the machine had something else to do.
    assert!(times[1..].iter().any(|time| *time < Duration::from_secs(8)), "and not again: {times:?}");
    two.alex.approves(&[]);
    wait_for("all three", PATIENCE, || (two.alex.heard().len() == 3).then_some(()));

    drop(silent);
    two.sam.solo.listens_at(Some("/ip4/127.0.0.1/tcp/0"));
    two.sam.restarts();
    wait_for("Sam to have an address in the card", PATIENCE, || {
        let card = two.sam.solo.asks(&["card"]).remove(0)["card"].to_string();
        (Card::read(card.as_bytes()).ok()?.nodes()[0].addresses.len() == 2).then_some(())
    });
    two.sam.does(&["send", "Alex", "four"]);
    two.sam.delivers();
    let path = wait_for("a connection", PATIENCE, || {
        two.alex.does(&["send", "Sam", "where are you?"]);
        two.alex.delivers();
        // Whoever asks a hundred times a second is told to come again in a quarter of an hour.
        let asked = Instant::now();
        let looks = std::iter::repeat_with(|| two.alex.path_to("Sam")).take_while(|_| asked.elapsed() < A_WHILE);
        looks.flatten().find(|path| path == "tcp")
    });
    assert_eq!(path, "tcp", "Sam's new card says where libp2p leads");
    let before = two.alex.front.came();
    two.sam.does(&["send", "Alex", "five"]);
    two.sam.delivers();
    assert_eq!((two.sam.path_to("Alex").as_deref(), two.alex.front.came()), (Some("tcp"), before), "nobody posts now");
    assert_eq!(two.alex.heard().len(), 5);
}

/// What a node that knows nothing of web servers in cards does with one: it hands it to libp2p as it is.
#[tokio::test]
async fn libp2p_never_dials_the_address_of_a_web_server_as_plain_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let port = listener.local_addr().expect("an address").port();
    for address in [format!("/dns/localhost/tcp/{port}/tls/http"), format!("/ip4/127.0.0.1/tcp/{port}/tls/http")] {
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(Default::default(), libp2p::noise::Config::new, libp2p::yamux::Config::default)
            .expect("TCP")
            .with_quic()
            .with_dns()
            .expect("DNS")
            .with_behaviour(|_| libp2p::swarm::dummy::Behaviour)
            .expect("a behaviour");
        let mut swarm = swarm.build();
        let to = DialOpts::peer_id(PeerId::random()).addresses(vec![address.parse().expect("an address")]).build();
        let failure = match swarm.dial(to) {
            Err(failure) => failure,
            Ok(()) => loop {
                if let SwarmEvent::OutgoingConnectionError { error, .. } = swarm.select_next_some().await {
                    break error;
                }
            },
        };
        assert!(format!("{failure:?}").contains("MultiaddrNotSupported"), "{address}: {failure:?}");
    }
    assert_eq!(listener.accept().map(drop).map_err(|error| error.kind()), Err(std::io::ErrorKind::WouldBlock));
}
