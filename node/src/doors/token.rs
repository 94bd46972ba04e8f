//! What opens a door: a random text in a file that only its owner can read, one for the owner and one for the agent.

use std::fmt;
use std::path::Path;

use ai2ai_protocol::digest::Digest;
use data_encoding::BASE64URL_NOPAD;
use rand::CryptoRng;
use zeroize::Zeroizing;

use super::Role;
use crate::config::Paths;
use crate::config::files::{read_secret, write_private};
use crate::exit::{Exit, Failure};

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;
/// The fewest characters of a token, so that an empty or cut file opens nothing.
const TOKEN_CHARS: usize = 43;

/// The text that opens a door: erased from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// Reads a token file.
    ///
    /// # Errors
    /// `loose_mode` when others may read it, `bad_token` when it holds no token, or what keeps it from being read.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read_secret(path)?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
        if text.len() < TOKEN_CHARS || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::new(Exit::Failed, "bad_token", format!("{} holds no token", path.display()))
                .hint("Name the file owner.token or agent.token of the node's home directory."));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, to be sent to the node.
    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether this is its text. Digests are compared, so the time it takes says nothing about how much of a guess was right.
    pub(super) fn is(&self, text: &str) -> bool {
        Digest::of(self.0.as_bytes()) == Digest::of(text.as_bytes())
    }

    fn new(role: Role, rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(Zeroizing::new(format!("{}{}", head(role), BASE64URL_NOPAD.encode(bytes.as_slice()))))
    }

    /// Whether it says of itself that it is for this door. What it opens is known to the node alone.
    pub(super) fn says(&self, role: Role) -> bool {
        self.0.starts_with(head(role))
    }
}

/// How a token for this door begins.
fn head(role: Role) -> &'static str {
    match role {
        Role::Owner => "ai2ai_owner_",
        Role::Agent => "ai2ai_agent_",
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(secret)")
    }
}

/// The tokens of a node's two doors.
#[derive(Debug, Clone)]
pub struct Tokens {
    owner: Token,
    agent: Token,
}

impl Tokens {
    /// Reads both.
    ///
    /// # Errors
    /// What is wrong with either file, and `bad_token` when they are the same: the agent would be the owner.
    pub fn read(paths: &Paths) -> Result<Self, Failure> {
        let (owner, agent) = (Token::read(&paths.owner_token)?, Token::read(&paths.agent_token)?);
        if owner.0 == agent.0 {
            return Err(Failure::new(Exit::Failed, "bad_token", "the owner's and the agent's token are the same"));
        }
        Ok(Self { owner, agent })
    }

    /// Whose token this is.
    #[must_use]
    pub fn role_of(&self, text: &str) -> Option<Role> {
        match (self.owner.is(text), self.agent.is(text)) {
            (true, _) => Some(Role::Owner),
            (false, true) => Some(Role::Agent),
            (false, false) => None,
        }
    }
}

/// Makes both tokens and writes their files, in place of any that were there.
pub(crate) fn write_both(paths: &Paths, rng: &mut impl CryptoRng) -> Result<(), Failure> {
    for (role, path) in [(Role::Owner, &paths.owner_token), (Role::Agent, &paths.agent_token)] {
        let line = Zeroizing::new(format!("{}\n", Token::new(role, rng).text()));
        write_private(path, line.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Paths) {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(dir.path()).expect("paths");
        write_both(&paths, &mut rand::rng()).expect("tokens");
        (dir, paths)
    }

    #[test]
    fn each_token_opens_its_own_door_and_no_part_of_it_does() {
        let (_dir, paths) = home();
        let tokens = Tokens::read(&paths).expect("tokens");
        assert_eq!(tokens.role_of(tokens.owner.text()), Some(Role::Owner));
        assert_eq!(tokens.role_of(tokens.agent.text()), Some(Role::Agent));
        let owner = tokens.owner.text();
        let longer = format!("{owner}x");
        for guess in ["", "owner", &owner[..owner.len() - 1], &owner.to_uppercase(), &longer] {
            assert_eq!(tokens.role_of(guess), None, "{guess}");
        }
        assert!(!format!("{tokens:?}").contains(owner));
    }

    #[test]
    fn a_token_file_that_holds_none_opens_nothing() {
        let (_dir, paths) = home();
        for bad in ["", "\n", "short", "a token with spaces in it, as long as one may wish for"] {
            write_private(&paths.agent_token, bad.as_bytes()).expect("written");
            assert_eq!(Tokens::read(&paths).map(|_| ()).map_err(|failure| failure.code), Err("bad_token".to_owned()));
        }
        std::fs::copy(&paths.owner_token, &paths.agent_token).expect("copied");
        assert!(Tokens::read(&paths).is_err(), "the agent's token must not be the owner's");
    }
}
