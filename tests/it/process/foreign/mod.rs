//! Programs that others wrote, or could have written: another language, the original protocol, and the conformance kit.

mod conformance;
mod interop;
mod original;
