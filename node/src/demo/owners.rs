//! The owners' lines: each looks at what waits, and decides one item by its id, bound to the digest that was shown.

use std::io::{self, BufRead as _, Write as _};

use ai2ai_protocol::id::{ConversationId, MessageId};

use tokio::sync::oneshot;

use super::cast::Person;
use super::screen::{Screen, Who};
use super::stage::went_wrong;
use crate::doors::Command;
use crate::exit::{Exit, Failure};
use crate::views::{DecisionView, ItemView, PendingView};

/// Who decides for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The script: approves what the agent drafted.
    Script,
    /// Whoever sits at the keyboard.
    Keyboard,
}

/// What a person at the keyboard wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wish {
    Approve,
    Choose(usize),
    Reject,
    Show,
    Leave,
}

const QUESTION: &str = "What do you say? [a]pprove, choose a time by its [number], [r]eject, [s]how again, [q]uit: ";

/// The owner decides what waits in this conversation, once the agent has read what came in. Nothing waiting, nothing done.
pub(super) async fn decide(
    person: &Person,
    owner: Owner,
    conversation: &ConversationId,
    read: Option<MessageId>,
    screen: &Screen,
) -> Result<(), Failure> {
    let waiting: Vec<PendingView> = person.owner_list(Command::Pending {}).await?;
    let Some(waiting) = waiting.into_iter().find(|item| item.conversation == Some(*conversation)) else {
        return Ok(());
    };
    let item: ItemView = person.owner(Command::Show { id: waiting.id.to_string() }).await?;
    let is_read = item.came_in.as_ref().is_none_or(|came_in| read == Some(came_in.id));
    match owner {
        _ if !is_read => Ok(()),
        Owner::Script => approve(person, &item, screen).await,
        Owner::Keyboard => ask_the_person(person, &item, screen).await,
    }
}

async fn approve(person: &Person, item: &ItemView, screen: &Screen) -> Result<(), Failure> {
    if item.sends.is_none() {
        return Err(went_wrong(format!("{} has nothing to approve: {}", person.name, item.next)));
    }
    let approve = Command::Approve {
        id: item.id.to_string(),
        digest: item.digest.to_string(),
        choose: None,
        terms: None,
        reply: None,
        pin: Some(person.pin.clone()),
    };
    let decided: DecisionView = person.owner(approve).await?;
    if decided.decision != "approved" {
        return Err(went_wrong(format!("{}'s approval was taken as {}", person.name, decided.decision)));
    }
    let what = match &item.terms_hash {
        Some(terms) => format!("approves with the PIN, and so signs these terms: {}", short(&terms.to_string())),
        None => "approves with the PIN: this may be sent".to_owned(),
    };
    screen.says(Who::Human(person.name), what);
    Ok(())
}

/// Shows the item as `ai2ai show` prints it, asks, and does what the person says with the same commands that they would
/// type: so `ai2ai approve` itself asks for the PIN.
async fn ask_the_person(person: &Person, item: &ItemView, screen: &Screen) -> Result<(), Failure> {
    let (id, digest) = (item.id.to_string(), item.digest.to_string());
    screen.line("");
    let mut wish = Wish::Show;
    loop {
        let done = match wish {
            Wish::Show => run(person, &["show", &id]).await.map(|_| false)?,
            Wish::Approve => run(person, &["approve", &id, "--digest", &digest]).await?,
            Wish::Choose(place) => {
                run(person, &["approve", &id, "--digest", &digest, "--choose", &place.to_string()]).await?
            }
            Wish::Reject => run(person, &["reject", &id, "--digest", &digest]).await?,
            Wish::Leave => return Err(Failure::new(Exit::Refused, "left", "you left the demo; nothing was decided")),
        };
        if done {
            screen.says(Who::Human(person.name), "has decided");
            return Ok(());
        }
        wish = asked().await?;
    }
}

/// Whether the command did what it was asked to. What it says, it says to the person itself.
async fn run(person: &Person, words: &[&str]) -> Result<bool, Failure> {
    let mut command = person.command_line()?;
    let status = command.args(words).kill_on_drop(true).status().await.map_err(Failure::internal)?;
    Ok(status.success())
}

/// Asks on a thread that nobody waits for: an interrupted demo ends without waiting for a line.
async fn asked() -> Result<Wish, Failure> {
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || drop(answer.send(ask())));
    answered.await.map_err(Failure::internal)?
}

/// Asks until the answer is one of those offered; the end of input leaves. Anything else is no decision.
fn ask() -> Result<Wish, Failure> {
    loop {
        anstream::print!("\n{QUESTION}");
        io::stdout().flush().map_err(Failure::internal)?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).map_err(Failure::internal)? == 0 {
            return Ok(Wish::Leave);
        }
        if let Some(wish) = understood(&line) {
            return Ok(wish);
        }
    }
}

fn understood(line: &str) -> Option<Wish> {
    match line.trim().to_lowercase().as_str() {
        "a" | "approve" => Some(Wish::Approve),
        "r" | "reject" => Some(Wish::Reject),
        "s" | "show" => Some(Wish::Show),
        "q" | "quit" => Some(Wish::Leave),
        number => number.parse().ok().filter(|place| *place > 0).map(Wish::Choose),
    }
}

/// The beginning of a hash: enough to compare by eye.
pub(super) fn short(hash: &str) -> String {
    const SHOWN: usize = "sha256:".len() + 12;
    hash.chars().take(SHOWN).chain("…".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_not_understood_is_no_decision() {
        for (line, wish) in [
            ("a\n", Some(Wish::Approve)),
            (" Approve ", Some(Wish::Approve)),
            ("2", Some(Wish::Choose(2))),
            ("r", Some(Wish::Reject)),
            ("", None),
            ("yes", None),
            ("ok", None),
            ("not now", None),
            ("0", None),
            ("-1", None),
            ("1, or 2", None),
        ] {
            assert_eq!(understood(line), wish, "{line:?}");
        }
    }
}
