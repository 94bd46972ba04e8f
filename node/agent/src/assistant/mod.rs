//! The agent for people who have none: by rules, or by a model of theirs. It reads what was cleared, and drafts.
//!
//! Whatever a model answers, and whoever talked it into that, becomes a draft or nothing: this room holds the agent's door and no other. What would
//! be said has to fit a schema, the conversation and the owner's calendar; the node asks the owner, unless a mandate of theirs covers it.

mod answer;
mod budget;
mod model;
mod prompt;
mod rules;

use std::time::Instant;

use ai2ai_api::clock::now;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::Failure;
use ai2ai_api::views::ConversationView;
use ai2ai_home::config::AssistantConfig;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::{ConversationId, MessageId};

pub use rules::{Silence, SuggestedDraft, draft, free_evenings};

use crate::calendar::{CALENDAR_HORIZON, Calendar, TimeSlot};
use crate::happenings::{Listener, Received, What};
use crate::problem::Problem;
use crate::requests::ReplyAsk;
use crate::responses::Drafted;
use crate::service::{Service, fence};
use answer::Facts;
use budget::TokenBudget;
use model::{Model, ModelError};

/// How often a model is asked about one message: once, and once more when its answer can't be used.
const ROUNDS: usize = 2;

/// How it comes to an answer.
enum Mind {
    Rules,
    Model(Box<Model>),
}

/// The built-in assistant.
pub(crate) struct Assistant {
    mind: Mind,
    budget: TokenBudget,
    human: String,
    work: Service,
}

/// Why nothing was drafted.
#[derive(Debug, thiserror::Error)]
enum NoDraft {
    #[error("there is nothing to answer: {0:?}")]
    Silence(Silence),
    #[error("the model has nothing to say")]
    NoReply,
    #[error("the model's answer can't be used: {0}")]
    Useless(String),
    #[error("something else was said meanwhile")]
    Overtaken,
    #[error(transparent)]
    Trouble(#[from] ModelError),
    #[error("{}: {}", .0.code, .0.message)]
    Refused(Problem),
}

impl From<Problem> for NoDraft {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl Assistant {
    /// The assistant of this person, as the settings have it.
    ///
    /// # Errors
    /// When the file with the key can't be read.
    pub(crate) fn new(config: &AssistantConfig, human: String, work: Service) -> Result<Self, Failure> {
        let mind = match Model::open(config)? {
            Some(model) => Mind::Model(Box::new(model)),
            None => Mind::Rules,
        };
        Ok(Self { mind, budget: TokenBudget::new(config.calls_per_hour), human, work })
    }

    /// Answers what arrives, one conversation after the other, until the node stops.
    pub(crate) async fn run(mut self, mut listener: Listener) {
        while let Some(heard) = listener.next().await {
            match heard {
                Received::Happened(happened) if happened.event == What::Arrived => {
                    let conversation = happened.conversation;
                    match self.consider(conversation).await {
                        Ok(drafted) => tracing::info!(%conversation, state = drafted.state(), "the assistant drafted"),
                        Err(NoDraft::Silence(why)) => {
                            tracing::debug!(%conversation, ?why, "the assistant says nothing")
                        }
                        Err(why) => tracing::warn!(%conversation, %why, "the assistant drafted nothing"),
                    }
                }
                Received::Happened(_) => {}
                Received::Missed(missed) => tracing::warn!(missed, "events came faster than the assistant took them"),
            }
        }
    }

    async fn consider(&mut self, conversation: ConversationId) -> Result<Drafted, NoDraft> {
        let view = self.work.look(conversation.to_string()).await?;
        let heard = to_answer(&view).map_err(NoDraft::Silence)?;
        let horizon = TimeSlot::new(now(), CALENDAR_HORIZON);
        let calendar = self.work.calendar(horizon).await?;
        let ask = match &self.mind {
            Mind::Rules => by_rules(&view, calendar.as_ref())?,
            Mind::Model(_) => self.by_model(&view, calendar.as_ref()).await?,
        };
        // A model takes its time: its answer is to what it saw, and to nothing newer.
        let latest = self.work.look(conversation.to_string()).await?;
        match to_answer(&latest) {
            Ok(still) if still == heard => {
                let after = Some(heard.to_string());
                Ok(self.work.draft_reply(ReplyAsk { after, ..ask }).await?)
            }
            Ok(_) | Err(_) => Err(NoDraft::Overtaken),
        }
    }

    async fn by_model(&mut self, view: &ConversationView, calendar: Option<&Calendar>) -> Result<ReplyAsk, NoDraft> {
        let Mind::Model(model) = &mut self.mind else { return Err(NoDraft::NoReply) };
        let mut told = prompt::told(&self.human, view, calendar, now(), &fence());
        let mut useless = String::new();
        for _ in 0..ROUNDS {
            let budget = &mut self.budget;
            let said = model.ask(&told, || budget.take(view.id, Instant::now())).await?;
            let facts = Facts { view, calendar, now: now() };
            match answer::read(&said).and_then(|answer| answer.checked(&facts)) {
                Ok(Some(ask)) => return Ok(ask),
                Ok(None) => return Err(NoDraft::NoReply),
                Err(why) => {
                    told.push(prompt::refused(&why));
                    useless = why;
                }
            }
        }
        Err(NoDraft::Useless(useless))
    }
}

/// The message of theirs that waits for an answer.
fn to_answer(view: &ConversationView) -> Result<MessageId, Silence> {
    match view.state {
        Phase::Proposed | Phase::Negotiating => {}
        Phase::Confirmed | Phase::Rejected | Phase::Expired => return Err(Silence::Closed),
    }
    match view.messages.last() {
        Some(last) if last.side == "them" && view.pending_act.is_none() => Ok(last.id),
        Some(_) | None => Err(Silence::NotItsTurn),
    }
}

fn by_rules(view: &ConversationView, calendar: Option<&Calendar>) -> Result<ReplyAsk, NoDraft> {
    let calendar = calendar.ok_or_else(|| Problem::new(ErrorCode::NoCalendar, "the rules need a calendar"))?;
    let ask = ReplyAsk { conversation: view.id.to_string(), ..ReplyAsk::default() };
    match draft(view, calendar, now()) {
        SuggestedDraft::Choose(place) => Ok(ReplyAsk { choose: Some(place), ..ask }),
        SuggestedDraft::Accept => Ok(ReplyAsk { accept: Some(true), ..ask }),
        SuggestedDraft::Counter(times) => {
            Ok(ReplyAsk { times: Some(times.iter().map(ToString::to_string).collect()), ..ask })
        }
        SuggestedDraft::Nothing(why) => Err(NoDraft::Silence(why)),
    }
}
