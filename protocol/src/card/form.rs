//! The form of a card, member by member.

use crate::code::Code;
use crate::delegation::Delegation;
use crate::json_reader::{Item, Members};
use crate::limits::{
    ADDRESS_CHARS, CARD_ADDRESSES, CARD_INTENTS, CARD_LANGUAGES, CARD_LIFE, CARD_MAILBOXES, CARD_NODES, CARD_PREKEYS,
    LANGUAGE_CHARS, PEER_CHARS, TIMEZONE_CHARS,
};
use crate::refusal::Refusal;
use crate::seal::PublicPrekey;
use crate::time::Timestamp;

use super::{CardDraft, CardNode};

pub(super) fn read_content(root: &Members<'_>) -> Result<CardDraft, Refusal> {
    let issued_at: Timestamp = root.text("issued_at")?;
    let expires_at: Timestamp = root.text("expires_at")?;
    if expires_at <= issued_at {
        return Err(root.malformed("expires_at", "it ends before it begins"));
    }
    if expires_at.since(issued_at) > CARD_LIFE {
        return Err(root.refused(Code::LifeTooLong, "expires_at").because("a card is valid for at most 7 days"));
    }
    let delegation = root.maybe("delegation");
    let delegation =
        delegation.ok_or_else(|| root.refused(Code::BadDelegation, "delegation").because("it is missing"))?;
    Ok(CardDraft {
        agent: root.text("agent")?,
        human: root.text("human")?,
        sequence: root.at("sequence")?.count()?,
        issued_at,
        expires_at,
        nodes: root.list("nodes", CARD_NODES, |item| read_node(&item))?,
        mailboxes: root.maybe_list("mailboxes", CARD_MAILBOXES, |item| read_address(&item))?,
        intents: root.maybe_list("intents", CARD_INTENTS, |item| item.text())?,
        languages: root.maybe_list("languages", CARD_LANGUAGES, |item| {
            read_plain(&item, LANGUAGE_CHARS, |c| c == '-', "a BCP 47 language tag is needed here")
        })?,
        timezone: root.maybe("timezone").map(|item| read_timezone(&item)).transpose()?,
        delegation: Delegation::read_members(&delegation.members()?, delegation.object()?, None)?,
    })
}

fn read_node(item: &Item<'_>) -> Result<CardNode, Refusal> {
    let members = item.members()?;
    let prekeys = members.list("prekeys", CARD_PREKEYS, |item| PublicPrekey::read(&item.members()?))?;
    Ok(CardNode {
        peer: read_plain(&members.at("peer")?, PEER_CHARS, |_| false, "a libp2p peer id is needed here")?,
        addresses: members.list("addresses", CARD_ADDRESSES, |item| read_address(&item))?,
        prekeys: prekeys.into_iter().flatten().collect(),
    })
}

fn read_address(item: &Item<'_>) -> Result<String, Refusal> {
    let text = item.str()?;
    let good = text.starts_with('/') && text.len() <= ADDRESS_CHARS && text.chars().all(|c| c.is_ascii_graphic());
    if good { Ok(text.to_owned()) } else { Err(item.malformed("a multiaddress is needed here")) }
}

fn read_timezone(item: &Item<'_>) -> Result<String, Refusal> {
    read_plain(item, TIMEZONE_CHARS, |c| "/_+-".contains(c), "an IANA time zone name is needed here")
}

/// A text of ASCII letters, digits, and what else is `allowed`.
fn read_plain(item: &Item<'_>, most: usize, allowed: fn(char) -> bool, needed: &str) -> Result<String, Refusal> {
    let text = item.str()?;
    let good = (1..=most).contains(&text.len()) && text.chars().all(|c| c.is_ascii_alphanumeric() || allowed(c));
    if good { Ok(text.to_owned()) } else { Err(item.malformed(needed)) }
}
