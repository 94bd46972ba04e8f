//! Commands that show the owner's records: every decision, in a chain; and what was told to whom.

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::{AuditVerdictView, ToldView, View as _};
use ai2ai_core::lookup::LISTED;
use ai2ai_core::view::disclosures;
use ai2ai_core::view::rows;
use ai2ai_store::audit::{self, ChainHead, ChainVerdict};
use ai2ai_store::contacts;

use crate::call::{Call, Handler, Lines};

/// The latest decisions, oldest first; the last one with the head of the chain.
impl Handler for requests::Audit {
    async fn handle(self, call: &Call) -> Lines {
        call.look(|tx| {
            let mut head = audit::head(tx)?.map(|head| head.to_string());
            let newest = audit::newest(tx, LISTED)?.into_iter();
            let mut lines: Vec<_> = newest.map(|entry| rows::audit_view(entry, head.take()).line()).collect();
            lines.reverse();
            Ok(lines)
        })
        .await
    }
}

/// Looks at every entry of the audit, and whether a head that was kept fits.
impl Handler for requests::AuditVerify {
    async fn handle(self, call: &Call) -> Lines {
        let Self { head: kept } = self;
        let kept = kept.map(|text| text.parse::<ChainHead>()).transpose();
        let kept = kept.map_err(|error| Failure::new(Exit::Usage, ErrorCode::Usage, format!("--head: {error}")))?;
        let verdict = call.look(move |tx| Ok(vec![verdict_view(&audit::verify(tx, kept.as_ref())?).line()]));
        verdict.await
    }
}

fn verdict_view(verdict: &ChainVerdict) -> AuditVerdictView {
    let ChainVerdict { first, entries, older, head, kept_is_gone, broken } = verdict;
    AuditVerdictView {
        valid: broken.is_none(),
        first: *first,
        entries: *entries,
        older: *older,
        head: head.map(|head| head.to_string()),
        problem: broken.map(|broken| broken.to_string()),
        kept_is_gone: *kept_is_gone,
    }
}

/// Disclosures to one person, or to everybody: the latest, oldest first, after what the card tells anybody.
impl Handler for requests::Told {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        let card = call.context.own_card();
        call.look(move |tx| {
            let to = who.map(|who| disclosures::recipient(tx, &who)).transpose()?;
            let mut lines: Vec<ToldView> = Vec::new();
            if let Some(card) = &card {
                lines.extend(
                    contacts::all(tx)?
                        .iter()
                        .filter(|row| to.is_none_or(|to| to == row.did))
                        .map(|row| disclosures::card_view(card, row)),
                );
            }
            lines.extend(disclosures::sent(tx, to)?);
            Ok(lines.iter().map(ToldView::line).collect())
        })
        .await
    }
}
