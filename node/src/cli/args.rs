//! The words of the command line, and what `--help` says of them.

use clap::{Parser, Subcommand};

use super::globals::Globals;
use super::{
    audit, backup, cancel, carry, compare, conformance, connect, conversations, decide, delivery, dns_record, doctor,
    find, forget, init, invite, keys, mcp, notify, open, people, play, restore, snooze, status, talk, told, trust, up,
    verify,
};

const EXAMPLES: &str = "\
First steps:
  ai2ai init --human \"Alex\"          make your identity
  ai2ai up                           run your node; leave it running
  ai2ai nearby                       who is found on this network
  ai2ai add sam-assistant --as Sam   make one of them a contact
  ai2ai meet Sam --subject Dinner --time 2026-02-10T19:00Z
  ai2ai pending                      what waits for your decision
  ai2ai approve ID

Exit codes: 0 done or queued, 1 failed, 2 usage, 3 unknown or ambiguous name or id, 4 node not running,
5 refused by policy or person, 6 still waiting, 7 unreachable, 8 verification failed, 130 interrupted.";

/// One person's AI talks to another person's AI, with no company in the middle. The AIs negotiate; the people decide.
#[derive(Debug, Parser)]
#[command(name = "ai2ai", version, propagate_version = true, after_help = EXAMPLES, max_term_width = 120)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Words,
}

