//! From an older schema to this one, step by step, in one transaction.

mod legacy;

use redb::ReadableTable;

use crate::error::StoreError;
use crate::inbox;
use crate::tables::*;
use crate::transaction::Write;

/// One step, from the version that is its place in [`STEPS`] to the next.
type MigrationStep = fn(&Write) -> Result<(), StoreError>;

/// All steps. Version 0 is a file in which nothing has been written yet.
const STEPS: [MigrationStep; 3] = [create_all, inbox::index_by_end, legacy::move_in];

/// The version that this program reads and writes.
pub(crate) const KNOWN: u64 = STEPS.len() as u64;

/// The schema version of the file; none when nothing was ever written to it, or by another program.
pub(crate) fn version(tx: &Write) -> Result<Option<u64>, StoreError> {
    Ok(tx.open(SCHEMA)?.get(SCHEMA_VERSION)?.map(|version| version.value()))
}

/// Says of which version the file is.
pub(crate) fn set_version(tx: &Write, version: u64) -> Result<(), StoreError> {
    tx.open(SCHEMA)?.insert(SCHEMA_VERSION, version)?;
    Ok(())
}

/// Brings the file from version `found` to [`KNOWN`], with every table of today: some came without a new version.
pub(crate) fn migrate(tx: &Write, found: u64) -> Result<(), StoreError> {
    run(tx, found, &STEPS)?;
    create_all(tx)
}

fn run(tx: &Write, found: u64, steps: &[MigrationStep]) -> Result<(), StoreError> {
    for (version, step) in (0..).zip(steps) {
        if version >= found {
            step(tx)?;
        }
    }
    set_version(tx, steps.len() as u64)
}

/// Makes every table, so that a read finds each of them.
pub(crate) fn create_all(tx: &Write) -> Result<(), StoreError> {
    macro_rules! create {
        ($($(#[$doc:meta])+ $table:ident: $definition:ty = $name:literal;)+) => {
            $(tx.table_mut($table)?;)+
        };
    }
    every_table!(create);
    Ok(())
}

/// Returns whether the file was written before one of the tables was thought of.
pub(crate) fn are_missing(tx: &Write) -> Result<bool, StoreError> {
    let there = tx.table_names()?;
    macro_rules! missing {
        ($($(#[$doc:meta])+ $table:ident: $definition:ty = $name:literal;)+) => {
            [$($name),+].iter().any(|name| !there.contains(*name))
        };
    }
    Ok(every_table!(missing))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Store, kv};

    fn says_two(tx: &Write) -> Result<(), StoreError> {
        kv::put(tx, "steps", "two")
    }

    fn says_three(tx: &Write) -> Result<(), StoreError> {
        let said = kv::get(tx, "steps")?.unwrap_or_default();
        kv::put(tx, "steps", &format!("{said} three"))
    }

    fn fails(_: &Write) -> Result<(), StoreError> {
        Err(StoreError::Stopped)
    }

    fn found(store: &Store) -> (Option<u64>, Option<String>) {
        store.write(|tx| Ok((version(tx)?, kv::get(tx, "steps")?))).expect("readable")
    }

    #[test]
    fn an_older_file_takes_the_steps_it_has_not_taken_in_order() {
        let store = Store::in_memory();
        store.write(|tx| run(tx, 1, &[fails, says_two, says_three])).expect("both steps");
        assert_eq!(found(&store), (Some(3), Some("two three".to_owned())));
    }

    #[test]
    fn a_step_that_fails_leaves_the_file_as_it_was() {
        let store = Store::in_memory();
        store.write(|tx| run(tx, 1, &[fails, says_two, fails])).expect_err("the last step fails");
        assert_eq!(found(&store), (Some(KNOWN), None));
    }
}
