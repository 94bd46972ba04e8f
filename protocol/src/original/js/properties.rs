//! What holds for every value; what Node.js itself writes is asked in `tests/it/process/foreign/original/javascript.rs`.

use proptest::prelude::*;

use super::{Js, JsMembers, JsText, read, stringify};

fn text() -> impl Strategy<Value = JsText> {
    let unit = prop_oneof![0_u16..0x80, 0xd7f0_u16..0xe010, any::<u16>()];
    let index = any::<u32>().prop_map(|index| index.to_string().as_str().into());
    prop_oneof![4 => proptest::collection::vec(unit, 0..6).prop_map(JsText), 1 => index]
}

fn number() -> impl Strategy<Value = f64> {
    let bits = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |number| number.is_finite());
    prop_oneof![bits, any::<i32>().prop_map(f64::from), (-1_000_i32..1_000).prop_map(|n| f64::from(n) / 8.0)]
}

fn value() -> impl Strategy<Value = Js> {
    let leaf = prop_oneof![
        Just(Js::Null),
        any::<bool>().prop_map(Js::Bool),
        number().prop_map(Js::Number),
        text().prop_map(Js::Text)
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let members = proptest::collection::vec((text(), inner.clone()), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Js::List),
            members.prop_filter_map("unique", JsMembers::of).prop_map(Js::Members),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_is_written_alike(value in value()) {
        let text = stringify(&value);
        let again = read(text.as_bytes()).expect("what stringify writes is JSON");
        prop_assert_eq!(stringify(&again), text);
        prop_assert_eq!(again, value);
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        drop(read(&bytes));
    }

    #[test]
    fn what_serde_reads_is_read_alike(text in "[\\[\\]{}:,\"a0-9.eE+\\- \\\\u]{0,24}") {
        let theirs = serde_json::from_str::<serde_json::Value>(&text);
        if let (Ok(theirs), Ok(ours)) = (&theirs, read(text.as_bytes())) {
            prop_assert_eq!(stringify(&Js::from(theirs)), stringify(&ours));
        } else if read(text.as_bytes()).is_ok() {
            prop_assert!(text.contains("\\u"), "only a lone surrogate is ours alone: {}", text);
        }
    }
}

#[test]
fn what_two_readers_could_read_differently_is_refused() {
    for bad in [
        "",
        "{",
        "{}x",
        "\u{feff}{}",
        "[1,]",
        "01",
        "+1",
        ".5",
        "1.",
        "1e400",
        "-",
        "NaN",
        "'x'",
        "\"\t\"",
        r#""\x""#,
        r#""\u12""#,
        r#""\u+123""#,
        r#"{"a":1,"a":1}"#,
        r#"{"1":1,"\u0031":1}"#,
        r#"{"a" 1}"#,
    ] {
        assert!(read(bad.as_bytes()).is_err(), "{bad}");
    }
    assert!(read(b"\"\xff\"").is_err());
    assert!(read("[".repeat(100_000).as_bytes()).is_err());
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(deep(32).as_bytes()).is_ok() && read(deep(33).as_bytes()).is_err());
}

#[test]
fn members_stand_as_in_javascript_numbers_first() {
    for (text, written) in [
        (r#"{"b":1,"10":2,"a":3,"9":4,"0":5}"#, r#"{"0":5,"9":4,"10":2,"b":1,"a":3}"#),
        (r#"{"x":1,"4294967295":2,"4294967294":3}"#, r#"{"4294967294":3,"x":1,"4294967295":2}"#),
        (r#"{"x":1,"01":2,"-1":3,"1.0":4,"":5}"#, r#"{"x":1,"01":2,"-1":3,"1.0":4,"":5}"#),
        (r#"{"__proto__":1,"toJSON":2}"#, r#"{"__proto__":1,"toJSON":2}"#),
        ("[1e21,1e-7,123456789012345680000,-0,0.1e1,5e-324]", "[1e+21,1e-7,123456789012345680000,0,1,5e-324]"),
        (r#""\ud83d\ude00\ud83d\u0000\u001f\u007f\u2028\/""#, "\"😀\\ud83d\\u0000\\u001f\u{7f}\u{2028}/\""),
    ] {
        assert_eq!(read(text.as_bytes()).map(|value| stringify(&value)).as_deref(), Ok(written), "{text}");
    }
}
