//! Names of what happens in a node, for whoever watches it.

use crate::spelled::spelled;

spelled! {
    /// Name of an event. The spelling is a contract: it never changes, and a name is only ever added.
    EventName {
        /// The agent said something by itself, under a mandate.
        Acted = "acted",
        /// A message of a contact's arrived.
        Arrived = "arrived",
        /// A contact's clock is not this machine's.
        Clock = "clock",
        /// A conversation changed its state.
        Conversation = "conversation",
        /// A message of ours will not be delivered.
        Dead = "dead",
        /// The owner decided on an item.
        Decided = "decided",
        /// A message of ours is with its recipient.
        Delivered = "delivered",
        /// A message of ours was not delivered in time.
        Expired = "expired",
        /// Something was erased.
        Forgotten = "forgotten",
        /// Somebody is nearby.
        Found = "found",
        /// Somebody is nearby no more.
        Gone = "gone",
        /// Agents of the original are answered over HTTP.
        Http = "http",
        /// A message of ours is in the custody of a mailbox.
        InCustody = "in_custody",
        /// Somebody took an invite, and is a contact now.
        Joined = "joined",
        /// A recipient is not tried for a while.
        LeftAlone = "left_alone",
        /// Somebody sends more than the limits allow.
        Limited = "limited",
        /// The node listens at an address.
        Listening = "listening",
        /// A contact's agent has a new key.
        NewKey = "new_key",
        /// A name to begin with is neither a domain nor a multiaddress.
        NoBootstrap = "no_bootstrap",
        /// mDNS does not work here.
        NoMdns = "no_mdns",
        /// The node cannot listen at an address.
        NotListening = "not_listening",
        /// The owner could not be told by a channel.
        Notify = "notify",
        /// An item waits for the owner.
        Pending = "pending",
        /// A message of ours was read.
        Read = "read",
        /// An item is out of sight for a while.
        Snoozed = "snoozed",
        /// Another node of this identity has taken over.
        TakenOver = "taken_over",
        /// Nobody answered a message of ours in time.
        Unanswered = "unanswered",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The contract. A line is added for a new name; none is changed.
    const SPELLINGS: &str = "acted arrived clock conversation dead decided delivered expired forgotten found gone http in_custody \
        joined left_alone limited listening new_key no_bootstrap no_mdns not_listening notify pending read snoozed \
        taken_over unanswered";

    #[test]
    fn the_spelling_of_every_event_stays() {
        let known: Vec<&str> = EventName::ALL.iter().map(EventName::as_str).collect();
        assert_eq!(known.join(" "), SPELLINGS);
    }
}
