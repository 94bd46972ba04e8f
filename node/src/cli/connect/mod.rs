//! `connect-agent`: enters this node into the settings of an agent's program, after showing the change, and tests it.

mod probe;
mod settings_files;
mod skill_page;

use std::fs;
use std::path::{Path, PathBuf};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::text::clean;
use ai2ai_api::views::{ConnectedView, View as _};
use ai2ai_home::files::read_small;
use serde_json::{Map, Value, json};

use settings_files::SettingsFile;
pub(super) use skill_page::SKILL;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;
use crate::cli::prompt::{ask_line, is_yes};

/// Bytes of a settings file of another program that is changed.
const SETTINGS_BYTES: u64 = 1024 * 1024;
/// The name under which the node stands in other programs' settings.
const NAME: &str = "ai2ai";

/// Programs that are known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Program {
    /// Claude Code, in the project of this folder
    ClaudeCode,
    /// Claude Desktop
    ClaudeDesktop,
    /// Cursor
    Cursor,
    /// OpenClaw, by a skill that drives the command line
    Openclaw,
    /// Any other program that speaks MCP: prints what to put into its settings
    Generic,
}

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Which program
    program: Program,
    /// Change its settings without asking
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(context: &mut Context, args: Args) -> CommandResult {
    let paths = context.paths()?;
    // An agent gets its own door only.
    drop(context.client_of_agent()?);
    let server = server(context.home_named())?;
    let entry = json!({ "mcpServers": { NAME: server } });
    let Some(place) = settings_files::of(args.program)? else {
        if context.output.json {
            context.output.object(&entry)?;
        } else {
            context.output.line(format_args!("{entry:#}"))?;
        }
        return Ok(Exit::Done);
    };
    let change = FileChange::plan(place, &server, &paths.agent_token)?;
    if change.is_needed() {
        confirm(context, &change, args.yes)?;
        change.make()?;
    }
    let tools = probe::tools(&server).await?;
    let view = ConnectedView { program: format!("{:?}", args.program), file: change.file.display().to_string(), tools };
    if context.output.json {
        context.output.object(&view.line())?;
    } else {
        context
            .output
            .line(format_args!("Connected: it answers with {} tools. Start the program anew.", view.tools))?;
    }
    Ok(Exit::Done)
}

/// The MCP server entry of this node: the program and its arguments.
fn server(home: Option<&Path>) -> Result<Value, Failure> {
    let program = std::env::current_exe().map_err(Failure::internal)?;
    let mut words = Vec::new();
    if let Some(home) = home {
        let home = std::path::absolute(home).map_err(|error| Failure::file("find", home, &error))?;
        words.extend(["--home".to_owned(), home.display().to_string()]);
    }
    words.push("mcp".to_owned());
    Ok(json!({ "command": program.display().to_string(), "args": words }))
}

/// A planned change of one file.
struct FileChange {
    file: PathBuf,
    before: Option<String>,
    after: String,
    shown: String,
}

impl FileChange {
    fn plan(place: SettingsFile, server: &Value, token: &Path) -> Result<Self, Failure> {
        let (SettingsFile::Settings(file) | SettingsFile::Skill(file)) = &place;
        let before = match file.exists() {
            false => None,
            true => {
                let text = String::from_utf8(read_small(file, SETTINGS_BYTES)?);
                Some(text.map_err(|_| unreadable(file, "it is no UTF-8"))?)
            }
        };
        let (after, shown) = match place {
            SettingsFile::Settings(_) => {
                let after =
                    with_server(before.as_deref().unwrap_or("{}"), server).map_err(|why| unreadable(file, &why))?;
                (after, format!("{:#}", json!({ "mcpServers": { NAME: server } })))
            }
            SettingsFile::Skill(_) => {
                let shown = format!(
                    "the page that `ai2ai skill` prints. Let the program have AI2AI_TOKEN_FILE={}",
                    token.display()
                );
                (SKILL.to_owned(), shown)
            }
        };
        Ok(Self { file: file.clone(), before, after, shown })
    }

    fn is_needed(&self) -> bool {
        self.before.as_deref() != Some(self.after.as_str())
    }

