//! The box that journeys run in: laptops on a LAN of their own, driven through the command line.
//!
//! A [`lab::Lab`] is a LAN that nothing else is on; a [`laptop::Laptop`] on it runs the real `ai2ai`, and an
//! [`answer::Answer`] is what a command said. Nothing here sleeps for luck: whatever takes time is waited for, with a
//! deadline.

pub mod chromium;
pub mod corpus;
pub mod faults;
pub mod fuzz;
mod machines;
pub mod pages;
mod peers;
mod servers;
pub mod steps;
pub mod table;
pub mod times;
pub mod world;

pub use machines::{answer, binary, disk, internet, lab, laptop, namespace, solo, terminal};
pub use peers::{broken, evil, foreign, original, peer, rogue, stranger};
pub use servers::{model_server, name_server, ports, telegram, web_front, web_hook, web_server};
