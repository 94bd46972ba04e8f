//! Context of a command: clients of the node, the output, and questions to the person at the terminal.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use ai2ai_api::client::Client;
use ai2ai_api::command::{Request, Role};
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::reply::Answered;
use ai2ai_home::client;
use ai2ai_home::paths::Paths;

use super::global_args::GlobalArgs;
use super::output::Output;

/// The global arguments of a command, and the clients and output that follow from them.
#[derive(Debug)]
pub(super) struct Context {
    /// Output of the command.
    pub(super) output: Output,
    /// Forbids every question.
    pub(super) no_input: bool,
    /// File with the PIN.
    pub(super) pin_file: Option<PathBuf>,
    home: Option<PathBuf>,
    token_file: Option<PathBuf>,
}

impl Context {
    pub(super) fn new(args: &GlobalArgs) -> Self {
        Self {
            output: Output::new(args.json),
            no_input: args.no_input,
            pin_file: args.pin_file.clone(),
            home: args.home.clone(),
            token_file: args.token_file.clone(),
        }
    }

    /// Paths of this node.
    pub(super) fn paths(&self) -> Result<Paths, Failure> {
        self.home.as_deref().map_or_else(Paths::of_user, Paths::in_home)
    }

    /// A client at the owner's door, or at the one whose token was named.
    fn client(&self) -> Result<Client, Failure> {
        let paths = self.paths()?;
        match &self.token_file {
            Some(file) => client::with_token_file(&paths, file),
            None => client::open(&paths, Role::Owner),
        }
    }

    /// The home directory that was named, if one was.
    pub(super) fn home_named(&self) -> Option<&Path> {
        self.home.as_deref()
    }

    /// A client at the agent's door.
    ///
    /// # Errors
    /// `owner_token` when the named token is the owner's.
    pub(super) fn client_of_agent(&self) -> Result<Client, Failure> {
        let paths = self.paths()?;
        let client = match &self.token_file {
            Some(file) => client::with_token_file(&paths, file),
            None => client::open(&paths, Role::Agent),
        }?;
        if client.is_owners() {
            let failure =
                Failure::new(Exit::Refused, ErrorCode::OwnerToken, "this is the owner's token, and no agent gets that");
            return Err(failure.hint("name the file agent.token, or none"));
        }
        Ok(client)
    }

    /// Tells whether a token was named: the door is then the one that it opens.
    pub(super) fn has_token(&self) -> bool {
        self.token_file.is_some()
    }

    /// Tells whether there is a person to ask: a terminal, and no `--no-input`.
    pub(super) fn can_ask(&self) -> bool {
        !self.no_input && io::stdin().is_terminal()
    }

    /// Sends a request to the node, and waits for the whole reply, as it came.
    pub(super) async fn ask<R: Request>(&self, request: R) -> Result<Answered<R::Reply>, Failure> {
        self.client()?.answered(request).await
    }

    /// Sends a command to the node, and gives the reply line by line.
    pub(super) async fn follow(&self, request: requests::Follow) -> Result<ai2ai_api::client::AnswerLines, Failure> {
        self.client()?.follow(request).await
    }

    /// Sends a request to the node, and reads the reply.
    pub(super) async fn reply<R: Request>(&self, request: R) -> Result<R::Reply, Failure> {
        self.client()?.ask(request).await
    }
}
