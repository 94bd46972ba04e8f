//! Journeys in the seeded world: real decisions and real stores; the wire and the clock are ours. No process, no socket, no lab.

mod batches;
mod calling_off;
mod forget;
mod fuzz;
mod invites;
mod journeys;
mod keys;
mod mandates;
mod original;
mod renewal;
mod taking_back;
mod told;
