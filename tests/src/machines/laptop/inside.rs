//! All that a laptop's node has: its files, its rows, and the memory of its process.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;

use super::Laptop;

/// Bytes of one region of memory that are read; a larger one is nobody's heap here.
const REGION_BYTES: u64 = 512 * 1024 * 1024;

impl Laptop {
    /// Every byte of the running node's memory that can be written: what it holds now, and what it has let go of and nobody has
    /// written over.
    ///
    /// # Panics
    /// When the node does not run, or this machine lets nobody look.
    #[must_use]
    pub fn process_memory(&self) -> Vec<u8> {
        let pid = self.node.as_ref().expect("a running node").id();
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).expect("the regions of its memory");
        let memory = File::open(format!("/proc/{pid}/mem")).expect("its memory");
        let mut all = Vec::new();
        for line in
            maps.lines().filter(|line| line.split_whitespace().nth(1).is_some_and(|mode| mode.starts_with("rw")))
        {
            let (from, to) = line.split_whitespace().next().and_then(|range| range.split_once('-')).expect("a range");
            let number = |text| u64::from_str_radix(text, 16).expect("an address");
            let from = number(from);
            let to = number(to);
            if to - from > REGION_BYTES {
                continue;
            }
            let mut region = vec![0; usize::try_from(to - from).expect("it fits")];
            // Some regions are the kernel's own and can't be read; some went away meanwhile.
            if memory.read_exact_at(&mut region, from).is_ok() {
                all.append(&mut region);
            }
        }
        all
    }

    /// The file with all that the node remembers, byte for byte.
    ///
    /// # Panics
    /// When it can't be read.
    #[must_use]
    pub fn store_file(&self) -> Vec<u8> {
        fs::read(self.home.join("ai2ai.redb")).expect("the store")
    }

    /// Every row of every table that a stopped node remembers, each as its table's name, its key and its value.
    ///
    /// # Panics
    /// When it can't be opened.
    #[must_use]
    pub fn rows(&self) -> Vec<(String, Vec<u8>)> {
        let store = ai2ai_store::Store::open(&self.home.join("ai2ai.redb")).expect("the store");
        let view = store.read().expect("a view");
        let mut rows = Vec::new();
        let read = ai2ai_store::copy::each_row::<std::convert::Infallible>(&view, |table, key, value| {
            rows.push((table.to_owned(), [key, value].concat()));
            Ok(())
        });
        read.expect("every row");
        rows
    }
}
