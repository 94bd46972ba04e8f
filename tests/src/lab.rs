//! A LAN of its own: a bridge, laptops plugged into it, real multicast, and no way out.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use tempfile::TempDir;

use crate::laptop::Laptop;
use crate::namespace::Namespace;

/// Set to 1 where the lab may not be skipped.
pub const REQUIRE: &str = "AI2AI_REQUIRE_LAB";
/// Set to 1 for the long form: real waits and more rounds.
pub const LONG: &str = "AI2AI_LAB_LONG";

/// Labs that measure time run alone on the machine; the others side by side.
static MACHINE: RwLock<()> = RwLock::new(());

/// The right to use the machine, beside others or alone.
#[expect(dead_code, reason = "held, not read")]
pub(crate) enum Turn {
    Shared(RwLockReadGuard<'static, ()>),
    Alone(RwLockWriteGuard<'static, ()>),
}

impl Turn {
    /// Waits until no other lab runs in this process, and keeps others waiting.
    pub(crate) fn alone() -> Self {
        Self::Alone(MACHINE.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// There is no lab on this machine.
pub(crate) fn refused<T>(reason: &str) -> Option<T> {
    assert!(std::env::var(REQUIRE).as_deref() != Ok("1"), "{REQUIRE}=1, and there is no lab: {reason}");
    println!("SKIPPED lab: {reason}");
    None
}

/// A LAN. Dropping it takes everything down.
pub struct Lab {
    switch: Namespace,
    laptops: u8,
    homes: TempDir,
    _turn: Turn,
}

impl Lab {
    /// A LAN with nobody on it; none, having said `SKIPPED`, on a machine that allows no namespaces.
    ///
    /// # Panics
    /// When there is none and `AI2AI_REQUIRE_LAB=1`.
    #[must_use]
    pub fn open() -> Option<Self> {
        Self::with(Turn::Shared(MACHINE.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// The same, while no other lab runs in this process: for stories that measure time.
    ///
    /// # Panics
    /// When there is none and `AI2AI_REQUIRE_LAB=1`.
    #[must_use]
    pub fn open_alone() -> Option<Self> {
        Self::with(Turn::alone())
    }

    fn with(turn: Turn) -> Option<Self> {
        match switch() {
            Ok(switch) => {
                let homes = tempfile::Builder::new().prefix("ai2ai-lab-").tempdir().expect("a temporary folder");
                Some(Self { switch, laptops: 0, homes, _turn: turn })
            }
            Err(reason) => refused(&reason),
        }
    }

    /// Plugs in a laptop that knows nobody and has no identity yet.
    ///
    /// # Panics
    /// When the laptop can't be connected.
    pub fn laptop(&mut self, name: &str) -> Laptop {
        self.laptops += 1;
        let machine = self.switch.beside().and_then(|machine| self.plug(machine, self.laptops));
        self.with_home(name, machine.expect("a laptop on the bridge"))
    }

    /// The same, with mounts of its own, so that its disk can be made small and its clock be turned.
    ///
    /// # Panics
    /// When the laptop can't be connected.
    pub fn laptop_with_mounts(&mut self, name: &str) -> Laptop {
        self.laptops += 1;
        let machine = self.switch.beside_with_mounts().and_then(|machine| self.plug(machine, self.laptops));
        self.with_home(name, machine.expect("a laptop on the bridge"))
    }

    fn with_home(&self, name: &str, machine: Namespace) -> Laptop {
        let home = self.homes.path().join(format!("{name}-{}", self.laptops));
        Laptop::new(name, Some(Arc::new(machine)), home)
    }

    /// A laptop with an identity: its agent is `<name>-assistant`, its owner's PIN is in its PIN file.
    pub fn person(&mut self, name: &str) -> Laptop {
        let laptop = self.laptop(name);
        laptop.init();
        laptop
    }

    /// Makes somebody on a machine without any network, with an empty home: to check what was handed over as a file.
    ///
    /// # Panics
    /// When the machine can't be made.
    #[must_use]
    pub fn bystander(&self) -> Laptop {
        let machine = self.switch.beside().expect("a machine without a network");
        Laptop::new("bystander", Some(Arc::new(machine)), self.homes.path().join("bystander"))
    }

    fn plug(&self, machine: Namespace, number: u8) -> Result<Namespace, String> {
        let pid = machine.pid();
        self.switch.run(&format!(
            "ip link add port{number} type veth peer name eth0 netns {pid}
             ip link set port{number} master br0 up"
        ))?;
        machine.run(&format!(
            "ip link set eth0 addrgenmode none || true
             ip addr add 10.77.0.{number}/24 dev eth0
             ip addr add fe80::{number}/64 dev eth0 nodad || true
             ip link set eth0 up"
        ))?;
        Ok(machine)
    }
}

fn switch() -> Result<Namespace, String> {
    let switch = Namespace::open()?;
    switch.run("ip link add br0 type bridge && ip link set br0 up")?;
    Ok(switch)
}

/// Returns whether the long form was asked for.
#[must_use]
pub fn is_long() -> bool {
    std::env::var(LONG).as_deref() == Ok("1")
}
