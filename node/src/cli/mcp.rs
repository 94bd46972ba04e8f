//! `mcp`: the agent's door for a program that speaks MCP. Nothing but the protocol goes to standard output.

use super::Ending;
use super::desk::Desk;
use crate::config::Config;
use crate::exit::Exit;
use crate::mcp;

pub(super) async fn run(desk: &Desk) -> Ending {
    let client = desk.client_of_agent()?;
    let calendar = Config::load(&desk.paths()?)?.calendar.file;
    mcp::serve(client, calendar).await?;
    Ok(Exit::Done)
}
