//! Troubles of a laptop: its network, its clock, its disk.

use std::fs;
use std::path::PathBuf;

use super::Laptop;

/// Path on Debian of the library that shows a process another time; the folder above is the machine's architecture.
const FAKETIME: &str = "faketime/libfaketime.so.1";
/// Name of the small disk, in the laptop's own mounts.
const DISK: &str = "/mnt";

impl Laptop {
    /// From now on, this share of the mDNS packets that arrive is lost.
    ///
    /// # Errors
    /// In words, when this machine's kernel can't.
    pub fn lose_mdns(&self, percent: u8) -> Result<(), String> {
        let rules = format!(
            "nft add table inet loss
             nft add chain inet loss arriving '{{ type filter hook input priority 0; }}'
             nft add rule inet loss arriving udp dport 5353 numgen random mod 100 '<' {percent} counter drop"
        );
        self.machine().run(&rules).map(drop)
    }

    /// From now on, this share of everything that arrives is lost: 100 is a cable that is cut without a word.
    ///
    /// # Panics
    /// When this machine's kernel can't.
    pub fn loses(&self, percent: u8) {
        let drop = if percent < 100 { format!("numgen random mod 100 '<' {percent} drop") } else { "drop".to_owned() };
        let rules = format!(
            "nft add table inet trouble
             nft flush table inet trouble
             nft add chain inet trouble arriving '{{ type filter hook input priority 0; }}'
             nft add rule inet trouble arriving iifname eth0 {drop}"
        );
        self.machine().run(&rules).expect("packets that are lost");
    }

    /// Nothing is lost any more.
    ///
    /// # Panics
    /// When this machine's kernel can't.
    pub fn loses_nothing(&self) {
        self.machine().run("nft add table inet trouble; nft delete table inet trouble").expect("no more losses");
    }

    /// The network device goes off, and the machine notices; or it goes on again.
    ///
    /// # Panics
    /// When it can't.
    pub fn link(&self, is_up: bool) {
        let state = if is_up { "up" } else { "down" };
        self.machine().run(&format!("ip link set eth0 {state}")).expect("a network device");
    }

    /// From now on, `ai2ai` has the clock of a file here, which [`Self::turn_clock`] writes. It is the calendar's clock only:
    /// what measures how long something takes goes on as it should.
    ///
    /// # Errors
    /// In words, when libfaketime is not installed.
    pub fn has_own_clock(&mut self) -> Result<(), String> {
        let folders = fs::read_dir("/usr/lib").map_err(|error| format!("/usr/lib: {error}"))?;
        let library = folders.flatten().map(|folder| folder.path().join(FAKETIME)).find(|path| path.is_file());
        let library = library.ok_or_else(|| format!("there is no /usr/lib/*/{FAKETIME} (Debian: faketime)"))?;
        // The library leaves a piece of shared memory behind; this is where it ends with the laptop.
        self.machine().run("mount -t tmpfs tmpfs /dev/shm")?;
        self.turn_clock(0);
        self.environment = vec![
            ("LD_PRELOAD", library),
            ("FAKETIME_TIMESTAMP_FILE", self.clock_file()),
            ("FAKETIME_NO_CACHE", "1".into()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".into()),
            ("NO_FAKE_STAT", "1".into()),
        ];
        Ok(())
    }

    /// The laptop's clock is now so many seconds ahead of the right time.
    ///
    /// # Panics
    /// When its file can't be written.
    pub fn turn_clock(&self, seconds_ahead: i64) {
        let fresh = self.home.with_extension("clock.new");
        fs::write(&fresh, format!("{seconds_ahead:+}")).expect("a clock");
        fs::rename(fresh, self.clock_file()).expect("a clock");
    }

    fn clock_file(&self) -> PathBuf {
        self.home.with_extension("clock")
    }

    /// Moves what the node remembers to a disk of its own of so many MiB. The node must have run, and be stopped.
    ///
    /// # Errors
    /// In words, when this machine allows no mounts.
    pub fn moves_to_small_disk(&self, mebibytes: u32) -> Result<(), String> {
        let home = self.home.display();
        self.machine().run(&format!(
            "mount -t tmpfs -o size={mebibytes}m,mode=700 tmpfs {DISK}
             cp -p '{home}/ai2ai.redb' {DISK}/
             mount --bind {DISK}/ai2ai.redb '{home}/ai2ai.redb'"
        ))?;
        Ok(())
    }

    /// Something fills the small disk to the last byte.
    ///
    /// # Panics
    /// When it can't be filled.
    pub fn fills_disk(&self) {
        let fill = format!("dd if=/dev/zero of={DISK}/filler bs=4k 2>/dev/null || true; test -s {DISK}/filler");
        self.machine().run(&fill).expect("a full disk");
    }

    /// Removes what filled the small disk.
    ///
    /// # Panics
    /// When it can't be removed.
    pub fn frees_disk(&self) {
        self.machine().run(&format!("rm -f {DISK}/filler")).expect("room on the disk");
    }

    /// A copy of what the node remembers, wherever it is kept. The node must be stopped.
    ///
    /// # Panics
    /// When it can't be copied.
    #[must_use]
    pub fn memory(&self) -> PathBuf {
        let (original, copy) = (self.home.join("ai2ai.redb"), self.home.with_extension("copy.redb"));
        let copying = format!("cp '{}' '{}'", original.display(), copy.display());
        match &self.machine {
            Some(machine) => drop(machine.run(&copying).expect("a copy")),
            None => fs::copy(original, &copy).map(drop).expect("a copy"),
        }
        copy
    }
}
