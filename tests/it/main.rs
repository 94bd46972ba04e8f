//! Journeys: what people do with AI2AI, done by real nodes on a LAN of their own, through the command line only;
//! and journeys in a seeded world, where the wire and the clock are ours.

mod steps;

mod asleep;
mod backup;
mod batches;
mod capacity;
mod dht;
mod dinner;
mod directory;
mod dishonest;
mod disk;
mod dns;
mod doors;
mod faults;
mod forget;
mod fuzz;
mod honest;
mod invites;
mod journeys;
mod lab;
mod mail_thieves;
mod mailbox;
mod mandates;
mod mcp;
mod nat;
mod nearby;
mod readme;
mod restart;
mod service;
mod stranger;
mod table;
mod taking_back;
mod told;
mod volunteer_sees;
mod web;
