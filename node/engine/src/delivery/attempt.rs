//! Delivery attempt: brings one batch of a worker, by libp2p or by HTTPS, and takes the receipts for it in.

use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_core::outbound::due::{Due, how_many_fit};
use ai2ai_core::outbound::receipts;
use ai2ai_network::{Fate, NetworkError};
use ai2ai_protocol::delegation::Delegation;
use ai2ai_protocol::did::Did;
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::receipt::Receipts;
use ai2ai_protocol::seal::PublicPrekey;
use libp2p::{Multiaddr, PeerId};

use crate::context::{Context, Note};
use crate::delivery::batch::Batch;
use crate::delivery::https::door::{Door, Undelivered};
use crate::delivery::https::shown;
use crate::parallel::spread;
use crate::peers::card_exchange;
use crate::state::by_https::First;

/// Source of a card that a peer showed when libp2p was tried beside HTTPS.
const SOURCE: &str = "card";

/// Route to a recipient: where they are, and the key to seal to.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) peer: PeerId,
    pub(crate) addresses: Vec<Multiaddr>,
    pub(crate) prekey: PublicPrekey,
    /// Their web server, if their card names one.
    pub(crate) door: Option<Door>,
}

/// Outcome of one batch: these messages are under way no more.
pub(crate) struct Brought {
    pub(crate) ids: Vec<MessageId>,
    pub(crate) end: End,
}

/// End of an attempt.
pub(crate) enum End {
    /// They answered, under this delegation.
    Answered(Delegation),
    /// They did not.
    Failed,
    /// All messages in it were taken back before it left.
    TakenBack,
}

/// Brings one batch.
pub(crate) struct Attempt {
    pub(crate) context: Context,
    pub(crate) to: Did,
    pub(crate) route: Route,
    pub(crate) known: Option<Delegation>,
    pub(crate) if_it_fails: &'static str,
}

impl Attempt {
    pub(crate) async fn bring(self, mut waiting: Vec<Due>) -> Result<Brought, Failure> {
        let ids: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
        waiting.truncate(how_many_fit(&waiting));
        self.note(&mut waiting).await?;
        if waiting.is_empty() {
            return Ok(Brought { ids, end: End::TakenBack });
        }
        let going: Vec<MessageId> = waiting.iter().map(|due| due.id).collect();
        let to = self.to;
        let prekey = self.route.prekey.clone();
        let sealed = spread(vec![waiting], move |parts| {
            parts.iter().map(|part| Batch::seal(part, to, &prekey, &mut rand::rng())).collect()
        });
        let Some(batch) = sealed.await?.into_iter().next().flatten() else {
            let why = "it cannot be sealed to the key in their card".to_owned();
            return self.failed(ids, going, Undelivered { fate: Fate::NotSent, why }).await;
        };
        match self.carry(&batch).await {
            Ok(receipts) => {
                let end = End::Answered(receipts.delegation().clone());
                self.context.transact(move |txn| batch.settle(txn, &receipts)).await?;
                Ok(Brought { ids, end })
            }
            Err(undelivered) => self.failed(ids, going, undelivered).await,
        }
    }

    /// Brings the bytes of a batch by the way that is likely to lead there, and gives the receipts.
    ///
    /// libp2p is first, unless HTTPS alone led there the last time and there still is no connection.
    async fn carry(&self, batch: &Batch) -> Result<Receipts, Undelivered> {
        let Some(door) = &self.route.door else {
            return self.by_libp2p(batch).await.map_err(|(_, undelivered)| undelivered);
        };
        match self.first() {
            First::Https => self.by_https(door, batch).await,
            First::HttpsAndDial => {
                self.context.tasks.spawn_until_stopped(dial(self.context.clone(), self.route.clone()));
                self.by_https(door, batch).await
            }
            First::Libp2p => match self.by_libp2p(batch).await {
                Err((true, by_libp2p)) => {
                    self.by_https(door, batch).await.map_err(|by_https| also(by_https, &by_libp2p))
                }
                brought => brought.map_err(|(_, undelivered)| undelivered),
            },
        }
    }

    /// Chooses what is tried first. Where libp2p is connected, nothing else is worth a thought.
    fn first(&self) -> First {
        let is_there = self.context.network.connections().iter().any(|connection| connection.peer == self.route.peer);
        let mut known = self.context.by_https();
        if is_there {
            known.forget(&self.to);
        }
        known.first(&self.to, &self.route.addresses, now())
    }

    /// Brings it by libp2p; where that fails, says whether another way is worth a try.
    async fn by_libp2p(&self, batch: &Batch) -> Result<Receipts, (bool, Undelivered)> {
        let peer = self.route.peer;
        let addresses = self.route.addresses.clone();
        let answer = self.context.network.deliver(peer, addresses, batch.bytes()).await.map_err(|error| {
            (is_worth_another_way(&error), Undelivered { fate: error.fate(), why: error.to_string() })
        })?;
        let unbelieved = |why| (false, Undelivered { fate: Fate::Unknown, why });
        Receipts::read_with(&answer, &self.to, self.known.as_ref()).map_err(|refusal| unbelieved(refusal.to_string()))
    }

