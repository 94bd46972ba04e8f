//! The network room, with real sockets on this machine.

mod endings;
mod hostile;
mod introductions;
mod nearby;
mod pairs;
mod raw;
mod requests;
mod world;
