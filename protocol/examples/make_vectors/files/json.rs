//! Strict reading, and the canonical form.

use ai2ai_protocol::canonical::{canonical, read_value};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::limits::JSON_DEPTH;

use super::{File, Vector};

/// The vectors.
pub(crate) fn file() -> File {
    let good = GOOD.iter().map(|(name, input)| good(name, input));
    let deep = good_at_depth();
    let bad = BAD.iter().map(|(name, input)| Vector::bad(name, *input, Code::Malformed, ""));
    File {
        about:
            "SPEC.md §2. `input` is any JSON text; `canonical` is its RFC 8785 form and `digest` the digest of that. \
                What is not read has the `code` instead."
                .to_owned(),
        vectors: good.chain([deep]).chain(bad).chain(no_texts()).collect(),
    }
}

fn good(name: &str, input: &str) -> Vector {
    let form = canonical(&read_value(input.as_bytes(), input.len()).expect("it is good"));
    let digest = Digest::of(&form).to_string();
    let form = String::from_utf8(form).expect("JSON is UTF-8");
    Vector::good(name, input, [("canonical", form), ("digest", digest)])
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn good_at_depth() -> Vector {
    good("as deep as JSON may go", &nested(JSON_DEPTH))
}

fn no_texts() -> [Vector; 4] {
    [
        Vector::bad("one level deeper", nested(JSON_DEPTH + 1), Code::TooDeep, ""),
        Vector::bad("a byte that is no UTF-8", *b"\"\xff\"", Code::Malformed, ""),
        Vector::bad("UTF-8 that is cut off", *b"\"\xc3", Code::Malformed, ""),
        Vector::bad("an overlong encoding", *b"\"\xc0\xaf\"", Code::Malformed, ""),
    ]
}

const GOOD: [(&str, &str); 22] = [
    ("an empty object", "{}"),
    ("literals", "[null,true,false]"),
    ("space between", " { \"b\" : [ 1 , 2 ] ,\r\n\t\"a\" : { } } "),
    ("names in another order", r#"{"c":3,"a":1,"b":2}"#),
    (
        "names are sorted by UTF-16 code units (RFC 8785 §3.2.3)",
        r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#,
    ),
    ("escapes (RFC 8785 §3.2.2.2)", r#""\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/\b\f\n\r\t\u007f\u2028""#),
    ("no Unicode normalisation", r#"["\u00e9","e\u0301"]"#),
    ("a name with nothing in it", r#"{"":0}"#),
    ("integers", "[0,1,-1,80,9007199254740991,-9007199254740991]"),
    ("minus zero is zero", "[-0,-0.0,0.0]"),
    ("fractions", "[4.50,0.1,28.00,-0.002,123456.789012345,0.000001]"),
    ("the exponent begins below 10^-6", "[0.000001,0.0000001,1e-7,123e-10]"),
    ("exponents", "[1e0,1E3,1e+2,2e-3,9e15,1.5e3]"),
    ("the smallest numbers", "[1E-300,2.5e-307]"),
    ("fifteen digits", "[0.123456789012345,12345678.9012345,99999999999999.9]"),
    ("one name in two objects", r#"[{"a":1},{"a":2},{"a":{"a":3}}]"#),
    ("names that only look alike", r#"{"a":1,"A":2,"\u0430":3}"#),
    ("a text alone", "\"x\""),
    ("a number alone", "7"),
    ("an emoji", "\"\u{1f600}\""),
    ("terms", r#"{"subject":"Dinner","time":"2026-02-10T19:00Z","duration_minutes":120,"place":"Zoë's"}"#),
    ("what looks like JSON within a text", r#""{\"a\":1,\"a\":1e999}""#),
];

const BAD: [(&str, &str); 36] = [
    ("nothing", ""),
    ("half an object", "{"),
    ("two values", "{}{}"),
    ("something after it", "{} x"),
    ("a comma too many in a list", "[1,]"),
    ("a comma too many in an object", r#"{"a":1,}"#),
    ("a comma missing", "[1 2]"),
    ("single quotes", "{'a':1}"),
    ("a name without quotes", "{a:1}"),
    ("a comment", "{} // x"),
    ("a byte order mark", "\u{feff}{}"),
    ("a literal in capitals", "True"),
    ("not a number", "NaN"),
    ("infinity", "Infinity"),
    ("a plus sign", "+1"),
    ("a leading zero", "01"),
    ("a leading point", ".5"),
    ("a trailing point", "1."),
    ("hexadecimal", "0x10"),
    ("an unknown escape", r#""\x41""#),
    ("a control character in a text", "\"a\nb\""),
    ("a zero byte", "\"\u{0}\""),
    ("a surrogate alone", r#""\ud800""#),
    ("surrogates in the wrong order", r#""\ude00\ud83d""#),
    ("a name that stands twice", r#"{"a":1,"a":1}"#),
    ("a name that stands twice, once with an escape", r#"{"a":1,"\u0061":2}"#),
    ("a name that stands twice, deep within", r#"{"x":[{"b":{},"c":0,"b":[]}]}"#),
    ("2^53", "9007199254740992"),
    ("-2^53", "-9007199254740992"),
    ("2^64", "18446744073709551616"),
    ("a larger number, in another spelling", "1e16"),
    ("sixteen digits", "0.1234567890123456"),
    ("a double that was printed in full", "0.30000000000000004"),
    ("a number beyond every double", "1e400"),
    ("a number that a double rounds to zero", "1e-400"),
    ("a number among the subnormal ones", "1e-310"),
];
