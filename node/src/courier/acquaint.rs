//! The commands about people: who is meant, met, invited, compared with and blocked.

use ai2ai_discovery::domain::looks_like_domain;
use ai2ai_discovery::invite::looks_like_link;

use super::commands::{Asked, Lines, own_card};
use super::compare::words_view;
use super::domains::Led;
use super::people::Meeting;
use super::{domains, join, meet, show, table};
use crate::exit::{Exit, Failure};
use crate::views::{ContactView, InvitesCancelledView, View as _};

impl Asked {
    pub(super) async fn add(&self, who: String, name: Option<String>) -> Lines {
        let meeting = self.meeting(&who).await?;
        let dnssec = meeting.dnssec.map(|dnssec| dnssec.as_str().to_owned());
        let row = self.reach.turn(move |turn| turn.add(&meeting, name)).await?;
        Ok(vec![ContactView { dnssec, ..show::contact_view(row, None) }.line()])
    }

    /// Who is meant: somebody nearby by agent name or `did`, or whoever answers at a multiaddress or a domain.
    pub(super) async fn meeting(&self, who: &str) -> Result<Meeting, Failure> {
        if looks_like_link(who) {
            return join::join(&self.reach, who).await;
        }
        if who.starts_with('/') {
            return meet::by_hand(&self.reach, who).await.map(|neighbour| neighbour.meeting());
        }
        match self.neighbours.named(who).as_slice() {
            [one] => Ok(one.meeting()),
            [] if let Ok(did) = who.parse() => table::by_did(&self.reach, did).await.map(|neighbour| neighbour.meeting()),
            [] if looks_like_domain(who) => self.at_domain(who).await,
            [] => Err(Failure::new(Exit::Unknown, "unknown_contact", format!("nobody nearby goes by {who:?}"))
                .hint("see `ai2ai nearby`; or give a domain, or a multiaddress such as /ip4/192.168.1.20/tcp/4001/p2p/12D3KooW…")),
            many => {
                let dids: Vec<String> = many.iter().map(|known| known.card.did().to_string()).collect();
                let message = format!("{} nodes nearby go by {who:?}: {}", many.len(), dids.join(", "));
                Err(Failure::new(Exit::Unknown, "ambiguous_contact", message)
                    .hint("add one by its did; compare it with what their owner reads out"))
            }
        }
    }

    /// Whoever a domain leads to. Where it names only who they are, they are looked for as if their `did` had been typed.
    async fn at_domain(&self, domain: &str) -> Result<Meeting, Failure> {
        let did = match domains::by_domain(&self.reach, domain).await? {
            Led::To(meeting) => return Ok(*meeting),
            Led::ToIdentity(did) => did,
        };
        let met = match self.neighbours.get(&did) {
            Some(neighbour) => neighbour.meeting(),
            None => table::by_did(&self.reach, did).await?.meeting(),
        };
        Ok(domains::at(domain, met))
    }

    pub(super) async fn invite(&self, name: Option<String>, hours: Option<u32>) -> Lines {
        let card = own_card(&self.reach);
        let made = self.reach.turn(move |turn| turn.invite(card.as_ref(), name, hours));
        Ok(vec![made.await?.line()])
    }

    pub(super) async fn cancel_invites(&self) -> Lines {
        let cancelled = self.reach.turn(|turn| turn.cancel_invites()).await?;
        Ok(vec![InvitesCancelledView { cancelled }.line()])
    }

    pub(super) async fn verify_contact(&self, who: String, matches: bool) -> Lines {
        let me = *self.reach.me.did();
        let view = match matches {
            true => self.reach.turn(move |turn| turn.words_match(&who)).await?,
            false => self.reach.storage.look(move |tx| words_view(tx, &me, &who)).await?,
        };
        Ok(vec![view.line()])
    }

    pub(super) async fn block(&self, who: String, blocked: bool) -> Lines {
        let row = self.reach.turn(move |turn| turn.block(&who, blocked)).await?;
        Ok(vec![show::contact_view(row, None).line()])
    }
}
