//! Journeys: what people do with AI2AI, done by real nodes on a LAN of their own, through the command line only.

mod steps;

mod asleep;
mod dinner;
mod doors;
mod lab;
mod nearby;
mod readme;
mod restart;
mod stranger;
