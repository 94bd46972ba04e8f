//! A fuzz target: gives what libFuzzer makes up to the body in `ai2ai_tests::fuzz` that has the name of this program.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ai2ai_tests::fuzz::run(env!("CARGO_BIN_NAME"), bytes));
