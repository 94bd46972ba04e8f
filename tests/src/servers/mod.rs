//! Servers that a test starts: names, web, models, a messenger; each on a port of its own.

pub mod model_server;
pub mod name_server;
pub mod ports;
pub mod telegram;
pub mod web_front;
pub mod web_hook;
pub mod web_server;
