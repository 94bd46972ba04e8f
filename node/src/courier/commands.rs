//! Each command of the doors, done.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ai2ai_protocol::card::Card;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::directory::Search;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::inbox::ItemRow;
use ai2ai_store::{conversations, inbox};
use futures::future::{BoxFuture, ready};
use serde_json::Value;

use super::cancel;
use super::carry;
use super::checkup;
use super::decide::{self, item};
use super::diary;
use super::directory::{self, Directories};
use super::drafts::draft_view;
use super::follow;
use super::forget::{self, Manner};
use super::keep;
use super::keys;
use super::ledger;
use super::neighbours::{Neighbour, Neighbours};
use super::once::Key;
use super::original::{self, Taken};
use super::outgoing;
use super::outlook;
use super::people::{contact, with};
use super::ping;
use super::reach::Reach;
use super::reading::opened_item;
use super::renewal;
use super::show::{self, LISTED};
use super::snooze::snoozed;
use super::trusting;
use super::words::{Reply, Words};
use crate::clock::now;
use crate::doors::{Answer, Command, Role};
use crate::exit::{Exit, Failure};
use crate::identity::{PIN_NEEDED, Pin};
use crate::views::{OpenView, PendingView, View};

/// How a decision ends on an item that was decided before, has ended, or is not what was shown.
const NOT_AS_SHOWN: [&str; 3] = ["unknown_item", "expired", "item_changed"];
/// Items of one person that a list shows at once; the rest is counted, so that nobody can tire the owner out.
pub(super) const SHOWN_OF_ONE: usize = 5;

/// One command, and what is known at the moment it came.
#[derive(Clone)]
pub(super) struct Asked {
    /// The courier's hands.
    pub reach: Reach,
    /// Who was met.
    pub neighbours: Arc<Neighbours>,
    /// Where others can be searched for.
    pub directories: Arc<Directories>,
    /// Through which door.
    pub role: Role,
    /// How long the node has been up.
    pub uptime: Duration,
    /// The key under which it is done once.
    pub once: Option<Key>,
}

pub(super) type Lines = Result<Vec<Value>, Failure>;

impl Asked {
    /// Does the command.
    pub(super) async fn answer(self, command: Command) -> Answer {
        if let Command::Follow { id } = command {
            return match super::follow::follow(self.reach, id, self.role).await {
                Ok(stream) => Answer::Stream(stream),
                Err(failure) => Answer::Failed(failure),
            };
        }
        match self.lines(command).await {
            Ok(lines) => Answer::Lines(lines),
            Err(failure) => Answer::Failed(failure),
        }
    }

    /// The lines of a command; those about agents of the protocol's original are done in a room of their own.
    async fn lines(&self, command: Command) -> Lines {
        let command = match Box::pin(original::take(self, command)).await {
            Taken::Done(lines) => return lines,
            Taken::Native(command) => command,
        };
        let also = original::also(&command);
        let mut lines = self.native_lines(command).await?;
        if let Some(list) = also {
            lines.extend(original::listed(&self.reach, list).await?);
        }
        Ok(lines)
    }

