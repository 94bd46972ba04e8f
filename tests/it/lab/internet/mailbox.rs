//! Two homes behind routers that are never awake at the same time: a volunteer keeps what is sent at night, and it is there in
//! the morning.

use std::time::{Duration, Instant};

use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::steps::text;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

use crate::internet::nat::{delivers, through, volunteer};

/// From waking to having all that was sent meanwhile.
const WOKEN: Duration = Duration::from_secs(5);
/// From sending to the custody of a volunteer, when the other is away.
const INTO_CUSTODY: Duration = Duration::from_secs(30);
/// The volunteers that two people use.
const VOLUNTEERS: [&str; 2] = ["val", "vic"];

/// Two people at home, who know each other and have places at this many volunteers.
fn two_at_home(internet: &mut Internet, volunteers: usize) -> (Vec<Laptop>, Laptop, Laptop) {
    let (volunteers, addresses): (Vec<Laptop>, Vec<Vec<String>>) =
        VOLUNTEERS[..volunteers].iter().map(|name| volunteer(internet, name)).unzip();
    let addresses = addresses.concat();
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    for laptop in [&alex, &sam] {
        laptop.sets(&format!("bootstrap = {addresses:?}"));
    }
    alex.up();
    sam.up();
    for who in [&alex, &sam] {
        has_mailboxes(who, volunteers.len());
    }
    let _ = alex.owner(&["add", &through(&sam)]).done();
    let _ = sam.owner(&["add", &through(&alex)]).done();
    (volunteers, alex, sam)
}

pub(crate) fn has_mailboxes(who: &Laptop, count: usize) {
    wait_for(&format!("{} to have a mailbox", who.name()), PATIENCE, || {
        let status = who.status();
        let named: Vec<&str> = status["mailboxes"].as_array()?.iter().filter_map(Value::as_str).collect();
        let mut peers: Vec<&str> = named.iter().filter_map(|address| address.rsplit('/').next()).collect();
        peers.sort_unstable();
        peers.dedup();
        (peers.len() == count).then_some(())
    });
}

/// Everything that waits is in custody of at least so many volunteers.
fn is_in_custody(who: &Laptop, keepers: usize) {
    let start = Instant::now();
    wait_for(&format!("what {} sent to be in custody", who.name()), INTO_CUSTODY, || {
        let waiting = who.owner(&["outbox"]).done().lines;
        let keeps = |row: &Value| row["custody"].as_array().map_or(0, Vec::len) >= keepers;
        let all = waiting.iter().all(|row| row["state"] == "in_custody" && keeps(row));
        (all && !waiting.is_empty()).then_some(())
    });
    println!("mailbox: | in custody after {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
}

/// The words of a conversation as one side has them, in order.
pub(crate) fn words(of: &Laptop, conversation: &str) -> Vec<String> {
    let answer = of.owner(&["conversation", conversation]);
    let Some(line) = answer.lines.first() else { return Vec::new() };
    let messages = line["messages"].as_array().cloned().unwrap_or_default();
    messages.iter().filter_map(|message| message["payload"]["text"].as_str().map(str::to_owned)).collect()
}

/// Somebody wakes, and has all of this within seconds.
pub(crate) fn wakes_to(who: &mut Laptop, conversations: &[(String, Vec<String>)]) {
    let start = who.start();
    wait_for(&format!("{} to have all that was sent meanwhile", who.name()), PATIENCE, || {
        conversations.iter().all(|(id, said)| words(who, id) == *said).then_some(())
    });
    let took = start.elapsed();
    println!("mailbox: | there {:.0} ms after waking", took.as_secs_f64() * 1000.0);
    assert!(took < WOKEN, "{took:?}");
}

/// Sends words in two conversations: three in the first, and one in the second.
pub(crate) fn sends_overnight(who: &Laptop, to: &str) -> Vec<(String, Vec<String>)> {
    let talk = who.owner(&["send", to, "one"]).done().text("conversation");
    for word in ["two", "three"] {
        let _ = who.owner(&["reply", &talk, word]).done();
    }
    let other = who.owner(&["send", to, "something else"]).done().text("conversation");
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![(talk, owned(&["one", "two", "three"])), (other, owned(&["something else"]))]
}

#[test]
fn what_was_sent_overnight_is_there_within_seconds_of_waking() {
    let Some(mut internet) = Internet::open() else { return };
    let (mut volunteers, mut alex, mut sam) = two_at_home(&mut internet, 1);
    sam.interrupt();
    let sent = sends_overnight(&alex, "sam");
    is_in_custody(&alex, 1);
    let waits = alex.owner(&["outbox"]).done().lines[0].clone();
    let keeper = waits["custody"][0].as_str().expect("a keeper").to_owned();
    assert!(keeper.ends_with(volunteers[0].peer()) && keeper.starts_with("203.0.113."), "{keeper}");
    assert_eq!(volunteers[0].status()["keeps"]["messages"], 4);
    let taken_back = alex.owner(&["withdraw", text(&waits, "id")]);
    assert_eq!(taken_back.exit, 5, "what a mailbox has is not taken back");

    alex.interrupt();
    volunteers[0].kill();
    volunteers[0].up();
    wakes_to(&mut sam, &sent);
    for (talk, _) in &sent {
        let _ = sam.owner(&["reply", talk, "good morning"]).done();
    }
    is_in_custody(&sam, 1);
    sam.kill();
    let answered = sent.into_iter().map(|(id, mut words)| {
        words.push("good morning".to_owned());
        (id, words)
    });
    wakes_to(&mut alex, &answered.collect::<Vec<_>>());
    let sent_again = |lines: Vec<Value>| lines.iter().filter(|row| row["kind"] != "receipt").count();
    wait_for("the receipts that came through the mailbox to count", PATIENCE, || {
        (sent_again(alex.owner(&["outbox"]).done().lines) == 0).then_some(())
    });
    wait_for("the mailbox to have let go of what alex took in", PATIENCE, || {
        (volunteers[0].status()["keeps"]["messages"].as_u64()? <= 2).then_some(())
    });
}

#[test]
fn a_volunteer_that_dies_with_the_mail_loses_nothing() {
    let Some(mut internet) = Internet::open() else { return };
    let (mut volunteers, mut alex, mut sam) = two_at_home(&mut internet, 2);
    sam.kill();
    let sent = sends_overnight(&alex, "sam");
    is_in_custody(&alex, 2);
    alex.interrupt();
    volunteers[0].kill();
    wakes_to(&mut sam, &sent);
    alex.up();
    delivers(&alex, PATIENCE);
}
