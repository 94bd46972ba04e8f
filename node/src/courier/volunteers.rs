//! Volunteers come into sight: what this node asks of each.

use ai2ai_discovery::{by_hand, domain};
use libp2p::{Multiaddr, PeerId};

use super::dispatch::Courier;
use super::neighbours::Neighbour;
use super::{directory, mailbox};
use crate::clock::now;
use crate::network::Service;

impl Courier {
    /// A volunteer was met. Our mail is kept by those that the owner named: others need not know who we are.
    pub(super) fn on_volunteer(&mut self, peer: PeerId, address: Multiaddr, service: Service) {
        let mut addresses = vec![address];
        addresses.extend(self.book.addresses(&peer));
        match service {
            Service::Mailbox if self.reach.is_volunteer || !self.is_named(&peer) => {}
            Service::Mailbox => {
                mailbox::locked(&self.mailboxes).met(peer, &addresses, now());
                self.visit_mailboxes(now());
            }
            Service::Directory => {
                std::sync::Arc::make_mut(&mut self.directories).met(peer, addresses.clone());
                self.enlist(vec![(peer, addresses)]);
            }
        }
    }

    /// Whether the owner named the peer, in the settings or by its domain.
    fn is_named(&self, peer: &PeerId) -> bool {
        let entry = self.book.get(peer);
        entry.is_some_and(|entry| {
            entry.sources().iter().any(|source| [by_hand::SOURCE, domain::SOURCE].contains(source))
        })
    }

    /// Has these directories list our card, or list it no more, as the owner wants it.
    pub(super) fn enlist(&self, directories: Vec<(PeerId, Vec<Multiaddr>)>) {
        if !directories.is_empty() {
            self.task(directory::enlist(self.reach.clone(), directories));
        }
    }

    /// A directory lists somebody. It is no sign that they are there.
    pub(super) fn on_listed(&mut self, neighbour: Neighbour) {
        self.learn_from_card(&neighbour.card, &neighbour.peer);
        std::sync::Arc::make_mut(&mut self.neighbours).meet(neighbour);
    }
}