    /// Makes the change in one step, also where the file is a link to another. The former file stays beside it.
    fn make(&self) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::file("change", &self.file, &error);
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        let file = fs::canonicalize(&self.file).unwrap_or_else(|_| self.file.clone());
        if let Some(before) = &self.before {
            fs::write(beside(&file, ".before-ai2ai"), before).map_err(failed)?;
        }
        let unfinished = beside(&file, ".new-ai2ai");
        fs::write(&unfinished, &self.after).map_err(failed)?;
        if let Ok(found) = fs::metadata(&file) {
            fs::set_permissions(&unfinished, found.permissions()).map_err(failed)?;
        }
        fs::rename(&unfinished, &file).map_err(failed)
    }
}

fn beside(file: &Path, more: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}

/// Settings with this server among the others. What else is in them stays, in the order of its names.
fn with_server(settings: &str, server: &Value) -> Result<String, String> {
    let text = if settings.trim().is_empty() { "{}" } else { settings };
    let mut settings: Map<String, Value> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let servers = settings.entry("mcpServers").or_insert_with(|| Value::Object(Map::new()));
    let servers = servers.as_object_mut().ok_or("`mcpServers` in it is no object")?;
    if servers.get(NAME) == Some(server) {
        return Ok(text.to_owned());
    }
    servers.insert(NAME.to_owned(), server.clone());
    Ok(format!("{:#}\n", Value::Object(settings)))
}

fn unreadable(file: &Path, why: &str) -> Failure {
    let message = format!("{} was not changed: {why}", file.display());
    Failure::new(Exit::Failed, ErrorCode::Settings, message).hint("Put it there by hand: ai2ai connect-agent generic")
}

fn confirm(context: &Context, change: &FileChange, yes: bool) -> Result<(), Failure> {
    let what = if change.before.is_some() { "This goes into" } else { "This makes" };
    context.output.note(format_args!("{what} {}:\n{}", clean(&change.file.display().to_string()), change.shown));
    if yes {
        return Ok(());
    }
    if !context.can_ask() {
        return Err(
            Failure::new(Exit::Usage, ErrorCode::Usage, "nobody can be asked whether this is meant").hint("Add --yes.")
        );
    }
    if is_yes(&ask_line("Change it? [y/N] ")?) {
        return Ok(());
    }
    Err(Failure::new(Exit::Refused, ErrorCode::NotChanged, "nothing was changed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server() -> Value {
        json!({ "command": "/bin/ai2ai", "args": ["mcp"] })
    }

    #[test]
    fn settings_keep_what_else_is_in_them() {
        let before =
            r#"{ "theme": "dark", "mcpServers": { "other": { "command": "x" }, "ai2ai": { "command": "old" } } }"#;
        let after = with_server(before, &server()).expect("settings");
        let expected = json!({ "theme": "dark", "mcpServers": { "other": { "command": "x" }, "ai2ai": server() } });
        assert_eq!(serde_json::from_str::<Value>(&after).expect("JSON"), expected);
        assert_eq!(with_server(&after, &server()), Ok(after.clone()), "a second time changes not a byte");
        for empty in ["", " \n", "{}"] {
            let made: Value = serde_json::from_str(&with_server(empty, &server()).expect("settings")).expect("JSON");
            assert_eq!(made, json!({ "mcpServers": { "ai2ai": server() } }));
        }
    }

    #[test]
    fn settings_that_are_not_understood_are_left_alone() {
        for strange in ["[]", "// a comment\n{}", "{", r#"{"mcpServers": []}"#, r#"{"mcpServers": "x"}"#] {
            assert!(with_server(strange, &server()).is_err(), "{strange}");
        }
    }

    #[test]
    fn a_change_is_made_in_one_step_and_keeps_the_former_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("deep/settings.json");
        let plan = || {
            FileChange::plan(SettingsFile::Settings(file.clone()), &server(), Path::new("agent.token")).expect("a plan")
        };
        assert!(plan().is_needed());
        plan().make().expect("made");
        assert!(!plan().is_needed());
        fs::write(&file, "{\"a\": 1}").expect("written");
        plan().make().expect("made");
        assert_eq!(
            fs::read_to_string(folder.path().join("deep/settings.json.before-ai2ai")).expect("kept"),
            "{\"a\": 1}"
        );
        let names = fs::read_dir(folder.path().join("deep")).expect("a folder").count();
        assert_eq!(names, 2, "nothing unfinished is left");
    }
}
