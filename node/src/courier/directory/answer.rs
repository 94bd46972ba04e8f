//! The volunteer's side: it lists the cards of those who ask for it, and answers searches with nothing but cards.

use std::sync::PoisonError;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::directory::{Entry, Request, Search, check_listing, write_found, write_listed};
use ai2ai_protocol::limits::{DIRECTORY_CARDS, DIRECTORY_FOUND};
use ai2ai_protocol::service::write_refusal;
use ai2ai_store::directory::{self, ListedRow};
use libp2p::PeerId;

use crate::clock::now;
use crate::courier::reach::Reach;
use crate::courier::turn::{Step, Turn};
use crate::exit::Failure;

/// Answers what a peer asks of the directory here.
pub(in crate::courier) async fn serve(reach: Reach, peer: PeerId, bytes: Vec<u8>) -> Vec<u8> {
    let counted = reach.askers.lock().unwrap_or_else(PoisonError::into_inner).counts(peer, now());
    if let Err(again_in) = counted {
        return write_refusal(Code::RateLimited, Some(again_in));
    }
    match answer(&reach, peer, bytes).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(code)) => write_refusal(code, None),
        Err(failure) => {
            tracing::error!(%failure, "the directory could not do what it was asked");
            write_refusal(Code::Internal, None)
        }
    }
}

async fn answer(reach: &Reach, peer: PeerId, bytes: Vec<u8>) -> Result<Result<Vec<u8>, Code>, Failure> {
    let read = tokio::task::spawn_blocking(move || Request::read(&bytes)).await.map_err(Failure::internal)?;
    let request = match read {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal.code)),
    };
    let peer = peer.to_string();
    match request {
        Request::List(card) => reach.turn(move |turn| turn.list(&card, &peer)).await,
        Request::Unlist(did) => {
            reach
                .turn(move |turn| {
                    if directory::get(turn.tx, &did)?.is_some_and(|row| row.peer == peer) {
                        directory::remove(turn.tx, &did)?;
                    }
                    Ok(Ok(write_listed(None)))
                })
                .await
        }
        Request::Search(search) => reach.storage.look(move |tx| Ok(Ok(write_found(&found(tx, &search)?)))).await,
    }
}

fn found(tx: &ai2ai_store::Read, search: &Search) -> Step<Vec<Vec<u8>>> {
    Ok(directory::find(tx, now(), DIRECTORY_FOUND, |entry| search.fits(entry))?)
}

impl Turn<'_, '_> {
    /// Lists a card, if the node that brought it may, and there is room.
    fn list(&mut self, card: &Card, peer: &str) -> Step<Result<Vec<u8>, Code>> {
        let before = directory::get(self.tx, card.did())?;
        if before.is_none() && directory::count(self.tx)? >= DIRECTORY_CARDS {
            return Ok(Err(Code::MailboxFull));
        }
        let known = before.and_then(|row| Card::read(&row.bytes).ok());
        if let Err(code) = check_listing(card, peer, known.as_ref(), self.now) {
            return Ok(Err(code));
        }
        let until = card.expires_at();
        let row = ListedRow { entry: Entry::of(card), until, peer: peer.to_owned(), bytes: card.bytes().to_vec() };
        directory::put(self.tx, card.did(), &row)?;
        Ok(Ok(write_listed(Some(until))))
    }
}
