//! The tools that draft: what they make waits for the human, unless the node finds that a mandate of theirs covers it.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{Json, tool, tool_router};

use super::Tools;
use super::answers::{Drafted, Withdrawn};
use super::asks::{MeetingAsk, ProposeAsk, ReplyAsk, TextAsk, WithdrawAsk};
use super::problem::Problem;
use super::reads::moment;
use crate::doors::Command;
use crate::views::{SentView, WithdrawnView};
use ai2ai_protocol::limits::MENU_TIMES;

/// Characters of words that are drafted.
const TEXT_CHARS: usize = 10_000;
/// Characters of a subject or a place.
const LINE_CHARS: usize = 200;

#[tool_router(router = drafts, vis = "pub(super)")]
impl Tools {
    /// Draft a proposal to meet. Nothing is sent before your human approves it, unless a mandate of theirs covers it.
    #[tool(
        name = "ai2ai_propose_meeting",
        annotations(
            title = "Draft a meeting",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn propose_meeting(&self, asked: Parameters<MeetingAsk>) -> Result<Json<Drafted>, Problem> {
        let ask = asked.0;
        bounded("subject", &ask.subject, LINE_CHARS)?;
        bounded("place", ask.place.as_deref().unwrap_or_default(), LINE_CHARS)?;
        let times = checked(&ask.times)?;
        let command = |who| Command::Meet {
            who,
            subject: ask.subject.clone(),
            times,
            minutes: ask.minutes,
            place: ask.place.clone(),
            pin: None,
        };
        self.once(&ask, ask.idempotency_key.as_deref(), &ask.who, command).await
    }

    /// Draft a message. Nothing is sent before your human approves it, unless a mandate of theirs covers it.
    #[tool(
        name = "ai2ai_send_message",
        annotations(
            title = "Draft a message",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn send_message(&self, asked: Parameters<TextAsk>) -> Result<Json<Drafted>, Problem> {
        let ask = asked.0;
        bounded("text", &ask.text, TEXT_CHARS)?;
        let command = |who| Command::Send { who, text: ask.text.clone() };
        self.once(&("send", &ask), ask.idempotency_key.as_deref(), &ask.who, command).await
    }

    /// Draft a question. Nothing is sent before your human approves it, unless a mandate of theirs covers it.
    #[tool(
        name = "ai2ai_ask",
        annotations(
            title = "Draft a question",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn ask(&self, asked: Parameters<TextAsk>) -> Result<Json<Drafted>, Problem> {
        let ask = asked.0;
        bounded("text", &ask.text, TEXT_CHARS)?;
        let command = |who| Command::Ask { who, question: ask.text.clone() };
        self.once(&("ask", &ask), ask.idempotency_key.as_deref(), &ask.who, command).await
    }

    /// Draft a proposal of any other intent. Nothing is sent before your human approves it, unless a mandate of theirs covers it.
    #[tool(
        name = "ai2ai_propose",
        annotations(
            title = "Draft a proposal",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = false,
            open_world_hint = true
        )
    )]
    async fn propose(&self, asked: Parameters<ProposeAsk>) -> Result<Json<Drafted>, Problem> {
        let ask = asked.0;
        let command =
            |who| Command::Propose { who, intent: ask.intent.clone(), payload: ask.payload.clone(), pin: None };
        self.once(&ask, ask.idempotency_key.as_deref(), &ask.who, command).await
    }

    /// Draft an answer in a conversation: words, one of their times, other times, terms, or that theirs are accepted. It takes the place of a
    /// draft that waits there. Nothing is sent before your human approves it, unless a mandate of theirs covers it.
    #[tool(
        name = "ai2ai_draft_reply",
        annotations(
            title = "Draft an answer",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn draft_reply(&self, asked: Parameters<ReplyAsk>) -> Result<Json<Drafted>, Problem> {
        let ask = asked.0;
        bounded("text", ask.text.as_deref().unwrap_or_default(), TEXT_CHARS)?;
        let times = ask.times.as_deref().map(checked).transpose()?.unwrap_or_default();
        let command = Command::Reply {
            conversation: ask.conversation.clone(),
            text: ask.text.clone(),
            terms: ask.terms.clone(),
            times,
            choose: ask.choose,
            accept: ask.accept.unwrap_or(false),
            pin: None,
        };
        let drafted = self.once.run(ask.idempotency_key.as_deref(), &ask, self.draft(&command)).await?;
        Ok(Json(drafted))
    }

    /// Take back a draft of yours that your human has not decided on. What was sent is theirs to take back.
    #[tool(
        name = "ai2ai_withdraw",
        annotations(
            title = "Take a draft back",
            read_only_hint = false,
            destructive_hint = true,
            idempotent_hint = true,
            open_world_hint = false
        )
    )]
    async fn withdraw(&self, asked: Parameters<WithdrawAsk>) -> Result<Json<Withdrawn>, Problem> {
        let view: WithdrawnView = self.door.one(&Command::Withdraw { id: asked.0.item }).await?;
        Ok(Json(Withdrawn { item: view.id }))
    }
}

impl Tools {
    async fn once(
        &self,
        of: &impl serde::Serialize,
        key: Option<&str>,
        who: &str,
        command: impl FnOnce(String) -> Command,
    ) -> Result<Json<Drafted>, Problem> {
        let draft = async {
            let contact = self.door.contact(who).await?;
            self.draft(&command(contact.did.to_string())).await
        };
        Ok(Json(self.once.run(key, of, draft).await?))
    }

    async fn draft(&self, command: &Command) -> Result<Drafted, Problem> {
        Ok(self.door.one::<SentView>(command).await?.into())
    }
}

fn bounded(what: &str, text: &str, most: usize) -> Result<(), Problem> {
    match text.chars().count() <= most {
        true => Ok(()),
        false => Err(Problem::new("too_long", format!("`{what}` has more than {most} characters"))),
    }
}

/// Times that leave nothing open: they stand before the human as they will be sent.
fn checked(times: &[String]) -> Result<Vec<String>, Problem> {
    if times.is_empty() || times.len() > MENU_TIMES {
        return Err(Problem::new("bad_time", format!("1 to {MENU_TIMES} times are proposed at once")));
    }
    times.iter().map(|time| moment(time).map(|_| time.trim().to_owned())).collect()
}
