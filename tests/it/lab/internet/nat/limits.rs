//! A relayed connection lasts only so long: what is said over it goes on over the next.

use std::thread::sleep;
use std::time::{Duration, Instant};

use ai2ai_tests::internet::Internet;
use ai2ai_tests::steps::text;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

use super::{behind_symmetric_routers, delivers, path};

/// Seconds after which the volunteer ends a relayed connection: the least that can be set.
const RELAYED_SECONDS: u64 = 10;
/// How long two people talk: three connections come to their end.
const TALK: Duration = Duration::from_secs(35);
/// Between an answer and the next: a conversation is not to come to the end of its own bounds.
const THINKS: Duration = Duration::from_secs(1);
/// From saying something to its delivery, though the connection has just ended.
const GOES_ON: Duration = Duration::from_secs(30);

/// How many connections the volunteer has ended for their time.
fn ended(log: &str) -> usize {
    log.lines().filter(|line| line.contains("CircuitClosed") && line.contains("TimedOut")).count()
}

#[test]
fn when_a_relayed_connection_ends_for_its_time_the_talk_goes_on_over_another_and_nothing_is_lost() {
    let Some(mut internet) = Internet::open() else { return };
    let mut val = internet.server("val");
    val.sets(&format!("volunteer = true\n[relay]\nseconds = {RELAYED_SECONDS}"));
    val.up_with(&["-vv"]);
    let public = wait_for("the volunteer to listen", PATIENCE, || {
        let listens = val.status()["listen"].as_array()?.clone();
        let public = listens.iter().filter_map(Value::as_str).filter(|at| at.starts_with("/ip4/203.0.113."));
        let public: Vec<String> = public.map(str::to_owned).collect();
        (public.len() == 2).then_some(public)
    });
    let (alex, sam) = behind_symmetric_routers(&mut internet, &public);

    let opened = alex.owner(&["send", "sam", "0"]).done();
    let id = text(opened.one(), "conversation").to_owned();
    delivers(&alex, GOES_ON);
    let start = Instant::now();
    let mut said = 1;
    let mut slowest = Duration::ZERO;
    while start.elapsed() < TALK || ended(&val.log()) < 2 {
        assert!(start.elapsed() < 3 * TALK, "connections end for their time:\n{}", val.log());
        let who = if said % 2 == 0 { &alex } else { &sam };
        let began = Instant::now();
        let _ = who.owner(&["reply", &id, &said.to_string()]).done();
        delivers(who, GOES_ON);
        slowest = slowest.max(began.elapsed());
        said += 1;
        sleep(THINKS);
    }
    for who in [&alex, &sam] {
        let heard = who.owner(&["conversation", &id]).done().one()["messages"].as_array().expect("messages").clone();
        let texts: Vec<&str> = heard.iter().filter_map(|message| message["payload"]["text"].as_str()).collect();
        let expected: Vec<String> = (0..said).map(|number| number.to_string()).collect();
        assert_eq!(texts, expected, "each once, in order");
    }
    assert_eq!(path(&alex, &sam).as_deref(), Some("relayed"));
    println!(
        "nat: | {said} messages over relayed connections of {RELAYED_SECONDS} s, {} of which ended for it: the slowest took {:.1} s",
        ended(&val.log()),
        slowest.as_secs_f64()
    );
}
