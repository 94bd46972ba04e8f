//! The people whom this node knows: found, added, compared, trusted, blocked, forgotten.

mod add;
mod contacts;
mod find;
mod forget;
mod invite;
mod mandates;
mod nearby;
mod trust;
mod verify_contact;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PeopleCommand {
    /// Who is found on this network and not yet added. The names are only what they claim
    #[command(after_help = "Example:\n  ai2ai nearby")]
    Nearby,
    /// Search for someone in the directories of volunteers
    #[command(after_help = "Examples:\n  ai2ai find dentist\n  ai2ai find --name Sam --intent schedule.meeting")]
    Find(find::Args),
    /// Make someone a contact
    #[command(
        after_help = "Examples:\n  ai2ai add sam-assistant --as Sam\n  ai2ai add sam.example\n  ai2ai add /ip4/192.168.1.20/tcp/24817/p2p/12D3KooW…"
    )]
    Add(add::Args),
    /// Make a link and a QR code that make one person your contact
    #[command(after_help = "Examples:\n  ai2ai invite --as Sam\n  ai2ai invite --cancel")]
    Invite(invite::Args),
    /// Become the contact of whoever gave you an invite, and they yours
    #[command(after_help = "Example:\n  ai2ai join 'ai2ai:join/1?did=…'")]
    Join(invite::JoinArgs),
    /// Compare twelve words with a contact, to be sure that you have their key and they yours
    #[command(after_help = "Example:\n  ai2ai verify-contact Sam")]
    VerifyContact(verify_contact::Args),
    /// The people you have added
    #[command(after_help = "Example:\n  ai2ai contacts")]
    Contacts,
    /// Say how far you trust a contact, and what your agent may do with them by itself
    #[command(
        after_help = "Examples:\n  ai2ai trust Sam\n  ai2ai trust Sam known\n  ai2ai trust Sam trusted --intent 'schedule.*' --hours 09:00-22:00 --per-day 5 --dry-run\n  ai2ai trust Shop trusted --intent commerce.request --spend \"100 GBP\" --days 7"
    )]
    Trust(trust::Args),
    /// What your agent may do by itself, or might once
    #[command(after_help = "Example:\n  ai2ai mandates")]
    Mandates,
    /// Take a mandate back
    #[command(after_help = "Example:\n  ai2ai revoke 01a2")]
    Revoke(mandates::RevokeArgs),
    /// Stop everything that your agent does by itself, at once
    #[command(after_help = "Examples:\n  ai2ai panic\n  ai2ai panic --over")]
    Panic(mandates::PanicArgs),
    /// Let nothing of theirs in any more. They are not told
    #[command(after_help = "Example:\n  ai2ai block Sam")]
    Block(contacts::WhoArgs),
    /// Let someone in again
    #[command(after_help = "Example:\n  ai2ai unblock Sam")]
    Unblock(contacts::WhoArgs),
    /// Remove someone from your contacts, or erase what was said
    #[command(
        after_help = "Examples:\n  ai2ai forget Sam\n  ai2ai forget --conversation 018f4b1e --ask-them\n  ai2ai forget Sam --everything"
    )]
    Forget(forget::Args),
    /// How long a round trip to someone takes, and what they offer
    #[command(after_help = "Example:\n  ai2ai ping Sam")]
    Ping(contacts::WhoArgs),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: PeopleCommand) -> CommandResult {
    match command {
        PeopleCommand::Nearby => nearby::run(context).await,
        PeopleCommand::Find(args) => find::run(context, args).await,
        PeopleCommand::Add(args) => add::run(context, args).await,
        PeopleCommand::Invite(args) => invite::invite(context, args).await,
        PeopleCommand::Join(args) => invite::join(context, args).await,
        PeopleCommand::VerifyContact(args) => verify_contact::run(context, args).await,
        PeopleCommand::Contacts => contacts::contacts(context).await,
        PeopleCommand::Trust(args) => trust::run(context, args).await,
        PeopleCommand::Mandates => mandates::mandates(context).await,
        PeopleCommand::Revoke(args) => mandates::revoke(context, args).await,
        PeopleCommand::Panic(args) => mandates::panic(context, args).await,
        PeopleCommand::Block(args) => contacts::block(context, args).await,
        PeopleCommand::Unblock(args) => contacts::unblock(context, args).await,
        PeopleCommand::Forget(args) => forget::run(context, args).await,
        PeopleCommand::Ping(args) => contacts::ping(context, args).await,
    }
}
