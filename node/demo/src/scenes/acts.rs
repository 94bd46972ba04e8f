//! Steps that all scenarios share: an agent drafts at its door, its owner approves at theirs, the other side's agent finds it.

use std::fmt::Display;
use std::time::Duration;

use ai2ai_api::command::Request;
use ai2ai_api::exit::Failure;
use ai2ai_api::requests;
use ai2ai_api::views::{ConversationView, ItemView, SentView, VerifyView};
use ai2ai_protocol::canonical::Object;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::id::ConversationId;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::agents;
use crate::cast::{Person, SOON};
use crate::meeting;
use crate::owners;
use crate::screen::{Screen, Who};
use crate::stage::{DemoFolder, went_wrong, write_new};

/// Longest wait for any one step.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stage and screen of a scenario.
#[derive(Debug, Clone, Copy)]
pub(super) struct Play<'a> {
    pub(super) stage: &'a DemoFolder,
    pub(super) screen: &'a Screen,
}

impl Play<'_> {
    /// Each of the others and this one become contacts.
    pub(super) async fn introduces(&self, one: &Person, others: &[Person]) -> Result<(), Failure> {
        for other in others {
            meeting::introduce(one, other, self.screen).await?;
        }
        Ok(())
    }

    /// An agent says something for the audience: what it read, computed or found.
    pub(super) fn tells(&self, agent: &Person, what: impl Display) {
        self.screen.says(Who::Party(agent.name), what);
    }

    /// An agent drafts at its door, and its owner approves exactly that at theirs.
    pub(super) async fn says<R: Request<Reply = SentView>>(
        &self,
        person: &Person,
        request: R,
        told: impl Display,
    ) -> Result<ConversationId, Failure> {
        let sent = person.agent(request).await?;
        agents::waits_for_the_owner(person, &sent)?;
        self.tells(person, told);
        self.approves(person, &sent).await?;
        Ok(sent.conversation)
    }

    /// The owner looks at what their agent drafted, and approves it.
    pub(super) async fn approves(&self, person: &Person, sent: &SentView) -> Result<(), Failure> {
        let id = sent.item.ok_or_else(|| went_wrong(format!("nothing waits for {}", person.name)))?;
        let item = person.owner(requests::Show { id: id.to_string() }).await?;
        owners::approve(person, &item, self.screen).await
    }

    /// The owner takes note of what came in, where nothing is to be answered.
    pub(super) async fn notes(&self, person: &Person, conversation: &ConversationId) -> Result<(), Failure> {
        let item = self.item(person, conversation).await?;
        let _ = person.owner(owners::approval(&item, None, person.pin.clone())).await?;
        self.screen.says(Who::Human(person.name), "has read it");
        Ok(())
    }

    /// The owner refuses what came in, and says why.
    pub(super) async fn refuses(
        &self,
        person: &Person,
        conversation: &ConversationId,
        why: &str,
    ) -> Result<(), Failure> {
        let item = self.item(person, conversation).await?;
        let id = item.id.to_string();
        let digest = Some(item.digest.to_string());
        let reply = Some(why.to_owned());
        let _ = person.owner(requests::Reject { id, digest, reply }).await?;
        self.screen.says(Who::Human(person.name), format_args!("rejects: {why}"));
        Ok(())
    }

    async fn item(&self, person: &Person, conversation: &ConversationId) -> Result<ItemView, Failure> {
        let what = format!("something for {}", person.name);
        let waiting = awaited(&what, async || {
            let waiting = person.owner(requests::Pending {}).await?;
            Ok(waiting.into_iter().find(|item| item.conversation == Some(*conversation)))
        });
        person.owner(requests::Show { id: waiting.await?.id.to_string() }).await
    }

    /// The agent finds, at its own door, a conversation about this in which the other side had the last word, and said this.
    pub(super) async fn finds(
        &self,
        person: &Person,
        from: &Person,
        intent: &str,
        is_it: impl Fn(&Object) -> bool,
    ) -> Result<ConversationView, Failure> {
        awaited(&format!("{intent} from {} to reach {}", from.name, person.name), async || {
            let all = person.agent(requests::Conversations { before: None }).await?;
            for line in all.into_iter().filter(|line| line.did == from.did && line.intent == intent) {
                let view = person.agent(requests::Conversation { id: line.id.to_string() }).await?;
                let last = view.messages.last().filter(|last| last.side == "them");
                if last.is_some_and(|last| is_it(&last.payload)) {
                    return Ok(Some(view));
                }
            }
            Ok(None)
        })
        .await
    }

    /// The agent waits until its conversation is as awaited.
    pub(super) async fn sees(
        &self,
        person: &Person,
        conversation: &ConversationId,
        is_it: impl Fn(&ConversationView) -> bool,
    ) -> Result<ConversationView, Failure> {
        awaited(&format!("{}'s side of {conversation} to go on", person.name), async || {
            Ok(agents::look(person, conversation).await?.filter(|view| is_it(view)))
        })
        .await
    }

    /// Both sides hold the conversation as confirmed with the same terms; and what each exports is found good in a home that never
    /// heard of either.
    pub(super) async fn agree(
        &self,
        one: &Person,
        other: &Person,
        conversation: &ConversationId,
    ) -> Result<VerifyView, Failure> {
        let is_settled = |view: &ConversationView| view.state == Phase::Confirmed && view.pending_act.is_none();
        let ours = self.sees(one, conversation, is_settled).await?;
        let theirs = self.sees(other, conversation, is_settled).await?;
        if ours.terms_hash.is_none() || (ours.terms_hash, &ours.terms) != (theirs.terms_hash, &theirs.terms) {
            return Err(went_wrong(format!("{} and {} confirmed different terms", one.name, other.name)));
        }
        let mut verdict = None;
        for person in [one, other] {
            let file = self.stage.dir().join(format!("{conversation}-of-{}.json", person.agent_name()));
            let exported = person.owner(requests::Export { id: conversation.to_string() }).await?;
            write_new(&file, &exported.text)?;
            let found = self.stage.verdict(&file).await?;
            if !found.valid || found.terms_hash != ours.terms_hash || found.terms != ours.terms {
                let problems = found.problems.join("; ");
                return Err(went_wrong(format!("{}'s agreement does not hold: {problems}", person.name)));
            }
            verdict = Some(found);
        }
        let hash = ours.terms_hash.map(|hash| owners::short(&hash.to_string())).unwrap_or_default();
        let one = one.name;
        let other = other.name;
        self.screen.says(Who::Nodes, format_args!("{one} and {other} hold the same, {hash}; verified offline"));
        verdict.ok_or_else(|| went_wrong("nothing was verified"))
    }
}

