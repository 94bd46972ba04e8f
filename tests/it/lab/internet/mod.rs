//! Routers, volunteers, the DHT, and laptops that move: a small internet of namespaces.

mod dht;
mod doctor;
mod hostile;
mod mailbox;
mod mallory;
mod nat;
mod roam;
mod table;
mod volunteer_sees;
