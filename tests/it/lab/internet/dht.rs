//! Somebody of whom nothing is known but their `did` is found, and found again when they have moved.

use std::time::{Duration, Instant};

use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};

use crate::internet::nat::{delivers, volunteer};

/// From the death of the volunteer through which somebody was reached to a message at their new place.
const FOUND_AGAIN: Duration = Duration::from_secs(60);

/// Waits until somebody's card is in the table.
fn published(who: &Laptop) {
    wait_for(&format!("{}'s card to be in the DHT", who.name()), PATIENCE, || {
        (who.owner(&["status"]).lines.first()?["dht"]["published"] == true).then_some(())
    });
}

/// Waits until somebody knows a node of the table.
fn knows_some(who: &Laptop) {
    wait_for(&format!("{} to know a node of the DHT", who.name()), PATIENCE, || {
        who.owner(&["status"]).lines.first()?["dht"]["nodes"].as_u64().filter(|nodes| *nodes > 0)
    });
}

#[test]
fn someone_is_found_by_their_did_and_again_when_they_have_moved_and_when_the_bootstrap_is_gone() {
    let Some(mut internet) = Internet::open() else { return };
    let (mut val, at_val) = volunteer(&mut internet, "val");
    let (_vic, at_vic) = volunteer(&mut internet, "vic");
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    alex.up_with(&["--bootstrap", &at_val[0]]);
    sam.up_with(&["--bootstrap", &at_val[0], "--bootstrap", &at_vic[0]]);
    published(&alex);
    knows_some(&sam);

    let start = Instant::now();
    let added = sam.owner(&["add", alex.did()]).done();
    println!("dht: | added by did after {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    assert_eq!((added.text("did").as_str(), added.text("met").as_str()), (alex.did(), "dht"));
    let _ = sam.owner(&["send", "alex", "are you there?"]).done();
    delivers(&sam, PATIENCE);

    // Alex goes where nothing of the old place helps: to another volunteer, while the first one dies.
    alex.kill();
    val.kill();
    let died = Instant::now();
    alex.up_with(&["--bootstrap", &at_vic[0]]);
    published(&alex);
    let _ = sam.owner(&["send", "alex", "have you moved?"]).done();
    delivers(&sam, FOUND_AGAIN);
    println!(
        "dht: | found at the new place {:.0} ms after the old one was gone",
        died.elapsed().as_secs_f64() * 1000.0
    );

    // Nobody names a bootstrap any more: who served before is remembered.
    sam.kill();
    sam.up_with(&[]);
    knows_some(&sam);
    let start = Instant::now();
    let _ = sam.owner(&["send", "alex", "and now?"]).done();
    delivers(&sam, PATIENCE);
    println!("dht: | without any bootstrap: delivered after {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
}

#[test]
fn who_is_away_is_added_by_their_did_and_who_does_not_publish_is_not_found() {
    let Some(mut internet) = Internet::open() else { return };
    let (_val, at_val) = volunteer(&mut internet, "val");
    let mut alex = internet.home("alex", Router::KeepsPorts);
    let mut shy = internet.home("shy", Router::KeepsPorts);
    let mut sam = internet.home("sam", Router::KeepsPorts);
    for laptop in [&alex, &sam] {
        laptop.sets(&format!("bootstrap = {at_val:?}"));
    }
    shy.sets(&format!("bootstrap = {at_val:?}\npublish = []"));
    alex.up();
    shy.up();
    sam.up();
    published(&alex);
    published(&sam);
    alex.interrupt();
    let added = sam.owner(&["add", alex.did()]).done();
    assert_eq!(added.text("did"), alex.did());
    let _ = sam.owner(&["send", "alex", "when you are back"]).done();
    alex.up();
    delivers(&sam, PATIENCE);
    let answer = sam.owner(&["add", shy.did()]);
    assert_eq!(answer.failed(3), "unknown_contact");
    assert_eq!(shy.owner(&["status"]).done().one()["dht"]["published"], false);
}
