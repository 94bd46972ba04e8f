//! Discovery: where an AI2AI agent can be found.
//!
//! Many ways of finding, one kind of [`Finding`](finding::Finding): each source is a file of its own that makes
//! findings, [`book`] keeps them, and [`plan`] says whom to ask for a card, and when. Only [`dns`] and [`kademlia`] go out to ask;
//! everything else here knows no sockets, tasks or clocks.

pub mod address;
pub mod book;
pub mod by_hand;
pub mod dns;
pub mod domain;
pub mod endpoint;
pub mod finding;
pub mod from_card;
pub mod https;
pub mod invite;
pub mod kademlia;
pub mod mailboxes;
pub mod mdns;
pub mod names;
pub mod nat;
pub mod plan;
pub mod relays;
pub mod remembered;
mod resolvers;
pub mod txt;
pub mod web;
pub mod well_known;
