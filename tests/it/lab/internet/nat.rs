//! Two homes behind routers, and a volunteer: they find each other through it, and go their own way where the routers let them.

mod limits;

use std::time::{Duration, Instant};

use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::text;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// From `up` to the first delivered message.
const FIRST_MESSAGE: Duration = Duration::from_secs(5);
/// From the death of a volunteer to a message through the next.
const NEXT_VOLUNTEER: Duration = Duration::from_secs(30);
/// From `up` to a direct path, where the routers allow one: a second or two. Holes are punched at the same moment from both sides, up to three
/// times; where tests run side by side the first may miss, which costs five to ten seconds each time.
const DIRECT: Duration = Duration::from_secs(30);

/// A volunteer that runs; and where.
pub(crate) fn volunteer(internet: &mut Internet, name: &str) -> (Laptop, Vec<String>) {
    let mut volunteer = internet.server(name);
    volunteer.sets("volunteer = true");
    volunteer.up();
    let listens = || {
        let status = volunteer.owner(&["status"]).done().one().clone();
        let all: Vec<String> =
            status["listen"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let public: Vec<String> = all.into_iter().filter(|address| address.starts_with("/ip4/203.0.113.")).collect();
        (public.len() == 2).then_some(public)
    };
    let addresses = wait_for("the volunteer to listen", PATIENCE, listens);
    (volunteer, addresses)
}

/// The address at which somebody is reached through the volunteer, once they have a place there.
pub(crate) fn through(who: &Laptop) -> String {
    wait_for(&format!("{} to have a place at the volunteer", who.name()), PATIENCE, || {
        let status = who.owner(&["status"]);
        let listen = status.lines.first()?["listen"].as_array()?.clone();
        listen.iter().filter_map(Value::as_str).find(|address| address.contains("p2p-circuit")).map(str::to_owned)
    })
}

pub(crate) fn path(from: &Laptop, to: &Laptop) -> Option<String> {
    let contacts = from.owner(&["contacts"]).done();
    contacts.line_where("did", to.did())?["path"].as_str().map(str::to_owned)
}

/// What somebody has sent is delivered.
pub(crate) fn delivers(who: &Laptop, within: Duration) {
    wait_for(&format!("{}'s message to be delivered", who.name()), within, || {
        (who.owner(&["status"]).done().one()["outbox"] == 0).then_some(())
    });
}

/// The address at the other end of the connection with somebody.
fn connection(from: &Laptop, to: &Laptop) -> String {
    let status = from.owner(&["status"]).done().one().clone();
    let connections = status["connections"].as_array().expect("connections").clone();
    let with_them = connections.iter().find(|connection| connection["did"] == to.did());
    with_them.and_then(|connection| connection["address"].as_str()).expect("a connection").to_owned()
}

/// Two people at home whose nodes start now and know nothing but the volunteers; one adds the other and writes to them.
fn meet(internet: &mut Internet, kinds: [Router; 2], volunteers: &[&str]) -> (Vec<Laptop>, Laptop, Laptop, Instant) {
    let (volunteers, addresses): (Vec<Laptop>, Vec<Vec<String>>) =
        volunteers.iter().map(|name| volunteer(internet, name)).unzip();
    let addresses = addresses.concat();
    let mut alex = internet.home("alex", kinds[0]);
    let mut sam = internet.home("sam", kinds[1]);
    for laptop in [&alex, &sam] {
        laptop.sets(&format!("bootstrap = {addresses:?}"));
    }
    let start = Instant::now();
    alex.up();
    sam.up();
    let _ = alex.owner(&["add", &through(&sam)]).done();
    let _ = sam.owner(&["add", &through(&alex)]).done();
    let sent = alex.owner(&["send", "sam", "hello from behind my router"]).done();
    delivers(&alex, PATIENCE);
    let took = start.elapsed();
    println!("nat: | up to delivered {:.0} ms", took.as_secs_f64() * 1000.0);
    assert!(took < FIRST_MESSAGE, "{took:?}");
    assert_eq!(text(sent.one(), "schema"), "sent/1");
    (volunteers, alex, sam, start)
}

#[test]
fn two_homes_meet_through_a_volunteer_and_open_a_direct_path() {
    let Some(mut internet) = Internet::open() else { return };
    let (_volunteers, alex, sam, start) = meet(&mut internet, [Router::KeepsPorts, Router::KeepsPorts], &["val"]);
    let direct = wait_for("a direct path", DIRECT, || path(&alex, &sam).filter(|path| path != "relayed"));
    println!("nat: | direct by {direct} after {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    assert!(start.elapsed() < DIRECT);
    let _ = sam.owner(&["send", "alex", "and back"]).done();
    delivers(&sam, PATIENCE);
}

#[test]
fn routers_that_change_ports_but_keep_to_one_let_a_path_be_opened() {
    let Some(mut internet) = Internet::open() else { return };
    let (_volunteers, alex, sam, _) = meet(&mut internet, [Router::ChangesPorts, Router::ChangesPorts], &["val"]);
    wait_for("a direct path", DIRECT, || path(&alex, &sam).filter(|path| path != "relayed"));
}

#[test]
fn when_a_volunteer_dies_the_next_one_is_in_use_and_nothing_is_lost() {
    let Some(mut internet) = Internet::open() else { return };
    let kinds = [Router::RandomPorts, Router::RandomPorts];
    let (mut volunteers, alex, sam, _) = meet(&mut internet, kinds, &["val", "vic"]);
    let way = connection(&alex, &sam);
    let used = volunteers.iter().position(|volunteer| way.contains(volunteer.peer()));
    volunteers[used.expect("one of the volunteers is in use")].kill();
    let died = Instant::now();
    for words in ["still there?", "and now?"] {
        let _ = alex.owner(&["send", "sam", words]).done();
    }
    delivers(&alex, NEXT_VOLUNTEER);
    println!("nat: | delivered {:.0} ms after the volunteer died", died.elapsed().as_secs_f64() * 1000.0);
    wait_for("the path over the other volunteer", PATIENCE, || path(&alex, &sam).filter(|path| path == "relayed"));
    let heard = sam.owner(&["conversations"]).done().lines.len();
    assert_eq!(heard, 3, "each message once");
}

#[test]
fn behind_symmetric_routers_the_relay_goes_on_and_says_so() {
    let Some(mut internet) = Internet::open() else { return };
    let (_volunteers, alex, sam, _) = meet(&mut internet, [Router::RandomPorts, Router::RandomPorts], &["val"]);
    assert_eq!(path(&alex, &sam).as_deref(), Some("relayed"));
}

#[test]
fn without_udp_a_path_is_opened_by_tcp() {
    let Some(mut internet) = Internet::open() else { return };
    let (_volunteers, alex, sam, _) = meet(&mut internet, [Router::NoUdp, Router::KeepsPorts], &["val"]);
    let direct = wait_for("a direct path", DIRECT, || path(&alex, &sam).filter(|path| path != "relayed"));
    assert_eq!(direct, "tcp");
}

/// Two who know each other, behind routers through which no direct path leads, with volunteers at these addresses.
fn behind_symmetric_routers<A: std::fmt::Debug>(internet: &mut Internet, volunteers: &[A]) -> (Laptop, Laptop) {
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    for laptop in [&mut alex, &mut sam] {
        laptop.sets(&format!("bootstrap = {volunteers:?}"));
        laptop.up();
    }
    let _ = alex.owner(&["add", &through(&sam)]).done();
    let _ = sam.owner(&["add", &through(&alex)]).done();
    (alex, sam)
}

/// Bytes after which the volunteer ends a relayed connection: the least that can be set.
const RELAYED_BYTES: u64 = 256 * 1024;

#[test]
fn when_a_relayed_connection_ends_for_its_bytes_the_messages_go_on_over_another_and_nothing_is_lost() {
    let Some(mut internet) = Internet::open() else { return };
    let (mut volunteer, _) = volunteer(&mut internet, "val");
    let _ = volunteer.interrupt();
    volunteer.sets(&format!("[relay]\nbytes = {RELAYED_BYTES}"));
    volunteer.up();
    let listens = volunteer.owner(&["status"]).done().one()["listen"].clone();
    let public: Vec<&str> = listens
        .as_array()
        .expect("addresses")
        .iter()
        .filter_map(Value::as_str)
        .filter(|at| at.contains("203.0.113."))
        .collect();
    let (alex, sam) = behind_symmetric_routers(&mut internet, &public);
    let words = "so much to say ".repeat(2_000);
    let opened = alex.owner(&["send", "sam", &words]).done();
    let id = text(opened.one(), "conversation").to_owned();
    for number in 1..40 {
        let _ = alex.owner(&["reply", &id, &format!("{number}: {words}")]).done();
    }
    delivers(&alex, NEXT_VOLUNTEER);
    let said = sam.owner(&["conversation", &id]).done().one()["messages"].as_array().expect("messages").clone();
    let starts: Vec<&str> = said.iter().map(|message| message["payload"]["text"].as_str().expect("a text")).collect();
    assert_eq!(starts.len(), 40, "each once");
    assert!(
        starts.iter().enumerate().skip(1).all(|(number, text)| text.starts_with(&format!("{number}: "))),
        "in order"
    );
    assert_eq!(path(&alex, &sam).as_deref(), Some("relayed"));
    assert!(said.len() as u64 * words.len() as u64 > 4 * RELAYED_BYTES);
}
