//! The hostile volunteer: this test program once more, as a process of its own on a machine of the public segment.

use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use ai2ai_tests::evil::{Evil, relays};
use ai2ai_tests::internet::Internet;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::rogue::{Lie, Rogue};
use tokio::sync::watch;

/// Set where this program is to be the hostile volunteer: what it does, and where it listens.
const BE: &str = "AI2AI_TEST_MALLORY";
/// What it says before its address.
const SERVES: &str = "serves at ";
/// What it says once it has taken in what it was told.
const TOLD: &str = "told";
/// From which its keys are made.
const SEED: u8 = 150;

/// Not a test: what runs on its machine.
#[test]
#[ignore = "it is the hostile volunteer itself"]
fn the_hostile_volunteer() {
    let Ok(told) = std::env::var(BE) else { return };
    let (what, address) = told.split_once(' ').expect("what it does, and where");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match (Evil::named(what), Lie::named(what)) {
        (Some(evil), _) => runtime.block_on(relays(address.parse().expect("an address"), evil)),
        (None, Some(lie)) => runtime.block_on(keeps_mail(address, lie)),
        (None, None) => panic!("{what} is nothing that it does"),
    }
}

/// Keeps a mailbox, and relays honestly: so nobody sees what it is by how it relays. Each line of its input is its next lie.
async fn keeps_mail(address: &str, first: Lie) {
    let rogue = Rogue::volunteers_at(SEED, address).await;
    println!("{SERVES}{}", rogue.address());
    let (tell, told) = watch::channel(first);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            tell.send_replace(Lie::named(&line).expect("a lie"));
            println!("{TOLD}");
        }
    });
    rogue.keeps_mailbox(told).await;
}

/// The process; it ends with its value.
pub(crate) struct Mallory {
    process: Child,
    orders: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
    /// Where it serves, with its peer id.
    pub(crate) address: String,
    _machine: Laptop,
}

impl Mallory {
    /// One that does this to what it relays.
    pub(crate) fn relays(internet: &mut Internet, evil: Evil) -> Self {
        Self::starts(internet, &format!("{evil:?}"))
    }

    /// One that lies like this about what it keeps.
    pub(crate) fn keeps_mail(internet: &mut Internet, lie: Lie) -> Self {
        Self::starts(internet, &format!("{lie:?}"))
    }

    fn starts(internet: &mut Internet, what: &str) -> Self {
        let machine = internet.server("mallory");
        let device = machine.machine().run("ip -4 -o addr show dev eth0").expect("a device");
        let ip = device.split_whitespace().nth(3).and_then(|cidr| cidr.split('/').next()).expect("an address");
        let mut command = machine.machine().command(&std::env::current_exe().expect("this program"));
        command.args(["internet::mallory::the_hostile_volunteer", "--exact", "--ignored", "--nocapture"]);
        command.env(BE, format!("{what} /ip4/{ip}/tcp/4001")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("the hostile volunteer starts");
        let orders = process.stdin.take().expect("its input");
        let mut says = BufReader::new(process.stdout.take().expect("its output")).lines();
        let serves = says.by_ref().map_while(Result::ok).find_map(|line| {
            let (_, address) = line.split_once(SERVES)?;
            Some(address.to_owned())
        });
        Self { process, orders, says, address: serves.expect("where it serves"), _machine: machine }
    }

    /// Its peer id.
    pub(crate) fn peer(&self) -> &str {
        self.address.rsplit('/').next().expect("a peer id")
    }

    /// It lies like this from now on.
    pub(crate) fn is_told(&mut self, lie: Lie) {
        writeln!(self.orders, "{lie:?}").expect("it listens");
        assert!(self.says.by_ref().map_while(Result::ok).any(|line| line == TOLD), "it has heard");
    }
}

impl Drop for Mallory {
    fn drop(&mut self) {
        if let Err(error) = self.process.kill().and_then(|()| self.process.wait().map(drop)) {
            eprintln!("the hostile volunteer could not be ended: {error}");
        }
    }
}
