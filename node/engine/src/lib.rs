//! Engine of an AI2AI node: the tasks that bring messages in and out, look people up, and do what the owner asks.
//!
//! What is decided is decided by `ai2ai-core`, in a transaction on the storage thread. The engine calls it, waits for the commit,
//! and carries the effects out.
//!
//! | room | what is in it |
//! |---|---|
//! | [`event_loop`], [`context`], [`storage`] | the loop and its state; what each task is given; the thread of the store |
//! | [`tasks`] | the owner of every task: it tells them to stop, waits with a bound, and names who is late |
//! | [`commands`] | each command of the owner and the agent |
//! | [`inbound`] | batches, files and mailboxes: opened, verified, decided on, answered |
//! | [`delivery`] | a worker per recipient: libp2p, HTTPS, mailboxes |
//! | [`peers`] | who is near and connected: cards, presence, volunteers |
//! | [`lookup`] | where somebody is: DNS, DHT, directories, invites |
//! | [`volunteer`] | requests to the mailbox and the directory that this node keeps for others |
//! | [`legacy`] | agents of the protocol's original, over HTTP |
//! | [`upkeep`] | what time brings about: sweeps, clock jumps, other networks, keys that end, the owner's calendar |
//! | [`tasks`], [`parallel`], [`owner_key`] | the owner of every task; work on every core; the sealed key of the node's owner |
//!
//! # What is not in it
//! - No decision: which message is accepted, sent or refused is core's to say.
//! - No swarm: connections and requests are the network's, which is told what to do by a handle.
//! - No socket of the owner's or the agent's: who may give a command is the doors' to check.

pub mod commands;
pub mod context;
pub mod delivery;
pub mod event_loop;
pub mod inbound;
pub mod legacy;
pub mod lookup;
pub mod owner_key;
pub mod parallel;
pub mod peers;
pub mod state;
pub mod storage;
pub mod tasks;
pub mod upkeep;
pub mod volunteer;
