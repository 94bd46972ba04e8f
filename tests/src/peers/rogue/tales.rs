//! A rogue at a directory, or with one of its own.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_network::{NetworkEvent, VolunteerService};
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::card::{Card, CardDraft};
use ai2ai_protocol::directory::write_found;
use ai2ai_protocol::limits::CARD_LIFE;
use ai2ai_protocol::time::Timestamp;
use libp2p::Multiaddr;

use super::Rogue;
use crate::stranger::card_draft;

const HOUR: Duration = Duration::from_secs(3_600);

/// Lies of a rogue with a directory to whoever searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tale {
    /// Its own card as it is; the same as somebody else's; and one that has expired.
    ForgedOldAndOthers,
}

impl Rogue {
    /// Its own card, as the one of this number.
    ///
    /// # Panics
    /// When it can't be signed.
    #[must_use]
    pub fn card_numbered(&self, sequence: u64) -> Card {
        self.card_of(sequence, now().whole_second(), CARD_LIFE)
    }

    fn card_of(&self, sequence: u64, issued_at: Timestamp, life: Duration) -> Card {
        let nodes = self.card.nodes().to_vec();
        let draft = CardDraft { sequence, issued_at, expires_at: issued_at + life, ..card_draft(&self.sender, nodes) };
        draft.sign(&self.sender.key).expect("a card")
    }

    /// Asks something of the directory at this peer and address, and gives what it answers.
    ///
    /// # Panics
    /// When it doesn't answer.
    pub async fn asks_directory(&self, (peer, address): &(String, String), request: Vec<u8>) -> Vec<u8> {
        let address: Multiaddr = address.parse().expect("an address");
        let peer = peer.parse().expect("a peer");
        self.network.ask_service(VolunteerService::Directory, peer, vec![address], request).await.expect("an answer")
    }

    /// Keeps a directory from now on, in its own way.
    pub async fn tells_tales(mut self, tale: Tale) {
        let good = self.card_numbered(9);
        let old = self.card_of(1, now().whole_second() - 2 * HOUR, HOUR);
        let mut forged = good.object().clone();
        forged.insert("human".to_owned(), "Somebody Famous".into());
        let Tale::ForgedOldAndOthers = tale;
        let cards = [old.bytes().to_vec(), canonical(&forged), good.bytes().to_vec(), b"{}".to_vec()];
        while let Some(event) = self.events.recv().await {
            if let NetworkEvent::Asked { service: VolunteerService::Directory, answer, .. } = event {
                // Whoever asked may have left.
                let _ = answer.send(write_found(&cards));
            }
        }
    }
}
