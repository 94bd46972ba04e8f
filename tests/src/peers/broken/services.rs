//! Services of a broken volunteer: all as they should be, in memory, save for one thing.

use std::collections::HashMap;
use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_network::VolunteerService;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::directory::{self, DirectoryEntry, check_listing, write_found, write_listed};
use ai2ai_protocol::key::NodeKey;
use ai2ai_protocol::mailbox::{Custody, Deposit, Deposited, GrantedPlace, Handover, MailboxRequest, Place, until};
use ai2ai_protocol::seal::Sealed;
use ai2ai_protocol::service::write_refusal;

/// A day.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The one thing that it does wrong for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does what it should refuse with this code.
    Does(Code),
    /// It has no room for anybody, and nothing is wrong with that.
    IsFull,
    /// Its places end after a day.
    ShortPlaces,
    /// It signs for what it keeps with another key.
    OtherKey,
    /// It says that it keeps mail, and doesn't.
    LosesMail,
    /// It keeps twice what is deposited twice.
    KeepsTwice,
    /// It hands over again what is done.
    ForgetsNothing,
    /// It lists a card for longer than that lasts.
    ListsForLong,
    /// It finds whomever it lists, whatever is looked for.
    FindsAll,
    /// It finds nobody.
    FindsNobody,
    /// It goes on listing whoever does not want it any more.
    GoesOnListing,
}

/// Mail and cards that it keeps for others.
pub(super) struct Services {
    me: String,
    key: NodeKey,
    fault: Option<Fault>,
    places: HashMap<Did, Place>,
    mail: Vec<(Did, Sealed)>,
    listed: HashMap<Did, (Card, String)>,
}

impl Services {
    pub(super) fn new(me: String, key: NodeKey, fault: Option<Fault>) -> Self {
        Self { me, key, fault, places: HashMap::new(), mail: Vec::new(), listed: HashMap::new() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn has_room(&self) -> Result<(), Code> {
        if self.has(Fault::IsFull) { Err(Code::MailboxFull) } else { Ok(()) }
    }

    pub(super) fn answers(&mut self, service: VolunteerService, peer: &str, bytes: &[u8]) -> Vec<u8> {
        let (answer, instead) = match service {
            VolunteerService::Mailbox => (self.mailbox(peer, bytes), self.instead(bytes)),
            VolunteerService::Directory if bytes.windows(16).any(|part| part == b"directory_search") => {
                (self.directory(peer, bytes), write_found(&[]))
            }
            VolunteerService::Directory => (self.directory(peer, bytes), write_listed(Some(now()))),
        };
        match answer {
            Ok(answer) => answer,
            Err(code) if self.has(Fault::Does(code)) => instead,
            Err(code) => write_refusal(code, None),
        }
    }

    /// Returns what it answers as if it had done what it refuses.
    fn instead(&self, bytes: &[u8]) -> Vec<u8> {
        match MailboxRequest::read(bytes) {
            Ok(MailboxRequest::Deposit(deposit)) => Custody::sign(&self.key, deposit.to, &[], now(), now()),
            Ok(MailboxRequest::Collect(_)) => Handover::write(&[], 0, 0),
            Ok(MailboxRequest::Claim(_)) | Err(_) => GrantedPlace { until: now(), waiting: 0 }.write(),
        }
    }

    fn mailbox(&mut self, peer: &str, bytes: &[u8]) -> Result<Vec<u8>, Code> {
        match MailboxRequest::read(bytes).map_err(|refusal| refusal.code)? {
            MailboxRequest::Claim(claim) => {
                claim.check(&self.me, peer, now())?;
                let place = Place::claimed(&claim, self.places.get(claim.did()), now())?;
                self.has_room()?;
                let until = if self.has(Fault::ShortPlaces) { now() + DAY } else { place.until };
                self.places.insert(*claim.did(), place);
                Ok(GrantedPlace { until, waiting: 0 }.write())
            }
            MailboxRequest::Deposit(deposit) => self.keep(deposit),
            MailboxRequest::Collect(collect) => {
                let is_theirs = self.places.get(&collect.did).is_some_and(|place| place.is_of(peer, now()));
                if !is_theirs {
                    return Err(Code::NoMailbox);
                }
                if !self.has(Fault::ForgetsNothing) {
                    self.mail.retain(|(_, sealed)| !collect.done.contains(&sealed.digest()));
                }
                let theirs = self.mail.iter().filter(|(to, _)| *to == collect.did);
                let sealed: Vec<Vec<u8>> =
                    theirs.map(|(_, sealed)| ai2ai_protocol::canonical::canonical(&sealed.object())).collect();
                Ok(Handover::write(&sealed, sealed.len() as u64, 0))
            }
        }
    }

    fn keep(&mut self, deposit: Deposit) -> Result<Vec<u8>, Code> {
        if !self.places.contains_key(&deposit.to) {
            return Err(Code::NoMailbox);
        }
        let mut receipts = Vec::new();
        for entry in deposit.sealed {
            receipts.push(match entry {
                Ok(sealed) => {
                    let digest = sealed.digest();
                    let is_there = self.mail.iter().any(|(_, kept)| kept.digest() == digest);
                    if !self.has(Fault::LosesMail) && (!is_there || self.has(Fault::KeepsTwice)) {
                        self.mail.push((deposit.to, sealed));
                    }
                    Deposited { digest, outcome: Ok(()) }
                }
                Err((digest, refusal)) if self.has(Fault::Does(refusal.code)) => Deposited { digest, outcome: Ok(()) },
                Err((digest, refusal)) => Deposited { digest, outcome: Err(refusal.code) },
            });
        }
        let other = NodeKey::from_seed(&[9; 32]);
        let key = if self.has(Fault::OtherKey) { &other } else { &self.key };
        Ok(Custody::sign(key, deposit.to, &receipts, now(), until(now())))
    }

    fn directory(&mut self, peer: &str, bytes: &[u8]) -> Result<Vec<u8>, Code> {
        match directory::DirectoryRequest::read(bytes).map_err(|refusal| refusal.code)? {
            directory::DirectoryRequest::List(card) => {
                check_listing(&card, peer, self.listed.get(card.did()).map(|(card, _)| card), now())?;
                self.has_room()?;
                let until = card.expires_at();
                self.listed.insert(*card.did(), (*card, peer.to_owned()));
                let until = if self.has(Fault::ListsForLong) { until + DAY } else { until };
                Ok(write_listed(Some(until)))
            }
            directory::DirectoryRequest::Unlist(did) => {
                if !self.has(Fault::GoesOnListing) && self.listed.get(&did).is_some_and(|(_, by)| by == peer) {
                    self.listed.remove(&did);
                }
                Ok(write_listed(None))
            }
            directory::DirectoryRequest::Search(search) => {
                let fits = |card: &Card| self.has(Fault::FindsAll) || search.fits(&DirectoryEntry::of(card));
                let found = self.listed.values().map(|(card, _)| card).filter(|card| fits(card));
                let found: Vec<Vec<u8>> = found.map(|card| card.bytes().to_vec()).collect();
                Ok(write_found(if self.has(Fault::FindsNobody) { &[] } else { &found }))
            }
        }
    }
}
