//! The heart of the node: takes commands and arrivals, asks `protocol` what may follow, and carries it out.
//!
//! What is decided is decided on a [`Turn`], which is one transaction and knows no network, clock or task. Around it, tasks
//! bring things in (`inward`, `meet`) and out (`outward`), and the [`Courier`] says which of them run.

mod acquaint;
mod again;
mod arrive;
mod audit;
mod both_ways;
mod cancel;
mod carrier;
mod carry;
mod checkup;
mod clocks;
mod commands;
mod compare;
mod conduct;
pub mod decide;
pub(crate) mod diary;
mod directory;
mod dispatch;
mod domains;
mod drafts;
mod due;
mod elsewhere;
mod follow;
pub mod forget;
pub(crate) mod https;
mod introduce;
mod invite;
pub mod inward;
mod items;
mod join;
mod keep;
mod keys;
mod lane;
mod lanes;
mod leave;
mod ledger;
mod mailbox;
mod mandates;
mod meet;
mod neighbours;
mod once;
pub(crate) mod original;
mod outgoing;
mod outlook;
mod outward;
mod pace;
mod people;
mod per_peer;
mod ping;
mod quarantine;
mod rates;
mod reach;
mod reading;
mod rehearse;
mod renewal;
mod say;
mod settle;
pub mod show;
mod sightings;
mod snooze;
mod spread;
mod sweep;
mod table;
mod takeback;
mod trusting;
mod turn;
mod unanswered;
mod vault;
mod volunteers;
mod whereabouts;
mod words;

pub use conduct::Conduct;
pub use directory::Askers;
pub use dispatch::{Courier, Inlets};
pub use due::{Due, due};
pub use elsewhere::{refuse_if_taken_over, take_over};
pub use https::ByHttps;
pub use introduce::{keyring, renewed};
pub use lanes::Went;
pub use mailbox::{Depositors, remembered};
pub use neighbours::{Neighbour, Neighbours};
pub use original::{Originals, identity as original_identity};
pub use outward::Batch;
pub use people::Meeting;
pub use reach::{Note, Own, Reach};
pub use reading::{Opened, opened, opened_item};
pub use rehearse::{regard, rehearse};
pub use say::Said;
pub(crate) use snooze::snoozed;
pub use sweep::guard;
pub use table::remembered as remembered_servers;
pub use turn::{Durability, Effect, Me, Step, Stop, Turn};
pub use vault::Vault;
pub use words::{Reply, Words};

fn report<T>(outcome: Result<T, crate::exit::Failure>) {
    if let Err(failure) = outcome {
        tracing::error!(%failure, "a turn was not taken");
    }
}
