//! Discovery: where an AI2AI agent can be found.
//!
//! Many ways of finding, one kind of [`Finding`](finding::Finding): each source is a file of its own that makes
//! findings, [`book`] keeps them, and [`plan`] says whom to ask for a card, and when. Only [`dns`] and [`kademlia`] go out to ask;
//! everything else here knows no sockets, tasks or clocks.
//!
//! | rooms | what is in them |
//! |---|---|
//! | [`finding`], [`address`], [`book`], [`plan`], [`names`] | what is found, where that leads, who is where, and whom to ask next |
//! | [`by_hand`], [`from_card`], [`invite`], [`mdns`], [`remembered`], [`mailboxes`], [`relays`] | sources that are told, heard or remembered |
//! | [`dns`] | domains: their records, and what these mean |
//! | [`web`] | web servers: requests to them, the card there, and the endpoint of an agent of the original |
//! | [`kademlia`] | the distributed table of cards |
//! | [`nat`] | what a router does, as others see it |
//!
//! # What is not in it
//! - No database, no message and no trust: a finding is a hint.

pub mod address;
pub mod book;
pub mod by_hand;
pub mod dns;
pub mod finding;
pub mod from_card;
pub mod invite;
pub mod kademlia;
pub mod mailboxes;
pub mod mdns;
pub mod names;
pub mod nat;
pub mod plan;
pub mod relays;
pub mod remembered;
pub mod web;