#[derive(Debug, Subcommand)]
pub(super) enum Words {
    /// Make your identity: keys, a PIN that seals them, and the tokens of the two doors
    #[command(after_help = "Example:\n  ai2ai init --human \"Alex\" --agent alex-assistant")]
    Init(init::Args),
    /// Run your node until Ctrl-C
    #[command(after_help = "Example:\n  ai2ai up --listen /ip4/0.0.0.0/tcp/24817")]
    Up(up::Args),
    /// Is the node running, who am I, where am I reachable, what waits
    #[command(after_help = "Example:\n  ai2ai status --json")]
    Status,
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
    Add(people::AddArgs),
    /// Make a link and a QR code that make one person your contact
    #[command(after_help = "Examples:\n  ai2ai invite --as Sam\n  ai2ai invite --cancel")]
    Invite(invite::Args),
    /// Become the contact of whoever gave you an invite, and they yours
    #[command(after_help = "Example:\n  ai2ai join 'ai2ai:join/1?did=…'")]
    Join(invite::JoinArgs),
    /// Compare twelve words with a contact, to be sure that you have their key and they yours
    #[command(after_help = "Example:\n  ai2ai verify-contact Sam")]
    VerifyContact(compare::Args),
    /// The people you have added
    #[command(after_help = "Example:\n  ai2ai contacts")]
    Contacts,
    /// Say how far you trust a contact, and what your agent may do with them by itself
    #[command(
        after_help = "Examples:\n  ai2ai trust Sam\n  ai2ai trust Sam known\n  ai2ai trust Sam trusted --intent 'schedule.*' --hours 09:00-22:00 --per-day 5 --dry-run\n  ai2ai trust Shop trusted --intent commerce.request --spend \"100 GBP\" --days 7"
    )]
    Trust(trust::TrustArgs),
    /// What your agent may do by itself, or might once
    #[command(after_help = "Example:\n  ai2ai mandates")]
    Mandates,
    /// Take a mandate back
    #[command(after_help = "Example:\n  ai2ai revoke 01a2")]
    Revoke(trust::RevokeArgs),
    /// Stop everything that your agent does by itself, at once
    #[command(after_help = "Examples:\n  ai2ai panic\n  ai2ai panic --over")]
    Panic(trust::PanicArgs),
    /// Let nothing of theirs in any more. They are not told
    #[command(after_help = "Example:\n  ai2ai block Sam")]
    Block(people::WhoArgs),
    /// Let someone in again
    #[command(after_help = "Example:\n  ai2ai unblock Sam")]
    Unblock(people::WhoArgs),
    /// Remove someone from your contacts, or erase what was said
    #[command(
        after_help = "Examples:\n  ai2ai forget Sam\n  ai2ai forget --conversation 018f4b1e --ask-them\n  ai2ai forget Sam --everything"
    )]
    Forget(forget::Args),
    /// How long a round trip to someone takes, and what they offer
    #[command(after_help = "Example:\n  ai2ai ping Sam")]
    Ping(people::WhoArgs),
    /// Send someone a message
    #[command(after_help = "Example:\n  ai2ai send Sam \"Running ten minutes late\"")]
    Send(talk::SendArgs),
    /// Ask someone something
    #[command(after_help = "Example:\n  ai2ai ask Sam \"Do you eat fish?\"")]
    Ask(talk::AskArgs),
    /// Propose a meeting: one time is a definite offer, several are a choice
    #[command(
        after_help = "Example:\n  ai2ai meet Sam --subject Dinner --time 2026-02-10T19:00+00:00 --time 2026-02-11T19:00+00:00 --minutes 90"
    )]
    Meet(talk::MeetArgs),
    /// Propose anything else, with a payload of your own
    #[command(after_help = "Example:\n  ai2ai propose Sam schedule.call --payload '{\"subject\":\"Call\"}'")]
    Propose(talk::ProposeArgs),
    /// Answer in a conversation
    #[command(after_help = "Examples:\n  ai2ai reply 018f4b1e \"Yes, I do\"\n  ai2ai reply 018f4b1e --choose 2")]
    Reply(talk::ReplyArgs),
    /// Call off what you and somebody agreed on. It can't be taken back; what was agreed can still be proved
    #[command(after_help = "Examples:\n  ai2ai cancel 018f4b1e\n  ai2ai cancel 018f4b1e --reason \"I am ill\"")]
    Cancel(cancel::Args),
    /// What waits for your decision
    #[command(after_help = "Examples:\n  ai2ai pending\n  ai2ai pending --all")]
    Pending(decide::PendingArgs),
    /// Show one thing that waits: what came in, exactly what an approval would send, what happens next
    #[command(after_help = "Example:\n  ai2ai show 018f4b1e")]
    Show(decide::ShowArgs),
    /// Say yes to one thing that waits. It is shown first, and your PIN is asked for
    #[command(
        after_help = "Examples:\n  ai2ai approve 018f4b1e\n  ai2ai approve 018f4b1e --choose 2\n  ai2ai --pin-file pin approve 018f4b1e --digest sha256:…"
    )]
    Approve(decide::ApproveArgs),
    /// Say no to one thing that waits
    #[command(after_help = "Example:\n  ai2ai reject 018f4b1e --reply \"Not this week\"")]
    Reject(decide::RejectArgs),
    /// Put one thing that waits out of sight for a while. It can still be decided
    #[command(
        after_help = "Examples:\n  ai2ai snooze 018f4b1e --for 2h\n  ai2ai snooze 018f4b1e --until 2026-02-10T09:00Z"
    )]
    Snooze(snooze::Args),
    /// What waits for your decision, full-screen
    #[command(after_help = "Example:\n  ai2ai inbox")]
    Inbox,
    /// Open your inbox in a browser on this machine
    #[command(after_help = "Examples:\n  ai2ai open\n  ai2ai open --print")]
    Open(open::Args),
    /// All conversations, latest first
    #[command(after_help = "Example:\n  ai2ai conversations")]
    Conversations(conversations::ListArgs),
    /// One conversation, whole
    #[command(after_help = "Example:\n  ai2ai conversation 018f4b1e --follow")]
    Conversation(conversations::OneArgs),
    /// Write the agreement of a confirmed conversation: one file that proves it
    #[command(after_help = "Example:\n  ai2ai export 018f4b1e -o dinner.json")]
    Export(conversations::ExportArgs),
    /// Check an agreement file. Needs no node, no identity and no network
    #[command(after_help = "Example:\n  ai2ai verify dinner.json")]
    Verify(verify::Args),
    /// What is on its way
    #[command(after_help = "Examples:\n  ai2ai outbox\n  ai2ai outbox --all")]
    Outbox(delivery::OutboxArgs),
    /// Take messages to someone as a file, or take in a file that was brought: for nodes that never connect
    #[command(after_help = "Examples:\n  ai2ai carry out Sam -o to-sam.ai2ai\n  ai2ai carry in to-me.ai2ai")]
    Carry(carry::Args),
    /// What could not be delivered; `dead retry ID` sends it again, without it happening twice
    #[command(after_help = "Examples:\n  ai2ai dead\n  ai2ai dead retry 018f4b1e")]
    Dead(delivery::DeadArgs),
    /// What became of something that an agent drafted
    #[command(after_help = "Example:\n  ai2ai draft 018f4b1e-7a3c-7c5d-9a21-5b7c1d2e3f40")]
    Draft(delivery::DraftArgs),
    /// Take back a message that surely never left this machine, or an agent's draft
    #[command(after_help = "Example:\n  ai2ai withdraw 018f4b1e")]
    Withdraw(delivery::WithdrawArgs),
    /// What was decided, by which door, and who was turned away
    #[command(after_help = "Examples:\n  ai2ai audit --json\n  ai2ai audit verify")]
    Audit(audit::Args),
    /// What was told to whom, when, and by whose word
    #[command(after_help = "Examples:\n  ai2ai told Sam\n  ai2ai told --json")]
    Told(told::Args),
    /// Your card, as others see it
    #[command(after_help = "Examples:\n  ai2ai card\n  ai2ai card -o /srv/www/.well-known/ai2ai.json")]
    Card(status::CardArgs),
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
    /// Serve an AI on standard input and output, by MCP. It reads and drafts; you decide
    #[command(after_help = "Example, as a client's settings have it:\n  {\"command\": \"ai2ai\", \"args\": [\"mcp\"]}")]
    Mcp(mcp::Args),
    /// Print the page that teaches an agent this command line (AgentSkills)
    #[command(after_help = "Example:\n  ai2ai skill > ~/.agents/skills/ai2ai/SKILL.md")]
    Skill,
    /// Let an agent's program use your node: shows the change, asks, makes it, tries it
    #[command(after_help = "Examples:\n  ai2ai connect-agent claude-code\n  ai2ai connect-agent generic")]
    ConnectAgent(connect::Args),
    /// Watch two agents on this machine agree on dinner, or play another scenario
    #[command(after_help = "Examples:\n  ai2ai demo\n  ai2ai demo --interactive\n  ai2ai demo approval")]
    Demo(play::DemoArgs),
    /// Print the completions of a shell
    #[command(after_help = "Example:\n  ai2ai completions bash > ~/.local/share/bash-completion/completions/ai2ai")]
    Completions(play::CompletionsArgs),
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound_and_every_command_has_an_example() {
        let cli = Cli::command();
        cli.clone().debug_assert();
        for command in cli.get_subcommands() {
            let name = command.get_name();
            assert!(command.get_about().is_some(), "{name} says what it does");
            let example = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(example.contains(&format!("ai2ai {name}")) || example.contains(name), "{name} has an example");
        }
    }

    #[test]
    fn no_secret_is_an_argument() {
        for command in Cli::command().get_subcommands() {
            for arg in command.get_arguments() {
                let name = arg.get_id().as_str();
                assert!(
                    !matches!(name, "pin" | "token" | "key" | "password" | "secret"),
                    "{}: {name}",
                    command.get_name()
                );
            }
        }
    }
}
