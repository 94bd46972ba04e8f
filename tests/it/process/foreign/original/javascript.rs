//! What Node.js stringifies is stringified equally, whatever the value.

use ai2ai_protocol::original::{parse, stringify};
use ai2ai_tests::original::Agent;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

/// Values in one question.
const AT_ONCE: usize = 500;

#[test]
fn what_node_stringifies_we_stringify() {
    let Some(mut node) = Agent::appears("a", "A") else { return };
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut dice = StdRng::seed_from_u64(seed);
    for _ in 0..8 {
        let texts: Vec<String> = (0..AT_ONCE).map(|_| value(&mut dice, 0)).collect();
        let theirs = node.does("stringify", json!({ "texts": texts }));
        for (text, theirs) in texts.iter().zip(theirs.as_array().expect("a list")) {
            let ours = parse(text.as_bytes()).map(|value| stringify(&value));
            assert_eq!(ours.as_deref(), Ok(theirs.as_str().expect("a text")), "{text} (seed {seed})");
        }
    }
}

/// A text of JSON that JavaScript reads, and that is not how it would write it.
fn value(dice: &mut StdRng, depth: usize) -> String {
    match dice.random_range(0..if depth < 4 { 8 } else { 6 }) {
        0 => ["null", "true", "false"][dice.random_range(0..3)].to_owned(),
        1..=3 => number(dice),
        4 | 5 => string(dice),
        6 => {
            let items: Vec<String> = (0..dice.random_range(0..5)).map(|_| value(dice, depth + 1)).collect();
            format!("[ {} ]", items.join(" ,\t"))
        }
        _ => {
            // A name of its own each, since one that stands twice is refused; numbers beside texts, in any order.
            let mut places: Vec<usize> = (0..dice.random_range(0..6)).collect();
            places.reverse();
            let members = places.into_iter().map(|place| format!("{} : {}", name(dice, place), value(dice, depth + 1)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(","))
        }
    }
}

fn name(dice: &mut StdRng, place: usize) -> String {
    match dice.random_range(0..5) {
        0 => format!("\"{}\"", place * 7),
        1 => format!("\"{}\"", 4_294_967_290_u64 + place as u64),
        2 => format!("\"0{place}\""),
        3 => {
            let text = string(dice);
            format!("{}{place}\"", &text[..text.len() - 1])
        }
        _ => format!("\"-{place}\""),
    }
}

fn number(dice: &mut StdRng) -> String {
    let number = match dice.random_range(0..4) {
        0 => f64::from_bits(dice.random()),
        1 => f64::from(dice.random::<i32>()) / 1_000.0,
        2 => 10_f64.powi(dice.random_range(-325..309)) * f64::from(dice.random_range(1_u8..100)),
        _ => return format!("{}{}", if dice.random() { "-" } else { "" }, dice.random::<u64>()),
    };
    if number.is_finite() { format!("{number:e}") } else { "-0.0e+0".to_owned() }
}

fn string(dice: &mut StdRng) -> String {
    let units = (0..dice.random_range(0..6)).map(|_| match dice.random_range(0..6) {
        0 => format!("\\u{:04x}", dice.random_range(0xd7f0..0xe010_u32)),
        1 => format!("\\u{:04X}", dice.random_range(0..0x2100_u32)),
        2 => ["\\n", "\\\"", "\\\\", "\\/", "\\b", "\\f"][dice.random_range(0..6)].to_owned(),
        3 => ['é', '€', '😀', '\u{7f}', '\u{2028}', '\u{ffff}'][dice.random_range(0..6)].to_string(),
        _ => char::from(dice.random_range(b'a'..=b'z')).to_string(),
    });
    format!("\"{}\"", units.collect::<String>())
}
