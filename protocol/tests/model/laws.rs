//! Laws that must hold in every world, and events that must happen in some.

use ai2ai_protocol::code::Code;
use ai2ai_protocol::conversation::{Act, Phase};
use ai2ai_protocol::receipt::Outcome;
use stateright::Property;

use crate::node::{Node, Said, place};
use crate::world::{Bounds, World};

pub(crate) const NO_SPLIT: &str = "never confirmed here, and rejected or expired there";

pub(crate) const CALLED_OFF_THERE: &str = "nobody takes theirs for known there before it is";

/// Returns what holds in every world.
pub(crate) fn always() -> Vec<Property<Bounds>> {
    vec![
        Property::always(NO_SPLIT, |_, world: &World| !is_split(world)),
        Property::always("confirmed only with two approvals over one hash", |_, world| approved_by_both(world)),
        Property::always("one agreement on both sides", |_, world| !agreements_differ(world)),
        Property::always("nobody is held to what they withdrew", |_, world| nothing_withdrawn_binds(world)),
        Property::always("called off only by whose human said so", |_, world| called_off_by_their_human(world)),
        Property::always(CALLED_OFF_THERE, |_, world| called_off_there(world)),
        Property::always("the two can settle", |bounds: &Bounds, world: &World| {
            [0, 1].iter().all(|first| agrees(&bounds.settled(world, *first)))
        }),
    ]
}

/// Returns what holds in every world, and what comes about in some.
pub(crate) fn all(bounds: &Bounds) -> Vec<Property<Bounds>> {
    let mut laws = always();
    laws.extend([
        Property::sometimes("both confirmed", |_, world: &World| both(world, Phase::Confirmed)),
        Property::sometimes("both rejected", |_, world| both(world, Phase::Rejected)),
        Property::sometimes("crossed", |_, world| refuses_with(world, Code::Crossed)),
        Property::sometimes("stale", |_, world| refuses_with(world, Code::StaleTerms)),
        Property::sometimes("closed", |_, world| refuses_with(world, Code::Closed)),
        Property::sometimes("a confirm and an offer cross", |_, world| is_busy(world)),
    ]);
    if bounds.cancels > 0 {
        laws.push(Property::sometimes("called off by both", |_, world| called_off_by_both(world)));
        laws.push(Property::sometimes("called off before the receipt of the confirm", |_, world| overtakes(world)));
    }
    if bounds.ticks > 0 {
        laws.push(Property::sometimes("both expired", |_, world| both(world, Phase::Expired)));
        laws.push(Property::sometimes("came too late", |_, world| refuses_with(world, Code::Expired)));
        laws.push(Property::sometimes("confirmed after its expiry", |_, world| confirmed_late(world)));
    }
    laws
}

pub(crate) fn both_confirmed(world: &World) -> bool {
    both(world, Phase::Confirmed)
}

fn both(world: &World, phase: Phase) -> bool {
    world.nodes.iter().all(|node| node.phase() == Some(phase))
}

fn refuses_with(world: &World, code: Code) -> bool {
    world.nodes.iter().any(|node| node.disk.heard.iter().any(|heard| heard.outcome == Outcome::Refused(code)))
}

/// A confirm waits for its answer while an offer of the other side waits to be heard.
fn is_busy(world: &World) -> bool {
    let pends = |node: &Node, wanted: fn(&Act) -> bool| {
        node.disk.conversation.and_then(|talk| talk.pending()).is_some_and(|pending| wanted(&pending.act))
    };
    let [here, there] = &world.nodes;
    pends(here, |act| matches!(act, Act::Confirm { .. })) && pends(there, |act| matches!(act, Act::Offer { .. }))
}

/// The answer to a confirm was read after its envelope had run out.
fn confirmed_late(world: &World) -> bool {
    world.nodes.iter().any(|node| {
        let late = |said: &Said| matches!(said.act, Act::Confirm { .. }) && node.clock >= said.expires;
        let unresolved = node.disk.said.iter().any(|said| late(said) && said.answer == Some(Outcome::Accepted));
        unresolved && node.phase() == Some(Phase::Confirmed)
    })
}

fn is_split(world: &World) -> bool {
    let [here, there] = world.nodes.each_ref().map(Node::phase);
    let against = |one, other| one == Some(Phase::Confirmed) && matches!(other, Some(Phase::Rejected | Phase::Expired));
    against(here, there) || against(there, here)
}

/// Law: a confirmed side holds an offer of one side and a confirm of the other, both approved over one hash.
fn approved_by_both(world: &World) -> bool {
    world.nodes.iter().filter_map(|node| node.disk.conversation?.agreement()).all(|(offer, confirm, hash)| {
        let ((offerer, offer), (confirmer, confirm)) = (place(offer), place(confirm));
        let said = |node: usize, number| world.nodes[node].disk.said(number);
        let (Some(offer), Some(confirm)) = (said(offerer, offer), said(confirmer, confirm)) else { return false };
        offerer != confirmer
            && matches!(offer.act, Act::Offer { .. })
            && matches!(confirm.act, Act::Confirm { .. })
            && offer.approved == Some(hash)
            && confirm.approved == Some(hash)
    })
}

