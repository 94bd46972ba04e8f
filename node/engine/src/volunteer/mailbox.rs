//! The mailbox here: it keeps sealed envelopes for those who have a place, and says so only once they are on its disk.

use std::net::IpAddr;
use std::sync::PoisonError;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::volunteer;
use ai2ai_core::volunteer::mailbox::{handover, has_place};
use ai2ai_protocol::code::Code;
use ai2ai_protocol::mailbox::{Collect, Custody, Deposit, MailboxRequest, PlaceClaim, until};
use ai2ai_protocol::service::write_refusal;
use ai2ai_store::mailbox;
use libp2p::PeerId;

use crate::context::Context;
use crate::state::depositors::Depositors;

/// Reason why nothing came of a request.
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
pub(crate) async fn serve(context: Context, peer: PeerId, from: Option<IpAddr>, bytes: Vec<u8>) -> Vec<u8> {
    answer(&context, peer, from, bytes).await.unwrap_or_else(|refused| {
        tracing::debug!(%peer, code = %refused.code, "the mailbox refuses");
        write_refusal(refused.code, refused.retry_after_s)
    })
}

async fn answer(context: &Context, peer: PeerId, from: Option<IpAddr>, bytes: Vec<u8>) -> Result<Vec<u8>, Refused> {
    let size = bytes.len() as u64;
    let read = tokio::task::spawn_blocking(move || MailboxRequest::read(&bytes)).await.map_err(Failure::internal)?;
    match read.map_err(|refusal| refusal.code)? {
        MailboxRequest::Claim(one) => claim(context, peer, from, *one).await,
        MailboxRequest::Deposit(deposit) => keep(context, peer, deposit, size).await,
        MailboxRequest::Collect(collect) => hand_over(context, peer, collect).await,
    }
}

async fn claim(context: &Context, peer: PeerId, from: Option<IpAddr>, claim: PlaceClaim) -> Result<Vec<u8>, Refused> {
    count(context, |depositors| depositors.claims(peer, from, now()))?;
    claim.check(&context.me.peer, &peer.to_string(), now())?;
    let granted = context.transact(move |txn| volunteer::mailbox::give_place(txn, &claim)).await??;
    Ok(granted.write())
}

async fn keep(context: &Context, peer: PeerId, deposit: Deposit, size: u64) -> Result<Vec<u8>, Refused> {
    count(context, |depositors| depositors.deposits(peer, deposit.sealed.len() as u64, size, now()))?;
    let to = deposit.to;
    let at = now();
    let receipts = context.transact(move |txn| volunteer::mailbox::keep_mail(txn, &to, &deposit.sealed)).await??;
    Ok(Custody::sign(&context.settings.node_key, to, &receipts, at, until(at)))
}

async fn hand_over(context: &Context, peer: PeerId, collect: Collect) -> Result<Vec<u8>, Refused> {
    let did = collect.did;
    let after = collect.after;
    let peer = peer.to_string();
    let of = did;
    let by = peer.clone();
    if !context.storage.look(move |tx| has_place(tx, &of, &by, now())).await? {
        return Err(Code::NoMailbox.into());
    }
    if !collect.done.is_empty() {
        let done = collect.done;
        context.transact(move |txn| Ok(mailbox::remove(txn.tx, &did, &done)?)).await?;
    }
    Ok(context.storage.look(move |tx| handover(tx, &did, after)).await?)
}

fn count(context: &Context, take: impl FnOnce(&mut Depositors) -> Result<(), u32>) -> Result<(), Refused> {
    let mut depositors = context.shared.depositors.lock().unwrap_or_else(PoisonError::into_inner);
    take(&mut depositors).map_err(|again_in| Refused { code: Code::RateLimited, retry_after_s: Some(again_in) })
}
