//! People who are known by a domain: who answers there, and where they are now.
//!
//! A domain speaks by its DNS records and by the card on its web server. Both are asked; each alone is enough; what they say of whose
//! domain it is must not differ.

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::people::contacts::Introduction;
use ai2ai_discovery::dns::domain::DomainError;
use ai2ai_discovery::dns::{DnsAnswer, DnsError, Dnssec};
use ai2ai_discovery::finding::Finding;
use ai2ai_discovery::from_card;
use ai2ai_discovery::web::well_known::WellKnownError;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::did::Did;

use crate::context::{Context, Note};
use crate::peers::card_exchange::shown;
use crate::peers::card_on_web::card_in;
use crate::state::neighbours::Neighbour;

/// Looks a name up that the node follows, and tells the event loop what came of it.
pub(crate) async fn watch(context: Context, name: String) {
    let looked = context.dns.look_up(&name).await.map_err(|error| error.to_string());
    drop(context.notes.send(Note::Looked { name, looked }).await);
}

/// End of a lookup: what a domain leads to.
pub(crate) enum Led {
    /// A person who answers there, or whose card is there.
    To(Box<Introduction>),
    /// An identity, and no word on where it is: its owner does not publish that in the DNS.
    ToIdentity(Did),
}

/// Meets whoever answers at the nodes that a domain names. It must be the identity that the domain names.
///
/// If nobody is there and the domain's web server has their card, they are met by that card.
///
/// # Errors
/// The domain leads to nobody, to somebody else, or to two identities at once.
pub(crate) async fn by_domain(context: &Context, domain: &str) -> Result<Led, Failure> {
    let (records, card) = futures::join!(context.dns.look_up_checked(domain), of_web(context, domain));
    let (records, card) = match (records, card) {
        (Ok(records), card) => (Some(records), card.ok()),
        (Err(DnsError::Useless { why: DomainError::NoAddress(did), .. }), Err(_)) => return Ok(Led::ToIdentity(did)),
        (Err(DnsError::Useless { why: DomainError::NoAddress(did), .. }), Ok(card)) => {
            one_identity(domain, Some(did), Some(&card))?;
            (None, Some(card))
        }
        (Err(_), Ok(card)) => (None, Some(card)),
        (Err(error), Err(web)) => return Err(nowhere(&error, &web)),
    };
    let dnssec = records.as_ref().and_then(|answer| answer.dnssec).map(Dnssec::as_str);
    let named = one_identity(domain, records.as_ref().and_then(|answer| answer.signpost.did), card.as_ref())?;
    let findings = findings(context, records, card.as_ref());
    let met = match (answers(context, domain, findings, named).await, card) {
        (Err(failure), Some(card)) if failure.exit == Exit::Unreachable => by_card(card),
        (met, _) => met?,
    };
    Ok(Led::To(Box::new(Introduction { dnssec, ..at(domain, met) })))
}

/// Introduction of somebody who was met through a domain.
pub(crate) fn at(domain: &str, met: Introduction) -> Introduction {
    Introduction { domain: Some(domain.to_owned()), ..met }
}

/// The card on the web server of a domain, if it verifies and is of this time.
async fn of_web(context: &Context, domain: &str) -> Result<Card, String> {
    let bytes = context.web.ask(&context.dns, domain).await.map_err(|error: WellKnownError| error.to_string())?;
    let bad = |why: String| format!("what the web server of {domain} has there is no card that verifies: {why}");
    let bytes = card_in(bytes);
    let card = Card::read(&bytes).map_err(|refusal| bad(refusal.to_string()))?;
    card.check_current(now()).map_err(|code| bad(code.to_string()))?;
    Ok(card)
}

/// Identity of a domain, by its records and by its web server.
fn one_identity(domain: &str, by_records: Option<Did>, card: Option<&Card>) -> Result<Option<Did>, Failure> {
    match (by_records, card.map(|card| *card.did())) {
        (Some(one), Some(other)) if one != other => {
            let why = format!("its records name {one}, but the card on its web server is of {other}; nobody was added");
            Err(bad(domain, &why).hint("one of the two is old or forged; ask them for their did"))
        }
        (one, other) => Ok(one.or(other)),
    }
}

fn findings(context: &Context, records: Option<DnsAnswer>, card: Option<&Card>) -> Vec<Finding> {
    let here = context.web.private;
    let of_node = |card: &Card| -> Vec<Finding> {
        let nodes = card.nodes().iter();
        nodes.filter_map(|node| from_card::read(*card.did(), &node.peer, &node.addresses, here, now())).collect()
    };
    let by_card = card.map(of_node).unwrap_or_default();
    records.map(|answer| answer.signpost.findings(now())).into_iter().flatten().chain(by_card).collect()
}

/// Asks these places, and takes who answers first. Nobody else than the one who is named is met.
async fn answers(
    context: &Context,
    domain: &str,
    findings: Vec<Finding>,
    named: Option<Did>,
) -> Result<Introduction, Failure> {
    let mut unreachable = None;
    for finding in findings {
        match context.network.card(finding.peer, finding.addresses.clone()).await {
            Ok(card) => return met(context, domain, &finding, named, &card.bytes).await,
            Err(error) => unreachable = Some(error.to_string()),
        }
    }
    let why = unreachable.unwrap_or_else(|| "it names no node".to_owned());
    Err(Failure::new(Exit::Unreachable, ErrorCode::Unreachable, format!("{domain}: {why}"))
        .hint("the name is found, the node is not: is it up, and are its records current? they can print them with `ai2ai dns-record`"))
}

async fn met(
    context: &Context,
    domain: &str,
    finding: &Finding,
    named: Option<Did>,
    bytes: &[u8],
) -> Result<Introduction, Failure> {
    let neighbour = match shown(bytes, finding.peer, &finding.addresses, "dns") {
        Ok(neighbour) => neighbour,
        Err(why) => return Err(bad(domain, &format!("what answers there shows no card that verifies: {why}"))),
    };
    let answers = *neighbour.card.did();
    if let Some(named) = named.filter(|named| *named != answers) {
        let why = format!("its records name {named}, but {answers} answers there; nobody was added");
        return Err(
            bad(domain, &why).hint("either the records are old, or somebody stands between; ask them for their did")
        );
    }
    let neighbour = Neighbour { domain: Some(domain.to_owned()), ..neighbour };
    drop(context.notes.send(Note::Met(Box::new(neighbour.clone()))).await);
    Ok(neighbour.introduction())
}

/// Introduction by a card alone, of somebody whose node is not there now: the card says where it is when it is.
fn by_card(card: Card) -> Introduction {
    Introduction { card, met: "https".to_owned(), addresses: Vec::new(), domain: None, dnssec: None }
}

fn bad(domain: &str, why: &str) -> Failure {
    Failure::new(Exit::Invalid, ErrorCode::BadCard, format!("{domain}: {why}"))
}

fn nowhere(error: &DnsError, web: &str) -> Failure {
    let hint = match error {
        DnsError::NoAnswer { .. } => "are you online? `[dns] server` in config.toml names another server",
        DnsError::Useless { why: DomainError::NoPeer(_), .. } => {
            "they can print the records to publish with `ai2ai dns-record`"
        }
        DnsError::Useless { .. } => "check the spelling, or ask them for an invite or a multiaddress",
    };
    Failure::new(Exit::Unknown, ErrorCode::UnknownDomain, format!("{error}; and {web}")).hint(hint)
}
