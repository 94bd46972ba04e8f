//! Token files of a home: read when a door is opened, and written anew with an identity.

use std::path::Path;

use ai2ai_api::command::Role;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::token::{Token, Tokens};
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::files::{read_secret, write_private};
use crate::paths::Paths;

/// Reads a token file.
///
/// # Errors
/// `loose_mode` when others may read it, `bad_token` when it holds no token, or what keeps it from being read.
pub fn read(path: &Path) -> Result<Token, Failure> {
    let bytes = read_secret(path)?;
    Token::parse(&bytes).ok_or_else(|| {
        Failure::new(Exit::Failed, ErrorCode::BadToken, format!("{} holds no token", path.display()))
            .hint("Name the file owner.token or agent.token of the node's home directory.")
    })
}

/// Reads both tokens of a home.
///
/// # Errors
/// As for either file; `bad_token` when both are the same: the agent would be the owner.
pub fn read_both(paths: &Paths) -> Result<Tokens, Failure> {
    let owner = read(&paths.owner_token)?;
    let agent = read(&paths.agent_token)?;
    Tokens::new(owner, agent).ok_or_else(|| {
        Failure::new(Exit::Failed, ErrorCode::BadToken, "the owner's and the agent's token are the same")
    })
}

/// Makes both tokens and writes their files, in place of any that were there.
///
/// # Errors
/// When a file cannot be written.
pub fn write_both(paths: &Paths, rng: &mut impl CryptoRng) -> Result<(), Failure> {
    for (role, path) in [(Role::Owner, &paths.owner_token), (Role::Agent, &paths.agent_token)] {
        let line = Zeroizing::new(format!("{}\n", Token::new(role, rng).text()));
        write_private(path, line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(outcome: Result<T, Failure>) -> String {
        outcome.err().map_or_else(String::new, |failure| failure.code.to_string())
    }

    #[test]
    fn what_is_written_opens_both_doors_and_a_file_without_a_token_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(dir.path()).expect("paths");
        write_both(&paths, &mut rand::rng()).expect("tokens");
        let tokens = read_both(&paths).expect("tokens");
        for (role, path) in [(Role::Owner, &paths.owner_token), (Role::Agent, &paths.agent_token)] {
            assert_eq!(tokens.role_of(read(path).expect("a token").text()), Some(role));
        }
        for bad in ["", "\n", "short", "a token with spaces in it, as long as one may wish for"] {
            write_private(&paths.agent_token, bad.as_bytes()).expect("written");
            assert_eq!(code(read_both(&paths)), "bad_token");
        }
        std::fs::copy(&paths.owner_token, &paths.agent_token).expect("copied");
        assert_eq!(code(read_both(&paths)), "bad_token", "the agent's token must not be the owner's");
    }
}
