//! The commands about people: who is meant, met, invited, compared with and blocked.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{ContactView, InviteView, InvitesCancelledView, View as _};
use ai2ai_core::error::InviteError;
use ai2ai_core::inbound::admission::admit;
use ai2ai_core::people::contacts::{self, Introduction};
use ai2ai_core::people::invites::{self, Offered};
use ai2ai_core::people::verify;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_core::view::rows;
use ai2ai_discovery::address::is_of_this_network;
use ai2ai_discovery::dns::domain::looks_like_domain;
use ai2ai_discovery::invite::{INVITE_ADDRESSES, InviteLink, looks_like_link};
use ai2ai_discovery::web::https::is_of_web;
use ai2ai_protocol::card::Card;
use ai2ai_store::contacts::AnyContact;
use ai2ai_store::wire::Wire;
use libp2p::Multiaddr;

use crate::call::{Call, Handler, Lines};
use crate::legacy;
use crate::lookup::dns::{self, Led};
use crate::lookup::{dht, invite};
use crate::peers::card_exchange;

impl Handler for requests::Block {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        block(call, who, true).await
    }
}

impl Handler for requests::Unblock {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        block(call, who, false).await
    }
}

/// Adds somebody: who answers at an address of the web speaks the original.
impl Handler for requests::Add {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, name } = self;
        if who.starts_with("http://") || who.starts_with("https://") {
            let row = legacy::contacts::add(&call.context, &who, name).await?;
            return Ok(vec![contact_view(Wire::Legacy(row), None).line()]);
        }
        let introduction = introduction(call, &who).await?;
        let dnssec = introduction.dnssec.map(str::to_owned);
        let row = call.context.transact(move |txn| admit(txn, &introduction, name)).await?;
        Ok(vec![ContactView { dnssec, ..rows::contact_view(row, None) }.line()])
    }
}

/// Finds who is meant: somebody nearby by agent name or `did`, or whoever answers at a multiaddress or a domain.
pub(crate) async fn introduction(call: &Call, who: &str) -> Result<Introduction, Failure> {
    if looks_like_link(who) {
        return invite::join(&call.context, who).await;
    }
    if who.starts_with('/') {
        return card_exchange::by_hand(&call.context, who).await.map(|neighbour| neighbour.introduction());
    }
    match call.neighbours.named(who).as_slice() {
        [one] => Ok(one.introduction()),
        [] if let Ok(did) = who.parse() => {
            dht::by_did(&call.context, did).await.map(|neighbour| neighbour.introduction())
        }
        [] if looks_like_domain(who) => at_domain(call, who).await,
        [] => Err(Failure::new(Exit::Unknown, ErrorCode::UnknownContact, format!("nobody nearby goes by {who:?}")).hint(
            "see `ai2ai nearby`; or give a domain, or a multiaddress such as /ip4/192.168.1.20/tcp/4001/p2p/12D3KooW…",
        )),
        many => {
            let dids: Vec<String> = many.iter().map(|known| known.card.did().to_string()).collect();
            let message = format!("{} nodes nearby go by {who:?}: {}", many.len(), dids.join(", "));
            Err(Failure::new(Exit::Unknown, ErrorCode::AmbiguousContact, message)
                .hint("add one by its did; compare it with what their owner reads out"))
        }
    }
}

/// Finds whoever a domain leads to. Where it names only an identity, that is looked for as if its `did` had been typed.
async fn at_domain(call: &Call, domain: &str) -> Result<Introduction, Failure> {
    let did = match dns::by_domain(&call.context, domain).await? {
        Led::To(introduction) => return Ok(*introduction),
        Led::ToIdentity(did) => did,
    };
    let met = match call.neighbours.get(&did) {
        Some(neighbour) => neighbour.introduction(),
        None => dht::by_did(&call.context, did).await?.introduction(),
    };
    Ok(dns::at(domain, met))
}

impl Handler for requests::Invite {
    async fn handle(self, call: &Call) -> Lines {
        let Self { name, hours } = self;
        let card = call.context.own_card();
        let made = call.context.transact(move |txn| invite_link(txn, card.as_ref(), name, hours));
        Ok(vec![made.await?.line()])
    }
}

/// Makes an invite, and the link that leads with it to the node in this card.
///
/// # Errors
/// [`InviteError`]; or the database failed.
pub fn invite_link(
    txn: &mut Txn<'_, '_>,
    card: Option<&Card>,
    name: Option<String>,
    hours: Option<u32>,
) -> Step<InviteView> {
    let life = invites::life(hours)?;
    let (peer, addresses) = card.and_then(place).ok_or(InviteError::NoAddress)?;
    let Offered { secret, expires_at } = invites::offer(txn, name.clone(), life)?;
    let link = InviteLink { did: *txn.me.did(), peer, addresses, expires_at, secret };
    Ok(InviteView { link: link.to_string(), did: link.did, name, expires_at })
}

impl Handler for requests::CancelInvites {
    async fn handle(self, call: &Call) -> Lines {
        let cancelled = call.context.transact(invites::cancel_all).await?;
        Ok(vec![InvitesCancelledView { cancelled }.line()])
    }
}

impl Handler for requests::VerifyContact {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, matches } = self;
        let me = *call.context.me.did();
        let view = match matches {
            true => call.context.transact(move |txn| verify::confirm(txn, &who)).await?,
            false => call.context.storage.look(move |tx| verify::view(tx, &me, &who)).await?,
        };
        Ok(vec![view.line()])
    }
}

pub(crate) async fn block(call: &Call, who: String, blocked: bool) -> Lines {
    let row = call.context.transact(move |txn| contacts::block(txn, &who, blocked)).await?;
    Ok(vec![contact_view(row, None).line()])
}

/// A contact on whichever wire, and how they are connected.
pub(crate) fn contact_view(row: AnyContact, path: Option<String>) -> ContactView {
    match row {
        Wire::Native(row) => rows::contact_view(row, path),
        Wire::Legacy(row) => ai2ai_legacy::view::contact_view(row),
    }
}

/// The node that a card names, and its addresses: those that reach furthest first, as many as a link has room for.
fn place(card: &Card) -> Option<(libp2p::PeerId, Vec<Multiaddr>)> {
    let node = card.nodes().first()?;
    let addresses = node.addresses.iter().filter_map(|text| text.parse().ok());
    let mut addresses: Vec<Multiaddr> = addresses.filter(|address| !is_of_web(address)).collect();
    addresses.sort_by_key(is_of_this_network);
    addresses.truncate(INVITE_ADDRESSES);
    Some((node.peer.parse().ok()?, addresses)).filter(|(_, addresses)| !addresses.is_empty())
}
