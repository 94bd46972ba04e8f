//! The doctor on every machine of a small internet says how it really stands.

use ai2ai_tests::internet::{Internet, Router};
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_until};
use serde_json::Value;

use crate::internet::nat::{through, volunteer};

/// Waits until the doctor says this of a check; the whole line.
fn says(of: &Laptop, check: &str, status: &str, words: &str) -> Value {
    wait_until(&format!("{}'s doctor to say {status} and {words:?} of `{check}`", of.name()), PATIENCE, || {
        let answer = of.owner(&["doctor"]);
        let line = answer.line_where("check", check).cloned().ok_or("nothing")?;
        let detail = line["detail"].as_str().unwrap_or_default().to_owned();
        let fits = line["status"] == status && detail.contains(words);
        if fits { Ok(line) } else { Err(format!("{line}")) }
    })
}

/// Every line is one of three, and says what to do exactly where something is wrong.
fn is_in_order(of: &Laptop) {
    for line in of.owner(&["doctor"]).lines {
        let has_fix = line["fix"].as_str().is_some_and(|fix| !fix.is_empty());
        assert!(line["status"] == "OK" || has_fix, "{line}");
        assert!(line["status"] != "OK" || !has_fix, "{line}");
    }
}

#[test]
fn on_each_machine_of_the_internet_the_doctor_names_the_real_situation() {
    let Some(mut internet) = Internet::open() else { return };
    let (val, at_val) = volunteer(&mut internet, "val");
    let (_vic, at_vic) = volunteer(&mut internet, "vic");
    let volunteers = [at_val, at_vic].concat();
    let kinds = [
        ("keeper", Router::KeepsPorts, "keeps ports"),
        ("changer", Router::ChangesPorts, "keeps to one"),
        ("random", Router::RandomPorts, "symmetric NAT"),
        ("noudp", Router::NoUdp, "keeps ports"),
    ];
    let homes: Vec<(Laptop, Router, &str)> = kinds
        .into_iter()
        .map(|(name, router, words)| {
            let mut laptop = internet.home(name, router);
            laptop.sets(&format!("bootstrap = {volunteers:?}"));
            laptop.up();
            (laptop, router, words)
        })
        .collect();
    let mut lost = internet.home("lost", Router::KeepsPorts);
    lost.up();

    let _ = says(&val, "reachable", "OK", "yes");
    assert_eq!(val.owner(&["status"]).done().one()["reachable"], "yes");
    println!("doctor: | a volunteer: reachable");
    for (laptop, router, words) in &homes {
        let _ = through(laptop);
        let status = if *router == Router::RandomPorts { "WARN" } else { "OK" };
        let _ = says(laptop, "router", status, words);
        let _ = says(laptop, "reachable", "OK", "through 2 volunteers");
        let udp = if *router == Router::NoUdp { ("WARN", "drop") } else { ("OK", "gets through") };
        let _ = says(laptop, "udp", udp.0, udp.1);
        let _ = says(laptop, "relays", "OK", "2 volunteers");
        is_in_order(laptop);
        println!("doctor: | {router:?}: {words}; udp {}", udp.1);
    }
    let _ = says(&lost, "reachable", "WARN", "nobody outside has tried");
    let _ = says(&lost, "relays", "WARN", "no volunteer");
    is_in_order(&lost);

    let keeper = &homes[0].0;
    let random = &homes[2].0;
    let _ = keeper.owner(&["add", &through(random)]).done();
    let answer = keeper.owner(&["doctor", "--peer", "random"]);
    let there = answer.line_where("check", "you reach them").cloned().expect("a line");
    let back = answer.line_where("check", "they reach you").cloned().expect("a line");
    assert_eq!((&there["status"], &back["status"]), (&"OK".into(), &"OK".into()), "{there} {back}");
    println!("doctor: | --peer: {} / {}", there["detail"], back["detail"]);
}
