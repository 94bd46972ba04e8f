//! `skill`: the page that teaches an agent this command line, in the AgentSkills format.

use ai2ai_api::exit::Exit;

use crate::cli::connect::SKILL;
use crate::cli::context::Context;
use crate::cli::output::CommandResult;

pub(in crate::cli) fn run(context: &mut Context) -> CommandResult {
    context.output.bytes(SKILL.as_bytes())?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::SKILL;
    use crate::cli::args::{Cli, Commands};
    use crate::cli::commands::conversations::ConversationCommand;
    use crate::cli::commands::delivery::DeliveryCommand;
    use crate::cli::commands::node::NodeCommand;
    use crate::cli::commands::people::PeopleCommand;

    #[test]
    fn every_command_on_the_page_is_one_that_an_agent_may_type() {
        let typed: Vec<&str> = SKILL.lines().filter(|line| line.starts_with("ai2ai ")).collect();
        assert!(typed.len() > 10);
        for line in typed {
            let cli = Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(cli.global_args.json, "{line}");
            let for_agents = matches!(
                cli.command,
                Commands::Node(NodeCommand::Status)
                    | Commands::People(PeopleCommand::Contacts)
                    | Commands::Conversations(
                        ConversationCommand::Conversations(_) | ConversationCommand::Conversation(_)
                    )
                    | Commands::Talk(_)
                    | Commands::Delivery(
                        DeliveryCommand::Draft(_) | DeliveryCommand::Withdraw(_) | DeliveryCommand::Outbox(_)
                    )
            );
            assert!(for_agents, "{line}");
        }
    }

    /// The words of a line, as a shell would part them; quotes hold words together.
    fn words(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut within = None;
        for c in line.chars().chain([' ']) {
            match (c, within) {
                ('"' | '\'', None) => within = Some(c),
                (c, Some(quote)) if c == quote => within = None,
                (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
                (' ', None) => {}
                (c, _) => word.push(c),
            }
        }
        words
    }
}
