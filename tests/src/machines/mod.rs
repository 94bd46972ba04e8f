//! Machines and what runs on them: networks, laptops, disks, a terminal, the program and its answers.

pub mod answer;
pub mod binary;
pub mod disk;
pub mod internet;
pub mod lab;
pub mod laptop;
pub mod namespace;
pub mod solo;
pub mod terminal;
