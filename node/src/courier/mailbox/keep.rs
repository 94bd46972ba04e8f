//! The volunteer's side: it keeps sealed envelopes for those who have a place, and says so only once they are on its disk.

use std::net::IpAddr;
use std::sync::PoisonError;

use ai2ai_protocol::batch::Entry;
use ai2ai_protocol::canonical::canonical;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::limits::{BATCH_ENVELOPES, MAILBOX_PLACES};
use ai2ai_protocol::mailbox::{
    Claim, Collect, Custody, Deposit, Deposited, Granted, Handover, Place, Request, has_room, until,
};
use ai2ai_protocol::service::write_refusal;
use ai2ai_store::{View, mailbox};
use libp2p::PeerId;

use crate::clock::now;
use crate::courier::reach::Reach;
use crate::courier::turn::{Step, Turn};
use crate::exit::Failure;

/// Why nothing came of a request.
struct Refused {
    code: Code,
    retry_after_s: Option<u32>,
}

impl From<Code> for Refused {
    fn from(code: Code) -> Self {
        Self { code, retry_after_s: None }
    }
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        tracing::error!(%failure, "the mailbox could not do what it was asked");
        Code::Internal.into()
    }
}

/// Answers what a peer asks of the mailbox here.
pub(in crate::courier) async fn serve(reach: Reach, peer: PeerId, from: Option<IpAddr>, bytes: Vec<u8>) -> Vec<u8> {
    answer(&reach, peer, from, bytes).await.unwrap_or_else(|refused| {
        tracing::debug!(%peer, code = %refused.code, "the mailbox refuses");
        write_refusal(refused.code, refused.retry_after_s)
    })
}

async fn answer(reach: &Reach, peer: PeerId, from: Option<IpAddr>, bytes: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let size = bytes.len() as u64;
    let read = tokio::task::spawn_blocking(move || Request::read(&bytes)).await.map_err(Failure::internal)?;
    match read.map_err(|refusal| refusal.code)? {
        Request::Claim(one) => claim(reach, peer, from, *one).await,
        Request::Deposit(deposit) => keep(reach, peer, deposit, size).await,
        Request::Collect(collect) => hand_over(reach, peer, collect).await,
    }
}

async fn claim(reach: &Reach, peer: PeerId, from: Option<IpAddr>, claim: Claim) -> Result<Vec<u8>, Refused> {
    count(reach, |depositors| depositors.claims(peer, from, now()))?;
    claim.check(&reach.me.peer, &peer.to_string(), now())?;
    let granted = reach.turn(move |turn| turn.give_place(&claim)).await??;
    Ok(granted.write())
}

async fn keep(reach: &Reach, peer: PeerId, deposit: Deposit, size: u64) -> Result<Vec<u8>, Refused> {
    count(reach, |depositors| depositors.deposits(peer, deposit.sealed.len() as u64, size, now()))?;
    let (to, at) = (deposit.to, now());
    let receipts = reach.turn(move |turn| turn.keep_mail(&to, &deposit.sealed)).await??;
    Ok(Custody::sign(&reach.node_key, to, &receipts, at, until(at)))
}

async fn hand_over(reach: &Reach, peer: PeerId, collect: Collect) -> Result<Vec<u8>, Refused> {
    let (did, after, peer) = (collect.did, collect.after, peer.to_string());
    let (of, by) = (did, peer.clone());
    if !reach.storage.look(move |tx| has_place(tx, &of, &by)).await? {
        return Err(Code::NoMailbox.into());
    }
    if !collect.done.is_empty() {
        let done = collect.done;
        reach.turn(move |turn| Ok(mailbox::remove(turn.tx, &did, &done)?)).await?;
    }
    Ok(reach.storage.look(move |tx| handover(tx, &did, after)).await?)
}

fn has_place(tx: &impl View, did: &Did, peer: &str) -> Step<bool> {
    Ok(mailbox::place(tx, did)?.is_some_and(|row| row.place.is_of(peer, now())))
}

/// The oldest that fit into one answer.
fn handover(tx: &impl View, did: &Did, after: u64) -> Step<Vec<u8>> {
    let mut sizes = Vec::with_capacity(BATCH_ENVELOPES);
    let (mail, more) = mailbox::waiting(tx, did, after, |mail| {
        sizes.push(mail.bytes.len());
        Handover::how_many_fit(sizes.iter().copied()) == sizes.len()
    })?;
    let last = mail.last().map_or(after, |mail| mail.order);
    let sealed: Vec<Vec<u8>> = mail.into_iter().map(|mail| mail.bytes).collect();
    Ok(Handover::write(&sealed, last, more))
}

fn count(reach: &Reach, take: impl FnOnce(&mut super::Depositors) -> Result<(), u32>) -> Result<(), Refused> {
    let mut depositors = reach.depositors.lock().unwrap_or_else(PoisonError::into_inner);
    take(&mut depositors).map_err(|again_in| Refused { code: Code::RateLimited, retry_after_s: Some(again_in) })
}

impl Turn<'_, '_> {
    /// Gives a place to whoever claims one; if there is room for one more, and the claim is newer than the one before.
    fn give_place(&mut self, claim: &Claim) -> Step<Result<Granted, Code>> {
        let before = mailbox::place(self.tx, claim.did())?;
        if before.is_none() && mailbox::count_places(self.tx)? >= MAILBOX_PLACES {
            return Ok(Err(Code::MailboxFull));
        }
        match Place::claimed(claim, before.as_ref().map(|row| &row.place), self.now) {
            Ok(place) => {
                let row = mailbox::claim(self.tx, claim.did(), &place)?;
                Ok(Ok(Granted { until: place.until, waiting: row.held.messages }))
            }
            Err(error) => Ok(Err(error.into())),
        }
    }

    /// Keeps what was deposited for somebody who has a place, as far as there is room.
    fn keep_mail(&mut self, to: &Did, sealed: &[Entry]) -> Step<Result<Vec<Deposited>, Code>> {
        if mailbox::place(self.tx, to)?.is_none_or(|row| row.place.until <= self.now) {
            return Ok(Err(Code::NoMailbox));
        }
        let mut receipts = Vec::with_capacity(sealed.len());
        for entry in sealed {
            receipts.push(match entry {
                Ok(sealed) => {
                    let bytes = canonical(&sealed.object());
                    let digest = Digest::of(&bytes);
                    Deposited { digest, outcome: self.keep_one(to, &digest, &bytes)? }
                }
                Err((digest, refusal)) => Deposited { digest: *digest, outcome: Err(refusal.code) },
            });
        }
        Ok(Ok(receipts))
    }

    fn keep_one(&mut self, to: &Did, digest: &Digest, bytes: &[u8]) -> Step<Result<(), Code>> {
        let held = mailbox::place(self.tx, to)?.map(|row| row.held).unwrap_or_default();
        let is_repeat = mailbox::has(self.tx, to, digest)?;
        if !is_repeat && !has_room(held, mailbox::held_in_all(self.tx)?, bytes.len() as u64) {
            return Ok(Err(Code::MailboxFull));
        }
        let kept = mailbox::keep(self.tx, to, digest, bytes, until(self.now))?;
        Ok(if kept { Ok(()) } else { Err(Code::NoMailbox) })
    }
}
