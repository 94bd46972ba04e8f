//! A small disk that lives as long as its value: a file system in memory, in a mount namespace of its own.
//!
//! A holder process keeps it, and everybody else gets at it through that process's root in `/proc`. When the value is
//! dropped, or the test process dies in any way, the holder's pipe closes and the kernel takes the disk away.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command};

use crate::lab::REQUIRE;
use crate::namespace::holder;

/// Bytes that a ballast grows by at most.
const BLOCK: usize = 64 * 1024;

/// A small disk.
#[derive(Debug)]
pub struct SmallDisk {
    holder: Child,
    pipe: Option<ChildStdin>,
    own_user: bool,
    path: PathBuf,
}

impl SmallDisk {
    /// An empty disk of so many MiB; none, having said `SKIPPED`, on a machine that allows no mounts.
    ///
    /// # Panics
    /// When there is none and `AI2AI_REQUIRE_LAB=1`.
    #[must_use]
    pub fn open(mib: u32) -> Option<Self> {
        let opened =
            Self::hold(mib, false).or_else(|root| Self::hold(mib, true).map_err(|user| format!("{root}; {user}")));
        match opened {
            Ok(disk) => Some(disk),
            Err(reason) => {
                assert!(
                    std::env::var(REQUIRE).as_deref() != Ok("1"),
                    "{REQUIRE}=1, and there is no small disk: {reason}"
                );
                println!("SKIPPED small disk: {reason}");
                None
            }
        }
    }

    fn hold(mib: u32, own_user: bool) -> Result<Self, String> {
        let mut unshare = Command::new("unshare");
        unshare.arg("--mount");
        if own_user {
            unshare.args(["--user", "--map-root-user"]);
        }
        let script = format!("mount -t tmpfs -o size={mib}m,mode=0700 tmpfs /mnt && echo ready && read -r _");
        let mut holder = holder(unshare.args(["sh", "-c", &script]))?;
        let pipe = holder.stdin.take();
        let path = PathBuf::from(format!("/proc/{}/root/mnt", holder.id()));
        Ok(Self { holder, pipe, own_user, path })
    }

    /// A place on the disk.
    #[must_use]
    pub fn place(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Fills the disk to the last byte.
    ///
    /// # Panics
    /// When the disk can't be written at all.
    pub fn fill(&self) {
        let mut ballast = File::options().create(true).append(true).open(self.ballast()).expect("a file on the disk");
        let mut block = BLOCK;
        while block > 0 {
            if ballast.write_all(&vec![0x5a; block]).is_err() {
                block /= 2;
            }
        }
    }

    /// Makes the room again that [`SmallDisk::fill`] took.
    ///
    /// # Panics
    /// When it can't be made.
    pub fn empty(&self) {
        fs::remove_file(self.ballast()).expect("the ballast is thrown away");
    }

    /// Lets nobody write to the disk any more, or everybody again.
    ///
    /// # Panics
    /// When this machine can't.
    pub fn set_read_only(&self, read_only: bool) {
        let mut enter = Command::new("nsenter");
        enter.arg("--target").arg(self.holder.id().to_string()).arg("--mount");
        if self.own_user {
            enter.args(["--user", "--preserve-credentials"]);
        }
        let how = if read_only { "remount,ro" } else { "remount,rw" };
        let ended = enter.args(["--", "mount", "-o", how, "/mnt"]).status().expect("nsenter");
        assert!(ended.success(), "mount -o {how}: {ended}");
    }

    fn ballast(&self) -> PathBuf {
        self.path.join("ballast")
    }

    /// Returns where it is, as long as the value lives.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.holder.wait() {
            eprintln!("the holder of a small disk could not be waited for: {error}");
        }
    }
}
