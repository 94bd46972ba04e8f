//! An agent's work: each thing that it can ask for, with its bounds checked, done at the agent's door of the node.

use std::time::{Duration, Instant};

use ai2ai_api::client::Client;
use ai2ai_api::command::Request;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::requests;
use ai2ai_api::views::{ConversationView, SentView, View as _};
use ai2ai_protocol::id::MessageId;
use ai2ai_protocol::limits::{MENU_TIMES, REASON_CHARS};
use ai2ai_protocol::time::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::door::AgentDoor;
use super::happenings::HappenedView;
use super::payloads::Payloads;
use super::problem::Problem;
use super::quoting::Fence;
use super::requests::{
    CancelAsk, ConversationAsk, FreeBusyAsk, InboxAsk, LINE_CHARS, LISTED, MeetingAsk, ProposeAsk, ReplyAsk, StatusAsk,
    TEXT_CHARS, TextAsk, WAITS, WithdrawAsk,
};
use super::responses::{Busy, Contacts, Conversation, Drafted, FreeBusy, Inbox, Status, Whoami, Withdrawn};
use crate::calendar::{Calendar, Sources, TimeSlot};

/// Messages of a conversation that are told whole: the latest.
const TOLD: usize = 40;
/// Conversations that are listed when nobody says.
const LISTED_USUALLY: usize = 20;
/// How often it is looked meanwhile.
const LOOKS_EVERY: Duration = Duration::from_millis(250);
/// The longest time that a calendar is asked about.
const ASKED_DAYS: Duration = Duration::from_secs(31 * 24 * 3_600);
/// Busy times that are told.
const BUSY: usize = 500;

/// What an agent can do.
#[derive(Debug, Clone)]
pub struct Service {
    door: AgentDoor,
    calendar: Sources,
}

impl Service {
    /// The work of an agent with this client, whose owner has this calendar.
    pub fn new(client: Client, calendar: Sources) -> Self {
        Self { door: AgentDoor::new(client), calendar }
    }

    /// Who the agent speaks for.
    pub async fn whoami(&self) -> Result<Whoami, Problem> {
        Ok(self.door.ask(requests::Status {}).await?.into())
    }

    /// Whom its owner knows.
    pub async fn contacts(&self) -> Result<Contacts, Problem> {
        Ok(self.door.ask(requests::Contacts {}).await?.into())
    }

    /// The conversations, latest first.
    pub async fn inbox(&self, ask: InboxAsk) -> Result<Inbox, Problem> {
        let InboxAsk { open_only, limit } = ask;
        let lines = self.door.ask(requests::Conversations { before: None }).await?;
        let most = limit.unwrap_or(LISTED_USUALLY).clamp(1, LISTED);
        Ok(Inbox::of(lines, open_only.unwrap_or(true), most, &fence()))
    }

    /// One conversation, fenced.
    pub async fn conversation(&self, ask: ConversationAsk) -> Result<Conversation, Problem> {
        Ok(Conversation::of(self.look(ask.conversation).await?, &fence()))
    }

    /// One conversation as it stands at the door: for rules, never for a model.
    pub async fn look(&self, conversation: String) -> Result<ConversationView, Problem> {
        self.door.ask(requests::Conversation { id: conversation }).await
    }

    /// What happened, with the conversation as an agent may read it: for programs, never for a model.
    pub async fn whole(&self, happened: &HappenedView) -> Result<Value, Problem> {
        let mut view = self.look(happened.conversation.to_string()).await?;
        let older = view.messages.len().saturating_sub(TOLD);
        view.messages.drain(..older);
        Ok(json!({ "schema": "hook/1", "event": happened.event, "at": happened.at, "conversation": view.line() }))
    }

    /// What was said in one conversation, as it was said: for programs that read members, never for a model.
    pub async fn payloads(&self, ask: ConversationAsk) -> Result<Payloads, Problem> {
        Ok(self.look(ask.conversation).await?.into())
    }

    /// What became of a draft; it may wait a while for a change.
    pub async fn request_status(&self, ask: StatusAsk) -> Result<Status, Problem> {
        let StatusAsk { item, conversation, wait_seconds } = ask;
        let request = requests::Draft { item, conversation };
        let begun = Instant::now();
        let wait = Duration::from_secs(wait_seconds.unwrap_or(0)).min(WAITS);
        let first: Status = self.door.ask(request.clone()).await?.into();
        loop {
            if begun.elapsed() >= wait {
                return Ok(first);
            }
            tokio::time::sleep(LOOKS_EVERY).await;
            let now: Status = self.door.ask(request.clone()).await?.into();
            if now != first {
                return Ok(now);
            }
        }
    }

    /// When the owner is busy. Only times are told.
    pub async fn free_busy(&self, ask: FreeBusyAsk) -> Result<FreeBusy, Problem> {
        let from = moment(&ask.from)?;
        let until = moment(&ask.until)?;
        if until <= from || until.since(from) > ASKED_DAYS {
            return Err(Problem::new(ErrorCode::BadTime, "`until` has to be after `from`, by 31 days at most"));
        }
        let window = TimeSlot { start: from, end: until };
        let calendar = self.calendar(window).await?.ok_or_else(|| {
            Problem::new(ErrorCode::NoCalendar, "no calendar is set")
                .hint("Your human can name one: `[calendar] file` or `urls` in config.toml.")
        })?;
        let within: Vec<&TimeSlot> = calendar.busy().iter().filter(|slot| slot.overlaps(window)).collect();
        let busy = within
            .iter()
            .take(BUSY)
            .map(|slot| Busy { from: slot.start.max(from).to_string(), until: slot.end.min(until).to_string() });
        let uncertain = calendar.unread() + calendar.guessed();
        Ok(FreeBusy { busy: busy.collect(), uncertain, more: within.len() > BUSY })
    }