fn agreements_differ(world: &World) -> bool {
    let [here, there] = world.nodes.each_ref().map(|node| node.disk.conversation.and_then(|talk| talk.agreement()));
    here.is_some() && there.is_some() && here != there
}

/// A human who said no, or put other terms in the place of theirs, is not held to terms; save that an offer which was
/// refused replaced nothing.
fn nothing_withdrawn_binds(world: &World) -> bool {
    world.nodes.iter().enumerate().all(|(at, node)| {
        let Some((agreed, _, _)) = node.disk.conversation.and_then(|talk| talk.agreement()) else { return true };
        let refused = |said: &Said| matches!(said.answer, Some(Outcome::Refused(_)));
        let later = |number| place(agreed).0 == at && number > place(agreed).1;
        node.disk.numbered().all(|(number, said)| match said.act {
            Act::Offer { .. } => !later(number) || refused(said),
            Act::Reject => false,
            Act::Talk | Act::Confirm { .. } | Act::Cancel { .. } => true,
        })
    })
}

/// Law: a side known to have called it off has said so, with its human's approval of the agreed terms, and stays confirmed.
fn called_off_by_their_human(world: &World) -> bool {
    world.nodes.iter().filter(|node| node.cancelled().is_any()).all(|node| {
        let agreed = node.disk.conversation.and_then(|talk| talk.agreement()).map(|(_, _, terms)| terms);
        let said = |message| world.nodes[place(message).0].disk.said(place(message).1);
        let by = [node.cancelled().us, node.cancelled().them];
        let meant = |said: &Said| matches!(said.act, Act::Cancel { .. }) && said.approved == agreed;
        agreed.is_some() && by.into_iter().flatten().all(|message| said(message).is_some_and(meant))
    })
}

fn called_off_there(world: &World) -> bool {
    let [here, there] = world.nodes.each_ref().map(Node::cancelled);
    let known = |ours: Option<_>, theirs: Option<_>| ours.is_none() || ours == theirs;
    known(here.us, there.them) && known(there.us, here.them)
}

fn called_off_by_both(world: &World) -> bool {
    let [here, there] = world.nodes.each_ref().map(Node::cancelled);
    here.us.is_some() && here.us == there.them && there.us.is_some() && there.us == here.them
}

/// Event: a side without a receipt for its confirm hears that it is called off.
fn overtakes(world: &World) -> bool {
    let waits = |said: &Said| matches!(said.act, Act::Confirm { .. }) && said.answer.is_none();
    world.nodes.iter().any(|node| node.cancelled().them.is_some() && node.disk.said.iter().any(waits))
}

/// Returns whether all is answered, and the two have the same picture.
fn agrees(world: &World) -> bool {
    let [here, there] = &world.nodes;
    let waits = |node: &Node| node.disk.said.iter().any(|said| said.answer.is_none());
    let (Some(ours), Some(theirs)) = (here.disk.conversation, there.disk.conversation) else {
        return there.disk.conversation.is_none() && !waits(here);
    };
    if waits(here) || waits(there) || ours.pending().is_some() || theirs.pending().is_some() {
        return false;
    }
    let (Some(phase), Some(other)) = (here.phase(), there.phase()) else { return false };
    match (phase, other) {
        (Phase::Confirmed, Phase::Confirmed) => {
            let [here, there] = [ours.cancelled(), theirs.cancelled()];
            (here.us, here.them) == (there.them, there.us)
        }
        (Phase::Confirmed, _) | (_, Phase::Confirmed) => false,
        (Phase::Rejected | Phase::Expired, Phase::Rejected | Phase::Expired) => true,
        (closed @ (Phase::Rejected | Phase::Expired), _) => comes_to_nothing(closed, here, there),
        (_, closed @ (Phase::Rejected | Phase::Expired)) => comes_to_nothing(closed, there, here),
        (Phase::Proposed | Phase::Negotiating, Phase::Proposed | Phase::Negotiating) => {
            let (mine, yours) = (ours.standing(), theirs.standing());
            phase == other
                && mine.map(|s| (s.terms, s.message, s.by)) == yours.map(|s| (s.terms, s.message, s.by.other()))
        }
    }
}

/// One side is closed, without an agreement, and the other open: it will expire there too. A reject leaves the other
/// side open only when it came too late to be heard.
fn comes_to_nothing(closed: Phase, here: &Node, open: &Node) -> bool {
    let too_late = |said: &Said| said.act == Act::Reject && said.answer == Some(Outcome::Refused(Code::Expired));
    let told = closed == Phase::Expired || here.disk.said.iter().any(too_late);
    told && open.last_phase() == Some(Phase::Expired)
}
