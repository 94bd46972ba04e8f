//! Two laptops on one LAN find each other without being told, and hold one connection.

use std::thread;
use std::time::{Duration, Instant};

use ai2ai_tests::lab::{Lab, REQUIRE, is_long};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, Times, stays, wait_for, wait_until};

/// From `up` to being listed, on a LAN that loses nothing: the bound of this test, far above what is expected.
const SOON: Duration = Duration::from_secs(3);
/// The same when 30 of 100 mDNS packets are lost.
const SOON_UNDER_LOSS: Duration = Duration::from_secs(10);
/// In how much time two connections of a pair become one.
const SETTLED: Duration = Duration::from_secs(15);

#[test]
fn both_start_together() {
    let Some(mut lab) = Lab::open_alone() else { return };
    let mut times = Times::default();
    for _ in 0..rounds() {
        let mut alex = lab.person("alex");
        let mut sam = lab.person("sam");
        let start = alex.start();
        sam.start();
        both_listed(&alex, &sam, start, &mut times);
        have_one_connection(&alex, &sam);
    }
    judge("both start together", &times, SOON);
}

#[test]
fn the_second_starts_later() {
    let Some(mut lab) = Lab::open_alone() else { return };
    let mut times = Times::default();
    let later = Duration::from_secs(if is_long() { 60 } else { 5 });
    for _ in 0..rounds().min(5) {
        let mut alex = lab.person("alex");
        let mut sam = lab.person("sam");
        alex.up();
        thread::sleep(later);
        let start = sam.start();
        both_listed(&alex, &sam, start, &mut times);
        have_one_connection(&alex, &sam);
    }
    judge(&format!("the second starts {} s later", later.as_secs()), &times, SOON);
}

#[test]
fn one_restarts_after_kill_9() {
    let Some(mut lab) = Lab::open_alone() else { return };
    let mut times = Times::default();
    let mut settled = Times::default();
    for _ in 0..rounds() {
        let mut alex = lab.person("alex");
        let mut sam = lab.person("sam");
        let start = alex.start();
        sam.start();
        both_listed(&alex, &sam, start, &mut Times::default());
        have_one_connection(&alex, &sam);
        let mut restarts = |restarted: &mut Laptop, other: &Laptop| {
            restarted.kill();
            let start = restarted.start();
            wait_for("the restarted one to list the other", PATIENCE, || restarted.lists(other).then_some(()));
            times.add(start.elapsed());
            settled.add(have_one_connection(restarted, other) - start);
        };
        restarts(&mut alex, &sam);
        restarts(&mut sam, &alex);
    }
    judge("one restarts after kill -9", &times, SOON);
    judge("… and they have one live connection", &settled, SETTLED);
}

#[test]
fn with_30_percent_of_mdns_lost() {
    let Some(mut lab) = Lab::open_alone() else { return };
    let mut together = Times::default();
    let mut later = Times::default();
    for round in 0..rounds() * 2 {
        let mut alex = lab.person("alex");
        let mut sam = lab.person("sam");
        if let Err(reason) = alex.lose_mdns(30).and_then(|()| sam.lose_mdns(30)) {
            assert!(
                std::env::var(REQUIRE).as_deref() != Ok("1"),
                "{REQUIRE}=1, and no packets can be dropped: {reason}"
            );
            return println!("SKIPPED loss: {reason}");
        }
        if round % 2 == 0 {
            let start = alex.start();
            sam.start();
            both_listed(&alex, &sam, start, &mut together);
        } else {
            alex.up();
            let start = sam.start();
            both_listed(&alex, &sam, start, &mut later);
        }
    }
    judge("30 % of mDNS lost, together", &together, SOON_UNDER_LOSS);
    judge("30 % of mDNS lost, one later", &later, SOON_UNDER_LOSS);
}

/// How often each is measured.
fn rounds() -> usize {
    if is_long() { 9 } else { 3 }
}

/// Waits until each lists the other, and adds the two times.
fn both_listed(one: &Laptop, other: &Laptop, start: Instant, times: &mut Times) {
    let mut by_one = None;
    let mut by_other = None;
    wait_for("each to list the other", PATIENCE, || {
        if by_one.is_none() && one.lists(other) {
            by_one = Some(start.elapsed());
        }
        if by_other.is_none() && other.lists(one) {
            by_other = Some(start.elapsed());
        }
        by_one.zip(by_other)
    });
    by_one.into_iter().chain(by_other).for_each(|time| times.add(time));
}

/// One connection, not two or three, as both nodes say and as the kernel counts those of TCP; and it stays one. Gives
/// since when.
fn have_one_connection(one: &Laptop, other: &Laptop) -> Instant {
    let is_one = || {
        let mine = one.connections_with(other);
        let theirs = other.connections_with(one);
        let tcp = (one.tcp_connections(), other.tcp_connections());
        let instead = || format!("{mine:?} on one side, {theirs:?} on the other, {tcp:?} of TCP");
        let ([one], [other]) = (&mine[..], &theirs[..]) else { return Err(instead()) };
        let expected = usize::from(one["path"] == "tcp");
        let same = one["path"] == other["path"] && tcp == (expected, expected);
        if same { Ok(Instant::now()) } else { Err(instead()) }
    };
    let since = wait_until("exactly one connection", SETTLED, is_one);
    stays("exactly one connection", Duration::from_secs(1), || is_one().is_ok());
    since
}

/// Says what was measured, for `scripts/two-laptops.sh`, and holds it against the bound.
fn judge(what: &str, times: &Times, bound: Duration) {
    println!("lab: {what:<36} {times}");
    assert!(times.median() < bound, "{what}: {times}");
}
