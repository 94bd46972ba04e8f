//! A rogue at somebody's mailbox, or with one of its own.

use ai2ai::clock::now;
use ai2ai::network::{NetworkEvent, Service};
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::key::NodeKey;
use ai2ai_protocol::mailbox::{Claim, Custody, Deposited, Granted, Handover, Request, until};
use ai2ai_protocol::seal::Sealed;
use libp2p::Multiaddr;

use super::Rogue;

/// What a rogue does that keeps a mailbox. It says to everybody that it keeps what they deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It hands nothing over.
    Withholds,
    /// It hands everything over altered, again and again, and never comes to an end.
    Alters,
}

impl Rogue {
    /// Its peer id.
    #[must_use]
    pub fn peer(&self) -> String {
        self.peer.to_string()
    }

    /// A claim to a place in the mailbox of a volunteer, signed as it should be.
    #[must_use]
    pub fn claims(&self, mailbox: &str) -> Object {
        Claim::sign(&self.sender, &self.peer(), mailbox, now())
    }

    /// Asks something of the mailbox at this peer and address, and gives what it answers.
    ///
    /// # Panics
    /// When it doesn't answer.
    pub async fn asks_mailbox(&self, (peer, address): &(String, String), request: Vec<u8>) -> Vec<u8> {
        let address: Multiaddr = address.parse().expect("an address");
        let peer = peer.parse().expect("a peer");
        self.network.ask_service(Service::Mailbox, peer, vec![address], request).await.expect("an answer")
    }

    /// Keeps a mailbox from now on, in its own way.
    pub async fn keeps_mailbox(mut self, lie: Lie) {
        let mut kept: Vec<Sealed> = Vec::new();
        while let Some(event) = self.events.recv().await {
            let NetworkEvent::Asked { service: Service::Mailbox, bytes, answer, .. } = event else { continue };
            let said = match Request::read(&bytes).expect("an honest request") {
                Request::Claim(_) => Granted { until: until(now()), waiting: 0 }.write(),
                Request::Deposit(deposit) => {
                    let sealed: Vec<Sealed> = deposit.sealed.into_iter().flatten().collect();
                    let says = |sealed: &Sealed| Deposited { digest: sealed.digest(), outcome: Ok(()) };
                    let receipts: Vec<Deposited> = sealed.iter().map(says).collect();
                    kept.extend(sealed);
                    Custody::sign(&self.node_key(), deposit.to, &receipts, now(), until(now()))
                }
                Request::Collect(_) if lie == Lie::Withholds => Handover::write(&[], 0, 0),
                Request::Collect(_) => {
                    let altered: Vec<Vec<u8>> = kept.iter().take(8).map(altered).collect();
                    Handover::write(&altered, 0, 9_000)
                }
            };
            // Whoever asked may have left.
            let _ = answer.send(said);
        }
    }

    fn node_key(&self) -> NodeKey {
        NodeKey::from_seed(&[self.seed + 2; 32])
    }
}

/// The same with one bit of the ciphertext changed.
fn altered(sealed: &Sealed) -> Vec<u8> {
    let mut object = sealed.object();
    let text = object["ciphertext"].as_str().expect("base64").to_owned();
    let first = if text.starts_with('A') { 'B' } else { 'A' };
    object.insert("ciphertext".to_owned(), format!("{first}{}", &text[1..]).into());
    canonical(&object)
}
