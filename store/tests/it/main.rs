//! The store through its public face: what it opens, what it keeps, and what a crash leaves.

mod copies;
mod crash;
mod laws;
mod mailbox;
mod mandates;
mod opening;
mod outgoing;
mod rows;
mod schemas;
mod twin;
