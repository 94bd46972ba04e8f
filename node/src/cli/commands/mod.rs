//! The commands, grouped by subject in the order of `ai2ai help`. A file holds one verb, or a few short ones of one subject:
//! its arguments, its run, and how its reply is printed. The `mod.rs` of a group lists its verbs for `--help`.
//!
//! The enums of the groups have no doc comments: clap would print them in place of the sentence about the program.

pub(super) mod agents;
pub(super) mod care;
pub(super) mod completions;
pub(super) mod conversations;
pub(super) mod decisions;
pub(super) mod delivery;
pub(super) mod demo;
pub(super) mod node;
pub(super) mod people;
pub(super) mod talk;
