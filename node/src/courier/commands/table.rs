//! Every command, and who does it.

use ai2ai_protocol::directory::Search;
use futures::future::{BoxFuture, ready};

use super::{Asked, Lines};
use crate::courier::forget::{self, Manner};
use crate::courier::words::{Reply, Words, said};
use crate::courier::{cancel, carry, checkup, diary, directory, keep, keys, ledger, outgoing, outlook, ping, trusting};
use crate::doors::Command;

impl Asked {
    /// Each command has a place of its own while it is done: as one future, all together would be as large as their sum, on the stack
    /// of whoever waits for one.
    pub(super) fn native_lines(&self, command: Command) -> BoxFuture<'_, Lines> {
        match command {
            Command::Status {} => Box::pin(outlook::status(self)),
            Command::Nearby {} => Box::pin(outlook::nearby(self)),
            Command::Find { text, name, intent } => Box::pin(directory::find(self, Search { name, intent, text })),
            Command::Contacts {} => Box::pin(outlook::contacts(self)),
            Command::Ping { who } => Box::pin(ping::ping(self, who)),
            Command::Doctor { peer } => Box::pin(checkup::doctor(self, peer)),
            Command::Card {} => Box::pin(ready(outlook::card(self))),
            Command::CardOf { who } => Box::pin(carry::card_of(self, who)),
            Command::Add { who, name } => Box::pin(self.add(who, name)),
            Command::Trust { who, level, grant, pin } => Box::pin(trusting::trust(self, who, level, grant, pin)),
            Command::Rehearse { who, grant } => Box::pin(trusting::dry_run(self, who, grant)),
            Command::Regard { who } => Box::pin(trusting::regard(self, who)),
            Command::Mandates {} => Box::pin(trusting::list(self)),
            Command::Revoke { id } => Box::pin(trusting::revoke(self, id)),
            Command::Panic { over, pin } => Box::pin(trusting::panic(self, over, pin)),
            Command::Invite { name, hours } => Box::pin(self.invite(name, hours)),
            Command::CancelInvites {} => Box::pin(self.cancel_invites()),
            Command::VerifyContact { who, matches } => Box::pin(self.verify_contact(who, matches)),
            Command::Block { who } => Box::pin(self.block(who, true)),
            Command::Unblock { who } => Box::pin(self.block(who, false)),
            Command::Forget { who, everything, ask_them, unresolved } => {
                Box::pin(forget::someone(self, who, everything, Manner { ask_them, unresolved }))
            }
            Command::ForgetConversation { id, ask_them, unresolved } => {
                Box::pin(forget::conversation(self, id, Manner { ask_them, unresolved }))
            }
            Command::Carry { what } => Box::pin(carry::carry(self, what)),
            Command::RotateKeys { stolen, pin } => Box::pin(keys::rotate(self, stolen, pin)),
            Command::ChangePin { old, new } => Box::pin(keys::another_pin(self, old, new)),
            Command::Backup { file, passphrase } => Box::pin(keep::backup(self, file, passphrase)),
            Command::Send { who, text } => Box::pin(self.open(who, said("text", &text).map(Words::message), None)),
            Command::Ask { who, question } => {
                Box::pin(self.open(who, said("question", &question).map(Words::question), None))
            }
            Command::Meet { who, subject, times, minutes, place, pin } => {
                Box::pin(self.open(who, Words::meeting(&subject, &times, minutes, place.as_deref()), pin))
            }
            Command::Propose { who, intent, payload, pin } => {
                Box::pin(self.open(who, Words::proposal(&intent, payload), pin))
            }
            Command::Reply { conversation, text, terms, times, choose, accept, after, pin } => {
                Box::pin(self.reply(conversation, Reply { text, terms, times, choose, accept, after }, pin))
            }
            Command::Cancel { conversation, reason, pin } => Box::pin(cancel::cancel(self, conversation, reason, pin)),
            Command::Pending {} => Box::pin(self.pending()),
            Command::Show { id } => Box::pin(self.show(id)),
            Command::Approve { id, digest, choose, terms, reply, pin } => {
                Box::pin(self.approve(id, digest, Reply { text: reply, terms, choose, ..Reply::default() }, pin))
            }
            Command::Reject { id, digest, reply } => Box::pin(self.reject(id, digest, reply)),
            Command::Snooze { id, until, digest } => Box::pin(self.snooze(id, digest, until)),
            Command::Open {} => Box::pin(ready(self.open_pages())),
            Command::Conversations { before } => Box::pin(self.conversations(before)),
            Command::Conversation { id } => Box::pin(self.conversation(id)),
            Command::Export { id } => Box::pin(self.export(id)),
            Command::ExportMeeting { id } => Box::pin(diary::export(self, id)),
            Command::Outbox { all } => Box::pin(outgoing::outbox(self, all)),
            Command::Dead {} => Box::pin(outgoing::dead(self)),
            Command::DeadRetry { id, pin } => Box::pin(outgoing::send_again(self, id, pin)),
            Command::Withdraw { id } => Box::pin(outgoing::withdraw(self, id)),
            Command::Draft { item, conversation } => Box::pin(self.draft(item, conversation)),
            Command::Audit {} => Box::pin(ledger::audit(self)),
            Command::AuditVerify { head } => Box::pin(ledger::verify(self, head)),
            Command::Told { who } => Box::pin(ledger::told(self, who)),
            Command::Once { key, draft } => Box::pin(self.draft_once(key, *draft)),
            Command::Follow { .. } => unreachable!("answered as a stream"),
        }
    }
}
