//! A rogue at somebody's mailbox, or with one of its own.

use ai2ai_api::clock::now;
use ai2ai_network::{NetworkEvent, VolunteerService};
use ai2ai_protocol::canonical::{Object, canonical};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::key::NodeKey;
use ai2ai_protocol::limits::BATCH_ENVELOPES;
use ai2ai_protocol::mailbox::{Custody, Deposited, GrantedPlace, Handover, MailboxRequest, PlaceClaim, until};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::service::write_refusal;
use libp2p::Multiaddr;
use tokio::sync::watch;

use super::Rogue;

/// Misdeed of a rogue that keeps a mailbox. It says to everybody that it keeps what they deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It has forgotten everything, and says that nothing waits.
    Forgets,
    /// It hands everything over altered, again and again, and never comes to an end.
    Alters,
    /// It hands everything over twice at a time, again and again, and never comes to an end.
    Repeats,
    /// It gives to everybody what is for others.
    HandsToOthers,
    /// It says that nobody has a place there.
    SaysNothingHere,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Forgets, Self::Alters, Self::Repeats, Self::HandsToOthers, Self::SaysNothingHere];

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lie| format!("{lie:?}") == name)
    }

    /// Returns what it does, in the words of a table.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::Forgets => "forgets",
            Self::Alters => "alters",
            Self::Repeats => "hands over again and again",
            Self::HandsToOthers => "hands over to others",
            Self::SaysNothingHere => "says that nothing is there",
        }
    }

    /// Returns what it answers to whoever collects, of all that it was given to keep.
    fn told(self, to: &Did, kept: &[Sealed]) -> Vec<u8> {
        let whole = |sealed: &Sealed| canonical(&sealed.object());
        let theirs = || kept.iter().filter(|sealed| sealed.to() == to).take(BATCH_ENVELOPES / 2);
        match self {
            Self::Forgets => Handover::write(&[], 0, 0),
            Self::Alters => Handover::write(&theirs().take(8).map(altered).collect::<Vec<_>>(), 0, 9_000),
            Self::Repeats => {
                let twice: Vec<Vec<u8>> = theirs().chain(theirs()).take(16).map(whole).collect();
                Handover::write(&twice, 0, 9_000)
            }
            Self::HandsToOthers => {
                let others: Vec<Vec<u8>> = kept.iter().filter(|sealed| sealed.to() != to).take(8).map(whole).collect();
                Handover::write(&others, 0, 0)
            }
            Self::SaysNothingHere => write_refusal(Code::NoMailbox, None),
        }
    }
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
        PlaceClaim::sign(&self.sender, &self.peer(), mailbox, now())
    }

    /// Asks something of the mailbox at this peer and address, and gives what it answers.
    ///
    /// # Panics
    /// When it doesn't answer.
    pub async fn asks_mailbox(&self, (peer, address): &(String, String), request: Vec<u8>) -> Vec<u8> {
        let address: Multiaddr = address.parse().expect("an address");
        let peer = peer.parse().expect("a peer");
        self.network.ask_service(VolunteerService::Mailbox, peer, vec![address], request).await.expect("an answer")
    }

    /// Keeps a mailbox from now on, in its own way: the last that it was told.
    ///
    /// # Panics
    /// When it is asked what no honest node asks.
    pub async fn keeps_mailbox(mut self, lie: watch::Receiver<Lie>) {
        let mut kept: Vec<Sealed> = Vec::new();
        while let Some(event) = self.events.recv().await {
            let NetworkEvent::Asked { service: VolunteerService::Mailbox, bytes, answer, .. } = event else { continue };
            let said = match MailboxRequest::read(&bytes).expect("an honest request") {
                MailboxRequest::Claim(_) => GrantedPlace { until: until(now()), waiting: 0 }.write(),
                MailboxRequest::Deposit(deposit) => {
                    let sealed: Vec<Sealed> = deposit.sealed.into_iter().flatten().collect();
                    let says = |sealed: &Sealed| Deposited { digest: sealed.digest(), outcome: Ok(()) };
                    let receipts: Vec<Deposited> = sealed.iter().map(says).collect();
                    kept.extend(sealed);
                    Custody::sign(&self.node_key(), deposit.to, &receipts, now(), until(now()))
                }
                MailboxRequest::Collect(collect) => lie.borrow().told(&collect.did, &kept),
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