    /// Brings it by HTTPS. Only receipts for what was brought say that somebody is there: a web server could repeat old ones.
    async fn by_https(&self, door: &Door, batch: &Batch) -> Result<Receipts, Undelivered> {
        let answer = door.bring(&self.context, batch.bytes()).await;
        let receipts = answer.and_then(|answer| {
            let receipts = Receipts::read_with(&answer, &self.to, self.known.as_ref());
            let receipts = receipts.map_err(|refusal| door.unknown(&refusal.to_string()))?;
            let is_for_it = batch.is_answered_by(&receipts);
            is_for_it.then_some(receipts).ok_or_else(|| door.unknown("it gave no receipt for it"))
        });
        match &receipts {
            Ok(_) => {
                self.context.by_https().worked(self.to, door.site(), &self.route.addresses, now());
                self.context.tasks.spawn_until_stopped(shown::show(self.context.clone(), door.clone(), self.to));
            }
            Err(_) => self.context.by_https().forget(&self.to),
        }
        receipts
    }

    /// Notes each attempt that has to be noted: else nobody could say after a crash whether it left. What was taken back
    /// meanwhile does not go.
    async fn note(&self, waiting: &mut Vec<Due>) -> Result<(), Failure> {
        let stays: Vec<MessageId> = waiting.iter().filter(|due| due.stays).map(|due| due.id).collect();
        if !stays.is_empty() {
            let go = self.context.transact(move |txn| receipts::attempted(txn, &stays)).await?;
            waiting.retain(|due| !due.stays || go.contains(&due.id));
        }
        Ok(())
    }

    /// Notes that the messages in the batch were not brought; `ids` are all that were to go.
    async fn failed(
        &self,
        ids: Vec<MessageId>,
        in_batch: Vec<MessageId>,
        undelivered: Undelivered,
    ) -> Result<Brought, Failure> {
        let Undelivered { fate, why } = undelivered;
        self.context.not_brought(in_batch, fate, format!("{why}{}", self.if_it_fails)).await?;
        Ok(Brought { ids, end: End::Failed })
    }
}

/// Both ways failed: if they may have got it by either, they may have it.
fn also(by_https: Undelivered, by_libp2p: &Undelivered) -> Undelivered {
    let fate = if by_libp2p.fate == Fate::Unknown { Fate::Unknown } else { by_https.fate };
    Undelivered { fate, why: format!("{}; {}", by_https.why, by_libp2p.why) }
}

/// Returns whether what libp2p could not bring may go by another way: not past what the owner decided, nor past this node's own
/// bounds.
pub(crate) fn is_worth_another_way(error: &NetworkError) -> bool {
    match error {
        NetworkError::NoRoute { .. }
        | NetworkError::NotAi2ai { .. }
        | NetworkError::NoService { .. }
        | NetworkError::Refused { .. }
        | NetworkError::NoAnswer { .. } => true,
        NetworkError::Ourselves
        | NetworkError::Blocked { .. }
        | NetworkError::TooLarge { .. }
        | NetworkError::Busy { .. }
        | NetworkError::NobodyToAsk
        | NetworkError::TooManySearches
        | NetworkError::Stopped => false,
    }
}

/// Looks whether libp2p gets through: then there is a connection, and the next batch takes it.
async fn dial(context: Context, route: Route) {
    if let Ok(answer) = context.network.card(route.peer, route.addresses.clone()).await
        && let Ok(neighbour) = card_exchange::shown(&answer.bytes, route.peer, &route.addresses, SOURCE)
    {
        drop(context.notes.send(Note::Met(Box::new(neighbour))).await);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn undelivered(fate: Fate, why: &str) -> Undelivered {
        Undelivered { fate, why: why.to_owned() }
    }

    #[test]
    fn what_may_have_left_by_either_way_may_have_left() {
        for (https, libp2p, both) in [
            (Fate::NotSent, Fate::NotSent, Fate::NotSent),
            (Fate::Unknown, Fate::NotSent, Fate::Unknown),
            (Fate::NotSent, Fate::Unknown, Fate::Unknown),
            (Fate::Unknown, Fate::Unknown, Fate::Unknown),
        ] {
            let failed = also(undelivered(https, "refused"), &undelivered(libp2p, "no route"));
            assert_eq!(failed, undelivered(both, "refused; no route"), "{https:?}, {libp2p:?}");
        }
    }

    #[test]
    fn no_way_leads_past_the_owner_or_our_own_bounds() {
        let peer = PeerId::random();
        for error in [
            NetworkError::Ourselves,
            NetworkError::Blocked { peer },
            NetworkError::TooLarge { size: 2, limit: 1 },
            NetworkError::Busy { peer },
            NetworkError::Stopped,
        ] {
            assert!(!is_worth_another_way(&error), "{error}");
        }
        let silent = NetworkError::NoAnswer { peer, reason: "it took too long".to_owned() };
        for error in [NetworkError::NoRoute { peer, tried: Vec::new() }, NetworkError::NotAi2ai { peer }, silent] {
            assert!(is_worth_another_way(&error), "{error}");
        }
    }
}
