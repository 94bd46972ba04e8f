//! Volunteers and nodes of the DHT that do what they like: nothing forged is believed, nothing is lost, nothing happens twice, and
//! nobody is told that something is there when it is not.

use std::time::{Duration, Instant};

use ai2ai_tests::evil::Evil;
use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::rogue::{Lie, Rogue};
use ai2ai_tests::table::{card, lie};
use ai2ai_tests::times::{PATIENCE, stays, wait_for};
use serde_json::Value;
use tokio::sync::watch;

use crate::internet::mailbox::{has_mailboxes, sends_overnight, wakes_to, words};
use crate::internet::mallory::Mallory;
use crate::internet::nat::{delivers, volunteer};
use crate::internet::table::{published, settled};

/// From sending to delivery past a relay that lets nothing through: it is noticed after 14 s of silence.
const PAST_A_RELAY: Duration = Duration::from_secs(45);
/// From sending to the custody of both volunteers.
const INTO_CUSTODY: Duration = Duration::from_secs(45);
/// From the return of the recipient to delivery, when the only mailbox has forgotten the message.
const PAST_A_MAILBOX: Duration = Duration::from_secs(30);
/// How long nothing else may come.
const QUIET: Duration = Duration::from_secs(2);

/// The address at which somebody is reached through this volunteer, once they have a place there.
fn place_at(who: &Laptop, volunteer: &str) -> String {
    wait_for(&format!("{} to have a place at {volunteer}", who.name()), PATIENCE, || {
        let status = who.owner(&["status"]);
        let listen = status.lines.first()?["listen"].as_array()?.clone();
        let through = format!("{volunteer}/p2p-circuit");
        listen.iter().filter_map(Value::as_str).find(|at| at.contains(&through)).map(str::to_owned)
    })
}

/// Sends so many letters, and waits until they are there; how long that took.
fn gets_past(who: &Laptop, arguments: &[&str]) -> (String, f64) {
    let start = Instant::now();
    let conversation = who.owner(arguments).done().text("conversation");
    delivers(who, PAST_A_RELAY);
    (conversation, start.elapsed().as_secs_f64())
}

/// Two who can meet only through relays talk, with an honest volunteer beside one that does this.
fn talk_past(evil: Evil) -> Option<()> {
    let mut internet = Internet::open()?;
    let mallory = Mallory::relays(&mut internet, evil);
    let (val, at_val) = volunteer(&mut internet, "val");
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    let bootstrap: Vec<&String> = std::iter::once(&mallory.address).chain(&at_val).collect();
    for laptop in [&mut alex, &mut sam] {
        laptop.sets(&format!("bootstrap = {bootstrap:?}\npublish = []"));
        laptop.up();
    }
    let _ = (place_at(&alex, mallory.peer()), place_at(&sam, val.peer()));
    let met = alex.owner(&["add", &place_at(&sam, mallory.peer())]).exit == 0;
    if !met {
        let _ = alex.owner(&["add", &place_at(&sam, val.peer())]).done();
    }
    let _ = sam.owner(&["add", &place_at(&alex, val.peer())]).done();

    let there = "there ".repeat(3_400);
    let back = "back ".repeat(4_000);
    let (talk, took_there) = gets_past(&alex, &["send", "sam", &there]);
    let (_, took_back) = gets_past(&sam, &["reply", &talk, &back]);
    let said = [there, back];
    stays("each once, as it was written", QUIET, || [&alex, &sam].iter().all(|who| words(who, &talk) == said));
    let how = if met { "connected through it before" } else { "nobody could be met through it" };
    println!(
        "hostile: | a relay that {}: {how}; 20 kB past it after {took_there:.1} s, and back after {took_back:.1} s",
        evil.does()
    );
    Some(())
}

#[test]
fn a_relay_that_withholds_alters_or_repeats_is_got_past_within_seconds() {
    for evil in Evil::ALL {
        if talk_past(evil).is_none() {
            return;
        }
    }
}

/// Everything that waits is said to be in custody of both volunteers; and of nothing is anything else said.
fn in_custody_of_both(who: &Laptop, keepers: [&str; 2]) {
    wait_for(&format!("what {} sent to be in custody", who.name()), INTO_CUSTODY, || {
        let waiting = who.owner(&["outbox"]).done().lines;
        let known = |row: &Value| ["queued", "sent", "in_custody"].iter().any(|state| row["state"] == *state);
        assert!(!waiting.is_empty() && waiting.iter().all(known), "nobody has it, and this is said: {waiting:?}");
        let kept = |row: &Value| row["custody"].as_array().cloned().unwrap_or_default();
        let by =
            |row: &Value, keeper: &str| kept(row).iter().any(|one| one.as_str().is_some_and(|at| at.ends_with(keeper)));
        waiting.iter().all(|row| keepers.iter().all(|keeper| by(row, keeper))).then_some(())
    });
}

