//! Decisions of an AI2AI node: what comes of a message, of a command and of time, each in one transaction of the store.
//!
//! A function takes a [`Txn`](txn::Txn) and what it decides on; it writes rows, and names the [effects](event::Effect) that
//! follow once they are durable. The engine runs it on the storage thread, and carries the effects out.
//!
//! | room | what is in it |
//! |---|---|
//! | [`error`], [`context`], [`event`] | refusals, as data; who this node is; effects after the commit |
//! | [`txn`], [`audit`] | the transaction; the owner's log of decisions |
//! | [`content`] | what a message says, and its headline |
//! | [`lookup`] | contacts, conversations and items, found by name or id |
//! | [`inbox`] | items that wait for the owner: raised, settled, snoozed |
//! | [`people`] | contacts, invites, trust and mandates, cards, the one node of an identity |
//! | [`outbound`] | messages of ours: composed, let through by policy, due, receipted, sent again, taken back |
//! | [`cancel`], [`read_receipts`] | calling off an agreement; what the owner has read |
//! | [`inbound`] | envelopes that arrive: repeats, rates, age, sender, and the receipt for each; strangers who become contacts |
//! | [`forget`] | erasing what was said, and dropping contacts |
//! | [`decisions`] | the owner decides on an item, or nobody does in time |
//! | [`view`] | rows as the answers of `ai2ai-api` show them |
//! | [`rotation`], [`upkeep`] | a new agent key; what ends by time alone |
//! | [`rate_table`] | what each peer has used of a rate, in memory |
//! | [`volunteer`] | the mailbox and the directory that this node keeps for others |
//!
//! A room knows only rooms that stand above it in this table.
//!
//! # What is not in it
//! - No task, lock or channel: nothing here is asynchronous.
//! - No libp2p and no HTTP: where somebody is reached, and how, is the engine's to know.
//! - No file: the store is the only thing on disk that it sees.
//! - No clock of its own: each transaction has its moment.
//! - No screen: an answer is a view and an error is data; which exit code, sentence and hint each becomes is not decided here.

pub mod audit;
pub mod cancel;
pub mod content;
pub mod context;
pub mod decisions;
pub mod error;
pub mod event;
pub mod forget;
pub mod inbound;
pub mod inbox;
pub mod lookup;
pub mod outbound;
pub mod people;
pub mod rate_table;
pub mod read_receipts;
pub mod rotation;
pub mod txn;
pub mod upkeep;
pub mod view;
pub mod volunteer;
