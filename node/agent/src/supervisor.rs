//! The agents that the node runs itself, as the settings have them. Each is a client at its own node's agent's door.

use ai2ai_api::command::Role;
use ai2ai_api::exit::Failure;
use ai2ai_home::client;
use ai2ai_home::config::Config;
use ai2ai_home::paths::Paths;
use tokio::task::JoinSet;

use super::happenings::Happenings;
use super::hook::Hook;
use super::service::Service;
use super::webhook::Teller;
use crate::assistant::Assistant;
use crate::calendar::Sources;

/// Those who are at work. Dropping it ends them, and what they started.
#[derive(Debug, Default)]
pub struct Supervisor(JoinSet<()>);

impl Supervisor {
    /// Starts whom the settings name, in a node whose door is open.
    ///
    /// # Errors
    /// When the agent's token, or a key that the settings name, can't be read.
    pub fn start(paths: &Paths, config: &Config, human: &str, happenings: &Happenings) -> Result<Self, Failure> {
        let mut staff = JoinSet::new();
        let work =
            || Ok::<_, Failure>(Service::new(client::open(paths, Role::Agent)?, Sources::of(&config.calendar, paths)));
        if let Some(hook) = &config.hook {
            let folder = paths.config_file.parent().unwrap_or(&paths.data).to_owned();
            staff.spawn(Hook::new(hook, folder, work()?).run(happenings.listen()));
        }
        if let Some(assistant) = &config.assistant {
            staff.spawn(Assistant::new(assistant, human.to_owned(), work()?)?.run(happenings.listen()));
        }
        if let Some(webhook) = &config.webhook {
            staff.spawn(Teller::new(webhook, work()?)?.run(happenings.listen()));
        }
        Ok(Self(staff))
    }

    /// Ends them: when this returns, none of them asks the node for anything any more.
    pub async fn end(mut self) {
        self.0.shutdown().await;
    }
}
