//! People: found, added, and how far away.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::time::Timestamp;
use ai2ai_protocol::trust::Trust;
use serde::{Deserialize, Serialize};

use super::{View, view};

view! {
    /// Someone found and not yet added. What they call themselves is only a claim.
    NearbyView = "nearby/1" {
        /// The identity whose card they showed.
        did: Did,
        /// The agent's name, as it calls itself.
        agent: String,
        /// The person's name, as they call themselves.
        human: String,
        /// Source of the finding: `mdns`, `by_hand`, `card` (a file), `came` (they connected to us).
        source: String,
        /// Always false: nobody has vouched for the name.
        verified: bool,
        /// Addresses at which they were found.
        addresses: Vec<String>,
        /// The libp2p peer id.
        peer: String,
    }
}

view! {
    /// Someone whom a directory lists. All of it is their own claim.
    FoundView = "found/1" {
        /// The identity whose card it is.
        did: Did,
        /// The agent's name, as it calls itself.
        agent: String,
        /// The person's name, as they call themselves.
        human: String,
        /// Intents that they can be asked.
        intents: Vec<String>,
        /// Always false: nobody has vouched for the name.
        verified: bool,
        /// `directory`; or `registry`, of agents of the protocol's original.
        source: String,
        /// Address to add them by, if their agent speaks the original.
        #[serde(default)]
        endpoint: Option<String>,
    }
}

impl FoundView {
    /// Fills the view from a card.
    #[must_use]
    pub fn of(card: &Card) -> Self {
        Self {
            did: *card.did(),
            agent: card.agent().to_string(),
            human: card.human().to_string(),
            intents: card.intents().iter().map(ToString::to_string).collect(),
            verified: false,
            source: "directory".to_owned(),
            endpoint: None,
        }
    }
}

view! {
    /// A contact.
    ContactView = "contact/1" {
        /// The identity.
        did: Did,
        /// The owner's own name for them.
        name: String,
        /// The agent's name, as it calls itself.
        agent: String,
        /// The person's name, as they call themselves.
        human: String,
        /// Trust level.
        trust: Trust,
        /// Set if nothing of theirs is let in.
        blocked: bool,
        /// Moment of the last connection to them.
        last_seen: Option<Timestamp>,
        /// Path of the present connection: `tcp`, `quic` or `relayed`; `https` if they were last reached so; absent without one.
        path: Option<String>,
        /// The way they were met.
        met: String,
        /// By how many seconds their clock was ahead of this machine's, when they last answered.
        clock_ahead_s: Option<i64>,
        /// Moment at which the owner compared the twelve words with them in person.
        compared_at: Option<Timestamp>,
        /// In the answer to `add DOMAIN`, whether the DNS's word was signed: `secure`, `unsigned` or `failed`.
        dnssec: Option<String>,
        /// The fingerprint of their key, if their agent speaks the protocol's original.
        #[serde(default)]
        fingerprint: Option<String>,
        /// URL at which envelopes are posted to them, if their agent speaks the protocol's original.
        #[serde(default)]
        endpoint: Option<String>,
    }
}

view! {
    /// The words that stand on both screens.
    WordsView = "words/1" {
        /// Identity of the contact.
        did: Did,
        /// The owner's name for them.
        name: String,
        /// The twelve words, in their order.
        words: Vec<String>,
        /// Moment at which the owner said that they match.
        compared_at: Option<Timestamp>,
    }
}

view! {
    /// An invite, for one person.
    InviteView = "invite/1" {
        /// The link to give them: whoever brings it first becomes a contact.
        link: String,
        /// The identity that it names: yours.
        did: Did,
        /// Your own name for them, if you chose one.
        name: Option<String>,
        /// End of its validity.
        expires_at: Timestamp,
    }
}

view! {
    /// Every invite was taken back.
    InvitesCancelledView = "invites-cancelled/1" {
        /// Number of invites that nobody had used.
        cancelled: usize,
    }
}

view! {
    /// A round trip.
    PingView = "ping/1" {
        /// Identity of the node's owner who answered.
        did: Did,
        /// The owner's name for them, or what they call themselves.
        name: String,
        /// Milliseconds for one signed card over the live connection.
        rtt_ms: f64,
        /// `tcp`, `quic`, `relayed` or `https`.
        path: String,
        /// Intents that they offer.
        intents: Vec<String>,
    }
}

view! {
    /// The card of this node, as others see it.
    CardView = "card/1" {
        /// The card, whose bytes the agent key has signed.
        card: Object,
    }
}

view! {
    /// The card of somebody else.
    CardOfView = "card_of/1" {
        /// The card.
        card: Object,
    }
}
