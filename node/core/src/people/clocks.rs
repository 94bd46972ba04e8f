//! Clock differences between contacts and this node, by what they have signed just now.
//!
//! Both sides bear a difference of ten minutes. More of it, and honest messages are refused; so it is told while it is small.

use ai2ai_api::doctor::{OK, WARN, line};
use ai2ai_api::event_name::EventName;
use ai2ai_api::views::DoctorView;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::contacts::{self, ContactRow};

use crate::txn::{Step, Txn};

/// A difference in seconds that is worth a word.
pub(crate) const WORTH_TELLING_S: i64 = 120;
/// A change in seconds that is worth a write: an answer may have been under way for twenty.
const WORTH_KEEPING_S: i64 = 30;

/// Notes that a contact's clock showed this moment when it signed what has just come.
///
/// # Errors
/// When the database fails.
pub fn note(txn: &mut Txn<'_, '_>, contact: &ContactRow, theirs: Timestamp) -> Step<()> {
    let ahead_s = (theirs.as_millis() - txn.now.as_millis()) / 1_000;
    let before_s = contact.clock_ahead_s.unwrap_or(0);
    if (ahead_s - before_s).abs() < WORTH_KEEPING_S {
        return Ok(());
    }
    let Some(row) = contacts::get(txn.tx, &contact.did)? else { return Ok(()) };
    contacts::put(txn.tx, &ContactRow { clock_ahead_s: Some(ahead_s), ..row })?;
    if ahead_s.abs() >= WORTH_TELLING_S && before_s.abs() < WORTH_TELLING_S {
        tracing::warn!(contact = %contact.did, ahead_s, "a contact's clock is not ours");
        txn.tell(EventName::Clock, format!("{} this machine's", off(&contact.name, ahead_s)), Some(contact.did), None);
    }
    Ok(())
}

fn off(name: &str, ahead_s: i64) -> String {
    let minutes = ahead_s.abs() / 60;
    let way = if ahead_s > 0 { "ahead of" } else { "behind" };
    format!("{name}'s clock is {minutes} minutes {way}")
}

/// The doctor's line about clocks. Who disagrees with everybody is asked to look at their own.
///
/// # Errors
/// When the database fails.
pub fn doctor_line(tx: &impl View) -> Step<DoctorView> {
    let known: Vec<(String, i64)> =
        contacts::all(tx)?.into_iter().filter_map(|row| Some((row.name, row.clock_ahead_s?))).collect();
    let far: Vec<&(String, i64)> = known.iter().filter(|(_, ahead_s)| ahead_s.abs() >= WORTH_TELLING_S).collect();
    if far.is_empty() {
        return Ok(line("clocks", OK, "no contact's clock is two minutes from this machine's", None));
    }
    let all_one_way = far.iter().all(|(_, ahead_s)| *ahead_s > 0) || far.iter().all(|(_, ahead_s)| *ahead_s < 0);
    let ours = far.len() > 1 && far.len() == known.len() && all_one_way;
    let detail: Vec<String> =
        far.iter().map(|(name, ahead_s)| format!("{} this machine's", off(name, *ahead_s))).collect();
    let fix = if ours {
        "All contacts agree with each other: set the clock of this machine. From ten minutes on, messages are refused."
    } else {
        "Set whichever clock is wrong, theirs or this machine's. From ten minutes on, messages are refused."
    };
    Ok(line("clocks", WARN, detail.join("; "), Some(fix.to_owned())))
}
