//! The exec hook: a program of the owner's that is told what happens, and may answer with drafts.
//!
//! It gets one event as JSON on its standard input, with the conversation as the agent may read it, and prints drafts, one JSON object a line. It is
//! no shell that runs it, it has no token, and what it prints goes the way of any agent's draft: to the owner.

mod line;
mod process;

use std::path::PathBuf;

use ai2ai_home::config::HookConfig;

use super::happenings::{HappenedView, Listener, Received};
use super::quoting::folded;
use super::service::Service;
use process::{HookProgram, RunBounds};

/// Drafts that are taken from one run.
pub const DRAFTS: usize = 16;
/// Characters of a complaint in the log.
const LOGGED_CHARS: usize = 200;

/// The owner's program, and what it works with.
#[derive(Debug)]
pub(crate) struct Hook {
    program: HookProgram,
    work: Service,
}

impl Hook {
    /// A hook as the settings have it, run in this folder.
    pub(crate) fn new(config: &HookConfig, folder: PathBuf, work: Service) -> Self {
        let bounds = RunBounds { within: config.within(), memory: config.memory() };
        Self { program: HookProgram { words: config.command.clone(), folder, bounds }, work }
    }

    /// Runs the program for each thing that happens, one after the other, until the node stops.
    pub(crate) async fn run(self, mut listener: Listener) {
        while let Some(heard) = listener.next().await {
            match heard {
                Received::Happened(happened) => self.tell(&happened).await,
                Received::Missed(missed) => tracing::warn!(missed, "events came faster than the hook took them"),
            }
        }
    }

    async fn tell(&self, happened: &HappenedView) {
        let conversation = happened.conversation;
        let event = match self.work.whole(happened).await {
            Ok(event) => event,
            Err(problem) => return tracing::debug!(%conversation, code = %problem.code, "the hook is not told"),
        };
        match self.program.run(&event).await {
            Ok(printed) => self.draft(&printed).await,
            Err(trouble) => tracing::warn!(%conversation, %trouble, "nothing is taken from the hook"),
        }
    }

    async fn draft(&self, printed: &[u8]) {
        let lines = printed.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        for (place, line) in lines.enumerate() {
            if place == DRAFTS {
                return tracing::warn!(most = DRAFTS, "the hook printed more drafts than are taken");
            }
            match line::take(&self.work, line).await {
                Ok(drafted) => {
                    tracing::info!(conversation = drafted.conversation(), state = drafted.state(), "the hook drafted")
                }
                Err(problem) => {
                    let why = folded(&problem.message, LOGGED_CHARS).replace('\n', " ");
                    tracing::warn!(line = place + 1, code = %problem.code, why, "a line of the hook is no draft");
                }
            }
        }
    }
}
