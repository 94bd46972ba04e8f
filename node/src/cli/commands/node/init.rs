//! `init`: makes the identity.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::views::{IdentityView, View as _};
use ai2ai_home::identity::Identity;
use ai2ai_protocol::name::{AgentName, HumanName};

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::pin;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Your name, as you want others to see it
    #[arg(long, value_name = "NAME")]
    human: HumanName,
    /// Your agent's name: lower-case letters, digits, `-`, `_`, `.`; without it, made from yours
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,
    /// Have no PIN: whoever can read your files can then approve in your name
    #[arg(long)]
    no_pin: bool,
}

pub(in crate::cli) fn run(context: &mut Context, args: Args) -> CommandResult {
    if args.no_pin && context.pin_file.is_some() {
        let failure = Failure::new(Exit::Usage, ErrorCode::Usage, "--no-pin and --pin-file exclude each other");
        return Err(failure.into());
    }
    let paths = context.paths()?;
    Identity::refuse_a_second(&paths)?;
    let agent = args.agent.map_or_else(|| agent_of(&args.human), Ok)?;
    let pin = if args.no_pin { None } else { Some(pin::choose(context)?) };
    let identity = Identity::create(&paths, args.human, agent, pin.as_ref(), now(), &mut rand::rng())?;
    let view = IdentityView {
        did: identity.did,
        agent: identity.sender.agent.to_string(),
        human: identity.sender.human.to_string(),
        peer: identity.peer.to_string(),
    };
    if context.output.json {
        context.output.object(&view.line())?;
        return Ok(Exit::Done);
    }
    context.output.line(format_args!("{}, your identity is {}", view.human, view.did))?;
    context.output.line(format_args!("Your agent is {}. Everything is in {}", view.agent, paths.data.display()))?;
    if !identity.has_pin {
        context.output.note("There is no PIN: whoever can read these files can approve in your name.");
    }
    context.output.note("Keep a copy of that directory: nobody can give you the keys again.");
    context.output.note("Next: ai2ai up");
    Ok(Exit::Done)
}

/// Derives an agent name from the owner's: `alex-smith-assistant` for `Alex Smith`.
fn agent_of(human: &HumanName) -> Result<AgentName, Failure> {
    let lower = human.as_str().to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name: String = words.chain(["assistant"]).collect::<Vec<_>>().join("-");
    name.parse().map_err(|error| {
        Failure::new(Exit::Usage, ErrorCode::Usage, format!("no agent's name can be made from {human}: {error}"))
            .hint("Choose one: --agent NAME")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_named_after_its_human() {
        for (human, agent) in [("Alex", "alex-assistant"), ("Zoë O'Neil", "zo-o-neil-assistant"), ("李雷", "assistant")]
        {
            let human: HumanName = human.parse().expect("a name");
            assert_eq!(agent_of(&human).expect("a name").as_str(), agent);
        }
    }
}
