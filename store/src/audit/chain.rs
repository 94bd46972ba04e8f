//! The chain: each entry holds the link of the one before it, so that nothing before a link that somebody kept can change.
//!
//! The link of an entry is the SHA-256 digest of a tag and of the canonical form (RFC 8785) of the entry as it is stored, with
//! its number and with the link of the one before it. The first entry of all has the digest of the tag before it.
//!
//! An entry that was written before there was a chain holds no link. Its own is made of what it would hold, under
//! another tag, so that no entry can be passed off as one of those; the first entry that holds a link holds theirs too.

use std::fmt;
use std::str::FromStr;

use ai2ai_protocol::canonical::{Object, canonical, read_object};
use ai2ai_protocol::digest::Digest;
use redb::ReadableTable;

use crate::error::StoreError;
use crate::limits::{AUDIT_KEPT, ROW_BYTES};
use crate::rows::json_of;
use crate::tables::AUDIT;
use crate::transaction::View;

/// Prefix of the text whose digest is the link of an entry.
const TAG: &[u8] = b"ai2ai/0.2/audit\n";
/// The same, for an entry from before the chain.
const OLDER_TAG: &[u8] = b"ai2ai/0.2/audit-before-the-chain\n";
/// The member of an entry that holds the link of the one before it.
const BEFORE: &str = "before";
/// The member that an entry's number stands under, where its link is made.
const NUMBER: &str = "number";

/// Head of a chain: to be kept somewhere else, to find out later whether anything before it changed or was cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainHead {
    /// The number of the last entry.
    pub number: u64,
    /// Its link.
    pub link: Digest,
}

impl fmt::Display for ChainHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.number, self.link)
    }
}

/// The reason why a text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a head is written as `ai2ai audit` prints it: a number, `-sha256:` and 64 hexadecimal digits")]
pub struct HeadError;

impl FromStr for ChainHead {
    type Err = HeadError;

    fn from_str(text: &str) -> Result<Self, HeadError> {
        let (number, link) = text.split_once('-').ok_or(HeadError)?;
        let link = link.parse().map_err(|_| HeadError)?;
        Ok(Self { number: number.parse().map_err(|_| HeadError)?, link })
    }
}

/// Break of a chain, at the first place where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Break {
    /// An entry is not there.
    #[error("entry {0} is missing")]
    Missing(u64),
    /// An entry cannot be read.
    #[error("entry {0} is not one that this program writes")]
    Unreadable(u64),
    /// An entry does not hold the link of the one before it: that one was changed, or what it holds.
    #[error("entry {0} does not follow from entry {before}: one of the two was changed", before = .0 - 1)]
    Link(u64),
    /// An entry is not the one whose link was kept.
    #[error("entry {0} is not the one whose link you kept: it, or one before it, was changed")]
    Kept(u64),
    /// The chain ends before the entry whose link was kept.
    #[error("the audit ends with entry {last}, and you kept the link of entry {kept}: its end was cut off")]
    Cut {
        /// The last entry.
        last: u64,
        /// The one that was kept.
        kept: u64,
    },
}

/// Result of a check of the whole chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainVerdict {
    /// The number of the oldest entry; 1, unless the audit grew so long that older ones went.
    pub first: u64,
    /// The entries that are there.
    pub entries: u64,
    /// Those of them that are from before the chain: what they are was sealed by the first entry after them.
    pub older: u64,
    /// Head of the chain; none when there is no entry.
    pub head: Option<ChainHead>,
    /// True if the kept head is so old that its entry went with time: nothing can be said of it.
    pub kept_is_gone: bool,
    /// The first thing that is wrong.
    pub broken: Option<Break>,
}

/// An entry as it is stored.
pub(super) struct Stored {
    number: u64,
    object: Object,
}

impl Stored {
    pub(super) fn read(number: u64, bytes: &[u8]) -> Result<Self, StoreError> {
        let unreadable = |why: String| StoreError::Damaged { what: format!("entry {number} of the audit: {why}") };
        let object = read_object(json_of("audit", bytes)?, ROW_BYTES);
        let object = object.map_err(|error| unreadable(error.to_string()))?;
        if object.contains_key(NUMBER) {
            return Err(unreadable("it says itself which number it has".to_owned()));
        }
        Ok(Self { number, object })
    }

    /// The link that it holds: none, when it is from before the chain.
    fn before(&self) -> Option<Digest> {
        self.object.get(BEFORE)?.as_str()?.parse().ok()
    }

    fn is_older(&self) -> bool {
        !self.object.contains_key(BEFORE)
    }

    /// Its own link, when the one before it has this one.
    fn link(mut self, before: Digest) -> Digest {
        let tag = if self.is_older() { OLDER_TAG } else { TAG };
        self.object.insert(BEFORE.to_owned(), before.to_string().into());
        self.object.insert(NUMBER.to_owned(), self.number.into());
        Digest::of(&[tag, &canonical(&self.object)].concat())
    }
}

