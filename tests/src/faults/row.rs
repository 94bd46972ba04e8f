//! One line of the table that the lab prints.

use std::fmt;
use std::time::Duration;

use super::law::Verdict;

/// Breaches that are shown in words; the others are only counted.
const SHOWN: usize = 12;

/// Result of one kind of fault.
#[derive(Debug)]
pub struct Row {
    fault: &'static str,
    cycles: u32,
    verdict: Verdict,
    waiting: usize,
    surprises: Vec<String>,
    took: Duration,
}

impl Row {
    /// Nothing yet.
    #[must_use]
    pub fn new(fault: &'static str) -> Self {
        let verdict = Verdict::default();
        Self { fault, cycles: 0, verdict, waiting: 0, surprises: Vec::new(), took: Duration::ZERO }
    }

    /// Adds a round: how often the fault struck, how it was judged, and how many messages still waited when its time was up.
    pub fn add(&mut self, cycles: u32, verdict: Verdict, waiting: usize, surprises: Vec<String>, took: Duration) {
        self.cycles += cycles;
        self.waiting += waiting;
        self.took += took;
        self.surprises.extend(surprises);
        let all = &mut self.verdict;
        all.acknowledged += verdict.acknowledged;
        all.refused += verdict.refused;
        all.confirmed += verdict.confirmed;
        all.rejected += verdict.rejected;
        all.lost.extend(verdict.lost);
        all.duplicated.extend(verdict.duplicated);
        all.invented.extend(verdict.invented);
        all.disagreeing.extend(verdict.disagreeing);
        all.out_of_order.extend(verdict.out_of_order);
    }

    /// Prints the line, and fails if anything in it is against the law.
    ///
    /// # Panics
    /// When it is, or when nothing was said at all.
    pub fn holds(&self) {
        println!("{self}");
        for (name, text) in self.verdict.breaches().take(SHOWN) {
            println!("fault-lab: {name}: {text}");
        }
        for text in self.surprises.iter().take(SHOWN) {
            println!("fault-lab: nobody expected that {text}");
        }
        assert!(self.verdict.acknowledged > 0, "nothing was said, so nothing is shown");
        assert_eq!(self.verdict.breaches().count(), 0, "the law is broken:\n{self}");
        assert_eq!(self.waiting, 0, "messages wait that could be delivered:\n{self}");
        assert!(self.surprises.is_empty(), "{} commands failed for no reason", self.surprises.len());
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { acknowledged, refused, confirmed, rejected, .. } = self.verdict;
        let Verdict { lost, duplicated, invented, disagreeing, out_of_order, .. } = &self.verdict;
        write!(
            f,
            "fault-lab: | {:<22} | {:>6} | {acknowledged:>12} | {:>4} | {:>10} | {:>8} | {:>11} | {:>12} | {refused:>7} \
             | {confirmed:>9} | {rejected:>8} | {:>7.1} |",
            self.fault,
            self.cycles,
            lost.len(),
            duplicated.len(),
            invented.len(),
            disagreeing.len(),
            out_of_order.len(),
            self.took.as_secs_f64(),
        )
    }
}
