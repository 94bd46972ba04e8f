//! Every command, and who does it.

use ai2ai_api::command::Command;
use ai2ai_api::requests;
use ai2ai_core::content::{Reply, Words, said};
use ai2ai_core::forget::Manner;
use ai2ai_protocol::directory::Search;
use futures::future::{BoxFuture, ready};

use crate::commands::bundle::{self, card};
use crate::commands::{
    Call, Lines, audit, backup, contacts, decide, doctor, forget, keys, outbox, ping, read, send, status, trust,
};
use crate::legacy::registries;
use crate::upkeep::ics;

/// Each command has a place of its own while it is done: as one future, all together would be as large as their sum, on the stack
/// of whoever waits for one.
pub(crate) fn lines(call: &Call, command: Command) -> BoxFuture<'_, Lines> {
    match command {
        Command::Status(_) => Box::pin(status::status(call)),
        Command::Nearby(_) => Box::pin(status::nearby(call)),
        Command::Find(requests::Find { text, name, intent }) => {
            Box::pin(registries::find(call, Search { name, intent, text }))
        }
        Command::Contacts(_) => Box::pin(status::contacts(call)),
        Command::Ping(requests::Ping { who }) => Box::pin(ping::ping(call, who)),
        Command::Doctor(requests::Doctor { peer }) => Box::pin(doctor::doctor(call, peer)),
        Command::Card(_) => Box::pin(ready(status::card(call))),
        Command::CardOf(requests::CardOf { who }) => Box::pin(card::card_of(call, who)),
        Command::Add(requests::Add { who, name }) => Box::pin(contacts::add(call, who, name)),
        Command::Trust(requests::Trust { who, level, grant, pin }) => {
            Box::pin(trust::trust(call, who, level, grant, pin))
        }
        Command::Rehearse(requests::Rehearse { who, grant }) => Box::pin(trust::dry_run(call, who, grant)),
        Command::Regard(requests::Regard { who }) => Box::pin(trust::regard(call, who)),
        Command::Mandates(_) => Box::pin(trust::list(call)),
        Command::Revoke(requests::Revoke { id }) => Box::pin(trust::revoke(call, id)),
        Command::Panic(requests::Panic { over, pin }) => Box::pin(trust::panic(call, over, pin)),
        Command::Invite(requests::Invite { name, hours }) => Box::pin(contacts::invite(call, name, hours)),
        Command::CancelInvites(_) => Box::pin(contacts::cancel_invites(call)),
        Command::VerifyContact(requests::VerifyContact { who, matches }) => {
            Box::pin(contacts::verify_contact(call, who, matches))
        }
        Command::Block(requests::Block { who }) => Box::pin(contacts::block(call, who, true)),
        Command::Unblock(requests::Unblock { who }) => Box::pin(contacts::block(call, who, false)),
        Command::Forget(requests::Forget { who, everything, ask_them, unresolved }) => {
            Box::pin(forget::someone(call, who, everything, Manner { ask_them, unresolved }))
        }
        Command::ForgetConversation(requests::ForgetConversation { id, ask_them, unresolved }) => {
            Box::pin(forget::conversation(call, id, Manner { ask_them, unresolved }))
        }
        Command::Carry(requests::Carry { what }) => Box::pin(bundle::carry(call, what)),
        Command::RotateKeys(requests::RotateKeys { stolen, pin }) => Box::pin(keys::rotate(call, stolen, pin)),
        Command::ChangePin(requests::ChangePin { old, new }) => Box::pin(keys::another_pin(call, old, new)),
        Command::Backup(requests::Backup { file, passphrase }) => Box::pin(backup::backup(call, file, passphrase)),
        Command::Send(requests::Send { who, text }) => {
            Box::pin(send::open(call, who, said("text", &text).map(Words::message), None))
        }
        Command::Ask(requests::Ask { who, question }) => {
            Box::pin(send::open(call, who, said("question", &question).map(Words::question), None))
        }
        Command::Meet(requests::Meet { who, subject, times, minutes, place, pin }) => {
            Box::pin(send::open(call, who, Words::meeting(&subject, &times, minutes, place.as_deref()), pin))
        }
        Command::Propose(requests::Propose { who, intent, payload, pin }) => {
            Box::pin(send::open(call, who, Words::proposal(&intent, payload), pin))
        }
        Command::Reply(requests::Reply { conversation, text, terms, times, choose, accept, after, pin }) => {
            Box::pin(send::reply(call, conversation, Reply { text, terms, times, choose, accept, after }, pin))
        }
        Command::Cancel(requests::Cancel { conversation, reason, pin }) => {
            Box::pin(send::cancel(call, conversation, reason, pin))
        }
        Command::Pending(_) => Box::pin(read::pending(call)),
        Command::Show(requests::Show { id }) => Box::pin(read::show(call, id)),
        Command::Approve(requests::Approve { id, digest, choose, terms, reply, pin }) => {
            Box::pin(decide::approve(call, id, digest, Reply { text: reply, terms, choose, ..Reply::default() }, pin))
        }
        Command::Reject(requests::Reject { id, digest, reply }) => Box::pin(decide::reject(call, id, digest, reply)),
        Command::Snooze(requests::Snooze { id, until, digest }) => Box::pin(decide::snooze(call, id, digest, until)),
        Command::Open(_) => Box::pin(ready(read::open_pages(call))),
        Command::Conversations(requests::Conversations { before }) => Box::pin(read::conversations(call, before)),
        Command::Conversation(requests::Conversation { id }) => Box::pin(read::conversation(call, id)),
        Command::Export(requests::Export { id }) => Box::pin(read::export(call, id)),
        Command::ExportMeeting(requests::ExportMeeting { id }) => Box::pin(ics::export(call, id)),
        Command::Outbox(requests::Outbox { all }) => Box::pin(outbox::outbox(call, all)),
        Command::Dead(_) => Box::pin(outbox::dead(call)),
        Command::DeadRetry(requests::DeadRetry { id, pin }) => Box::pin(outbox::send_again(call, id, pin)),
        Command::Withdraw(requests::Withdraw { id }) => Box::pin(outbox::withdraw(call, id)),
        Command::Draft(requests::Draft { item, conversation }) => Box::pin(read::draft(call, item, conversation)),
        Command::Audit(_) => Box::pin(audit::audit(call)),
        Command::AuditVerify(requests::AuditVerify { head }) => Box::pin(audit::verify(call, head)),
        Command::Told(requests::Told { who }) => Box::pin(audit::told(call, who)),
        Command::Once(requests::Once { key, draft }) => Box::pin(send::draft_once(call, key, *draft)),
        Command::Follow(_) => unreachable!("answered as a stream"),
    }
}
