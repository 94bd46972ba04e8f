//! How far a contact is trusted: the commands that raise it, lower it, and try out what it would mean.

use std::time::Duration;

use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::mandate::{Limits, MandateOf, Pattern, With};
use ai2ai_protocol::trust::Trust;
use serde_json::Value;

use super::commands::Asked;
use super::people::contact;
use super::{mandates, rehearse, show};
use crate::clock::now;
use crate::doors::Grant;
use crate::exit::{Exit, Failure};
use crate::identity::Pin;
use crate::views::View;

type Lines = Result<Vec<Value>, Failure>;

/// Sets the level; with a grant, the agent may act within it.
pub(super) async fn trust(asked: &Asked, who: String, level: Trust, grant: Option<Grant>, pin: Option<Pin>) -> Lines {
    let grant = grant.map(|grant| checked(&grant)).transpose()?;
    if grant.is_some() && level != Trust::Trusted {
        let message = format!("a mandate is for those who are `trusted`, not `{level}`");
        return Err(Failure::new(Exit::Usage, "usage", message));
    }
    let owner = asked.unlock("trust", pin).await?;
    let factor = asked.reach.vault.factor();
    let granted = asked.reach.turn(move |turn| match grant {
        None => Ok(vec![show::contact_view(turn.trust(&who, level, factor)?, None).line()]),
        Some(grant) => {
            let of = MandateOf { id: turn.new_mandate(), ..grant };
            let mandate = turn.grant(&who, of, &owner, factor)?;
            Ok(vec![show::contact_view(contact(turn.view(), &who)?, None).line(), mandate.line()])
        }
    });
    granted.await
}

/// What, of all that was said to somebody, would have gone by itself under such a mandate.
pub(super) async fn dry_run(asked: &Asked, who: String, grant: Grant) -> Lines {
    let (of, me) = (checked(&grant)?, *asked.reach.me.did());
    let look = asked.reach.storage.look(move |tx| {
        let contact = contact(tx, &who)?;
        let of = MandateOf { with: With::One(contact.did), ..of };
        rehearse::rehearse(tx, &me, &contact.did, of)
    });
    Ok(look.await?.iter().map(View::line).collect())
}

/// How somebody is trusted, what came of it so far, and what the owner might want.
pub(super) async fn regard(asked: &Asked, who: String) -> Lines {
    let now = now();
    let look = asked.reach.storage.look(move |tx| rehearse::regard(tx, &contact(tx, &who)?, now));
    Ok(vec![look.await?.line()])
}

/// Every mandate that was ever granted.
pub(super) async fn list(asked: &Asked) -> Lines {
    let now = now();
    let look = asked.reach.storage.look(move |tx| mandates::list(tx, now));
    Ok(look.await?.iter().map(View::line).collect())
}

/// Takes a mandate back.
pub(super) async fn revoke(asked: &Asked, id: String) -> Lines {
    Ok(vec![asked.reach.turn(move |turn| turn.revoke(&id)).await?.line()])
}

/// Stops every act of the agent at once: that needs no PIN. That mandates hold again is a decision.
pub(super) async fn panic(asked: &Asked, over: bool, pin: Option<Pin>) -> Lines {
    let factor = if over {
        asked.unlock("panic_over", pin).await?;
        asked.reach.vault.factor()
    } else {
        "typed"
    };
    Ok(vec![asked.reach.turn(move |turn| turn.panic(over, factor)).await?.line()])
}

/// The mandate that is meant, without its name and without whom it is for.
fn checked(grant: &Grant) -> Result<MandateOf, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, "usage", message);
    let intents: Result<Vec<Pattern>, Failure> = grant
        .intents
        .iter()
        .map(|text| text.parse().map_err(|error| usage(format!("--intent {text}: {error}"))))
        .collect();
    let limits = Limits::read(&Object::clone(&grant.limits)).map_err(|refusal| usage(refusal.to_string()))?;
    let not_before = now().whole_second();
    let life = Duration::from_secs(u64::from(grant.days) * 24 * 3_600);
    Ok(MandateOf {
        id: ai2ai_protocol::id::MandateId::from_bytes([0; 16]),
        intents: intents?,
        with: With::Any,
        limits,
        not_before,
        not_after: not_before + life,
    })
}
