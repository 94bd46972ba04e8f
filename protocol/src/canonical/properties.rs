//! Laws that hold for every JSON text: which are read, and what their canonical form is.

use proptest::prelude::*;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{JsonError, canonical, read_value};
use crate::limits::JSON_DEPTH;

const LIMIT: usize = 1_000_000;

/// Texts that are JSON or nearly so, with names that stand twice, numbers that are too fine, and broken escapes.
fn texts() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec!["null", "true", "false", "0", "-0", "1", "\"\"", "nul", "9007199254740993"])
            .prop_map(str::to_owned),
        "-?(0|[1-9][0-9]{0,19})",
        "-?(0|[1-9][0-9]{0,15})(\\.[0-9]{1,16})?([eE][+-]?[0-9]{1,3})?",
        "\"[ !#-\\[\\]-~é😀]{0,6}\"",
        "\"(\\\\[\"\\\\/bfnrtu]|[a0d8]){0,8}\"",
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        let name = prop::sample::select(vec!["\"a\"", "\"b\"", "\"\\u0061\"", "\"é\"", "\"\""]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|list| format!("[{}]", list.join(","))),
            prop::collection::vec((name, inner.clone()), 0..4).prop_map(|members| {
                let members: Vec<_> = members.into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
                format!(" {{{}}}", members.join(" ,\n"))
            }),
            (inner, 0..40_usize).prop_map(|(inner, depth)| "[".repeat(depth) + &inner + &"]".repeat(depth)),
        ]
    })
}

/// JSON as a reader sees it that keeps every member.
enum Tree {
    Object(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Leaf,
}

impl Tree {
    fn depth(&self) -> usize {
        match self {
            Self::Object(members) => 1 + members.iter().map(|(_, tree)| tree.depth()).max().unwrap_or(0),
            Self::List(list) => 1 + list.iter().map(Self::depth).max().unwrap_or(0),
            Self::Leaf => 0,
        }
    }

    fn has_duplicates(&self) -> bool {
        match self {
            Self::Object(members) => {
                let names: std::collections::HashSet<_> = members.iter().map(|(name, _)| name).collect();
                names.len() < members.len() || members.iter().any(|(_, tree)| tree.has_duplicates())
            }
            Self::List(list) => list.iter().any(Self::has_duplicates),
            Self::Leaf => false,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(Tree::Leaf)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = entries.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}

/// The numbers in a text that is JSON.
fn numbers(text: &str) -> Vec<String> {
    let (mut bare, mut quoted, mut escaped) = (String::new(), false, false);
    for c in text.chars() {
        match (quoted, c) {
            (true, _) if escaped => escaped = false,
            (true, '\\') => escaped = true,
            (true, '"') => quoted = false,
            (true, _) => {}
            (false, '"') => quoted = true,
            (false, c) => bare.push(c),
        }
    }
    let part_of_a_number = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
    bare.split(|c| !part_of_a_number(c))
        .filter(|run| run.contains(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

/// A decimal as its sign, its digits without the zeros at either end, and its power of ten; zero has no sign.
fn decimal(number: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{}{fraction}", whole.trim_start_matches('-'));
    let significant = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - significant.len()).expect("a short text");
    let fraction = i64::try_from(fraction.len()).expect("a short text");
    let exponent: i64 = exponent.parse().expect("an exponent");
    let significant = significant.trim_start_matches('0').to_owned();
    if significant.is_empty() {
        (false, significant, 0)
    } else {
        (number.starts_with('-'), significant, exponent - fraction + zeros)
    }
}

/// SPEC.md §JSON, the three rules on numbers.
fn is_number_allowed(number: &str) -> bool {
    const MAX: f64 = 9_007_199_254_740_991.0;
    let value: f64 = number.parse().expect("a number");
    let (_, digits, _) = decimal(number);
    let integer = number.trim_start_matches('-').bytes().all(|b| b.is_ascii_digit());
    let fits = if integer {
        number.parse::<i128>().is_ok_and(|n| n.abs() <= 9_007_199_254_740_991)
    } else {
        digits.len() <= 15
    };
    fits && value.abs() <= MAX && (digits.is_empty() || value.abs() >= f64::MIN_POSITIVE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// What serde_json reads is read alike, save what SPEC.md says is refused; and nothing else is read.
    #[test]
    fn the_strict_reader_refuses_exactly_what_is_documented(text in texts()) {
        let strict = read_value(text.as_bytes(), LIMIT);
        match serde_json::from_str::<Value>(&text) {
            Err(_) => prop_assert!(strict.is_err()),
            Ok(value) => {
                let tree: Tree = serde_json::from_str(&text).expect("JSON");
                let refused = tree.depth() > JSON_DEPTH
                    || tree.has_duplicates()
                    || !numbers(&text).iter().all(|number| is_number_allowed(number));
                prop_assert_eq!(strict.ok().map(|value| canonical(&value)), (!refused).then(|| canonical(&value)));
            }
        }
    }

    /// The form is RFC 8785's as another program writes it, whatever the value.
    #[test]
    fn the_form_is_what_another_writer_gives(text in texts()) {
        if let Ok(value) = serde_json::from_str::<Value>(&text) {
            let theirs = serde_json_canonicalizer::to_vec(&value).expect("JSON");
            prop_assert_eq!(String::from_utf8(canonical(&value)), String::from_utf8(theirs));
        }
    }

    /// So equal canonical forms are equal values, and the other way round.
    #[test]
    fn the_canonical_form_is_read_as_the_same_value(text in texts()) {
        if let Ok(value) = read_value(text.as_bytes(), LIMIT) {
            let form = canonical(&value);
            let again = read_value(&form, LIMIT).expect("a canonical form is strict JSON");
            prop_assert_eq!(&again, &value);
            prop_assert_eq!(canonical(&again), form);
        }
    }

    #[test]
    fn a_number_that_is_read_is_given_back_as_it_was_written(
        number in "-?(0|[1-9][0-9]{0,16})(\\.[0-9]{1,16})?([eE][+-]?[0-9]{1,3})?",
    ) {
        if let Ok(value) = read_value(number.as_bytes(), LIMIT) {
            let form = String::from_utf8(canonical(&value)).expect("UTF-8");
            prop_assert_eq!(decimal(&form), decimal(&number));
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused_or_read_and_nothing_else(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(JsonError::TooLarge { .. }) = read_value(&bytes, LIMIT) {
            prop_assert!(false, "nothing here is that large");
        }
    }
}
