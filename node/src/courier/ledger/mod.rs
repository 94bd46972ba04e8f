//! What the owner can look up of their own node: every decision, in a chain; and what was told to whom.

mod told;

use ai2ai_store::audit::{self, Head, Verdict};

use super::commands::{Asked, Lines};
use super::show::{self, LISTED};
use crate::exit::{Exit, Failure};
use crate::views::{AuditVerdictView, View as _};

pub(super) use told::told;

/// The latest decisions, oldest first; the last one with the head of the chain.
pub(super) async fn audit(asked: &Asked) -> Lines {
    asked
        .look_at(|tx| {
            let mut head = audit::head(tx)?.map(|head| head.to_string());
            let newest = audit::newest(tx, LISTED)?.into_iter();
            let mut lines: Vec<_> = newest.map(|entry| show::audit_view(entry, head.take()).line()).collect();
            lines.reverse();
            Ok(lines)
        })
        .await
}

/// Looks at every entry of the audit, and whether a head that was kept fits.
pub(super) async fn verify(asked: &Asked, kept: Option<String>) -> Lines {
    let kept = kept.map(|text| text.parse::<Head>()).transpose();
    let kept = kept.map_err(|error| Failure::new(Exit::Usage, "usage", format!("--head: {error}")))?;
    let verdict = asked.look_at(move |tx| Ok(vec![verdict_view(&audit::verify(tx, kept.as_ref())?).line()]));
    verdict.await
}

fn verdict_view(verdict: &Verdict) -> AuditVerdictView {
    let Verdict { first, entries, older, head, kept_is_gone, broken } = verdict;
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
