//! Interface of a running AI2AI node: what it can be asked, what it answers, and the client that asks it.
//!
//! The command line, the agent's service, the notifier and the pages all speak to the node in these words; the engine
//! answers in them.
//!
//! | room | what is in it |
//! |---|---|
//! | [`command`] | the one list of verbs: the door and the reply of each |
//! | [`requests`] | what each verb is asked with |
//! | [`door`] | a request and its answer as lines, and their bounds |
//! | [`views`] | the answers: the objects of `--json` |
//! | [`exit`], [`error_code`] | failures, exit codes, and the codes of failures |
//! | [`event_name`], [`audit`] | names of events, and the words of the audit |
//! | [`client`], [`token`] | the other end of the socket, and what opens it |
//! | [`pin`], [`settings`], [`forget`], [`doctor`] | values that requests and answers are made of |
//! | [`text`], [`snooze_times`] | words and moments for people's eyes |
//! | [`clock`] | the one call to the system clock |
//!
//! # What is not in it
//! - No file is read or written: where the socket is and what a token's file holds is the home's to know.
//! - No decision: it says who may give a command, and not what becomes of it.
//! - No store and no libp2p.

pub mod audit;
pub mod client;
pub mod clock;
pub mod command;
pub mod doctor;
pub mod door;
pub mod error_code;
pub mod event_name;
pub mod exit;
pub mod forget;
pub mod pin;
pub mod requests;
pub mod settings;
pub mod snooze_times;
mod spelled;
pub mod text;
pub mod token;
pub mod views;