    /// Each command has a place of its own while it is done: as one future, all together would be as large as their sum, on the stack
    /// of whoever waits for one.
    fn native_lines(&self, command: Command) -> BoxFuture<'_, Lines> {
        match command {
            Command::Status {} => Box::pin(outlook::status(self)),
            Command::Nearby {} => Box::pin(outlook::nearby(self)),
            Command::Find { text, name, intent } => Box::pin(directory::find(self, Search { name, intent, text })),
            Command::Contacts {} => Box::pin(outlook::contacts(self)),
            Command::Ping { who } => Box::pin(async move { ping::ping(self, &who).await }),
            Command::Doctor { peer } => Box::pin(async move { checkup::doctor(self, peer.as_deref()).await }),
            Command::Card {} => Box::pin(ready(outlook::card(self))),
            Command::CardOf { who } => Box::pin(carry::card_of(self, who)),
            Command::Add { who, name } => Box::pin(async move { self.add(&who, name).await }),
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
            Command::Send { who, text } => Box::pin(self.open(who, Words::message(&text), None)),
            Command::Ask { who, question } => Box::pin(self.open(who, Words::question(&question), None)),
            Command::Meet { who, subject, times, minutes, place, pin } => Box::pin(async move {
                self.open(who, Words::meeting(&subject, &times, minutes, place.as_deref())?, pin).await
            }),
            Command::Propose { who, intent, payload, pin } => {
                Box::pin(async move { self.open(who, Words::proposal(&intent, payload)?, pin).await })
            }
            Command::Reply { conversation, text, terms, times, choose, accept, pin } => {
                Box::pin(self.reply(conversation, Reply { text, terms, times, choose, accept }, pin))
            }
            Command::Cancel { conversation, reason, pin } => Box::pin(cancel::cancel(self, conversation, reason, pin)),
            Command::Pending {} => Box::pin(self.pending()),
            Command::Show { id } => Box::pin(self.show(id)),
            Command::Approve { id, digest, choose, terms, reply, pin } => Box::pin(async move {
                self.approve(id, &digest, Reply { text: reply, terms, choose, ..Reply::default() }, pin).await
            }),
            Command::Reject { id, digest, reply } => Box::pin(self.reject(id, digest, reply)),
            Command::Snooze { id, until } => {
                let snoozed = self.reach.turn(move |turn| turn.snooze(&id, None, until, "typed"));
                Box::pin(async move { Ok(vec![snoozed.await?.line()]) })
            }
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
            Command::Once { key, draft } => Box::pin(async move {
                let once = Some(Key::of(&key, &draft)?);
                Self { once, ..self.clone() }.lines(*draft).await
            }),
            Command::Follow { .. } => unreachable!("answered as a stream"),
        }
    }

    pub(super) async fn look_at<F>(&self, look: F) -> Lines
    where
        F: FnOnce(&ai2ai_store::Read) -> super::turn::Step<Vec<Value>> + Send + 'static,
    {
        self.reach.storage.look(look).await
    }

    /// Opens a conversation. What the owner types is approved by the typing; what the agent drafts waits.
    async fn open(&self, who: String, words: Words, pin: Option<Pin>) -> Lines {
        let owner = self.owner_for(&words, pin).await?;
        let (role, once) = (self.role, self.once.clone());
        let sent = self.reach.turn(move |turn| {
            turn.drafted_once(once, |turn| {
                let contact = contact(turn.view(), &who)?;
                let conversation = turn.new_conversation();
                turn.send(role, &contact, conversation, words, owner.as_ref())
            })
        });
        Ok(vec![sent.await?.line()])
    }

    async fn reply(&self, conversation: String, reply: Reply, pin: Option<Pin>) -> Lines {
        let owner = if reply.commits() { self.owner_for_reply(&conversation, &reply, pin).await? } else { None };
        let (role, once) = (self.role, self.once.clone());
        let sent = self.reach.turn(move |turn| {
            turn.drafted_once(once, |turn| {
                let row = show::conversation(turn.view(), &conversation)?;
                let words = decide::reply_in(turn.view(), &row, &reply)?;
                let contact = with(turn.view(), &row.with)?;
                turn.send(role, &contact, row.id, words, owner.as_ref())
            })
        });
        Ok(vec![sent.await?.line()])
    }

    /// The owner's key for a reply that commits; before it is asked for, the reply is looked at.
    async fn owner_for_reply(
        &self,
        conversation: &str,
        reply: &Reply,
        pin: Option<Pin>,
    ) -> Result<Option<OwnerKey>, Failure> {
        let (conversation, reply) = (conversation.to_owned(), reply.clone());
        let words = self.reach.storage.look(move |tx| {
            let row = show::conversation(tx, &conversation)?;
            decide::reply_in(tx, &row, &reply)
        });
        self.owner_for(&words.await?, pin).await
    }

    /// The owner's key, where the owner commits to terms by typing.
    pub(super) async fn owner_for(&self, words: &Words, pin: Option<Pin>) -> Result<Option<OwnerKey>, Failure> {
        match self.role {
            Role::Owner if words.commits() => self.unlock("terms", pin).await.map(Some),
            Role::Owner | Role::Agent => Ok(None),
        }
    }

    async fn pending(&self) -> Lines {
        let now = now();
        self.look_at(move |tx| {
            let snoozed = snoozed(tx)?;
            let items = inbox::first(tx, LISTED)?.into_iter().filter(|item| item.expires_at > now);
            let mut shown: BTreeMap<_, usize> = BTreeMap::new();
            let line = |item: ItemRow| {
                let until = snoozed.until(&item.id);
                let of_them = shown.entry(item.with).or_default();
                let view = show::pending_view(tx, item, until)?;
                let awake = view.snoozed_until.is_none();
                *of_them += usize::from(awake);
                Ok(PendingView { folded: awake && *of_them > SHOWN_OF_ONE, ..view }.line())
            };
            items.map(line).collect()
        })
        .await
    }

    async fn show(&self, id: String) -> Lines {
        let me = *self.reach.me.did();
        let look = self.reach.storage.look(move |tx| {
            let item = item(tx, &id)?;
            let opened = opened_item(tx, &item)?;
            Ok((show::item_view(tx, &me, item)?.line(), opened))
        });
        let (line, opened) = look.await?;
        self.reach.note_read(opened).await;
        Ok(vec![line])
    }

    async fn approve(&self, id: String, digest: &str, reply: Reply, pin: Option<Pin>) -> Lines {
        let shown: Digest =
            digest.parse().map_err(|error| Failure::new(Exit::Usage, "usage", format!("--digest: {error}")))?;
        let owner = self.unlock("approve", pin).await?;
        let of_look = id.clone();
        let factor = self.reach.vault.factor();
        let renewed = renewal::approve(self, &id, &shown, &owner).await;
        if let Some(renewed) = self.undecided("approve", factor, renewed).await? {
            return Ok(vec![renewed.line()]);
        }
        let with = self.reach.storage.look(move |tx| Ok(item(tx, &of_look)?.with)).await;
        let with = self.undecided("approve", factor, with).await?;
        let stranger = self.neighbours.get(&with).map(Neighbour::meeting);
        let decided = self.reach.turn(move |turn| turn.approve(&id, &shown, &reply, stranger.as_ref(), &owner, factor));
        Ok(vec![self.undecided("approve", factor, decided.await).await?.line()])
    }

    /// A decision on what is not there (any more), or not as it was shown, may be somebody's who repeats one: it is audited.
    async fn undecided<T>(
        &self,
        what: &'static str,
        factor: &'static str,
        decided: Result<T, Failure>,
    ) -> Result<T, Failure> {
        if let Err(failure) = &decided
            && NOT_AS_SHOWN.contains(&failure.code.as_str())
        {
            let code = failure.code.clone();
            self.reach.turn(move |turn| turn.audit(what, None, None, factor, &code)).await?;
        }
        decided
    }

    /// A link that opens the owner's pages, once.
    fn open_pages(&self) -> Lines {
        let Some(pages) = &self.reach.pages else {
            return Err(Failure::new(Exit::Failed, "no_pages", "this node serves no pages")
                .hint("set `enabled = true` under `[web]` in its config.toml, and start it again"));
        };
        let (url, life) = pages.link();
        Ok(vec![OpenView { url: url.to_string(), expires_at: now() + life }.line()])
    }

    async fn reject(&self, id: String, digest: Option<String>, reason: Option<String>) -> Lines {
        let shown = digest.map(|digest| digest.parse::<Digest>()).transpose();
        let shown = shown.map_err(|error| Failure::new(Exit::Usage, "usage", format!("--digest: {error}")))?;
        let decided = self.reach.turn(move |turn| turn.reject(&id, shown.as_ref(), reason.as_deref(), "typed"));
        Ok(vec![self.undecided("reject", "typed", decided.await).await?.line()])
    }

    async fn conversations(&self, before: Option<String>) -> Lines {
        let now = now();
        self.look_at(move |tx| {
            let rows = match before {
                Some(id) => conversations::before(tx, &show::conversation(tx, &id)?, LISTED)?,
                None => conversations::latest(tx, LISTED)?,
            };
            rows.into_iter().map(|row| Ok(show::line(tx, row, now)?.line())).collect()
        })
        .await
    }

    async fn conversation(&self, id: String) -> Lines {
        Ok(vec![follow::look(&self.reach, id, self.role).await?])
    }

    async fn export(&self, id: String) -> Lines {
        let (me, own) = (Arc::clone(&self.reach.me), self.reach.own.borrow().clone());
        self.look_at(move |tx| {
            let row = show::conversation(tx, &id)?;
            Ok(vec![show::agreement(tx, &me, &row, own.card.as_ref())?.line()])
        })
        .await
    }

    async fn draft(&self, item: Option<String>, conversation: Option<String>) -> Lines {
        let now = now();
        self.look_at(move |tx| Ok(vec![draft_view(tx, item.as_deref(), conversation.as_deref(), now)?.line()])).await
    }

    /// The owner key, for a decision. A wrong PIN is audited, and counted over restarts.
    pub(super) async fn unlock(&self, what: &'static str, pin: Option<Pin>) -> Result<OwnerKey, Failure> {
        match self.reach.vault.open(pin).await {
            Ok((key, false)) => Ok(key),
            Ok((key, true)) => {
                let guard = self.reach.vault.guard();
                self.reach.turn(move |turn| turn.keep_guard(&guard)).await?;
                Ok(key)
            }
            Err(failure) if failure.code == PIN_NEEDED => Err(failure),
            Err(failure) => {
                let (code, guard) = (failure.code.clone(), self.reach.vault.guard());
                self.reach
                    .turn(move |turn| {
                        turn.keep_guard(&guard)?;
                        turn.audit(what, None, None, "pin", &code)
                    })
                    .await?;
                Err(failure)
            }
        }
    }
}

/// Our own card, for whoever asks for it.
pub(super) fn own_card(reach: &Reach) -> Option<Card> {
    reach.own.borrow().card.clone()
}
