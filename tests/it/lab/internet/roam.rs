//! A laptop that moves: whatever happens to its network, and while it sleeps, its node goes on without a restart.

use std::thread::sleep;
use std::time::{Duration, Instant};

use ai2ai_tests::internet::{Internet, Router, Uplink};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

use crate::internet::nat::{delivers, through, volunteer};

/// From the end of an event to the delivery of what was sent during it.
const BACK: Duration = Duration::from_secs(45);
/// Long enough that every connection of before is dead.
const GONE: Duration = Duration::from_secs(20);
/// In seconds.
const HOUR: i64 = 3_600;

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
    let mut alex = internet.home("alex", Router::KeepsPorts);
    let mut sam = internet.home("sam", Router::KeepsPorts);
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

/// How much of the network there is for somebody: places at volunteers, and mailboxes.
fn footholds(of: &Laptop) -> (usize, usize) {
    let status = of.owner(&["status"]).done().one().clone();
    let count = |name: &str, part: &str| {
        let all = status[name].as_array().cloned().unwrap_or_default();
        all.iter().filter_map(Value::as_str).filter(|text| text.contains(part)).count()
    };
    (count("listen", "p2p-circuit"), count("mailboxes", "/p2p/"))
}

fn has_footholds(of: &Laptop) {
    wait_for(&format!("{} to have a place at a volunteer, and a mailbox", of.name()), PATIENCE, || {
        let (places, mailboxes) = footholds(of);
        (places > 0 && mailboxes > 0).then_some(())
    });
}

/// What the clocks of the machines say jumps by hours and days while one of them sleeps: keys, cards and claims that were good are old.
#[test]
fn a_laptop_wakes_hours_and_days_later_and_goes_on_without_a_restart() {
    let Some(mut internet) = Internet::open() else { return };
    let mut val = internet.server("val");
    let mut alex = internet.home("alex", Router::RandomPorts);
    let mut sam = internet.home("sam", Router::RandomPorts);
    for machine in [&mut val, &mut alex, &mut sam] {
        machine.has_own_clock().expect("a clock of its own");
    }
    val.sets("volunteer = true");
    val.up();
    let at_val = wait_for("the volunteer to listen", PATIENCE, || {
        let listens = val.status()["listen"].as_array()?.clone();
        let public: Vec<String> = listens
            .iter()
            .filter_map(Value::as_str)
            .filter(|at| at.contains("203.0.113."))
            .map(str::to_owned)
            .collect();
        (public.len() == 2).then_some(public)
    });
    for laptop in [&mut alex, &mut sam] {
        laptop.sets(&format!("bootstrap = {at_val:?}"));
        laptop.up();
        has_footholds(laptop);
    }
    let _ = alex.owner(&["add", &through(&sam)]).done();
    let _ = sam.owner(&["add", &through(&alex)]).done();
    let uptime = |of: &Laptop| of.owner(&["status"]).done().one()["uptime_s"].as_u64().expect("seconds");

    let mut now = 0;
    for (what, hours) in [("9 hours of sleep", 9), ("a weekend of sleep", 50)] {
        now += hours * HOUR;
        during(what, &alex, &sam, || {
            alex.sleeps();
            sleep(GONE);
            // All clocks go on together; the others see theirs turned, which they have to live with as well.
            for machine in [&alex, &val, &sam] {
                machine.turn_clock(now);
            }
            alex.wakes();
        });
        has_footholds(&alex);
        has_footholds(&sam);
    }
    assert!([&alex, &sam, &val].iter().all(|one| uptime(one) > 40), "none was restarted");
    let conversations = alex.owner(&["conversations"]).done().lines.len();
    assert_eq!(conversations, 2 * 3, "each message once");
}
