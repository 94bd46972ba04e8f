//! The owners' lines: each looks at what waits, and decides one item by its id, bound to the digest that was shown.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_api::views::ItemView;
use ai2ai_protocol::id::{ConversationId, MessageId};
use tokio::sync::oneshot;

use super::cast::Person;
use super::screen::{Screen, Who};
use super::stage::{interruption, went_wrong};

/// Decider for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DemoOwner {
    /// The script: approves what the agent drafted.
    Script,
    /// The person at the keyboard.
    Keyboard,
}

/// Choices of a person at the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnerChoice {
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
    owner: DemoOwner,
    conversation: &ConversationId,
    read: Option<MessageId>,
    screen: &Screen,
) -> Result<(), Failure> {
    let waiting = person.owner(requests::Pending {}).await?;
    let Some(waiting) = waiting.into_iter().find(|item| item.conversation == Some(*conversation)) else {
        return Ok(());
    };
    let item: ItemView = match person.owner(requests::Show { id: waiting.id.to_string() }).await {
        Err(failure) if failure.exit == Exit::Unknown => return Ok(()),
        shown => shown?,
    };
    let is_read = item.came_in.as_ref().is_none_or(|came_in| read == Some(came_in.id));
    match owner {
        _ if !is_read => Ok(()),
        DemoOwner::Script => approve(person, &item, screen).await,
        DemoOwner::Keyboard => ask_the_person(person, &item, screen).await,
    }
}

/// The script's way: what the agent drafted is approved as it is.
pub(super) async fn approve(person: &Person, item: &ItemView, screen: &Screen) -> Result<(), Failure> {
    if item.sends.is_none() {
        return Err(went_wrong(format!("{} has nothing to approve: {}", person.name, item.next)));
    }
    let decided = person.owner(approval(item, None, person.pin.clone())).await?;
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

pub(super) fn approval(item: &ItemView, choose: Option<usize>, pin: Pin) -> requests::Approve {
    let id = item.id.to_string();
    let digest = item.digest.to_string();
    requests::Approve { id, digest, choose, terms: None, reply: None, pin: Some(pin) }
}

/// Shows the item as `ai2ai show` prints it, and asks until the person has decided. What fails is told, and asked again.
async fn ask_the_person(person: &Person, item: &ItemView, screen: &Screen) -> Result<(), Failure> {
    show(person, item).await?;
    loop {
        let decided = match asked(OwnerChoice::ask).await? {
            OwnerChoice::Approve => person.owner(approval(item, None, asked(read_pin).await?)).await,
            OwnerChoice::Choose(place) => person.owner(approval(item, Some(place), asked(read_pin).await?)).await,
            OwnerChoice::Reject => {
                let digest = Some(item.digest.to_string());
                person.owner(requests::Reject { id: item.id.to_string(), digest, reply: None }).await
            }
            OwnerChoice::Leave => return Err(left()),
            OwnerChoice::Show => {
                show(person, item).await?;
                continue;
            }
        };
        match decided {
            Ok(decided) => {
                screen.line("");
                screen.says(Who::Human(person.name), format_args!("decides: {}", decided.decision));
                return Ok(());
            }
            Err(failure) => screen.line(format_args!("{failure}")),
        }
    }
}

async fn show(person: &Person, item: &ItemView) -> Result<(), Failure> {
    anstream::println!();
    let mut command = person.command_line()?;
    command.args(["show", &item.id.to_string()]).kill_on_drop(true);
    let status = command.status().await.map_err(Failure::internal)?;
    if status.success() { Ok(()) } else { Err(went_wrong(format!("`ai2ai show` ended with {status}"))) }
}

/// Asks on a thread that nobody waits for: an interrupted demo ends without waiting for a line.
async fn asked<T: Send + 'static>(ask: fn() -> Result<T, Failure>) -> Result<T, Failure> {
    let (answer, answered) = oneshot::channel();
    std::thread::spawn(move || drop(answer.send(ask())));
    answered.await.map_err(Failure::internal)?
}

/// The PIN, unseen on a terminal; otherwise the next line. What can't be one is asked for again.
fn read_pin() -> Result<Pin, Failure> {
    loop {
        let typed = if io::stdin().is_terminal() {
            rpassword::prompt_password("PIN: ").map_err(|error| unasked(&error))?
        } else {
            read_line()?.ok_or_else(left)?.trim_end_matches('\n').to_owned()
        };
        match Pin::new(typed) {
            Ok(pin) => return Ok(pin),
            Err(error) => anstream::println!("{error}"),
        }
    }
}

fn unasked(error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::Interrupted { interruption() } else { Failure::internal(error) }
}

fn left() -> Failure {
    Failure::new(Exit::Refused, ErrorCode::Left, "you left the demo; nothing was decided")
}

/// One line; nothing at the end of input.
fn read_line() -> Result<Option<String>, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(Failure::internal)?;
    Ok((read > 0).then_some(line))
}

impl OwnerChoice {
    /// Asks until the answer is one of those offered; the end of input leaves. Anything else is no decision.
    fn ask() -> Result<Self, Failure> {
        loop {
            anstream::print!("\n{QUESTION}");
            anstream::stdout().flush().map_err(Failure::internal)?;
            let Some(line) = read_line()? else { return Ok(Self::Leave) };
            if let Some(choice) = understood(&line) {
                return Ok(choice);
            }
        }
    }
}

fn understood(line: &str) -> Option<OwnerChoice> {
    match line.trim().to_lowercase().as_str() {
        "a" | "approve" => Some(OwnerChoice::Approve),
        "r" | "reject" => Some(OwnerChoice::Reject),
        "s" | "show" => Some(OwnerChoice::Show),
        "q" | "quit" => Some(OwnerChoice::Leave),
        number => number.parse().ok().filter(|place| *place > 0).map(OwnerChoice::Choose),
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
        for (line, choice) in [
            ("a\n", Some(OwnerChoice::Approve)),
            (" Approve ", Some(OwnerChoice::Approve)),
            ("2", Some(OwnerChoice::Choose(2))),
            ("r", Some(OwnerChoice::Reject)),
            ("", None),
            ("yes", None),
            ("ok", None),
            ("not now", None),
            ("0", None),
            ("-1", None),
            ("1, or 2", None),
        ] {
            assert_eq!(understood(line), choice, "{line:?}");
        }
    }
}
