//! The owner's records, what others see of the node, its health, its backup and its keys.

mod audit;
mod backup;
mod card;
mod conformance;
mod disclosures;
mod dns_record;
mod doctor;
mod keys;
mod notify;
mod restore;

use clap::Subcommand;

use crate::cli::context::Context;
use crate::cli::output::CommandResult;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CareCommand {
    /// What was decided, by which door, and who was turned away
    #[command(after_help = "Examples:\n  ai2ai audit --json\n  ai2ai audit verify")]
    Audit(audit::Args),
    /// What was told to whom, when, and by whose word
    #[command(after_help = "Examples:\n  ai2ai told Sam\n  ai2ai told --json")]
    Told(disclosures::Args),
    /// Your card, as others see it
    #[command(after_help = "Examples:\n  ai2ai card\n  ai2ai card -o /srv/www/.well-known/ai2ai.json")]
    Card(card::Args),
    /// The DNS line to publish, so that your domain leads to your node
    #[command(after_help = "Example:\n  ai2ai dns-record alex.example")]
    DnsRecord(dns_record::Args),
    /// What works, what does not, and what to do about it
    #[command(after_help = "Examples:\n  ai2ai doctor\n  ai2ai doctor --peer sam")]
    Doctor(doctor::Args),
    /// Try an implementation of the protocol over the wire, with the good and the bad, and report what SPEC.md says of it
    #[command(
        after_help = "Examples:\n  ai2ai conformance /ip4/127.0.0.1/tcp/24817/p2p/12D3KooW…\n  ai2ai conformance 'ai2ai:join/1?did=…'"
    )]
    Conformance(conformance::Args),
    /// Seal everything that your node is and remembers into one file. The node may be running
    #[command(after_help = "Example:\n  ai2ai backup /media/stick/ai2ai.backup")]
    Backup(backup::Args),
    /// Make a home from a backup, where there is none yet
    #[command(after_help = "Example:\n  ai2ai restore /media/stick/ai2ai.backup")]
    Restore(restore::Args),
    /// Your keys, and a new one for your agent
    #[command(after_help = "Examples:\n  ai2ai keys\n  ai2ai keys rotate\n  ai2ai keys rotate --stolen")]
    Keys(keys::Args),
    /// Choose another PIN
    #[command(after_help = "Example:\n  ai2ai pin")]
    Pin(keys::PinArgs),
    /// Whether notifications reach you
    #[command(after_help = "Example:\n  ai2ai notify test")]
    Notify(notify::Args),
}

/// Runs a command of this group.
pub(in crate::cli) async fn run(context: &mut Context, command: CareCommand) -> CommandResult {
    match command {
        CareCommand::Audit(args) => audit::run(context, args).await,
        CareCommand::Told(args) => disclosures::run(context, args).await,
        CareCommand::Card(args) => card::run(context, args).await,
        CareCommand::DnsRecord(args) => dns_record::run(context, args).await,
        CareCommand::Doctor(args) => doctor::run(context, args).await,
        CareCommand::Conformance(args) => conformance::run(context, args).await,
        CareCommand::Backup(args) => backup::run(context, args).await,
        CareCommand::Restore(args) => restore::run(context, args),
        CareCommand::Keys(args) => keys::keys(context, args).await,
        CareCommand::Pin(args) => keys::change_pin(context, args).await,
        CareCommand::Notify(args) => notify::run(context, args).await,
    }
}