    /// The owner's calendar, as far as this window goes; nothing when none is set.
    pub async fn calendar(&self, window: TimeSlot) -> Result<Option<Calendar>, Problem> {
        let read = self.calendar.read(&TimeZone::system(), window).await;
        read.map_err(|error| Problem::new(ErrorCode::NoCalendar, error.to_string()))
    }

    /// Drafts a meeting.
    pub async fn propose_meeting(&self, ask: MeetingAsk) -> Result<Drafted, Problem> {
        bounded("subject", &ask.subject, LINE_CHARS)?;
        bounded("place", ask.place.as_deref().unwrap_or_default(), LINE_CHARS)?;
        let times = checked(&ask.times)?;
        let command = |who| requests::Meet {
            who,
            subject: ask.subject.clone(),
            times,
            minutes: ask.minutes,
            place: ask.place.clone(),
            pin: None,
        };
        self.draft_for(&ask.who, ask.idempotency_key.clone(), command).await
    }

    /// Drafts a message.
    pub async fn send_message(&self, ask: TextAsk) -> Result<Drafted, Problem> {
        bounded("text", &ask.text, TEXT_CHARS)?;
        let command = |who| requests::Send { who, text: ask.text.clone() };
        self.draft_for(&ask.who, ask.idempotency_key.clone(), command).await
    }

    /// Drafts a question.
    pub async fn ask(&self, ask: TextAsk) -> Result<Drafted, Problem> {
        bounded("text", &ask.text, TEXT_CHARS)?;
        let command = |who| requests::Ask { who, question: ask.text.clone() };
        self.draft_for(&ask.who, ask.idempotency_key.clone(), command).await
    }

    /// Drafts a proposal of any intent.
    pub async fn propose(&self, ask: ProposeAsk) -> Result<Drafted, Problem> {
        let command =
            |who| requests::Propose { who, intent: ask.intent.clone(), payload: ask.payload.clone(), pin: None };
        self.draft_for(&ask.who, ask.idempotency_key.clone(), command).await
    }

    /// Drafts an answer in a conversation.
    pub async fn draft_reply(&self, ask: ReplyAsk) -> Result<Drafted, Problem> {
        bounded("text", ask.text.as_deref().unwrap_or_default(), TEXT_CHARS)?;
        let times = ask.times.as_deref().map(checked).transpose()?.unwrap_or_default();
        let after = ask.after.as_deref().map(str::parse::<MessageId>).transpose();
        let after =
            after.map_err(|error| Problem::new(ErrorCode::BadId, format!("`after` names no message: {error}")))?;
        let command = requests::Reply {
            conversation: ask.conversation.clone(),
            text: ask.text.clone(),
            terms: ask.terms.clone(),
            times,
            choose: ask.choose,
            accept: ask.accept.unwrap_or(false),
            after,
            pin: None,
        };
        self.draft(ask.idempotency_key, command).await
    }

    /// Drafts that what was agreed is called off. No mandate covers that: the owner decides.
    pub async fn draft_cancel(&self, ask: CancelAsk) -> Result<Drafted, Problem> {
        bounded("reason", ask.reason.as_deref().unwrap_or_default(), REASON_CHARS)?;
        let command = requests::Cancel { conversation: ask.conversation, reason: ask.reason, pin: None };
        self.draft(ask.idempotency_key, command).await
    }

    /// Takes back a draft that the owner has not decided on.
    pub async fn withdraw(&self, ask: WithdrawAsk) -> Result<Withdrawn, Problem> {
        let view = self.door.ask(requests::Withdraw { id: ask.item }).await?;
        Ok(Withdrawn { item: view.id })
    }

    async fn draft_for<R: Request<Reply = SentView>>(
        &self,
        who: &str,
        key: Option<String>,
        command: impl FnOnce(String) -> R,
    ) -> Result<Drafted, Problem> {
        let contact = self.door.contact(who).await?;
        self.draft(key, command(contact.did.to_string())).await
    }

    /// Under a key, the node drafts once, whichever program asks again, and whenever.
    async fn draft<R: Request<Reply = SentView>>(&self, key: Option<String>, draft: R) -> Result<Drafted, Problem> {
        let sent = match key {
            Some(key) => self.door.ask(requests::Once { key, draft: Box::new(draft.into()) }).await?,
            None => self.door.ask(draft).await?,
        };
        Ok(sent.into())
    }
}

/// A fence that nobody could know before.
pub fn fence() -> Fence {
    Fence::new(rand::random())
}

fn bounded(what: &str, text: &str, most: usize) -> Result<(), Problem> {
    match text.chars().count() <= most {
        true => Ok(()),
        false => Err(Problem::new(ErrorCode::TooLong, format!("`{what}` has more than {most} characters"))),
    }
}

/// Times that leave nothing open: they stand before the human as they will be sent.
fn checked(times: &[String]) -> Result<Vec<String>, Problem> {
    if times.is_empty() || times.len() > MENU_TIMES {
        return Err(Problem::new(ErrorCode::BadTime, format!("1 to {MENU_TIMES} times are proposed at once")));
    }
    times.iter().map(|time| moment(time).map(|_| time.trim().to_owned())).collect()
}

/// A moment that leaves nothing open.
fn moment(text: &str) -> Result<Timestamp, Problem> {
    text.trim().parse().map_err(|_| {
        Problem::new(
            ErrorCode::BadTime,
            "a time is written with its offset, such as 2026-02-10T19:00+01:00 or 2026-02-10T18:00Z",
        )
    })
}
