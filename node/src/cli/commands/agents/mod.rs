//! Programs that act for the owner: served by MCP, taught, connected.

mod mcp;
mod skill;

use clap::Subcommand;

use crate::cli::connect;
use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AgentCommand {
    /// Serve an AI on standard input and output, by MCP. It reads and drafts; you decide
    #[command(after_help = "Example, as a client's settings have it:\n  {\"command\": \"ai2ai\", \"args\": [\"mcp\"]}")]
    Mcp(mcp::Args),
    /// Print the page that teaches an agent this command line (AgentSkills)
    #[command(after_help = "Example:\n  ai2ai skill > ~/.agents/skills/ai2ai/SKILL.md")]
    Skill,
    /// Let an agent's program use your node: shows the change, asks, makes it, tries it
    #[command(after_help = "Examples:\n  ai2ai connect-agent claude-code\n  ai2ai connect-agent generic")]
    ConnectAgent(connect::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: AgentCommand) -> CommandResult {
    match command {
        AgentCommand::Mcp(args) => mcp::run(context, args).await,
        AgentCommand::Skill => skill::run(context),
        AgentCommand::ConnectAgent(args) => connect::run(context, args).await,
    }
}
