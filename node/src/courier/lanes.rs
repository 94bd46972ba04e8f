//! One lane per recipient: what waits for them goes out in order, a batch at a time, while other lanes go on.

use std::collections::HashMap;

use ai2ai_protocol::did::Did;

/// Which lanes run, and which are wanted again once they end.
#[derive(Debug, Default)]
pub(super) struct Lanes(HashMap<Did, Again>);

#[derive(Debug, PartialEq)]
enum Again {
    No,
    Yes,
}

impl Lanes {
    /// Something waits for this recipient. Whether a lane is to be started; else the one that runs will look once more.
    #[must_use]
    pub(super) fn want(&mut self, to: Did) -> bool {
        match self.0.get_mut(&to) {
            Some(again) => {
                *again = Again::Yes;
                false
            }
            None => {
                self.0.insert(to, Again::No);
                true
            }
        }
    }

    /// A lane has ended. Whether it is to be started once more.
    #[must_use]
    pub(super) fn ended(&mut self, to: &Did) -> bool {
        match self.0.get_mut(to) {
            Some(again) if *again == Again::Yes => {
                *again = Again::No;
                true
            }
            _ => {
                self.0.remove(to);
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lane_runs_and_nothing_that_came_meanwhile_is_forgotten() {
        let to = Did::from_bytes([7; 32]);
        let mut lanes = Lanes::default();
        assert!(lanes.want(to));
        assert!(!lanes.want(to));
        assert!(lanes.ended(&to));
        assert!(!lanes.ended(&to));
        assert!(lanes.want(to));
    }
}
