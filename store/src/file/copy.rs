//! The whole store as rows of bytes, out of one view and into a new file.
//!
//! A copy holds what the tables hold and nothing else: no free page, and so nothing that was erased. It is also how a
//! store moves to another machine: rows mean the same whatever database they stand in.

use std::fmt;
use std::path::Path;

use redb::{Key, ReadableTable as _, Value};

use crate::error::StoreError;
use crate::file::migrations;
use crate::file::open::OpenError;
use crate::file::store::Store;
use crate::limits::COPIED_AT_ONCE;
use crate::tables::{Definition, every_table};
use crate::transaction::{Keep, View, Write};

/// One row of one table.
#[derive(Clone, PartialEq, Eq)]
pub struct Row {
    /// The name of its table.
    pub table: String,
    /// Its key.
    pub key: Vec<u8>,
    /// Its value, which may be a secret.
    pub value: zeroize::Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Row of {} ({} bytes, {} bytes)", self.table, self.key.len(), self.value.len())
    }
}

/// The schema version of the rows that [`each_row`] gives.
pub const SCHEMA: u64 = migrations::KNOWN;

/// The reason why a store was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError<E> {
    /// The store that is read or written fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file that is to be made cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The rows are of a later schema than this program knows.
    #[error("its rows have schema {found}, and this program knows none above {SCHEMA}; use a newer ai2ai")]
    Newer {
        /// Their schema version.
        found: u64,
    },
    /// A row is not one that any version of this program wrote.
    #[error("a row of {table:?} is none that this program writes")]
    Row {
        /// The name that its table goes by.
        table: String,
    },
    /// The other end of the copy fails.
    #[error("{0}")]
    Other(E),
}

/// Gives every row of every table, table by table, each in the order of its keys; how many there were.
///
/// # Errors
/// [`CopyError::Store`], or the error that `each` gives.
pub fn each_row<E>(
    tx: &impl View,
    mut each: impl FnMut(&str, &[u8], &[u8]) -> Result<(), E>,
) -> Result<u64, CopyError<E>> {
    let mut rows = 0;
    macro_rules! give {
        ($($(#[$doc:meta])+ $table:ident: $definition:ty = $name:literal;)+) => {
            $(rows += each_row_of(tx, $crate::tables::$table, &mut each)?;)+
        };
    }
    every_table!(give);
    Ok(rows)
}

fn each_row_of<K: Key + 'static, V: Value + 'static, E>(
    tx: &impl View,
    definition: Definition<K, V>,
    each: &mut impl FnMut(&str, &[u8], &[u8]) -> Result<(), E>,
) -> Result<u64, CopyError<E>> {
    let name = definition.name;
    let table = tx.table(definition)?;
    let mut rows = 0;
    for entry in table.iter().map_err(StoreError::from)? {
        let (key, value) = entry.map_err(StoreError::from)?;
        let key = key.value();
        let value = value.value();
        each(name, K::as_bytes(&key).as_ref(), V::as_bytes(&value).as_ref()).map_err(CopyError::Other)?;
        rows += 1;
    }
    Ok(rows)
}

/// Makes a new store at `path`, where nothing is, of rows of schema `schema`; how many there were. An older schema
/// becomes this program's.
///
/// When it fails, what it has made is of no use: remove the file.
///
/// # Errors
/// [`CopyError`]: also when `next` fails, and for a row that cannot be one.
pub fn fill<E>(
    path: &Path,
    schema: u64,
    next: impl FnMut() -> Result<Option<Row>, E>,
) -> Result<(Store, u64), CopyError<E>> {
    if schema == 0 || schema > SCHEMA {
        return Err(CopyError::Newer { found: schema });
    }
    let store = Store::open(path)?;
    let mut source = RowSource { next, waiting: None };
    let mut rows = 0;
    loop {
        let written = store.write_keeping(|tx| fill_some(tx, schema, &mut source))?;
        if written == 0 {
            break;
        }
        rows += written as u64;
    }
    if schema == SCHEMA {
        return Ok((store, rows));
    }
    drop(store);
    Ok((Store::open(path)?, rows))
}

/// Writes as many rows as one commit keeps; how many there were. After the last one the new store says of which schema it is.
fn fill_some<E, F: FnMut() -> Result<Option<Row>, E>>(
    tx: &Write,
    schema: u64,
    source: &mut RowSource<F>,
) -> Result<(usize, Keep), CopyError<E>> {
    let mut written = 0;
    while written < COPIED_AT_ONCE
        && let Some(row) = source.take()?
    {
        written += fill_table(tx, row, source, COPIED_AT_ONCE - written)?;
    }
    if written == 0 {
        migrations::set_version(tx, schema)?;
    }
    Ok((written, Keep::OnDisk))
}

/// Rows as they come, one of which may have been looked at already.
struct RowSource<F> {
    next: F,
    waiting: Option<Row>,
}

impl<E, F: FnMut() -> Result<Option<Row>, E>> RowSource<F> {
    fn take(&mut self) -> Result<Option<Row>, CopyError<E>> {
        match self.waiting.take() {
            Some(row) => Ok(Some(row)),
            None => (self.next)().map_err(CopyError::Other),
        }
    }

    /// The next row, if it is of this table.
    fn take_of(&mut self, table: &str) -> Result<Option<Row>, CopyError<E>> {
        let row = self.take()?;
        if row.as_ref().is_some_and(|row| row.table == table) {
            return Ok(row);
        }
        self.waiting = row;
        Ok(None)
    }
}

/// Writes a row and those of the same table that follow it, at most `limit`; how many there were.
fn fill_table<E, F: FnMut() -> Result<Option<Row>, E>>(
    tx: &Write,
    first: Row,
    source: &mut RowSource<F>,
    limit: usize,
) -> Result<usize, CopyError<E>> {
    macro_rules! find {
        ($($(#[$doc:meta])+ $table:ident: $definition:ty = $name:literal;)+) => {
            match first.table.as_str() {
                $($name => fill_of(tx, $crate::tables::$table, first, source, limit),)+
                _ => Err(CopyError::Row { table: first.table }),
            }
        };
    }
    every_table!(find)
}

fn fill_of<K: Key + 'static, V: Value + 'static, E, F: FnMut() -> Result<Option<Row>, E>>(
    tx: &Write,
    definition: Definition<K, V>,
    first: Row,
    source: &mut RowSource<F>,
    limit: usize,
) -> Result<usize, CopyError<E>> {
    let name = definition.name;
    let mut table = tx.table_mut(definition)?;
    let mut row = first;
    let mut written = 0;
    loop {
        if !reads::<K>(&row.key) || !reads::<V>(&row.value) {
            return Err(CopyError::Row { table: row.table });
        }
        table.insert(K::from_bytes(&row.key), V::from_bytes(&row.value)).map_err(StoreError::from)?;
        written += 1;
        if written == limit {
            return Ok(written);
        }
        row = match source.take_of(name)? {
            Some(row) => row,
            None => return Ok(written),
        };
    }
}

/// Returns whether these bytes are a value of this type: redb takes it for granted. Every table has fixed widths, texts or
/// any bytes, and what is no text reads as none of the other two.
fn reads<T: Value>(bytes: &[u8]) -> bool {
    match T::fixed_width() {
        Some(width) => bytes.len() == width,
        None => T::type_name() != <&str>::type_name() || std::str::from_utf8(bytes).is_ok(),
    }
}
