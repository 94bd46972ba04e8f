//! Ed25519 keys (RFC 8032), and the one rule by which every document is signed.
//!
//! What is signed is a domain tag, a line feed, and the RFC 8785 form of the whole object without its member
//! `signature`. The tag keeps a signature made for one kind of document from ever verifying as another.

use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::canonical::{Object, write_members};
use crate::json_reader::base64;
use crate::limits::PEER_CHARS;

/// The reason why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is written as did:key writes Ed25519 keys: z6Mk and 44 more base58 characters")]
pub struct KeyError;

/// A document's signature is absent, no base64 of 64 bytes, or not its key's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is missing, or is not the one of the key that is named")]
pub struct SignatureError;

/// The kind of document that a signature is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// An envelope, by the agent key.
    Envelope,
    /// A card, by the agent key.
    Card,
    /// The receipts for a batch, by the agent key.
    Receipts,
    /// A delegation, by the owner key.
    Delegation,
    /// An approval, by the owner key.
    Approval,
    /// A mandate, by the owner key.
    Mandate,
    /// A claim to a mailbox, by the agent key.
    Claim,
    /// A custody receipt, by the node key of a volunteer.
    Custody,
}

impl Tag {
    fn text(self) -> &'static str {
        match self {
            Self::Envelope => "ai2ai/0.2/envelope\n",
            Self::Card => "ai2ai/0.2/card\n",
            Self::Receipts => "ai2ai/0.2/receipts\n",
            Self::Delegation => "ai2ai/0.2/delegation\n",
            Self::Approval => "ai2ai/0.2/approval\n",
            Self::Mandate => "ai2ai/0.2/mandate\n",
            Self::Claim => "ai2ai/0.2/claim\n",
            Self::Custody => "ai2ai/0.2/custody\n",
        }
    }
}

/// The exact bytes that are signed for `object`, whether or not it already has a signature.
#[must_use]
pub fn signed_bytes(tag: Tag, object: &Object) -> Vec<u8> {
    let mut bytes = tag.text().as_bytes().to_vec();
    write_members(object.iter().filter(|(name, _)| *name != "signature"), &mut bytes);
    bytes
}

/// An Ed25519 public key, written as did:key writes it: `z6Mk…`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

/// Multicodec `ed25519-pub`, as an unsigned varint.
const ED25519_PUB: [u8; 2] = [0xed, 0x01];
/// Prefix of the 32 bytes of an Ed25519 key in a libp2p peer id: the identity multihash of 36 bytes, and the
/// protobuf form of the key.
const PEER_PREFIX: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
/// `z` and the base58 form of 34 bytes that begin with that code: always 48 characters.
const KEY_TEXT_LENGTH: usize = 48;

impl PublicKey {
    /// The key that has these 32 bytes (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 32] {
        self.0
    }

    /// The key that a libp2p peer id is, if it is that of an Ed25519 key: `12D3KooW…`.
    #[must_use]
    pub fn of_peer(peer: &str) -> Option<Self> {
        if peer.len() > PEER_CHARS {
            return None;
        }
        let bytes = bs58::decode(peer).into_vec().ok()?;
        bytes.strip_prefix(&PEER_PREFIX)?.try_into().ok().map(Self)
    }

    /// The libp2p peer id of this key.
    #[must_use]
    pub fn to_peer(&self) -> String {
        let mut bytes = PEER_PREFIX.to_vec();
        bytes.extend_from_slice(&self.0);
        bs58::encode(bytes).into_string()
    }

    /// Checks the signature that `object` carries in its member `signature`.
    ///
    /// Strict: small-order keys and non-canonical signatures are refused, so a signed document has one author and one form.
    ///
    /// # Errors
    /// [`SignatureError`] when the signature is missing, misspelt or not this key's for this tag.
    pub fn check(&self, tag: Tag, object: &Object) -> Result<(), SignatureError> {
        let text = object.get("signature").and_then(|s| s.as_str()).ok_or(SignatureError)?;
        let bytes = base64(text).ok_or(SignatureError)?;
        let signature = Signature::from_slice(&bytes).map_err(|_| SignatureError)?;
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| SignatureError)?;
        key.verify_strict(&signed_bytes(tag, object), &signature).map_err(|_| SignatureError)
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        if text.len() != KEY_TEXT_LENGTH {
            return Err(KeyError);
        }
        let base58 = text.strip_prefix('z').ok_or(KeyError)?;
        let bytes = bs58::decode(base58).into_vec().map_err(|_| KeyError)?;
        let key = bytes.strip_prefix(&ED25519_PUB).ok_or(KeyError)?;
        key.try_into().map(Self).map_err(|_| KeyError)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [0; 34];
        bytes[..2].copy_from_slice(&ED25519_PUB);
        bytes[2..].copy_from_slice(&self.0);
        write!(f, "z{}", bs58::encode(bytes).into_string())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! secret_key {
    ($name:ident, $what:literal) => {
        #[doc = $what]
        ///
        /// It is erased from memory when dropped, and never printed.
        pub struct $name(SigningKey);

        impl $name {
            /// The key that grows from this seed (RFC 8032 §5.1.5); the seed is the secret.
            #[must_use]
            pub fn from_seed(seed: &[u8; 32]) -> Self {
                Self(SigningKey::from_bytes(seed))
            }

            /// The seed, to be sealed or written to a file that only its owner can read.
            #[must_use]
            pub fn seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
                zeroize::Zeroizing::new(self.0.to_bytes())
            }

            /// The public half.
            #[must_use]
            pub fn public(&self) -> PublicKey {
                PublicKey(self.0.verifying_key().to_bytes())
            }

            /// Signs `object` and puts the signature into its member `signature`.
            pub(crate) fn sign(&self, tag: Tag, object: &mut Object) {
                let signature = self.0.sign(&signed_bytes(tag, object));
                object.insert("signature".to_owned(), BASE64.encode(&signature.to_bytes()).into());
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({}, secret)"), self.public())
            }
        }
    };
}

