//! Settings files of the known programs.

use std::path::PathBuf;

use ai2ai_api::exit::Failure;
use etcetera::BaseStrategy as _;

use super::Program;

/// Kind and path of the file to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SettingsFile {
    /// A JSON file with a member `mcpServers`.
    Settings(PathBuf),
    /// A page of a skill.
    Skill(PathBuf),
}

/// The place of a program; none for one that is not known.
pub(super) fn of(program: Program) -> Result<Option<SettingsFile>, Failure> {
    let user = etcetera::choose_base_strategy().map_err(Failure::internal)?;
    let home = user.home_dir();
    Ok(match program {
        Program::ClaudeCode => {
            Some(SettingsFile::Settings(std::env::current_dir().map_err(Failure::internal)?.join(".mcp.json")))
        }
        Program::ClaudeDesktop if cfg!(target_os = "macos") => {
            Some(SettingsFile::Settings(home.join("Library/Application Support/Claude/claude_desktop_config.json")))
        }
        Program::ClaudeDesktop => {
            Some(SettingsFile::Settings(user.config_dir().join("Claude/claude_desktop_config.json")))
        }
        Program::Cursor => Some(SettingsFile::Settings(home.join(".cursor/mcp.json"))),
        Program::Openclaw => Some(SettingsFile::Skill(home.join(".openclaw/skills/ai2ai/SKILL.md"))),
        Program::Generic => None,
    })
}
