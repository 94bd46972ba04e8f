//! The flags that every command has.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum When {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Flags of every command")]
pub(super) struct GlobalArgs {
    /// Keep everything of this node in DIR: two nodes on one machine have two homes
    #[arg(long, global = true, value_name = "DIR", env = "AI2AI_HOME", hide_env_values = true)]
    pub(super) home: Option<PathBuf>,

    /// Print JSON: one object, or one a line
    #[arg(long, global = true)]
    pub(super) json: bool,

    /// Never ask anything
    #[arg(long, global = true)]
    pub(super) no_input: bool,

    /// Read the PIN from FILE's first line ("-" is standard input)
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) pin_file: Option<PathBuf>,

    /// Use the token in FILE: with agent.token this is the agent's door
    #[arg(long, global = true, value_name = "FILE", env = "AI2AI_TOKEN_FILE", hide_env_values = true)]
    pub(super) token_file: Option<PathBuf>,

    /// Colours on the terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(super) color: When,

    /// Tell more on standard error; -vv and -vvv tell still more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,
}

impl GlobalArgs {
    pub(super) fn set_color(&self) {
        let choice = match self.color {
            When::Auto => anstream::ColorChoice::Auto,
            When::Always => anstream::ColorChoice::Always,
            When::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }

    /// Starts the log on standard error. Bodies and addresses are never above `debug`, secrets nowhere.
    pub(super) fn start_log(&self) {
        let (others, ours) = match self.verbose {
            0 => (LevelFilter::ERROR, LevelFilter::WARN),
            1 => (LevelFilter::WARN, LevelFilter::INFO),
            2 => (LevelFilter::INFO, LevelFilter::DEBUG),
            _ => (LevelFilter::DEBUG, LevelFilter::TRACE),
        };
        // A target stands for all that begin with it: `ai2ai` for each crate of this workspace.
        let levels = Targets::new().with_default(others).with_target("ai2ai", ours);
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
        if tracing_subscriber::registry().with(lines).with(levels).try_init().is_err() {
            tracing::debug!("there was a log already");
        }
    }
}