secret_key!(OwnerKey, "The human's key: it is the identity, and signs delegations, approvals and mandates.");
secret_key!(
    AgentKey,
    "The AI's key: it signs envelopes, receipts and cards, under a delegation that the owner signed."
);
secret_key!(
    NodeKey,
    "The libp2p node's key: what a volunteer signs custody receipts with, since mailboxes are named by their peer id."
);

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object() -> Object {
        json!({"b": 1, "a": "x"}).as_object().cloned().expect("an object")
    }

    #[test]
    fn a_signature_is_for_one_key_one_tag_and_every_member() {
        let key = AgentKey::from_seed(&[7; 32]);
        let mut signed = object();
        key.sign(Tag::Card, &mut signed);
        assert_eq!(key.public().check(Tag::Card, &signed), Ok(()));
        assert_eq!(key.public().check(Tag::Envelope, &signed), Err(SignatureError));
        assert_eq!(AgentKey::from_seed(&[8; 32]).public().check(Tag::Card, &signed), Err(SignatureError));
        signed.insert("unknown".to_owned(), true.into());
        assert_eq!(key.public().check(Tag::Card, &signed), Err(SignatureError));
    }

    #[test]
    fn an_unsigned_object_and_a_weak_key_are_refused() {
        let key = AgentKey::from_seed(&[7; 32]).public();
        assert_eq!(key.check(Tag::Card, &object()), Err(SignatureError));
        let mut forged = object();
        let mut everything_verifies = [0; 64];
        everything_verifies[0] = 1;
        forged.insert("signature".to_owned(), BASE64.encode(&everything_verifies).into());
        let mut neutral_point = [0; 32];
        neutral_point[0] = 1;
        assert_eq!(PublicKey::from_bytes(neutral_point).check(Tag::Card, &forged), Err(SignatureError));
    }

    #[test]
    fn a_signature_is_written_in_one_way_only() {
        let key = AgentKey::from_seed(&[7; 32]);
        let mut signed = object();
        key.sign(Tag::Card, &mut signed);
        let text = signed["signature"].as_str().expect("a signature").to_owned();
        let bytes = BASE64.decode(text.as_bytes()).expect("base64");
        let in_pieces = BASE64.encode(&bytes[..1]) + &BASE64.encode(&bytes[1..]);
        assert_eq!(BASE64.decode(in_pieces.as_bytes()).as_ref(), Ok(&bytes), "the decoder takes both for the same");
        signed.insert("signature".to_owned(), in_pieces.into());
        assert_eq!(key.public().check(Tag::Card, &signed), Err(SignatureError));
    }

    #[test]
    fn signing_again_replaces_the_signature() {
        let key = OwnerKey::from_seed(&[7; 32]);
        let mut signed = object();
        key.sign(Tag::Approval, &mut signed);
        let first = signed.clone();
        key.sign(Tag::Approval, &mut signed);
        assert_eq!(first, signed);
    }

    #[test]
    fn a_peer_id_is_a_key_written_differently() {
        let key = NodeKey::from_seed(&[7; 32]).public();
        let peer = key.to_peer();
        assert!(peer.starts_with("12D3KooW"), "{peer}");
        assert_eq!(PublicKey::of_peer(&peer), Some(key));
        let long = "1".repeat(10_000);
        for other in ["", "12D3", "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N", &key.to_string(), &long] {
            assert_eq!(PublicKey::of_peer(other), None, "{other:.60}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let printed = format!("{:?}", OwnerKey::from_seed(&[7; 32]));
        assert!(printed.contains("secret") && !printed.contains("7, 7"), "{printed}");
    }
}
