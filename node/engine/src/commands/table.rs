//! Every command, and who does it.

use ai2ai_api::command::Command;
use ai2ai_core::content::{Reply, Words, said};
use ai2ai_core::forget::Manner;
use ai2ai_protocol::directory::Search;
use futures::future::{BoxFuture, ready};

use crate::commands::bundle::{self, card};
use crate::commands::{
    Call, Lines, audit, backup, contacts, decide, doctor, forget, keys, outbox, ping, read, send, status, trust,
};
use crate::lookup::directory;
use crate::upkeep::ics;

/// Each command has a place of its own while it is done: as one future, all together would be as large as their sum, on the stack
/// of whoever waits for one.
pub(crate) fn native_lines(call: &Call, command: Command) -> BoxFuture<'_, Lines> {
    match command {
        Command::Status {} => Box::pin(status::status(call)),
        Command::Nearby {} => Box::pin(status::nearby(call)),
        Command::Find { text, name, intent } => Box::pin(directory::find(call, Search { name, intent, text })),
        Command::Contacts {} => Box::pin(status::contacts(call)),
        Command::Ping { who } => Box::pin(ping::ping(call, who)),
        Command::Doctor { peer } => Box::pin(doctor::doctor(call, peer)),
        Command::Card {} => Box::pin(ready(status::card(call))),
        Command::CardOf { who } => Box::pin(card::card_of(call, who)),
        Command::Add { who, name } => Box::pin(contacts::add(call, who, name)),
        Command::Trust { who, level, grant, pin } => Box::pin(trust::trust(call, who, level, grant, pin)),
        Command::Rehearse { who, grant } => Box::pin(trust::dry_run(call, who, grant)),
        Command::Regard { who } => Box::pin(trust::regard(call, who)),
        Command::Mandates {} => Box::pin(trust::list(call)),
        Command::Revoke { id } => Box::pin(trust::revoke(call, id)),
        Command::Panic { over, pin } => Box::pin(trust::panic(call, over, pin)),
        Command::Invite { name, hours } => Box::pin(contacts::invite(call, name, hours)),
        Command::CancelInvites {} => Box::pin(contacts::cancel_invites(call)),
        Command::VerifyContact { who, matches } => Box::pin(contacts::verify_contact(call, who, matches)),
        Command::Block { who } => Box::pin(contacts::block(call, who, true)),
        Command::Unblock { who } => Box::pin(contacts::block(call, who, false)),
        Command::Forget { who, everything, ask_them, unresolved } => {
            Box::pin(forget::someone(call, who, everything, Manner { ask_them, unresolved }))
        }
        Command::ForgetConversation { id, ask_them, unresolved } => {
            Box::pin(forget::conversation(call, id, Manner { ask_them, unresolved }))
        }
        Command::Carry { what } => Box::pin(bundle::carry(call, what)),
        Command::RotateKeys { stolen, pin } => Box::pin(keys::rotate(call, stolen, pin)),
        Command::ChangePin { old, new } => Box::pin(keys::another_pin(call, old, new)),
        Command::Backup { file, passphrase } => Box::pin(backup::backup(call, file, passphrase)),
        Command::Send { who, text } => Box::pin(send::open(call, who, said("text", &text).map(Words::message), None)),
        Command::Ask { who, question } => {
            Box::pin(send::open(call, who, said("question", &question).map(Words::question), None))
        }
        Command::Meet { who, subject, times, minutes, place, pin } => {
            Box::pin(send::open(call, who, Words::meeting(&subject, &times, minutes, place.as_deref()), pin))
        }
        Command::Propose { who, intent, payload, pin } => {
            Box::pin(send::open(call, who, Words::proposal(&intent, payload), pin))
        }
        Command::Reply { conversation, text, terms, times, choose, accept, after, pin } => {
            Box::pin(send::reply(call, conversation, Reply { text, terms, times, choose, accept, after }, pin))
        }
        Command::Cancel { conversation, reason, pin } => Box::pin(send::cancel(call, conversation, reason, pin)),
        Command::Pending {} => Box::pin(read::pending(call)),
        Command::Show { id } => Box::pin(read::show(call, id)),
        Command::Approve { id, digest, choose, terms, reply, pin } => {
            Box::pin(decide::approve(call, id, digest, Reply { text: reply, terms, choose, ..Reply::default() }, pin))
        }
        Command::Reject { id, digest, reply } => Box::pin(decide::reject(call, id, digest, reply)),
        Command::Snooze { id, until, digest } => Box::pin(decide::snooze(call, id, digest, until)),
        Command::Open {} => Box::pin(ready(read::open_pages(call))),
        Command::Conversations { before } => Box::pin(read::conversations(call, before)),
        Command::Conversation { id } => Box::pin(read::conversation(call, id)),
        Command::Export { id } => Box::pin(read::export(call, id)),
        Command::ExportMeeting { id } => Box::pin(ics::export(call, id)),
        Command::Outbox { all } => Box::pin(outbox::outbox(call, all)),
        Command::Dead {} => Box::pin(outbox::dead(call)),
        Command::DeadRetry { id, pin } => Box::pin(outbox::send_again(call, id, pin)),
        Command::Withdraw { id } => Box::pin(outbox::withdraw(call, id)),
        Command::Draft { item, conversation } => Box::pin(read::draft(call, item, conversation)),
        Command::Audit {} => Box::pin(audit::audit(call)),
        Command::AuditVerify { head } => Box::pin(audit::verify(call, head)),
        Command::Told { who } => Box::pin(audit::told(call, who)),
        Command::Once { key, draft } => Box::pin(send::draft_once(call, key, *draft)),
        Command::Follow { .. } => unreachable!("answered as a stream"),
    }
}
