//! The commands about trust in a contact: they raise it, lower it, and try out what it would mean.

use std::time::Duration;

use ai2ai_api::audit::{AuditAction, AuditFactor};
use ai2ai_api::clock::now;
use ai2ai_api::command::Grant;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::View;
use ai2ai_core::lookup::contact::contact;
use ai2ai_core::people::contacts;
use ai2ai_core::people::{dry_run, mandates};
use ai2ai_core::view::rows;
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::mandate::{MandateLimits, MandateOf, Pattern, With};
use ai2ai_protocol::trust::Trust;

use crate::call::{Call, Handler, Lines};

/// Sets the level; with a grant, the agent may act within it.
impl Handler for requests::Trust {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, level, grant, pin } = self;
        let grant = grant.map(|grant| checked(&grant)).transpose()?;
        if grant.is_some() && level != Trust::Trusted {
            let message = format!("a mandate is for those who are `trusted`, not `{level}`");
            return Err(Failure::new(Exit::Usage, ErrorCode::Usage, message));
        }
        let owner = call.unlock(&AuditAction::Trust, pin).await?;
        let factor = call.context.owner_key_file.factor();
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
}

/// Tries a mandate out: which of all that was said to somebody would have gone by itself.
impl Handler for requests::Rehearse {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who, grant } = self;
        let of = checked(&grant)?;
        let me = *call.context.me.did();
        let look = call.context.storage.look(move |tx| {
            let contact = contact(tx, &who)?;
            let of = MandateOf { with: With::One(contact.did), ..of };
            dry_run::try_mandate(tx, &me, &contact.did, of)
        });
        Ok(look.await?.iter().map(View::line).collect())
    }
}

/// Trust in somebody, what came of it so far, and what the owner might want.
impl Handler for requests::Regard {
    async fn handle(self, call: &Call) -> Lines {
        let Self { who } = self;
        let now = now();
        let look = call.context.storage.look(move |tx| dry_run::trust_view(tx, &contact(tx, &who)?, now));
        Ok(vec![look.await?.line()])
    }
}

/// Every mandate that was ever granted.
impl Handler for requests::Mandates {
    async fn handle(self, call: &Call) -> Lines {
        let now = now();
        let look = call.context.storage.look(move |tx| mandates::list(tx, now));
        Ok(look.await?.iter().map(View::line).collect())
    }
}

/// Takes a mandate back.
impl Handler for requests::Revoke {
    async fn handle(self, call: &Call) -> Lines {
        let Self { id } = self;
        Ok(vec![call.context.transact(move |txn| mandates::revoke(txn, &id)).await?.line()])
    }
}

/// Stops every act of the agent at once: that needs no PIN. That mandates hold again is a decision.
impl Handler for requests::Panic {
    async fn handle(self, call: &Call) -> Lines {
        let Self { over, pin } = self;
        let factor = if over {
            call.unlock(&AuditAction::PanicOver, pin).await?;
            call.context.owner_key_file.factor()
        } else {
            &AuditFactor::Typed
        };
        Ok(vec![call.context.transact(move |txn| mandates::panic(txn, over, factor)).await?.line()])
    }
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
