//! People who are known by a domain: who answers there, and where they are now.

use ai2ai_discovery::dns::DnsError;
use ai2ai_discovery::domain::DomainError;
use ai2ai_discovery::finding::Finding;

use super::meet::shown;
use super::neighbours::Neighbour;
use super::reach::{Note, Reach};
use crate::clock::now;
use crate::exit::{Exit, Failure};

/// Looks a name up that the node keeps an eye on, and tells the courier what came of it.
pub(super) async fn watch(reach: Reach, name: String) {
    let looked = reach.dns.look_up(&name).await.map_err(|error| error.to_string());
    drop(reach.notes.send(Note::Looked { name, looked }).await);
}

/// Meets whoever answers at the nodes that a domain names. It must be the identity that its records name.
///
/// # Errors
/// The DNS does not lead to a node, nobody is there, or somebody else is.
pub(super) async fn by_domain(reach: &Reach, domain: &str) -> Result<Neighbour, Failure> {
    let answer = reach.dns.look_up(domain).await.map_err(|error| nowhere(&error))?;
    let mut unreachable = None;
    for finding in answer.signpost.findings(now()) {
        match reach.network.card(finding.peer, finding.addresses.clone()).await {
            Ok(card) => return met(reach, domain, &finding, &card.bytes).await,
            Err(error) => unreachable = Some(error.to_string()),
        }
    }
    let why = unreachable.unwrap_or_else(|| "it names no node".to_owned());
    Err(Failure::new(Exit::Unreachable, "unreachable", format!("{domain}: {why}"))
        .hint("the name is found, the node is not: is it up, and are its records current? they can print them with `ai2ai dns-record`"))
}

async fn met(reach: &Reach, domain: &str, finding: &Finding, bytes: &[u8]) -> Result<Neighbour, Failure> {
    let bad = |why: String| Failure::new(Exit::Invalid, "bad_card", format!("{domain}: {why}"));
    let neighbour = match shown(bytes, finding.peer, &finding.addresses, "dns") {
        Ok(Note::Met(neighbour)) => *neighbour,
        Ok(_) => return Err(Failure::internal("a card makes a meeting")),
        Err(why) => return Err(bad(format!("what answers there shows no card that verifies: {why}"))),
    };
    let answers = *neighbour.card.did();
    if let Some(named) = finding.did.filter(|named| *named != answers) {
        let why = format!("its records name {named}, but {answers} answers there; nobody was added");
        return Err(bad(why).hint("either the records are old, or somebody stands between; ask them for their did"));
    }
    let neighbour = Neighbour { domain: Some(domain.to_owned()), ..neighbour };
    drop(reach.notes.send(Note::Met(Box::new(neighbour.clone()))).await);
    Ok(neighbour)
}

fn nowhere(error: &DnsError) -> Failure {
    let hint = match error {
        DnsError::NoAnswer { .. } => "are you online? `[dns] server` in config.toml names another server",
        DnsError::Useless { why: DomainError::NoAddress(_) | DomainError::NoPeer(_), .. } => {
            "they can print the records to publish with `ai2ai dns-record`"
        }
        DnsError::Useless { .. } => "check the spelling, or ask them for a multiaddress",
    };
    Failure::new(Exit::Unknown, "unknown_domain", error.to_string()).hint(hint)
}
