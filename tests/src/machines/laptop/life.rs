//! A laptop's node begins and ends.

use std::process::Command;
use std::time::{Duration, Instant};

use super::Laptop;
use crate::times::{PATIENCE, wait_for};

/// Longest time for a node to leave after Ctrl-C: it takes 2 s at most by itself, and the machine may be busy.
const GOODBYE: Duration = Duration::from_secs(20);

impl Laptop {
    /// Starts the node in the foreground of a terminal of its own; gives when.
    ///
    /// # Panics
    /// When one runs already, or it can't be started.
    pub fn start(&mut self) -> Instant {
        assert!(self.node.is_none(), "{}'s node runs already", self.name);
        let log = self.log_file();
        let errors = log.try_clone().expect("the log file");
        let mut up = self.command(&["up"]);
        up.args(&self.up_with);
        let start = Instant::now();
        self.node = Some(up.stdout(log).stderr(errors).spawn().expect("ai2ai starts"));
        start
    }

    /// Starts the node and waits until it answers.
    ///
    /// # Panics
    /// When it doesn't.
    pub fn up(&mut self) {
        self.start();
        let name = self.name.clone();
        wait_for(&format!("{name}'s node to answer"), PATIENCE, || {
            let node = self.node.as_mut().expect("the node was started");
            let left = node.try_wait().expect("the node can be looked at");
            assert!(left.is_none(), "{name}'s node left at once: {left:?}");
            (self.owner(&["status"]).exit == 0).then_some(())
        });
    }

    /// The same, with these arguments to `up`, now and from now on.
    ///
    /// # Panics
    /// When it doesn't answer.
    pub fn up_with(&mut self, arguments: &[&str]) {
        self.up_with = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        self.up();
    }

    /// Waits for the node to leave by itself; gives its exit code.
    ///
    /// # Panics
    /// When it runs on, or did not run.
    pub fn leaves(&mut self) -> Option<i32> {
        let mut node = self.node.take().expect("a running node");
        let what = format!("{}'s node to leave by itself", self.name);
        wait_for(&what, PATIENCE, || node.try_wait().expect("the node can be looked at")).code()
    }

    /// Ctrl-C; gives the node's exit code.
    ///
    /// # Panics
    /// When it runs on, or did not run.
    pub fn interrupt(&mut self) -> Option<i32> {
        self.signal("INT");
        let mut node = self.node.take().expect("a running node");
        wait_for("the node to leave after Ctrl-C", GOODBYE, || node.try_wait().expect("the node can be looked at"))
            .code()
    }

    /// Sends `SIGTERM`, as a service manager does; gives the node's exit code.
    ///
    /// # Panics
    /// When it is not gone within this time, or did not run.
    pub fn terminate(&mut self, within: Duration) -> Option<i32> {
        self.signal("TERM");
        let node = self.node.as_mut().expect("a running node");
        let code =
            wait_for("the node to leave after SIGTERM", within, || node.try_wait().expect("the node can be looked at"))
                .code();
        self.node = None;
        code
    }

    /// The laptop's lid is closed: the node stands still.
    ///
    /// # Panics
    /// When it does not run.
    pub fn sleeps(&self) {
        self.signal("STOP");
    }

    /// The lid is open again.
    ///
    /// # Panics
    /// When it does not run.
    pub fn wakes(&self) {
        self.signal("CONT");
    }

    fn signal(&self, name: &str) {
        let node = self.node.as_ref().expect("a running node").id();
        let signal = Command::new("/bin/sh").arg("-c").arg(format!("kill -{name} {node}")).status();
        assert!(signal.expect("kill").success());
    }

    /// `kill -9`.
    ///
    /// # Panics
    /// When it did not run.
    pub fn kill(&mut self) {
        let mut node = self.node.take().expect("a running node");
        node.kill().expect("kill -9");
        node.wait().expect("the node is gone");
    }
}
