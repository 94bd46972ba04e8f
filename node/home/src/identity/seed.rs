//! Secret seeds in files: 32 bytes as base64, erased from memory when dropped.

use std::fmt;

use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::key::AgentKey;
use ai2ai_protocol::refusal::Refusal;
use data_encoding::BASE64;
use libp2p::identity::{Keypair, ed25519};
use rand::CryptoRng;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use zeroize::{Zeroize as _, Zeroizing};

/// 32 secret bytes.
pub(super) struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut seed = Self::new([0; 32]);
        rng.fill_bytes(seed.0.as_mut_slice());
        seed
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(BASE64.encode(self.0.as_slice())))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wrong = || serde::de::Error::custom("a seed is 32 bytes in base64");
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let bytes = Zeroizing::new(BASE64.decode(text.as_bytes()).map_err(|_| wrong())?);
        <[u8; 32]>::try_from(bytes.as_slice()).map(Self::new).map_err(|_| wrong())
    }
}

/// The file of a key that no PIN seals: the agent's, or the node's.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyFile {
    kind: String,
    seed: Seed,
    /// The owner's word for an agent key that is not the identity's first. It stands beside the key, so that both change as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delegation: Option<Value>,
}

/// Type mark of an agent key's file.
pub(super) const AGENT: &str = "ai2ai agent key 1";
/// Type mark of a node key's file.
pub(super) const NODE: &str = "ai2ai node key 1";

impl KeyFile {
    pub(super) fn new(kind: &str, seed: Seed) -> Self {
        Self { kind: kind.to_owned(), seed, delegation: None }
    }

    /// The same, with the owner's word for it.
    pub(super) fn under(self, delegation: &Delegation) -> Self {
        Self { delegation: Some(delegation.object().clone().into()), ..self }
    }

    /// The owner's word for it, if it is here.
    pub(super) fn delegation(&self) -> Option<Result<Delegation, Refusal>> {
        self.delegation.as_ref().map(Delegation::read)
    }

    /// Reads a key of this kind.
    pub(super) fn read(kind: &str, bytes: &[u8]) -> Result<Self, String> {
        let file: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if file.kind == kind { Ok(file) } else { Err(format!("it is not of the kind `{kind}`")) }
    }

    pub(super) fn agent_key(&self) -> AgentKey {
        AgentKey::from_seed(self.seed.bytes())
    }

    /// The libp2p node's keys.
    pub(super) fn node_keypair(&self) -> Keypair {
        let mut seed = *self.seed.bytes();
        let secret = ed25519::SecretKey::try_from_bytes(&mut seed).expect("every 32 bytes are an Ed25519 seed");
        seed.zeroize();
        ed25519::Keypair::from(secret).into()
    }
}

/// The bytes of one of our files.
pub(super) fn json<T: Serialize>(file: &T) -> Zeroizing<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(file).expect("our files are structs of texts and numbers");
    bytes.push(b'\n');
    Zeroizing::new(bytes)
}
