//! Journeys of people on one LAN.

mod calling_off;
mod dinner;
mod doors;
mod first_time;
mod honest;
mod ledger;
mod mandates;
mod meetings;
mod namespaces;
mod nearby;
mod readme;
mod stranger;
