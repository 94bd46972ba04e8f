//! The arguments of the command line, and the text of `--help`.

use clap::{Parser, Subcommand};

use super::commands::{agents, care, completions, conversations, decisions, delivery, demo, node, people, talk};
use super::global_args::GlobalArgs;

const EXAMPLES: &str = "\
First steps:
  ai2ai init --human \"Alex\"          make your identity
  ai2ai up                           run your node; leave it running
  ai2ai nearby                       who is found on this network
  ai2ai add sam-assistant --as Sam   make one of them a contact
  ai2ai meet Sam --subject Dinner --time 2026-02-10T19:00Z
  ai2ai pending                      what waits for your decision
  ai2ai approve ID

Exit codes: 0 done or queued, 1 failed, 2 usage, 3 unknown or ambiguous name or id, 4 node not running,
5 refused by policy or person, 6 still waiting, 7 unreachable, 8 verification failed, 130 interrupted.";

/// One person's AI talks to another person's AI, with no company in the middle. The AIs negotiate; the people decide.
#[derive(Debug, Parser)]
#[command(name = "ai2ai", version, propagate_version = true, after_help = EXAMPLES, max_term_width = 120)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global_args: GlobalArgs,
    #[command(subcommand)]
    pub(super) command: Commands,
}

// The groups stand in the order of `ai2ai help`; each holds its commands in that order too.
#[derive(Debug, Subcommand)]
pub(super) enum Commands {
    #[command(flatten)]
    Node(node::NodeCommand),
    #[command(flatten)]
    People(people::PeopleCommand),
    #[command(flatten)]
    Talk(talk::TalkCommand),
    #[command(flatten)]
    Decisions(decisions::DecisionCommand),
    #[command(flatten)]
    Conversations(conversations::ConversationCommand),
    #[command(flatten)]
    Delivery(delivery::DeliveryCommand),
    #[command(flatten)]
    Care(care::CareCommand),
    #[command(flatten)]
    Agents(agents::AgentCommand),
    /// Watch two agents on this machine agree on dinner, or play another scenario
    #[command(after_help = "Examples:\n  ai2ai demo\n  ai2ai demo --interactive\n  ai2ai demo approval")]
    Demo(demo::Args),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  ai2ai completions bash > ~/.local/share/bash-completion/completions/ai2ai")]
    Completions(completions::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_every_command_has_an_example() {
        let cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says what it does");
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.contains(&format!("ai2ai {name}")) || example.contains(name), "{name} has an example");
        }
    }

    #[test]
    fn no_secret_is_an_argument() {
        for command in Cli::command().get_subcommands() {
            for arg in command.get_arguments() {
                let name = arg.get_id().as_str();
                assert!(
                    !matches!(name, "pin" | "token" | "key" | "password" | "secret"),
                    "{}: {name}",
                    command.get_name()
                );
            }
        }
    }
}
