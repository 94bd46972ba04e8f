//! Joining, on the side of whoever was invited: the inviter's node must show the key that the link names, and take the secret.

use std::sync::Arc;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_core::context::Me;
use ai2ai_core::people::contacts::Introduction;
use ai2ai_discovery::invite::InviteLink;
use ai2ai_protocol::batch::write_batch;
use ai2ai_protocol::card::Card;
use ai2ai_protocol::code::Code;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::envelope::{Draft, Kind, Recipient, SignedEnvelope};
use ai2ai_protocol::id::{ConversationId, MessageId};
use ai2ai_protocol::invite::{INTENT, Join};
use ai2ai_protocol::limits::ENVELOPE_LIFE_DEFAULT;
use ai2ai_protocol::receipt::{Outcome, Receipts};
use ai2ai_protocol::seal::seal;
use rand::RngExt as _;

use crate::context::{Context, Note};
use crate::peers::card_exchange::shown;
use crate::state::neighbours::Neighbour;

/// Brings the secret of a link to whoever made it. When they took it, this is how they were met.
///
/// It is brought at once or not at all: nothing of it is queued, and bringing it again after an answer that got lost does no harm.
///
/// # Errors
/// The link is damaged or over, nobody or somebody else is there, or they do not take it: nothing has changed here.
pub(crate) async fn join(context: &Context, text: &str) -> Result<Introduction, Failure> {
    let link: InviteLink = text.parse().map_err(|error: ai2ai_discovery::invite::LinkError| {
        Failure::new(Exit::Usage, ErrorCode::BadInvite, error.to_string())
    })?;
    if link.did == *context.me.did() {
        return Err(Failure::new(
            Exit::Usage,
            ErrorCode::OwnIdentity,
            "that is your own invite; it is for somebody else",
        ));
    }
    if link.expires_at <= now() {
        return Err(void(format!("the invite ended at {}", link.expires_at)));
    }
    let inviter = meet(context, &link).await?;
    let own = context.own.borrow().card.clone();
    let own = own.ok_or_else(|| {
        Failure::new(Exit::Failed, ErrorCode::NoAddress, "your own node is not ready yet").hint("try it again")
    })?;
    let envelope = letter(&context.me, &link, &inviter.card, own)?;
    let outcome = bring(context, &link, &inviter.card, &envelope).await?;
    match outcome {
        Outcome::Accepted => {
            let introduction = Introduction { met: "invite".to_owned(), ..inviter.introduction() };
            drop(context.notes.send(Note::Met(Box::new(inviter))).await);
            Ok(introduction)
        }
        Outcome::Refused(Code::InviteInvalid) => Err(void(format!(
            "{} does not take this invite: it was used, taken back, or is over",
            inviter.card.human()
        ))),
        Outcome::Refused(code) => {
            Err(Failure::refused(code, format!("their node refuses: {code}")).hint("try it again later"))
        }
        Outcome::Held => Err(Failure::new(Exit::Refused, ErrorCode::NoInvites, "their node does not know invites")
            .hint(format!("add them as anybody else: ai2ai add {}", link.did))),
    }
}

/// Meets whoever answers where the link says. It must be the identity that it names.
async fn meet(context: &Context, link: &InviteLink) -> Result<Neighbour, Failure> {
    let answer = context
        .network
        .card(link.peer, link.addresses.clone())
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    let bad = |why: String| Failure::new(Exit::Invalid, ErrorCode::BadCard, why);
    let neighbour = match shown(&answer.bytes, link.peer, &link.addresses, "invite") {
        Ok(neighbour) => neighbour,
        Err(why) => return Err(bad(format!("what answers there shows no card that verifies: {why}"))),
    };
    match *neighbour.card.did() {
        did if did == link.did => Ok(neighbour),
        other => Err(bad(format!("the invite is of {}, but {other} answers there; nobody was added", link.did))),
    }
}

fn letter(me: &Arc<Me>, link: &InviteLink, inviter: &Card, own: Card) -> Result<SignedEnvelope, Failure> {
    let timestamp = now().whole_second();
    let mut dice = rand::rng();
    let join = Join { secret: link.secret.clone(), card: own };
    let draft = Draft {
        id: MessageId::new(timestamp, dice.random()),
        timestamp,
        expires_at: link.expires_at.min(timestamp + ENVELOPE_LIFE_DEFAULT),
        to: Recipient { did: link.did, agent: Some(inviter.agent().clone()) },
        conversation: ConversationId::new(timestamp, dice.random()),
        in_reply_to: None,
        kind: Kind::Ping,
        intent: INTENT.parse().map_err(Failure::internal)?,
        payload: join.to_payload(),
        approval: None,
    };
    draft.sign(&me.sender).map_err(Failure::internal)
}

/// Brings the envelope, and gives what became of it there.
async fn bring(
    context: &Context,
    link: &InviteLink,
    inviter: &Card,
    envelope: &SignedEnvelope,
) -> Result<Outcome, Failure> {
    let peer = link.peer.to_string();
    let node = inviter.nodes().iter().find(|node| node.peer == peer);
    let prekey = node
        .and_then(|node| node.prekey(now()))
        .ok_or_else(|| unreachable("their card names no key to seal to".to_owned()))?;
    let sealed = seal(envelope, prekey, &mut rand::rng()).map_err(Failure::internal)?;
    let answer = context.network.deliver(link.peer, link.addresses.clone(), write_batch(&[sealed])).await;
    let answer = answer.map_err(|error| unreachable(error.to_string()))?;
    receipt(&answer, &link.did, envelope)
}

/// The receipt in an answer that is for this envelope, and signed by whom it was sent to.
fn receipt(answer: &[u8], from: &Did, envelope: &SignedEnvelope) -> Result<Outcome, Failure> {
    let bad = |why: String| {
        Failure::new(Exit::Invalid, ErrorCode::BadReceipt, format!("their node gave no receipt that verifies: {why}"))
    };
    let receipts = Receipts::read(answer, from).map_err(|refusal| bad(refusal.to_string()))?;
    match receipts.list() {
        [one] if one.digest == envelope.digest() || (one.id.is_none() && one.outcome != Outcome::Accepted) => {
            Ok(one.outcome)
        }
        _ => Err(bad("it is for something else".to_owned())),
    }
}

fn void(message: String) -> Failure {
    Failure::refused(Code::InviteInvalid, message).hint("ask them for a new one: each is good for one person, once")
}

fn unreachable(why: String) -> Failure {
    Failure::new(
        Exit::Unreachable,
        ErrorCode::Unreachable,
        format!("the node of whoever invited you is not there: {why}"),
    )
    .hint("is it up? The invite stays good until its end; try it again then")
}
