//! The box that journeys run in: laptops on a LAN of their own, driven through the command line.
//!
//! A [`lab::Lab`] is a LAN that nothing else is on; a [`laptop::Laptop`] on it runs the real `ai2ai`, and an
//! [`answer::Answer`] is what a command said. Nothing here sleeps for luck: whatever takes time is waited for, with a
//! deadline.

pub mod answer;
pub mod binary;
pub mod broken;
pub mod chromium;
pub mod corpus;
pub mod disk;
pub mod evil;
pub mod faults;
pub mod foreign;
pub mod fuzz;
pub mod internet;
pub mod lab;
pub mod laptop;
pub mod model_server;
pub mod name_server;
pub mod namespace;
pub mod original;
pub mod pages;
pub mod ports;
pub mod rogue;
pub mod solo;
pub mod steps;
pub mod stranger;
pub mod table;
pub mod telegram;
pub mod terminal;
pub mod times;
pub mod web_front;
pub mod web_hook;
pub mod web_server;
pub mod world;
