//! Peers that are not our node: raw, foreign, hostile, broken.

pub mod broken;
pub mod evil;
pub mod foreign;
pub mod original;
pub mod peer;
pub mod rogue;
pub mod stranger;
