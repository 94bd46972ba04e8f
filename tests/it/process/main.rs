//! Journeys through real `ai2ai` processes on loopback, and real browsers: no root, no namespaces.

mod agent;
mod foreign;
mod network;
mod owner;
mod stopping;