#[test]
fn a_mailbox_that_lies_costs_nothing_beside_an_honest_one() {
    let Some(mut internet) = Internet::open() else { return };
    let mut mallory = Mallory::keeps_mail(&mut internet, Lie::Forgets);
    let (val, at_val) = volunteer(&mut internet, "val");
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    let bootstrap: Vec<&String> = std::iter::once(&mallory.address).chain(&at_val).collect();
    for laptop in [&mut alex, &mut sam] {
        laptop.sets(&format!("bootstrap = {bootstrap:?}"));
        laptop.up();
        has_mailboxes(laptop, 2);
    }
    let _ = alex.owner(&["add", &place_at(&sam, val.peer())]).done();
    let _ = sam.owner(&["add", &place_at(&alex, val.peer())]).done();
    for lie in Lie::ALL {
        sam.interrupt();
        mallory.is_told(lie);
        let sent = sends_overnight(&alex, "sam");
        in_custody_of_both(&alex, [mallory.peer(), val.peer()]);
        alex.interrupt();
        let start = Instant::now();
        wakes_to(&mut sam, &sent);
        let there = start.elapsed().as_secs_f64();
        stays("each once, as it was written", QUIET, || sent.iter().all(|(id, said)| words(&sam, id) == *said));
        alex.up();
        delivers(&alex, PATIENCE);
        println!("hostile: | a mailbox that {}: all there {there:.1} s after waking, once", lie.does());
    }
}

/// Two people on this machine, who know each other and the volunteer at this address.
fn two_with_a_volunteer(folder: &std::path::Path, address: &str) -> (Laptop, Laptop) {
    let mut alex = Laptop::on_loopback("alex", folder);
    let mut sam = Laptop::on_loopback("sam", folder);
    for who in [&mut alex, &mut sam] {
        who.init();
        who.sets(&format!("bootstrap = [{address:?}]"));
        who.up();
    }
    // The card that is shown to whoever adds them names the mailbox only once there is one.
    has_mailboxes(&alex, 1);
    has_mailboxes(&sam, 1);
    for (who, other) in [(&alex, &sam), (&sam, &alex)] {
        let listen = other.status()["listen"][0].as_str().expect("an address").to_owned();
        let _ = who.owner(&["add", &listen]).done();
    }
    (alex, sam)
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_only_mailbox_lies_it_is_brought_as_soon_as_they_are_seen() {
    for (lie, seed) in Lie::ALL.into_iter().zip((90..).step_by(10)) {
        let folder = tempfile::tempdir().expect("a folder");
        let liar = Rogue::volunteers(seed).await;
        let address = liar.address();
        let (tell, told) = watch::channel(Lie::Forgets);
        let keeps = tokio::spawn(liar.keeps_mailbox(told));
        let (alex, mut sam) = two_with_a_volunteer(folder.path(), &address);
        tell.send_replace(lie);
        sam.kill();
        let talk = alex.owner(&["send", "sam", "did you get this?"]).done().text("conversation");
        wait_for("the liar's custody", PATIENCE, || {
            (alex.owner(&["outbox"]).done().lines.first()?["state"] == "in_custody").then_some(())
        });
        sam.up();
        let start = Instant::now();
        delivers(&alex, PAST_A_MAILBOX);
        let took = start.elapsed().as_secs_f64();
        stays("each once", QUIET, || words(&sam, &talk) == ["did you get this?"]);
        println!("hostile: | the only mailbox {}: brought directly {took:.1} s after they were back", lie.does());
        keeps.abort();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_keep_forged_and_old_cards_are_never_believed() {
    let people = 8;
    let forged = |person| {
        let mut bytes = card(person, 99).bytes().to_vec();
        let at = bytes.windows(4).position(|part| part == b"Alex").expect("a name");
        bytes[at] = b'B';
        lie(card(person, 99).did(), bytes)
    };
    let old: Vec<_> = (0..people).map(|person| lie(card(person, 1).did(), card(person, 1).bytes().to_vec())).collect();
    let others: Vec<_> = (0..people).map(|person| lie(card(person, 1).did(), card(99, 99).bytes().to_vec())).collect();
    let lies = vec![(0..people).map(forged).collect(), old.clone(), old, others];
    let honest = 21;
    let table = settled(honest, lies).await;
    for person in 0..people {
        let node = person as usize % honest;
        published(&table, node, &card(person, 7)).await;
    }
    // The liars say it again and again, while everybody asks.
    for round in 0..3 {
        for person in 0..people {
            let node = (person as usize * 5 + round * 7 + 1) % honest;
            let found = table.look_for(node, *card(person, 7).did()).await.card;
            assert_eq!(found.map(|card| card.sequence()), Some(7), "{person} in round {round}");
        }
    }
    let searches = 3 * people;
    println!("hostile: | 21 honest nodes, 4 liars: {searches} of {searches} lookups gave the newest card");
}
