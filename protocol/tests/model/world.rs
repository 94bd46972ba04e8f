//! The two nodes together, and every step that may come next.

use ai2ai_protocol::conversation::Act;
use ai2ai_protocol::digest::TermsHash;
use stateright::{Model, Property};

use crate::laws;
use crate::node::{Disk, Node};

/// Bounds of a run.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Acts that the opener and the other say at most.
    pub(crate) acts: [usize; 2],
    /// Number of different terms to offer; the same ones may come back.
    pub(crate) terms: u8,
    /// Words alone that each side says at most; they count as acts.
    pub(crate) words: usize,
    /// Greatest number of times that each side calls off the agreement; these are beside the acts.
    pub(crate) cancels: usize,
    /// Number of times that each clock moves on, each on its own. An act runs out after one move, or after as many as there are.
    pub(crate) ticks: u8,
    /// Commits are delayed: one for all that was written since the last; a crash loses what waits.
    pub(crate) crashes: bool,
    /// A receipt may be forgotten once the envelope is void on both clocks.
    pub(crate) forgets: bool,
    /// A fault in both nodes, to see that the model finds it.
    pub(crate) fault: Fault,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Uncommitted messages leave the node.
    TellsBeforeCommit,
    /// A repeat is judged anew.
    ForgetsWhatItHeard,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) nodes: [Node; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    /// A human says something, in an envelope that runs out at this moment.
    Say(usize, Act, u8),
    /// A message of this node's arrives at the other.
    Deliver(usize, u8),
    /// The receipt for a message of this node's arrives.
    Answer(usize, u8),
    Tick(usize),
    Commit(usize),
    Crash(usize),
    Forget(usize),
}

impl Bounds {
    /// Returns what may have left a node.
    fn told<'a>(&self, node: &'a Node) -> &'a Disk {
        if self.fault == Fault::TellsBeforeCommit { node.memory() } else { &node.disk }
    }

    fn write(&self, node: &mut Node, disk: Disk) {
        if self.crashes {
            node.written = Some(disk);
        } else {
            node.disk = disk;
        }
    }

    /// Everything that a human may say at this node now; what the machine does not allow is left out when it is tried.
    fn add_acts(&self, node: usize, world: &World, steps: &mut Vec<Step>) {
        let (disk, clock) = (world.nodes[node].memory(), world.nodes[node].clock);
        let begun = disk.conversation.is_some();
        let cancels = disk.said.iter().filter(|said| matches!(said.act, Act::Cancel { .. })).count();
        let agreed = disk.conversation.and_then(|conversation| conversation.agreement()).map(|(_, _, terms)| terms);
        let calls_off = agreed.filter(|_| cancels < self.cancels).map(|terms| Act::Cancel { terms });
        if let Some(act) = calls_off {
            self.add_lives(node, act, clock, steps);
        }
        if disk.said.len() - cancels >= self.acts[node] || (node == 1 && !begun) {
            return;
        }
        let standing = disk.conversation.and_then(|conversation| conversation.standing());
        let (stands, replaces) = (standing.map(|s| s.terms), standing.map(|s| s.message));
        let hashes = (0..self.terms).map(|number| TermsHash::from_bytes([number; 32]));
        let mut acts: Vec<Act> = hashes.map(|terms| Act::Offer { terms, replaces }).collect();
        acts.extend(stands.map(|terms| Act::Confirm { terms }));
        acts.extend(begun.then_some(Act::Reject));
        if disk.said.iter().filter(|said| said.act == Act::Talk).count() < self.words {
            acts.push(Act::Talk);
        }
        for act in acts {
            self.add_lives(node, act, clock, steps);
        }
    }

    /// An act, in an envelope of each life there is.
    fn add_lives(&self, node: usize, act: Act, clock: u8, steps: &mut Vec<Step>) {
        let lives = [1, self.ticks.max(1)];
        let lives = if lives[0] == lives[1] { &lives[..1] } else { &lives };
        steps.extend(lives.iter().map(|life| Step::Say(node, act, clock + life)));
    }

    /// Takes a step, and tells whether it was possible.
    fn take(&self, world: &mut World, step: Step) -> bool {
        match step {
            Step::Say(at, act, expires) => {
                let mut disk = world.nodes[at].memory().clone();
                let said = disk.say(at, act, expires, world.nodes[at].clock);
                self.write(&mut world.nodes[at], disk);
                said
            }
            Step::Deliver(from, number) => {
                let Some(said) = self.told(&world.nodes[from]).said(number).cloned() else { return false };
                let node = &mut world.nodes[1 - from];
                let mut disk = node.memory().clone();
                disk.hear(from, number, &said, node.clock, self.fault);
                self.write(node, disk);
                true
            }
            Step::Answer(to, number) => {
                let Some(receipt) = self.told(&world.nodes[1 - to]).receipt(number) else { return false };
                let mut disk = world.nodes[to].memory().clone();
                disk.learn(to, receipt);
                self.write(&mut world.nodes[to], disk);
                true
            }
            Step::Tick(at) => {
                world.nodes[at].clock += 1;
                true
            }
            Step::Commit(at) => {
                let node = &mut world.nodes[at];
                node.disk = node.written.take().unwrap_or_default();
                true
            }
            Step::Crash(at) => world.nodes[at].written.take().is_some(),
            Step::Forget(at) => {
                let clock = world.nodes[0].clock.min(world.nodes[1].clock);
                world.nodes[at].disk.heard.retain(|heard| heard.expires > clock);
                true
            }
        }
    }

    /// The world after everybody restarted and everything arrived, with nobody saying anything more.
    pub(crate) fn settled(&self, world: &World, first: usize) -> World {
        let calm = Self { crashes: false, fault: Fault::None, ..self.clone() };
        let mut world = world.clone();
        for node in &mut world.nodes {
            node.written = None;
        }
        loop {
            let before = world.clone();
            for from in [first, 1 - first] {
                let waits = |(number, said): (u8, &crate::node::Said)| said.answer.is_none().then_some(number);
                let waiting: Vec<u8> = world.nodes[from].disk.numbered().filter_map(waits).collect();
                for number in waiting {
                    calm.take(&mut world, Step::Deliver(from, number));
                    calm.take(&mut world, Step::Answer(from, number));
                }
            }
            if world == before {
                return world;
            }
        }
    }
}

impl Model for Bounds {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::default()]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        for (at, node) in world.nodes.iter().enumerate() {
            self.add_acts(at, world, steps);
            let other_knows = world.nodes[1 - at].memory().conversation.is_some();
            for (number, said) in self.told(node).numbered() {
                if other_knows || !said.act.closes() {
                    steps.push(Step::Deliver(at, number));
                }
                steps.push(Step::Answer(at, number));
            }
            if node.clock < self.ticks {
                steps.push(Step::Tick(at));
            }
            if node.written.is_some() {
                steps.extend([Step::Commit(at), Step::Crash(at)]);
            }
            if self.forgets {
                steps.push(Step::Forget(at));
            }
        }
    }

    fn next_state(&self, world: &World, step: Step) -> Option<World> {
        let mut next = world.clone();
        (self.take(&mut next, step) && next != *world).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        laws::all(self)
    }
}
