//! The owner decides an item that an agent of the original brought, by its id, bound to the digest that was shown.

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::envelope::Kind;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::View;
use ai2ai_store::originals::{self, OriginalItemRow, SaidRow, TalkRow};
use serde_json::Value;

use super::say::{Out, said_to};
use super::talk::{definite, is_offered};
use super::{items, show};
use crate::courier::commands::as_shown;
use crate::courier::decide::{edited, without_reader};
use crate::courier::reach::Reach;
use crate::courier::turn::{Step, Turn};
use crate::courier::words::{Reply, Words, times_in};
use crate::exit::{Exit, Failure};
use crate::views::{DecisionView, View as _};

/// What approving an item with these wishes sends; nothing, for an item that is only noted.
///
/// # Errors
/// When the wishes do not fit the item.
pub(super) fn answer(tx: &impl View, item: &OriginalItemRow, reply: &Reply) -> Step<Option<Out>> {
    let talk = match &item.talk {
        Some(talk) => originals::talk(tx, talk)?,
        None => None,
    };
    if item.with.is_none() {
        return match *reply == Reply::default() {
            true => Ok(None),
            false => {
                Err(Failure::new(Exit::Refused, "unverified", "nothing proves who wrote this, so nobody is answered")
                    .hint("add them by the address of their agent, and compare the fingerprint: `ai2ai add https://…`")
                    .into())
            }
        };
    }
    if *reply == Reply::default()
        && let Some(words) = item.draft.clone().and_then(Words::of_object)
    {
        return Ok(Some(said_to(words)));
    }
    let (Some(talk), Some(came)) = (talk, item.came.as_ref()) else {
        return Ok(edited(item.draft.clone(), reply)?.map(said_to));
    };
    Ok(reply_to(&talk, came, reply)?)
}

/// What a reply says to what came in. Only a chosen time, or an approval of a time that they took, accepts anything: words never do.
pub(super) fn reply_to(talk: &TalkRow, came: &SaidRow, reply: &Reply) -> Result<Option<Out>, Failure> {
    let choices = times_in(&came.payload);
    if let Some(choice) = reply.choose {
        let time =
            choice.checked_sub(1).and_then(|place| choices.get(place)).ok_or_else(|| no_such(choice, &choices))?;
        return Ok(Some(Out::accepting(talk, time, reply.text.as_deref())));
    }
    if let Some(terms) = &reply.terms {
        let mut payload = words(reply.text.as_deref());
        payload.insert("counter_proposal".to_owned(), Value::Object(terms.clone()));
        return Ok(Some(Out::new(Kind::Response, talk, payload)));
    }
    if !reply.times.is_empty() {
        let mut payload = words(reply.text.as_deref());
        payload.insert("proposed_times".to_owned(), reply.times.clone().into());
        return Ok(Some(Out::new(Kind::Response, talk, payload)));
    }
    if reply.text.is_some() {
        return Ok(Some(Out::new(Kind::Response, talk, words(reply.text.as_deref()))));
    }
    match (came.kind, definite(&came.payload)) {
        (Kind::Response, Some(time)) if is_offered(talk, time) => Ok(Some(Out::confirming(talk, time))),
        (Kind::Confirm, Some(time)) => Ok(Some(Out::confirming(talk, time))),
        (_, _) if !choices.is_empty() => {
            let message = format!("{} times are proposed: which one?", choices.len());
            Err(Failure::new(Exit::Usage, "choice_needed", message)
                .hint("add `--choose N`, the first being 1; or `--reply TEXT` for words alone"))
        }
        (_, _) => Ok(None),
    }
}

fn no_such(choice: usize, choices: &[String]) -> Failure {
    let message = format!("there is no proposed time {choice}; there are {}", choices.len());
    Failure::new(Exit::Usage, "no_such_choice", message).hint("see them with `ai2ai show ID`")
}

fn words(text: Option<&str>) -> Object {
    text.map(|text| ("message".to_owned(), text.into())).into_iter().collect()
}

/// Whether this names an item that an agent of the original brought.
pub(in crate::courier) fn is_item(tx: &impl View, id: &str) -> Step<bool> {
    Ok(items::item(tx, id)?.is_some())
}

/// Puts an item that an agent of the original brought out of sight; nothing, where none of these has this name.
pub(super) async fn snooze(
    reach: &Reach,
    id: String,
    digest: Option<String>,
    until: Timestamp,
) -> Result<Option<Vec<Value>>, Failure> {
    let Some(item) = reach.storage.glance(|tx| items::item(tx, &id))? else { return Ok(None) };
    if let Some(shown) = digest.as_deref().map(as_shown).transpose()? {
        let snoozed = reach.turn(move |turn| turn.snooze(&item.id.to_string(), Some(&shown), until, "typed"));
        return Ok(Some(vec![snoozed.await?.line()]));
    }
    let snoozed = reach.turn(move |turn| {
        let item = originals::item(turn.view(), &item.id)?.filter(|item| item.expires_at > turn.now);
        item.map(|item| turn.snooze_original(item, until)).transpose()
    });
    Ok(snoozed.await?.map(|view| vec![view.line()]))
}

