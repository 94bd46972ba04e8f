//! The directory here: it lists the cards of those who ask for it, and answers searches with nothing but cards.

use std::sync::PoisonError;

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::volunteer;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{DirectoryRequest, write_found, write_listed};
use ai2ai_protocol::service::write_refusal;
use ai2ai_store::directory;
use libp2p::PeerId;

use crate::context::Context;

/// Answers what a peer asks of the directory here.
pub(crate) async fn serve(context: Context, peer: PeerId, bytes: Vec<u8>) -> Vec<u8> {
    let counted = context.shared.askers.lock().unwrap_or_else(PoisonError::into_inner).counts(peer, now());
    if let Err(again_in) = counted {
        return write_refusal(Code::RateLimited, Some(again_in));
    }
    match answer(&context, peer, bytes).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(code)) => write_refusal(code, None),
        Err(failure) => {
            tracing::error!(%failure, "the directory could not do what it was asked");
            write_refusal(Code::Internal, None)
        }
    }
}

async fn answer(context: &Context, peer: PeerId, bytes: Vec<u8>) -> Result<Result<Vec<u8>, Code>, Failure> {
    let read = tokio::task::spawn_blocking(move || DirectoryRequest::read(&bytes)).await.map_err(Failure::internal)?;
    let request = match read {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal.code)),
    };
    let peer = peer.to_string();
    match request {
        DirectoryRequest::List(card) => {
            context.transact(move |txn| volunteer::directory::list(txn, &card, &peer)).await
        }
        DirectoryRequest::Unlist(did) => {
            context
                .transact(move |txn| {
                    if directory::get(txn.tx, &did)?.is_some_and(|row| row.peer == peer) {
                        directory::remove(txn.tx, &did)?;
                    }
                    Ok(Ok(write_listed(None)))
                })
                .await
        }
        DirectoryRequest::Search(search) => {
            context
                .storage
                .look(move |tx| Ok(Ok(write_found(&volunteer::directory::search(tx, &search, now())?))))
                .await
        }
    }
}
