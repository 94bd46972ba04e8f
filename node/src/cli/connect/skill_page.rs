//! The page that teaches an agent this command line, in the AgentSkills format.

/// The page, as it is installed into an agent's folder of skills.
pub(in crate::cli) const SKILL: &str = include_str!("../../../skill/SKILL.md");

#[cfg(test)]
mod tests {
    use super::SKILL;

    #[test]
    fn the_page_has_the_head_that_agents_look_for() {
        let head = SKILL.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).expect("a head").0;
        let member = |name: &str| head.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).expect(name);
        assert_eq!(member("name"), "ai2ai");
        assert!(member("description").len() <= 1_024 && member("compatibility").len() <= 500);
        assert!(SKILL.lines().count() < 500, "agents read all of it");
    }
}