/// Asks again until there is an answer.
async fn awaited<T>(what: &str, ask: impl AsyncFn() -> Result<Option<T>, Failure>) -> Result<T, Failure> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if Instant::now() > deadline {
            return Err(went_wrong(format!("waited {} s for {what}", PATIENCE.as_secs())));
        }
        sleep(SOON).await;
    }
}

/// A proposal of any intent.
pub(super) fn proposal(to: &Person, intent: &str, payload: Value) -> requests::Propose {
    requests::Propose { who: to.did.to_string(), intent: intent.to_owned(), payload: members(payload), pin: None }
}

/// An answer in a conversation.
pub(super) enum Reaction {
    /// The other side's terms are accepted.
    Accept,
    /// One of the proposed times, the first being 1.
    Choose(usize),
    /// Terms on the table.
    Offer(Value),
    /// These times instead.
    Times(Vec<String>),
}

/// An answer in this conversation, as the agent's door takes it.
pub(super) fn reply(view: &ConversationView, answer: Reaction) -> requests::Reply {
    let mut accept = false;
    let mut choose = None;
    let mut terms = None;
    let mut times = Vec::new();
    match answer {
        Reaction::Accept => accept = true,
        Reaction::Choose(place) => choose = Some(place),
        Reaction::Offer(offered) => terms = Some(members(offered)),
        Reaction::Times(proposed) => times = proposed,
    }
    requests::Reply {
        conversation: view.id.to_string(),
        text: None,
        terms,
        times,
        choose,
        accept,
        after: None,
        pin: None,
    }
}

fn members(value: Value) -> Object {
    match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Object::new(),
    }
}

/// The terms on the table, as the agent's door shows them.
pub(super) fn terms(view: &ConversationView) -> Result<&Object, Failure> {
    view.terms.as_ref().ok_or_else(|| went_wrong(format!("no terms are on the table with {}", view.with)))
}

/// The other side's last payload.
pub(super) fn said(view: &ConversationView) -> Result<&Object, Failure> {
    let last = view.messages.iter().rfind(|message| message.side == "them");
    last.map(|last| &last.payload).ok_or_else(|| went_wrong(format!("{} said nothing", view.with)))
}

/// A text member of what somebody said.
pub(super) fn text<'o>(object: &'o Object, name: &str) -> &'o str {
    object.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A whole number of what somebody said.
pub(super) fn number(object: &Object, name: &str) -> Option<u64> {
    object.get(name).and_then(Value::as_u64)
}