/// Returns what the first entry of all holds.
fn beginning() -> Digest {
    Digest::of(TAG)
}

/// Returns where the chain ends. It is made of the last entry alone, unless that is from before the chain.
pub(super) fn head_of(audit: &impl ReadableTable<u64, &'static [u8]>) -> Result<Option<ChainHead>, StoreError> {
    let Some((number, bytes)) = audit.last()? else { return Ok(None) };
    let last = Stored::read(number.value(), bytes.value())?;
    let number = last.number;
    if let Some(before) = last.before() {
        return Ok(Some(ChainHead { number, link: last.link(before) }));
    }
    let mut link = beginning();
    for entry in audit.iter()? {
        let (number, bytes) = entry?;
        link = Stored::read(number.value(), bytes.value())?.link(link);
    }
    Ok(Some(ChainHead { number, link }))
}

/// The link that the next entry holds.
pub(super) fn next(audit: &impl ReadableTable<u64, &'static [u8]>) -> Result<Digest, StoreError> {
    Ok(head_of(audit)?.map_or_else(beginning, |head| head.link))
}

/// Returns where the chain ends: what `ai2ai audit` prints.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails.
pub fn head(tx: &impl View) -> Result<Option<ChainHead>, StoreError> {
    head_of(&*tx.table(AUDIT)?)
}

/// Looks at every entry, from the oldest on, and stops at the first that does not fit.
///
/// # Errors
/// [`StoreError`] when the disk or the file fails. An entry that cannot be read is no error, but a [`Break`].
pub fn verify(tx: &impl View, kept: Option<&ChainHead>) -> Result<ChainVerdict, StoreError> {
    check(&*tx.table(AUDIT)?, kept, AUDIT_KEPT)
}

pub(super) fn check(
    audit: &impl ReadableTable<u64, &'static [u8]>,
    kept: Option<&ChainHead>,
    most: u64,
) -> Result<ChainVerdict, StoreError> {
    let first = audit.first()?.map_or(1, |(number, _)| number.value());
    let last = audit.last()?.map_or(0, |(number, _)| number.value());
    let there = (last + 1).saturating_sub(first);
    let mut walk = ChainWalk { next: first, link: (first == 1).then(beginning), older: 0, is_linked: false, kept };
    // The oldest go only when there are too many: with fewer than that, the first of all is there.
    let mut broken = (first > 1 && there < most).then_some(Break::Missing(first - 1));
    for entry in audit.iter()? {
        if broken.is_some() {
            break;
        }
        let (number, bytes) = entry?;
        broken = walk.step(number.value(), bytes.value()).err();
    }
    if let (None, Some(kept)) = (broken, kept.filter(|kept| kept.number > last)) {
        broken = Some(Break::Cut { last, kept: kept.number });
    }
    let whole = broken.is_none() && last > 0;
    let head = walk.link.filter(|_| whole).map(|link| ChainHead { number: last, link });
    let kept_is_gone = kept.is_some_and(|kept| kept.number + 1 < first);
    Ok(ChainVerdict { first, entries: audit.len()?, older: walk.older, head, kept_is_gone, broken })
}

/// A way along the chain.
struct ChainWalk<'k> {
    next: u64,
    /// The link of the entry before; none, where that went with time.
    link: Option<Digest>,
    older: u64,
    /// True if an entry held a link: from then on each does.
    is_linked: bool,
    kept: Option<&'k ChainHead>,
}

impl ChainWalk<'_> {
    fn step(&mut self, number: u64, bytes: &[u8]) -> Result<(), Break> {
        if number != self.next {
            return Err(Break::Missing(self.next));
        }
        let entry = Stored::read(number, bytes).map_err(|_| Break::Unreadable(number))?;
        let before = self.before(&entry)?;
        self.fits_kept(number - 1, before)?;
        self.older += u64::from(entry.is_older());
        self.is_linked |= !entry.is_older();
        self.link = before.map(|before| entry.link(before));
        self.fits_kept(number, self.link)?;
        self.next = number + 1;
        Ok(())
    }

    /// The link of the entry before this one, as far as it is known.
    fn before(&self, entry: &Stored) -> Result<Option<Digest>, Break> {
        if entry.is_older() {
            return if self.is_linked { Err(Break::Link(entry.number)) } else { Ok(self.link) };
        }
        let says = entry.before().ok_or(Break::Unreadable(entry.number))?;
        if self.link.is_some_and(|expected| expected != says) {
            return Err(Break::Link(entry.number));
        }
        Ok(Some(says))
    }

    fn fits_kept(&self, number: u64, link: Option<Digest>) -> Result<(), Break> {
        match (self.kept, link) {
            (Some(kept), Some(link)) if kept.number == number && kept.link != link => Err(Break::Kept(number)),
            (Some(_) | None, _) => Ok(()),
        }
    }
}
