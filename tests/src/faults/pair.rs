//! Two laptops whose people know each other.

use std::time::Duration;

use ai2ai_api::client::Client;
use ai2ai_api::clock::now;
use ai2ai_api::command::Role;
use ai2ai_api::requests;
use ai2ai_home::client;
use ai2ai_home::paths::Paths;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::fault::Fault;
use super::memory::Memory;
use crate::lab::{Lab, REQUIRE};
use crate::laptop::Laptop;
use crate::times::{PATIENCE, wait_for};

/// Time between two looks whether anything waits.
const GLANCE: Duration = Duration::from_millis(50);
/// Age of the identities where clocks are turned, in seconds.
const IDENTITY_AGE: i64 = 24 * 3_600;
/// MiB of a disk that is to become full: more than a node wants to be left, and its file.
const SMALL_DISK: u32 = 64;

/// Two laptops.
pub struct Pair {
    laptops: [Laptop; 2],
    runtime: Runtime,
}

impl Pair {
    /// Two people with running nodes who have added each other, on machines in which this fault can strike.
    ///
    /// # Panics
    /// When a node doesn't come up or doesn't find the other; when what the fault needs is missing, and may not be.
    #[must_use]
    pub fn meets(lab: &mut Lab, fault: Fault) -> Option<Self> {
        let laptops = ["alex", "sam"].map(|name| match fault {
            Fault::Clock | Fault::FullDisk => lab.laptop_with_mounts(name),
            Fault::Kill | Fault::Restart | Fault::Partition | Fault::Loss => lab.laptop(name),
        });
        let mut pair = Self::of(laptops);
        if let Err(reason) = pair.is_prepared(fault) {
            assert!(std::env::var(REQUIRE).as_deref() != Ok("1"), "{REQUIRE}=1, and the fault can't be made: {reason}");
            println!("SKIPPED {}: {reason}", fault.name());
            return None;
        }
        pair.laptops.iter_mut().for_each(Laptop::up);
        pair.add_each_other();
        Some(pair)
    }

    pub(super) fn of(laptops: [Laptop; 2]) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { laptops, runtime: runtime.expect("a runtime") }
    }

    fn is_prepared(&mut self, fault: Fault) -> Result<(), String> {
        match fault {
            Fault::Clock => {
                for laptop in &mut self.laptops {
                    laptop.has_own_clock()?;
                    // No clock goes back so far that there was no identity yet.
                    laptop.turn_clock(-IDENTITY_AGE);
                    laptop.init_without_pin();
                    laptop.turn_clock(0);
                }
                Ok(())
            }
            Fault::FullDisk => {
                for laptop in &mut self.laptops {
                    laptop.init_without_pin();
                    laptop.up();
                    laptop.interrupt();
                    laptop.moves_to_small_disk(SMALL_DISK)?;
                }
                Ok(())
            }
            Fault::Kill | Fault::Restart | Fault::Partition | Fault::Loss => {
                self.laptops.iter().for_each(Laptop::init_without_pin);
                Ok(())
            }
        }
    }

    fn add_each_other(&self) {
        for side in [0, 1] {
            let door = self.door(side);
            let other = self.did(1 - side);
            wait_for("the other to be nearby, and added", PATIENCE, || {
                let add = requests::Add { who: other.clone(), name: None };
                self.runtime.block_on(door.ask(add)).ok()
            });
        }
    }

    /// One of the laptops.
    #[must_use]
    pub fn laptop(&mut self, side: usize) -> &mut Laptop {
        &mut self.laptops[side]
    }

    /// Both laptops.
    #[must_use]
    pub fn laptops(&self) -> &[Laptop; 2] {
        &self.laptops
    }

    /// Returns where what is not waited for happens.
    #[must_use]
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// A client at one owner's door.
    ///
    /// # Panics
    /// When there is no home.
    #[must_use]
    pub fn door(&self, side: usize) -> Client {
        let paths = Paths::in_home(self.laptops[side].home()).expect("a home");
        client::open(&paths, Role::Owner).expect("a token")
    }

    /// Returns who somebody is.
    #[must_use]
    pub fn did(&self, side: usize) -> String {
        self.laptops[side].did().to_owned()
    }

    /// Waits until nothing waits to be delivered on either side, but no longer than `patience`; gives how much does.
    #[must_use]
    pub fn comes_to_rest(&self, patience: Duration) -> usize {
        let doors = [self.door(0), self.door(1)];
        self.runtime.block_on(async {
            let begun = std::time::Instant::now();
            loop {
                let mut waiting: Vec<Value> = Vec::new();
                for door in &doors {
                    waiting.extend(
                        door.lines(requests::Outbox { all: false }).await.expect("a node that runs has an outbox"),
                    );
                }
                if waiting.is_empty() || begun.elapsed() >= patience {
                    waiting.iter().take(5).for_each(|line| println!("fault-lab: it waits: {line}"));
                    return waiting.len();
                }
                tokio::time::sleep(GLANCE).await;
            }
        })
    }

    /// Both leave; gives what they remember, as of so much later than now.
    #[must_use]
    pub fn stops(&mut self, ahead: Duration) -> [Memory; 2] {
        let at = now() + ahead;
        for laptop in &mut self.laptops {
            laptop.interrupt();
        }
        [0, 1].map(|side| {
            let laptop = &self.laptops[side];
            let other = self.laptops[1 - side].did().parse().expect("a did");
            Memory::read(laptop.name(), &laptop.memory(), &other, at)
        })
    }
}
