//! Contents of a backup: a header, a few small files, every row of the store, and the number of rows.
//!
//! Each part begins with one byte that says what it is. Lengths are big-endian and bounded before anything is read.

use std::io::{self, Read, Write};

use ai2ai_protocol::did::Did;
use ai2ai_protocol::name::HumanName;
use ai2ai_protocol::time::Timestamp;
use ai2ai_store::ROW_BYTES;
use ai2ai_store::copy::Row;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::files::SMALL_FILE_BYTES;

/// Bytes of what a backup says of itself.
const ABOUT_BYTES: usize = 4 * 1024;
/// Bytes of a table's name, and of a file's.
const NAME_BYTES: usize = 64;
/// Bytes of a row's key.
const KEY_BYTES: usize = 1024;

const ABOUT: u8 = b'A';
const FILE: u8 = b'F';
const TABLE: u8 = b'T';
const ROW: u8 = b'R';
const END: u8 = b'E';
/// The end was read. It is written nowhere.
const OVER: u8 = 0;

/// Header of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// The identity that it belongs to.
    pub(super) did: Did,
    /// The owner's name, as they call themselves.
    pub(super) human: HumanName,
    /// Moment of its creation.
    pub(super) made_at: Timestamp,
    /// The schema version of its rows.
    pub(super) schema: u64,
    /// The version of the program that made it.
    pub(super) program: String,
}

/// A file that a backup can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum BackupFile {
    OwnerKey,
    AgentKey,
    NodeKey,
    Identity,
    Config,
}

impl BackupFile {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::OwnerKey, Self::AgentKey, Self::NodeKey, Self::Identity, Self::Config];

    fn name(self) -> &'static str {
        match self {
            Self::OwnerKey => "owner.key",
            Self::AgentKey => "agent.key",
            Self::NodeKey => "node.key",
            Self::Identity => "identity.json",
            Self::Config => "config.toml",
        }
    }
}

/// Writes the parts of a backup, in the order of the methods.
pub(super) struct Writer<W> {
    to: W,
    table: String,
    rows: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut to: W, about: &About) -> io::Result<Self> {
        let about = serde_json::to_vec(about)?;
        to.write_all(&[ABOUT])?;
        put_long(&mut to, &about)?;
        Ok(Self { to, table: String::new(), rows: 0 })
    }

    pub(super) fn file(&mut self, part: BackupFile, bytes: &[u8]) -> io::Result<()> {
        self.to.write_all(&[FILE])?;
        put_name(&mut self.to, part.name())?;
        put_long(&mut self.to, bytes)
    }

    pub(super) fn row(&mut self, table: &str, key: &[u8], value: &[u8]) -> io::Result<()> {
        if self.table != table {
            self.to.write_all(&[TABLE])?;
            put_name(&mut self.to, table)?;
            table.clone_into(&mut self.table);
        }
        self.to.write_all(&[ROW])?;
        put_long(&mut self.to, key)?;
        put_long(&mut self.to, value)?;
        self.rows += 1;
        Ok(())
    }

    /// The inner writer, without an end mark.
    #[cfg(test)]
    pub(super) fn into_inner(self) -> W {
        self.to
    }

    /// Writes the end, and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.to.write_all(&[END])?;
        self.to.write_all(&self.rows.to_be_bytes())?;
        Ok(self.to)
    }
}

fn put_name(to: &mut impl Write, name: &str) -> io::Result<()> {
    let length = u8::try_from(name.len()).map_err(|_| damaged("a name is too long"))?;
    to.write_all(&[length])?;
    to.write_all(name.as_bytes())
}

fn put_long(to: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| damaged("a part is too long"))?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(bytes)
}

/// Reads the parts of a backup. Whatever is not as [`Writer`] writes it is an error of the kind `InvalidData`.
pub(super) struct Reader<R> {
    from: R,
    next: u8,
    table: String,
    rows: u64,
}

impl<R: Read> Reader<R> {
    /// Reads what the backup says of itself.
    pub(super) fn new(mut from: R) -> io::Result<(Self, About)> {
        if byte(&mut from)? != ABOUT {
            return Err(damaged("it does not say what it is of"));
        }
        let about = get_long(&mut from, ABOUT_BYTES)?;
        let about = serde_json::from_slice(&about).map_err(|_| damaged("what it is of does not read"))?;
        let next = kind(&mut from)?;
        Ok((Self { from, next, table: String::new(), rows: 0 }, about))
    }

    /// The next file; nothing when the rows begin.
    pub(super) fn file(&mut self) -> io::Result<Option<(BackupFile, Zeroizing<Vec<u8>>)>> {
        if self.next != FILE {
            return Ok(None);
        }
        let name = get_name(&mut self.from)?;
        let part = BackupFile::ALL.into_iter().find(|part| part.name() == name);
        let part = part.ok_or_else(|| damaged("it holds a file that is none of ours"))?;
        let bytes = get_long(&mut self.from, usize::try_from(SMALL_FILE_BYTES).unwrap_or(usize::MAX))?;
        self.next = kind(&mut self.from)?;
        Ok(Some((part, bytes)))
    }

    /// The next row; nothing after the last, when the end was read and nothing follows it.
    pub(super) fn row(&mut self) -> io::Result<Option<Row>> {
        if self.next == TABLE {
            self.table = get_name(&mut self.from)?;
            self.next = kind(&mut self.from)?;
        }
        match self.next {
            ROW => {
                let key = get_long(&mut self.from, KEY_BYTES)?.to_vec();
                let value = get_long(&mut self.from, ROW_BYTES)?;
                self.next = kind(&mut self.from)?;
                self.rows += 1;
                Ok(Some(Row { table: self.table.clone(), key, value }))
            }
            END => {
                self.end()?;
                self.next = OVER;
                Ok(None)
            }
            OVER => Ok(None),
            _ => Err(damaged("it holds a part of an unknown kind")),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        let mut rows = [0; 8];
        self.from.read_exact(&mut rows)?;
        if u64::from_be_bytes(rows) != self.rows {
            return Err(damaged("rows are missing"));
        }
        match self.from.read(&mut [0])? {
            0 => Ok(()),
            _ => Err(damaged("something follows its end")),
        }
    }
}

fn byte(from: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0];
    from.read_exact(&mut byte)?;
    Ok(byte[0])
}

/// Reads the kind of the part that follows.
fn kind(from: &mut impl Read) -> io::Result<u8> {
    match byte(from)? {
        OVER => Err(damaged("it holds a part of an unknown kind")),
        kind => Ok(kind),
    }
}

fn get_name(from: &mut impl Read) -> io::Result<String> {
    let length = usize::from(byte(from)?);
    if length > NAME_BYTES {
        return Err(damaged("a name is too long"));
    }
    let mut name = vec![0; length];
    from.read_exact(&mut name)?;
    String::from_utf8(name).map_err(|_| damaged("a name is no text"))
}

fn get_long(from: &mut impl Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > limit {
        return Err(damaged("a part is too long"));
    }
    let mut bytes = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
