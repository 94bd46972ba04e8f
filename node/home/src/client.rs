//! Clients of the node of a home.

use std::path::Path;
use std::sync::Arc;

use ai2ai_api::client::Client;
use ai2ai_api::command::Role;
use ai2ai_api::exit::Failure;

use crate::identity::{Identity, no_identity};
use crate::lock::socket_of;
use crate::paths::Paths;
use crate::tokens;

/// A client at the owner's or the agent's door of this home.
///
/// # Errors
/// `no_identity`, or what is wrong with the token's file.
pub fn open(paths: &Paths, role: Role) -> Result<Client, Failure> {
    if !Identity::exists(paths) {
        return Err(no_identity(paths));
    }
    let file = match role {
        Role::Owner => &paths.owner_token,
        Role::Agent => &paths.agent_token,
    };
    with_token_file(paths, file)
}

/// A client of this home's node with the token in this file.
///
/// # Errors
/// `loose_mode`, `bad_token`, or what keeps the file from being read.
pub fn with_token_file(paths: &Paths, file: &Path) -> Result<Client, Failure> {
    let token = tokens::read(file)?;
    let paths = paths.clone();
    Ok(Client::new(Arc::new(move || socket_of(&paths)), token))
}
