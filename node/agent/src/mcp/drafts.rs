//! The tools that draft: what they make waits for the human, unless the node finds that a mandate of theirs covers it.

use rmcp::handler::server::wrapper::Parameters;
use rmcp::{Json, tool, tool_router};

use super::Tools;
use crate::problem::Problem;
use crate::requests::{CancelAsk, MeetingAsk, ProposeAsk, ReplyAsk, TextAsk, WithdrawAsk};
use crate::responses::{Drafted, Withdrawn};

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
        Ok(Json(self.work.propose_meeting(asked.0).await?))
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
        Ok(Json(self.work.send_message(asked.0).await?))
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
        Ok(Json(self.work.ask(asked.0).await?))
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
        Ok(Json(self.work.propose(asked.0).await?))
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
        Ok(Json(self.work.draft_reply(asked.0).await?))
    }

    /// Draft that your human calls off what was agreed in a conversation. Only your human can; nothing is sent before they approve it.
    #[tool(
        name = "ai2ai_draft_cancel",
        annotations(
            title = "Draft calling off an agreement",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        )
    )]
    async fn draft_cancel(&self, asked: Parameters<CancelAsk>) -> Result<Json<Drafted>, Problem> {
        Ok(Json(self.work.draft_cancel(asked.0).await?))
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
        Ok(Json(self.work.withdraw(asked.0).await?))
    }
}
