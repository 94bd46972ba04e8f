//! A laptop that moves: whatever happens to its network, and while it sleeps, its node goes on without a restart.

use std::thread::sleep;
use std::time::{Duration, Instant};

use ai2ai_tests::internet::{Internet, Router, Uplink};
use ai2ai_tests::laptop::Laptop;

use crate::nat::{delivers, through, volunteer};

/// From the end of an event to the delivery of what was sent during it.
const BACK: Duration = Duration::from_secs(45);
/// Long enough that every connection of before is dead.
const GONE: Duration = Duration::from_secs(20);

/// Sam writes while something happens to Alex; how long after its end the message is there, and the answer back.
fn during(what: &str, alex: &Laptop, sam: &Laptop, event: impl FnOnce()) {
    let _ = sam.owner(&["send", "alex", what]).done();
    event();
    let over = Instant::now();
    let _ = sam.owner(&["send", "alex", &format!("after: {what}")]).done();
    delivers(sam, BACK);
    let there = over.elapsed();
    let _ = alex.owner(&["send", "sam", &format!("still here: {what}")]).done();
    delivers(alex, BACK);
    let both = over.elapsed();
    println!(
        "roam: | {what}: delivered after {:.1} s, both ways after {:.1} s",
        there.as_secs_f64(),
        both.as_secs_f64()
    );
}

#[test]
fn a_laptop_moves_sleeps_and_comes_back_without_a_restart() {
    let Some(mut internet) = Internet::open() else { return };
    let (_val, at_val) = volunteer(&mut internet, "val");
    let (_vic, at_vic) = volunteer(&mut internet, "vic");
    let volunteers = [at_val, at_vic].concat();
    let (mut alex, mut sam) = (internet.home("alex", Router::KeepsPorts), internet.home("sam", Router::KeepsPorts));
    let elsewhere = internet.uplink(&alex, "wlan0", Router::RandomPorts);
    let tunnel = internet.uplink(&alex, "tun0", Router::KeepsPorts);
    for laptop in [&alex, &sam] {
        laptop.sets(&format!("bootstrap = {volunteers:?}"));
    }
    alex.up();
    sam.up();
    let _ = alex.owner(&["add", &through(&sam)]).done();
    let _ = sam.owner(&["add", &through(&alex)]).done();
    let uptime = |of: &Laptop| of.owner(&["status"]).done().one()["uptime_s"].as_u64().expect("seconds");
    let home = Uplink::first_of(&alex);

    during("the cable is out for 20 s", &alex, &sam, || {
        home.unplug();
        sleep(GONE);
        home.plug();
    });
    during("another address", &alex, &sam, || home.changes_address());
    during("another network", &alex, &sam, || {
        home.leave();
        elsewhere.join();
    });
    during("a VPN comes up", &alex, &sam, || tunnel.join());
    during("the VPN is gone", &alex, &sam, || {
        tunnel.leave();
        elsewhere.join();
    });
    during("20 s of sleep", &alex, &sam, || {
        alex.sleeps();
        sleep(GONE);
        alex.wakes();
    });
    during("home again", &alex, &sam, || {
        elsewhere.leave();
        home.join();
    });
    assert!(uptime(&alex) > 40, "it was never restarted");
    let conversations = alex.owner(&["conversations"]).done().lines.len();
    assert_eq!(conversations, 7 * 3, "each message once");
}
