//! Nodes that serve others, and where they were reached last: what a node starts from when its bootstrap is gone.

use ai2ai_protocol::time::Timestamp;
use redb::{ReadableTable as _, ReadableTableMetadata as _};
use serde::{Deserialize, Serialize};

use crate::error::StoreError;
use crate::rows::{decode, encode};
use crate::tables::{PEERS, Part as _};
use crate::transaction::{View, Write};

/// One such node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRow {
    /// Its libp2p peer id.
    pub peer: String,
    /// The multiaddress at which it was reached.
    pub address: String,
    /// The time.
    pub reached_at: Timestamp,
}

/// All of them, in the order in which they were kept.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn all(tx: &impl View) -> Result<Vec<PeerRow>, StoreError> {
    let peers = tx.table(PEERS)?;
    peers.iter()?.map(|entry| decode("peers", entry?.1.value())).collect()
}

/// Keeps these in place of all that were kept before.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn keep(tx: &Write, rows: &[PeerRow]) -> Result<(), StoreError> {
    let mut peers = tx.table_mut(PEERS)?;
    let before = peers.len()?;
    for (rank, row) in (0_u64..).zip(rows) {
        peers.insert(&rank.bytes(), encode(row).as_slice())?;
    }
    for rank in rows.len() as u64..before {
        peers.remove(&rank.bytes())?;
    }
    Ok(())
}