/// Refuses to call off what was agreed in a talk with an agent of the original, which has no word for that.
///
/// # Errors
/// Always, where this names such a talk; or when the database fails.
pub(super) fn no_cancel<T>(reach: &Reach, id: &str) -> Result<Option<T>, Failure> {
    let Some(talk) = reach.storage.glance(|tx| show::talk(tx, id))? else { return Ok(None) };
    let message =
        format!("{} was not called off: agents of the original know no way to call off what was agreed", talk.id);
    let hint = format!("tell them in words: `ai2ai reply {} \"…\"`", talk.id);
    Err(Failure::new(Exit::Refused, "unsupported", message).hint(hint))
}

impl Turn<'_, '_> {
    /// Approves an item: sends what it says would be sent, or notes what came in.
    pub(super) fn approve_original(
        &mut self,
        id: &str,
        shown: &Digest,
        reply: &Reply,
        factor: &str,
        post: &super::say::Post<'_>,
    ) -> Step<DecisionView> {
        let item = self.original_as_shown(id, Some(shown))?;
        let sent = match answer(self.tx, &item, reply)? {
            Some(out) => {
                let with = self.original_with(&item)?;
                let named = item.opens.clone().unwrap_or_else(|| self.new_conversation().to_string());
                Some(self.say_in_original(&with, (item.talk, named), out, post)?)
            }
            None => None,
        };
        originals::remove_item(self.tx, &item.id)?;
        self.audit("approve", item.with, Some(item.id), factor, "done")?;
        self.tell("decided", format!("{} is approved", item.id), item.with, item.talk);
        Ok(DecisionView {
            id: item.id,
            decision: "approved".to_owned(),
            conversation: sent.as_ref().map(|sent| sent.talk).or(item.talk),
            state: sent.as_ref().map(|sent| sent.phase.to_string()),
            message: sent.map(|sent| sent.id),
        })
    }

    /// Rejects an item: ends the talk that a request opened, drops a draft, or forgets what nothing proves.
    pub(super) fn reject_original(
        &mut self,
        id: &str,
        shown: Option<&Digest>,
        reason: Option<&str>,
        post: &super::say::Post<'_>,
    ) -> Step<DecisionView> {
        let item = self.original_as_shown(id, shown)?;
        if reason.is_some() && (item.talk.is_none() || item.came.is_none()) {
            return Err(without_reader(&item.id).into());
        }
        let talk = match (&item.talk, &item.came) {
            (Some(talk), Some(came)) if reason.is_some() || !matches!(came.kind, Kind::Message | Kind::Inform) => {
                originals::talk(self.tx, talk)?
            }
            (_, _) => None,
        };
        let sent = match talk {
            Some(talk) => {
                let out = Out::rejecting(&talk, reason);
                Some(self.say_to_original(&self.original_with(&item)?, Some(talk.id), out, post)?)
            }
            None => None,
        };
        originals::remove_item(self.tx, &item.id)?;
        self.audit("reject", item.with, Some(item.id), "typed", "done")?;
        self.tell("decided", format!("{} is rejected", item.id), item.with, item.talk);
        Ok(DecisionView {
            id: item.id,
            decision: "rejected".to_owned(),
            conversation: item.talk,
            state: sent.as_ref().map(|sent| sent.phase.to_string()),
            message: sent.map(|sent| sent.id),
        })
    }

    fn original_with(&self, item: &OriginalItemRow) -> Step<originals::OriginalRow> {
        let row = item.with.map(|did| originals::contact(self.tx, &did)).transpose()?.flatten();
        Ok(row.ok_or_else(|| {
            Failure::new(Exit::Unknown, "unknown_contact", "they are no contact any more")
                .hint("`ai2ai reject` the item, or `ai2ai add` them again")
        })?)
    }

    /// The item of this id, if it can still be decided and is what was shown.
    pub(in crate::courier) fn original_as_shown(&self, id: &str, shown: Option<&Digest>) -> Step<OriginalItemRow> {
        let item = super::items::item(self.tx, id)?;
        let item = item.ok_or_else(|| {
            Failure::new(Exit::Unknown, "unknown_item", format!("nothing that waits has the id {id:?}"))
                .hint("see `ai2ai pending`")
        })?;
        let (code, message) = if item.expires_at <= self.now {
            ("expired", "it has expired")
        } else if shown.is_some_and(|shown| *shown != item.digest) {
            ("item_changed", "it has changed since it was shown")
        } else {
            return Ok(item);
        };
        Err(Failure::new(Exit::Refused, code, format!("{} was not decided: {message}", item.id))
            .hint(format!("look at it again: `ai2ai show {}`", item.id))
            .into())
    }
}
