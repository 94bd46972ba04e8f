//! `nearby`: the nodes found on this network whose owners are not contacts yet.

use ai2ai_api::exit::Exit;
use ai2ai_api::requests;
use ai2ai_api::text::clean;
use ai2ai_api::views::NearbyView;
use serde_json::Value;

use crate::cli::context::Context;
use crate::cli::output::{CommandResult, typeable};

pub(in crate::cli) async fn run(context: &mut Context) -> CommandResult {
    let lines = context.ask(requests::Nearby {}).await?;
    let next = lines.lines().first().map(|first| to_add(first, lines.lines()));
    context.output.rows(
        lines,
        &["agent", "says they are", "found by", "did"],
        "Nobody is nearby yet.",
        |view: NearbyView| vec![clean(&view.agent), clean(&view.human), clean(&view.source), view.did.to_string()],
    )?;
    match next {
        Some(command) => context.output.next(command),
        None => context.output.next_when(", in a moment", "ai2ai nearby"),
    }
    Ok(Exit::Done)
}

/// The command that adds the first node of the list: by the agent's name if no other node has it, else by the `did`.
fn to_add(first: &Value, all: &[Value]) -> String {
    let agent = first["agent"].as_str().unwrap_or_default();
    let many = all.iter().filter(|line| line["agent"] == first["agent"]).count();
    let did = first["did"].as_str().unwrap_or_default();
    format!("ai2ai add {}", if many == 1 { typeable(agent, did) } else { did })
}
