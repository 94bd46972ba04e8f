//! Tokens: random texts, each in a file that only its owner can read. One opens the owner's door, one the agent's.

use std::fmt;

use ai2ai_protocol::digest::Digest;
use data_encoding::BASE64URL_NOPAD;
use rand::CryptoRng;
use zeroize::Zeroizing;

use crate::command::Role;

/// Random bytes in a token.
const TOKEN_BYTES: usize = 32;
/// The fewest characters of a token, so that an empty or cut file opens nothing.
const TOKEN_CHARS: usize = 43;

/// Text that opens a door: erased from memory when dropped, and never printed.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// The token in the bytes of its file; nothing when they hold none.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
        let good = text.len() >= TOKEN_CHARS && text.bytes().all(|byte| byte.is_ascii_graphic());
        good.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// The text, to be sent to the node.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Tells whether this is its text. Digests are compared, so the time taken says nothing about how much of a guess was right.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        Digest::of(self.0.as_bytes()) == Digest::of(text.as_bytes())
    }

    /// A new one, for this door.
    pub fn new(role: Role, rng: &mut impl CryptoRng) -> Self {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        rng.fill_bytes(bytes.as_mut_slice());
        Self(Zeroizing::new(format!("{}{}", head(role), BASE64URL_NOPAD.encode(bytes.as_slice()))))
    }

    /// Tells whether its prefix is the one for this door. What it opens is known to the node alone.
    #[must_use]
    pub fn says(&self, role: Role) -> bool {
        self.0.starts_with(head(role))
    }
}

/// Prefix of a token for this door.
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
    /// Both; nothing when they are the same: the agent would be the owner.
    #[must_use]
    pub fn new(owner: Token, agent: Token) -> Option<Self> {
        (owner.0 != agent.0).then_some(Self { owner, agent })
    }

    /// The role whose token this is.
    #[must_use]
    pub fn role_of(&self, text: &str) -> Option<Role> {
        match (self.owner.is(text), self.agent.is(text)) {
            (true, _) => Some(Role::Owner),
            (false, true) => Some(Role::Agent),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        let token = |role| Token::new(role, &mut rand::rng());
        Tokens::new(token(Role::Owner), token(Role::Agent)).expect("two tokens")
    }

    #[test]
    fn each_token_opens_its_own_door_and_no_part_of_it_does() {
        let tokens = tokens();
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
    fn a_file_that_holds_no_token_gives_none_and_the_agents_is_never_the_owners() {
        for bad in ["", "\n", "short", "a token with spaces in it, as long as one may wish for"] {
            assert!(Token::parse(bad.as_bytes()).is_none(), "{bad:?}");
        }
        let token = Token::new(Role::Owner, &mut rand::rng());
        let read = Token::parse(format!("{}\n", token.text()).as_bytes()).expect("a token");
        assert!(read.is(token.text()) && read.says(Role::Owner));
        assert!(Tokens::new(token, read).is_none());
    }
}
