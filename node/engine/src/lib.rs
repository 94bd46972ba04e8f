//! Engine of an AI2AI node: the tasks that bring messages in and out, look people up, and do what the owner asks.
//!
//! What is decided is decided by `ai2ai-core`, in a transaction on the storage thread. The engine calls it, waits for the commit,
//! and carries the effects out.
//!
//! A room names only rooms below it:
//!
//! | room | what is in it |
//! |---|---|
//! | [`event_loop`] | what happens, one thing after the other, and which room it is handed to |
//! | [`commands`] | the handler of each verb of the owner and the agent |
//! | [`upkeep`] | what time brings about: sweeps, clock jumps, other networks, keys that end, the owner's calendar |
//! | [`legacy`] | agents of the protocol's original, over HTTP |
//! | [`lookup`] | where somebody is: DNS, DHT, directories, invites |
//! | [`delivery`] | a worker per recipient: libp2p, HTTPS, mailboxes |
//! | [`peers`] | who is near and connected: cards, presence, our mailboxes |
//! | [`inbound`] | batches, files and mailboxes: opened, verified, decided on, answered |
//! | [`volunteer`] | requests to the mailbox and the directory that this node keeps for others |
//! | `call`, `loop_state` | a command as its handler gets it; what the event loop holds between two events |
//! | [`context`] | what each task is given: handles, settings, and the state that tasks share |
//! | [`state`] | that state, part by part: bounded, without a clock, a socket or a task |
//! | [`explain`] | the sentence, hint and exit of each refusal of the core |
//! | [`storage`], [`tasks`], [`parallel`], [`owner_key`] | the thread of the store; the owner of every task; work on every core; the owner's sealed key |
//!
//! # What is not in it
//! - No decision: which message is accepted, sent or refused is core's to say.
//! - No swarm: connections and requests are the network's, which is told what to do by a handle.
//! - No socket of the owner's or the agent's: who may give a command is the doors' to check.

mod call;
pub mod commands;
pub mod context;
pub mod delivery;
pub mod event_loop;
pub mod explain;
pub mod inbound;
pub mod legacy;
pub mod lookup;
mod loop_state;
pub mod owner_key;
pub mod parallel;
pub mod peers;
pub mod state;
pub mod storage;
pub mod tasks;
pub mod upkeep;
pub mod volunteer;
