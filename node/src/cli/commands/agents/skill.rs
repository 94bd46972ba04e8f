//! `skill`: what an agent is told that drives this command line, in the AgentSkills format.

use ai2ai_api::exit::Exit;

use super::Ending;
use super::desk::Desk;

/// The page, as it is installed into an agent's folder of skills.
pub(super) const SKILL: &str = include_str!("../../skill/SKILL.md");

pub(super) fn run(desk: &mut Desk) -> Ending {
    desk.paper.bytes(SKILL.as_bytes())?;
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::super::words::{Cli, Words};
    use super::SKILL;
    use clap::Parser as _;

    #[test]
    fn the_page_has_the_head_that_agents_look_for() {
        let head = SKILL.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("a head").0;
        let member = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).expect(name);
        assert_eq!(member("name"), "ai2ai");
        assert!(member("description").len() <= 1_024 && member("compatibility").len() <= 500);
        assert!(SKILL.lines().count() < 500, "agents read all of it");
    }

    #[test]
    fn every_command_on_the_page_is_one_that_an_agent_may_type() {
        let typed: Vec<&str> = SKILL.lines().filter(|line| line.starts_with("ai2ai ")).collect();
        assert!(typed.len() > 10);
        for line in typed {
            let cli = Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
            assert!(cli.globals.json, "{line}");
            let for_agents = matches!(
                cli.command,
                Words::Status
                    | Words::Contacts
                    | Words::Conversations(_)
                    | Words::Conversation(_)
                    | Words::Meet(_)
                    | Words::Send(_)
                    | Words::Ask(_)
                    | Words::Propose(_)
                    | Words::Reply(_)
                    | Words::Cancel(_)
                    | Words::Draft(_)
                    | Words::Withdraw(_)
                    | Words::Outbox(_)
            );
            assert!(for_agents, "{line}");
        }
    }

    /// The words of a line, as a shell would part them; quotes hold words together.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut within) = (Vec::new(), String::new(), None);
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
