//! `mcp`: the agent's door for a program that speaks MCP. Nothing but the protocol goes to standard output.

use std::net::SocketAddr;

use ai2ai_agent::calendar::Sources;
use ai2ai_agent::mcp;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_doors::mcp as http;
use ai2ai_home::config::Config;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Serve HTTP at this address of this machine instead, to whoever has the agent's token; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    http: Option<SocketAddr>,
}

pub(in crate::cli) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let client = context.client_of_agent()?;
    let paths = context.paths()?;
    let calendar = Sources::of(&Config::load(&paths)?.calendar, &paths);
    let Some(listen) = args.http else {
        mcp::serve(client, calendar).await?;
        return Ok(Exit::Done);
    };
    let door = http::open(client, calendar, listen).await?;
    let url = format!("http://{}{}", door.address(), http::PATH);
    if context.output.json {
        context.output.object(&json!({ "schema": "mcp_http/1", "url": url }))?;
    } else {
        context.output.line(format_args!("MCP at {url}, for whoever has the agent's token. Ctrl-C ends it."))?;
    }
    tokio::signal::ctrl_c().await.map_err(Failure::internal)?;
    door.close().await;
    Ok(Exit::Done)
}
