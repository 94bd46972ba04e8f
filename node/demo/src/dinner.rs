//! The scenario: two agents negotiate dinner, and their two people decide.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::requests;
use ai2ai_api::views::ConversationView;
use ai2ai_protocol::conversation::Phase;
use ai2ai_protocol::digest::TermsHash;
use ai2ai_protocol::id::{ConversationId, MessageId};
use tokio::time::{Instant, sleep};

use super::agents::{self, MeetingWish};
use super::cast::{CastMember, Person, SOON};
use super::diary;
use super::owners::{self, DemoOwner, short};
use super::screen::{Screen, Who};
use super::stage::{DemoFolder, went_wrong, write_new};

/// The one who invites.
pub(super) const DARREN: CastMember =
    CastMember { human: "Darren", agent: "darren-assistant", diary: diary::with_tomorrow_taken };
/// The one who is invited.
pub(super) const ALEX: CastMember =
    CastMember { human: "Alex", agent: "alex-assistant", diary: diary::with_a_weekly_evening };

const DINNER: MeetingWish = MeetingWish { subject: "Dinner", minutes: 90, place: "Casa Lupo", evenings: 3 };

/// Time limit for two scripted owners; a person at the keyboard has none.
const SCRIPT_TIME: Duration = Duration::from_secs(30);

/// A person, whoever decides for them, and how far their agent has read.
#[derive(Debug)]
struct Seat<'a> {
    person: &'a Person,
    owner: DemoOwner,
    read: Option<MessageId>,
}

/// Outcome that both sides hold in the end.
#[derive(Debug)]
pub(super) struct Agreed {
    pub(super) conversation: ConversationId,
    pub(super) terms: TermsHash,
}

/// Darren's agent proposes; then whoever has the word speaks, until both sides hold the conversation as closed.
pub(super) async fn play(
    darren: &Person,
    alex: &Person,
    alex_is: DemoOwner,
    screen: &Screen,
) -> Result<Agreed, Failure> {
    let conversation = agents::propose(darren, alex, DINNER, screen).await?;
    let mut seats = [
        Seat { person: darren, owner: DemoOwner::Script, read: None },
        Seat { person: alex, owner: alex_is, read: None },
    ];
    let deadline = (alex_is == DemoOwner::Script).then(|| Instant::now() + SCRIPT_TIME);
    loop {
        let mut sides = Vec::new();
        for seat in &mut seats {
            sides.extend(turn(seat, &conversation, screen).await?);
        }
        if let [ours, theirs] = sides.as_slice()
            && let Some(agreed) = closing(ours, theirs)?
        {
            return Ok(agreed);
        }
        if deadline.is_some_and(|deadline| Instant::now() > deadline) {
            return Err(went_wrong(format!("no agreement within {} s", SCRIPT_TIME.as_secs())));
        }
        sleep(SOON).await;
    }
}

/// One person's turn: the agent reads and drafts, then the owner decides. Gives their side of the conversation.
async fn turn(
    seat: &mut Seat<'_>,
    conversation: &ConversationId,
    screen: &Screen,
) -> Result<Option<ConversationView>, Failure> {
    let view = agents::look(seat.person, conversation).await?;
    if let Some(view) = &view {
        seat.read = agents::answer(seat.person, view, seat.read, screen).await?;
    }
    owners::decide(seat.person, seat.owner, conversation, seat.read, screen).await?;
    Ok(view)
}

/// The outcome, once both sides hold it.
fn closing(ours: &ConversationView, theirs: &ConversationView) -> Result<Option<Agreed>, Failure> {
    match (ours.state, theirs.state) {
        (Phase::Confirmed, Phase::Confirmed) => match (ours.terms_hash, theirs.terms_hash) {
            (Some(one), Some(other)) if one == other => Ok(Some(Agreed { conversation: ours.id, terms: one })),
            (one, other) => Err(went_wrong(format!("both confirmed, but not the same: {one:?} and {other:?}"))),
        },
        (Phase::Rejected, Phase::Rejected) => {
            Err(Failure::new(Exit::Refused, ErrorCode::Rejected, "no dinner: it was rejected, and both sides know"))
        }
        (Phase::Expired, Phase::Expired) => {
            Err(Failure::new(Exit::Refused, ErrorCode::Expired, "no dinner: nobody answered in time"))
        }
        (Phase::Proposed | Phase::Negotiating | Phase::Confirmed | Phase::Rejected | Phase::Expired, _) => Ok(None),
    }
}

/// Both export the agreement; an empty home with no node finds it good, and finds a changed one out.
pub(super) async fn prove(
    darren: &Person,
    alex: &Person,
    agreed: &Agreed,
    stage: &DemoFolder,
    screen: &Screen,
) -> Result<PathBuf, Failure> {
    for person in [darren, alex] {
        let file = stage.dir().join(format!("agreement-of-{}.json", person.name.to_lowercase()));
        let export = requests::Export { id: agreed.conversation.to_string() };
        let exported = person.owner(export).await?;
        write_new(&file, &exported.text)?;
        let verdict = stage.verdict(&file).await?;
        if !verdict.valid || verdict.terms_hash != Some(agreed.terms) {
            let problems = verdict.problems.join("; ");
            return Err(Failure::new(
                Exit::Invalid,
                ErrorCode::Invalid,
                format!("{}'s agreement does not hold: {problems}", person.name),
            ));
        }
        let hash = short(&agreed.terms.to_string());
        screen.says(
            Who::Nodes,
            format_args!(
                "{} holds: confirmed, {hash}; the exported agreement is verified in an empty home",
                person.name
            ),
        );
    }
    let good = stage.dir().join(format!("agreement-of-{}.json", alex.name.to_lowercase()));
    refuse_a_forgery(&good, stage, screen).await?;
    Ok(good)
}

/// The same file with the place of the dinner changed is found out.
async fn refuse_a_forgery(good: &Path, stage: &DemoFolder, screen: &Screen) -> Result<(), Failure> {
    let text = std::fs::read_to_string(good).map_err(|error| Failure::file("read", good, &error))?;
    let forged = stage.dir().join("agreement-forged.json");
    let elsewhere = text.replace(DINNER.place, "Casa Lupa");
    if elsewhere == text {
        return Err(went_wrong("the agreement does not name the place"));
    }
    write_new(&forged, &elsewhere)?;
    if stage.verdict(&forged).await?.valid {
        return Err(Failure::new(Exit::Invalid, ErrorCode::Invalid, "a changed agreement was taken as good"));
    }
    screen.says(Who::Nodes, "the same file with one letter of the place changed is refused");
    Ok(())
}
