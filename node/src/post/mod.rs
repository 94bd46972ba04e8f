//! Posts to web servers that the owner named, as often as it makes sense to try.

pub(crate) mod fault;
pub(crate) mod http;
pub(crate) mod webhook;
