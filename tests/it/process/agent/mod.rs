//! Everything an agent's program may do, and what it may not: its HTTP API, MCP, hooks, webhooks and the assistant.

mod api;
mod assistant;
mod hook;
mod injection;
mod mandates;
pub(crate) mod mcp;
mod mcp_http;
mod webhook;
