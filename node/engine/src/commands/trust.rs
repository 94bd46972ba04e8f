//! The commands about trust in a contact: they raise it, lower it, and try out what it would mean.

use std::time::Duration;

use ai2ai_api::clock::now;
use ai2ai_api::command::Grant;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::views::View;
use ai2ai_core::lookup::contact::contact;
use ai2ai_core::people::contacts;
use ai2ai_core::people::{dry_run, mandates};
use ai2ai_core::view::rows;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::mandate::{MandateLimits, MandateOf, Pattern, With};
use ai2ai_protocol::trust::Trust;

use crate::commands::{Call, Lines, owner};

/// Sets the level; with a grant, the agent may act within it.
pub(crate) async fn trust(call: &Call, who: String, level: Trust, grant: Option<Grant>, pin: Option<Pin>) -> Lines {
    let grant = grant.map(|grant| checked(&grant)).transpose()?;
    if grant.is_some() && level != Trust::Trusted {
        let message = format!("a mandate is for those who are `trusted`, not `{level}`");
        return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message));
    }
    let owner = owner::unlock(call, "trust", pin).await?;
    let factor = call.context.vault.factor();
    let granted = call.context.transact(move |txn| match grant {
        None => Ok(vec![rows::contact_view(contacts::trust(txn, &who, level, factor)?, None).line()]),
        Some(grant) => {
            let of = MandateOf { id: mandates::new_id(txn), ..grant };
            let mandate = mandates::grant(txn, &who, of, &owner, factor)?;
            Ok(vec![rows::contact_view(contact(txn.view(), &who)?, None).line(), mandate.line()])
        }
    });
    granted.await
}

/// Tries a mandate out: which of all that was said to somebody would have gone by itself.
pub(crate) async fn dry_run(call: &Call, who: String, grant: Grant) -> Lines {
    let of = checked(&grant)?;
    let me = *call.context.me.did();
    let look = call.context.storage.look(move |tx| {
        let contact = contact(tx, &who)?;
        let of = MandateOf { with: With::One(contact.did), ..of };
        dry_run::try_mandate(tx, &me, &contact.did, of)
    });
    Ok(look.await?.iter().map(View::line).collect())
}

/// Trust in somebody, what came of it so far, and what the owner might want.
pub(crate) async fn regard(call: &Call, who: String) -> Lines {
    let now = now();
    let look = call.context.storage.look(move |tx| dry_run::trust_view(tx, &contact(tx, &who)?, now));
    Ok(vec![look.await?.line()])
}

/// Every mandate that was ever granted.
pub(crate) async fn list(call: &Call) -> Lines {
    let now = now();
    let look = call.context.storage.look(move |tx| mandates::list(tx, now));
    Ok(look.await?.iter().map(View::line).collect())
}

/// Takes a mandate back.
pub(crate) async fn revoke(call: &Call, id: String) -> Lines {
    Ok(vec![call.context.transact(move |txn| mandates::revoke(txn, &id)).await?.line()])
}

/// Stops every act of the agent at once: that needs no PIN. That mandates hold again is a decision.
pub(crate) async fn panic(call: &Call, over: bool, pin: Option<Pin>) -> Lines {
    let factor = if over {
        owner::unlock(call, "panic_over", pin).await?;
        call.context.vault.factor()
    } else {
        "typed"
    };
    Ok(vec![call.context.transact(move |txn| mandates::panic(txn, over, factor)).await?.line()])
}

/// Checks the mandate that is meant, without its id and without whom it is for.
fn checked(grant: &Grant) -> Result<MandateOf, Failure> {
    let usage = |message: String| Failure::new(Exit::Usage, ErrorCode::Usage, message);
    let intents: Result<Vec<Pattern>, Failure> = grant
        .intents
        .iter()
        .map(|text| text.parse().map_err(|error| usage(format!("--intent {text}: {error}"))))
        .collect();
    let limits = MandateLimits::read(&Object::clone(&grant.limits)).map_err(|refusal| usage(refusal.to_string()))?;
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
