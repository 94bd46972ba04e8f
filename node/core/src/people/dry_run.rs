//! Dry run of a mandate: what it would have let the agent do, of all that was said; and whether one is worth suggesting.

use std::collections::BTreeMap;
use std::time::Duration;

use ai2ai_api::views::{IntentHistory, RehearsalView, TrustView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Content, Kind};
use ai2ai_protocol::mandate::{MandateOf, Use, is_sensitive};
use ai2ai_protocol::policy::Reason;
use ai2ai_protocol::terms;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::contacts::ContactRow;
use ai2ai_store::conversations::{self, ConversationRow};
use ai2ai_store::{View, messages};
use serde_json::Value;

use crate::content::is_cancel;
use crate::people::mandates;
use crate::txn::Step;

/// Conversations that are looked at: all that anybody has with one person, and a bound.
const LOOKED_AT: usize = 100_000;
/// Messages of ours that are tried out: the latest.
const TRIED: usize = 1_000;
/// Agreements from which on, with nothing rejected, a mandate is suggested.
const ENOUGH: u64 = 5;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Tries a mandate on everything that was said to somebody, in the order in which it was said.
///
/// # Errors
/// When the database fails.
pub fn try_mandate(tx: &impl View, me: &Did, with: &Did, of: MandateOf) -> Step<Vec<RehearsalView>> {
    let of = MandateOf { not_before: Timestamp::from_millis(0), ..of };
    let mut said = Vec::new();
    for row in conversations::with(tx, with, LOOKED_AT)? {
        said.extend(ours(tx, me, &row)?);
    }
    said.sort_by_key(|(content, _)| content.timestamp());
    let said = said.split_off(said.len().saturating_sub(TRIED));
    let mut went: Vec<Timestamp> = Vec::new();
    let mut views = Vec::with_capacity(said.len());
    for (content, terms) in said {
        let at = content.timestamp();
        let used = went.iter().rev().take_while(|earlier| at.since(**earlier) <= DAY).count();
        let used = u32::try_from(used).unwrap_or(u32::MAX);
        let unknown = content.kind() == Kind::Confirm && terms.is_none();
        let cancels = is_cancel(content.kind(), content.intent());
        let what = Use { intent: content.intent(), with, terms: terms.as_ref(), at, used };
        let why = match of.covers(&what) {
            _ if cancels => Some(Reason::OwnersAlone.to_string()),
            Ok(()) if unknown => Some("its terms are not known here any more".to_owned()),
            Ok(()) => None,
            Err(outside) => Some(outside.to_string()),
        };
        if why.is_none() {
            went.push(at);
        }
        views.push(RehearsalView {
            message: content.id(),
            conversation: content.conversation(),
            at,
            kind: content.kind(),
            intent: content.intent().to_string(),
            would: if why.is_none() { "go" } else { "wait" }.to_owned(),
            why,
        });
    }
    Ok(views)
}

/// Messages of ours in a conversation, each with the terms that it put on the table or confirmed.
fn ours(tx: &impl View, me: &Did, row: &ConversationRow) -> Step<Vec<(Content, Option<Object>)>> {
    let rows = messages::of(tx, &row.id)?;
    let read = rows.iter().filter_map(|row| Some((row.sender, Content::of_stored(&row.bytes).ok()?)));
    let mut tabled: Vec<Object> = Vec::new();
    let mut said = Vec::new();
    for (sender, content) in read {
        let offered = content.payload().get("terms").and_then(Value::as_object).cloned();
        let terms = if content.kind() == Kind::Confirm {
            let hash = content.payload().get("terms_hash").and_then(Value::as_str).map(str::to_owned);
            tabled.iter().find(|terms| Some(terms::hash(terms).to_string()) == hash).cloned()
        } else {
            offered.clone()
        };
        tabled.extend(offered);
        if sender == *me && content.kind() != Kind::Receipt {
            said.push((content, terms));
        }
    }
    Ok(said)
}

/// Trust in somebody, and what came of what was said with them, intent by intent.
///
/// # Errors
/// When the database fails.
pub fn trust_view(tx: &impl View, contact: &ContactRow, now: Timestamp) -> Step<TrustView> {
    let mut intents: BTreeMap<String, IntentHistory> = BTreeMap::new();
    for row in conversations::with(tx, &contact.did, LOOKED_AT)? {
        let name = row.intent.to_string();
        let sensitive = is_sensitive(&row.intent);
        let history = intents.entry(name.clone()).or_insert(IntentHistory {
            intent: name,
            sensitive,
            ..IntentHistory::default()
        });
        match row.machine.phase(now) {
            Phase::Confirmed if row.machine.cancelled().is_any() => history.called_off += 1,
            Phase::Confirmed => history.confirmed += 1,
            Phase::Rejected => history.rejected += 1,
            Phase::Proposed | Phase::Negotiating | Phase::Expired => history.other += 1,
        }
    }
    let mandates = mandates::with(tx, &contact.did, now)?;
    let covered = |intent: &str| {
        mandates
            .iter()
            .any(|view| view.state == "in_force" && view.intents.iter().any(|pattern| covers(pattern, intent)))
    };
    let ripe = intents.values().find(|history| {
        history.confirmed >= ENOUGH
            && history.rejected == 0
            && history.called_off == 0
            && !history.sensitive
            && !covered(&history.intent)
    });
    let suggestion = ripe.map(|history| {
        let IntentHistory { intent, confirmed, .. } = history;
        let name = &contact.name;
        format!("{confirmed} times agreed with {name} about {intent}, none refused or called off. Try: ai2ai trust {name:?} trusted --intent {intent} --dry-run")
    });
    Ok(TrustView {
        did: contact.did,
        name: contact.name.clone(),
        trust: contact.trust,
        intents: intents.into_values().collect(),
        mandates,
        suggestion,
    })
}

fn covers(pattern: &str, intent: &str) -> bool {
    intent.parse::<ai2ai_protocol::name::Intent>().is_ok_and(|intent| intent.matches(pattern))
}
