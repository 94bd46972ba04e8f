//! A small internet: a public segment, homes behind routers of several kinds, and no way from home to home but through those.

use std::sync::Arc;

use tempfile::TempDir;

use crate::lab::{Turn, refused};
use crate::laptop::Laptop;
use crate::namespace::Namespace;

/// Translation by a home's router of what goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Router {
    /// Keeps the port where it can, as most do.
    KeepsPorts,
    /// Takes another port than the one inside, and the same one for all connections from it.
    ChangesPorts,
    /// Takes a random port for each connection: symmetric, so that no hole can be punched.
    RandomPorts,
    /// Keeps ports, and drops all UDP.
    NoUdp,
}

/// The internet. Dropping it takes everything down.
pub struct Internet {
    segment: Namespace,
    machines: u8,
    homes: TempDir,
    routers: Vec<Namespace>,
    _turn: Turn,
}

impl Internet {
    /// A public segment with nobody on it; none, having said `SKIPPED`, on a machine that allows no namespaces. No other lab
    /// that measures time runs beside it.
    ///
    /// # Panics
    /// When there is none and `AI2AI_REQUIRE_LAB=1`.
    #[must_use]
    pub fn open() -> Option<Self> {
        let turn = Turn::alone();
        let segment = Namespace::open().and_then(|segment| {
            segment.run("ip link add br0 type bridge && ip link set br0 up")?;
            Ok(segment)
        });
        match segment {
            Ok(segment) => {
                let homes = tempfile::Builder::new().prefix("ai2ai-net-").tempdir().expect("a temporary folder");
                Some(Self { segment, machines: 0, homes, routers: Vec::new(), _turn: turn })
            }
            Err(reason) => refused(&reason),
        }
    }

    /// Makes somebody with an identity on a machine of the public segment, at `203.0.113.<number>`.
    ///
    /// # Panics
    /// When the machine can't be connected.
    pub fn server(&mut self, name: &str) -> Laptop {
        let machine = self.segment.beside_with_mounts().and_then(|machine| self.plug(machine, "eth0"));
        let (machine, _) = machine.expect("a machine on the segment");
        self.person(name, machine)
    }

    /// Makes somebody with an identity at home, behind a router of their own.
    ///
    /// # Panics
    /// When the machines can't be connected.
    pub fn home(&mut self, name: &str, kind: Router) -> Laptop {
        let machine = self.behind_a_router(kind).expect("a home behind a router");
        self.person(name, machine)
    }

    fn person(&self, name: &str, machine: Namespace) -> Laptop {
        let laptop = Laptop::new(name, Some(Arc::new(machine)), self.homes.path().join(name));
        laptop.init();
        laptop
    }

    /// Connects a machine to the public segment; and its number.
    fn plug(&mut self, machine: Namespace, device: &str) -> Result<(Namespace, u8), String> {
        self.machines += 1;
        let number = self.machines;
        let pid = machine.pid();
        self.segment.run(&format!(
            "ip link add port{number} type veth peer name {device} netns {pid}
             ip link set port{number} master br0 up"
        ))?;
        machine.run(&format!("ip addr add 203.0.113.{number}/24 dev {device} && ip link set {device} up"))?;
        Ok((machine, number))
    }

    /// Another way out of somebody's laptop, by another router; it is not joined yet.
    ///
    /// # Panics
    /// When the machines can't be connected.
    pub fn uplink(&mut self, of: &Laptop, device: &'static str, kind: Router) -> Uplink {
        let machine = of.shared_machine();
        let number = self.router(kind, &machine, device).expect("another router");
        Uplink { machine, device, number }
    }

    fn behind_a_router(&mut self, kind: Router) -> Result<Namespace, String> {
        let laptop = self.segment.beside_with_mounts()?;
        let number = self.router(kind, &laptop, "eth0")?;
        laptop.run(&join("eth0", number))?;
        Ok(laptop)
    }

    /// A router in front of a laptop's device, and its number.
    fn router(&mut self, kind: Router, laptop: &Namespace, device: &str) -> Result<u8, String> {
        let (router, number) = self.plug(self.segment.beside()?, "wan")?;
        let pid = laptop.pid();
        let masquerade = match kind {
            Router::KeepsPorts | Router::NoUdp => "masquerade".to_owned(),
            Router::RandomPorts => "masquerade fully-random".to_owned(),
            Router::ChangesPorts => format!("meta l4proto {{ tcp, udp }} snat to 203.0.113.{number}:50001"),
        };
        router.run(&format!(
            "ip link add lan type veth peer name {device} netns {pid}
             ip addr add 10.{number}.0.1/24 dev lan && ip link set lan up
             echo 1 > /proc/sys/net/ipv4/ip_forward
             nft add table ip home
             nft add chain ip home out '{{ type nat hook postrouting priority 100; }}'
             nft add rule ip home out oifname wan {masquerade}
             nft add chain ip home through '{{ type filter hook forward priority 0; policy drop; }}'
             nft add chain ip home in '{{ type filter hook input priority 0; policy accept; }}'
             nft add rule ip home in iifname wan ct state new drop"
        ))?;
        if kind == Router::NoUdp {
            router.run("nft add rule ip home through meta l4proto udp drop")?;
        }
        router.run(
            "nft add rule ip home through ct state established,related accept
             nft add rule ip home through iifname lan accept",
        )?;
        self.routers.push(router);
        Ok(number)
    }
}

/// Returns what takes a device into the network of its router.
fn join(device: &str, number: u8) -> String {
    format!(
        "ip addr replace 10.{number}.0.2/24 dev {device}
         ip link set {device} up
         ip route replace default via 10.{number}.0.1"
    )
}

/// One way out of a laptop.
pub struct Uplink {
    machine: Arc<Namespace>,
    device: &'static str,
    number: u8,
}

impl Uplink {
    /// The one that a laptop at home has from the beginning.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn first_of(laptop: &Laptop) -> Self {
        let machine = laptop.shared_machine();
        let route = machine.run("ip route show default").expect("a route");
        let number = route.split("10.").nth(1).and_then(|rest| rest.split('.').next()?.parse().ok());
        Self { machine, device: "eth0", number: number.expect("a router") }
    }

    /// It is there, and everything goes out by it.
    pub fn join(&self) {
        self.run(&join(self.device, self.number));
    }

    /// It is gone, and its address with it.
    pub fn leave(&self) {
        self.run(&format!("ip addr flush dev {0} && ip link set {0} down", self.device));
    }

    /// The cable is out; the address stays.
    pub fn unplug(&self) {
        self.run(&format!("ip link set {} down", self.device));
    }

    /// The cable is in again.
    pub fn plug(&self) {
        self.run(&format!("ip link set {} up && ip route replace default via 10.{}.0.1", self.device, self.number));
    }

    /// The router gives another address.
    pub fn changes_address(&self) {
        let (device, number) = (self.device, self.number);
        self.run(&format!(
            "ip addr add 10.{number}.0.3/24 dev {device} && ip addr del 10.{number}.0.2/24 dev {device}
             ip addr replace 10.{number}.0.3/24 dev {device} && ip route replace default via 10.{number}.0.1"
        ));
    }

    fn run(&self, script: &str) {
        self.machine.run(script).expect("a device of the laptop");
    }
}
