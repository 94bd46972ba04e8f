//! Every table, with its key and its value, and the fixed-width keys they have.
//!
//! A name ends in the version of its table: a table of another form gets a new name, and a migration between them.
//! Numbers in keys are big-endian, so that keys sort as what they mean. Values of rows are written by `row`.

use ai2ai_protocol::did::Did;
use ai2ai_protocol::digest::Digest;
use ai2ai_protocol::id::{ConversationId, ItemId, MandateId, MessageId};
use ai2ai_protocol::seal::PrekeyId;
use ai2ai_protocol::time::Timestamp;
use redb::{Range, ReadableTable, Table, TableDefinition, TableHandle as _, Value};

use crate::transaction::{StoreError, Write};

/// A table with keys of `N` bytes and rows for values.
pub(crate) type Rows<const N: usize> = TableDefinition<'static, &'static [u8; N], &'static [u8]>;
/// An index from keys of `N` bytes to keys of `M` bytes.
pub(crate) type Index<const N: usize, const M: usize> = TableDefinition<'static, &'static [u8; N], &'static [u8; M]>;
/// An index whose keys say all.
pub(crate) type Set<const N: usize> = TableDefinition<'static, &'static [u8; N], ()>;

/// `"schema"` → the schema version of the file. Its name and form never change.
pub(crate) const SCHEMA: TableDefinition<&str, u64> = TableDefinition::new("schema");
/// The one key of [`SCHEMA`].
pub(crate) const SCHEMA_VERSION: &str = "schema";

/// A name → the last number given out under it.
pub(crate) const SEQUENCES: TableDefinition<&str, u64> = TableDefinition::new("sequences/1");
/// A name → a text.
pub(crate) const TEXTS: TableDefinition<&str, &str> = TableDefinition::new("texts/1");

/// did 32 → `ContactRow`.
pub(crate) const CONTACTS: Rows<32> = TableDefinition::new("contacts/1");
/// The contact's name in lower case → did 32.
pub(crate) const CONTACT_NAMES: TableDefinition<&str, &[u8; 32]> = TableDefinition::new("contact-names/1");
/// did 32 → `CardRow` and the card.
pub(crate) const CARDS: Rows<32> = TableDefinition::new("cards/1");
/// prekey 16 → `not_after` 8, `erase_at` 8, secret 32, after the byte with the form.
pub(crate) const PREKEYS: Rows<16> = TableDefinition::new("prekeys/1");
/// `erase_at` 8, prekey 16.
pub(crate) const PREKEYS_BY_END: Set<24> = TableDefinition::new("prekeys-by-end/1");

/// conversation 16 → `touched_at` 8, when it expires 8 (all ones: it is closed), `ConversationRow`.
pub(crate) const CONVERSATIONS: Rows<16> = TableDefinition::new("conversations/1");
/// `touched_at` 8, conversation 16.
pub(crate) const CONVERSATIONS_BY_TOUCH: Set<24> = TableDefinition::new("conversations-by-touch/1");
/// When it expires 8 (all ones but the last: when a closing act is answered), conversation 16, while it is open.
pub(crate) const OPEN_CONVERSATIONS: Set<24> = TableDefinition::new("open-conversations/1");
/// conversation 16, sequence 8 → `MessageRow` and the envelope.
pub(crate) const MESSAGES: Rows<24> = TableDefinition::new("messages/1");
/// sender did 32, message 16 → the key of [`MESSAGES`].
pub(crate) const MESSAGES_BY_ID: Index<48, 24> = TableDefinition::new("messages-by-id/1");
/// sender did 32, message 16 → `SeenRow`.
pub(crate) const SEEN: Rows<48> = TableDefinition::new("seen/1");
/// `keep_until` 8, sender did 32, message 16.
pub(crate) const SEEN_BY_END: Set<56> = TableDefinition::new("seen-by-end/1");

/// message 16 → recipient did 32, order 8, `next_attempt_at` 8 (all ones: its delivery is over), `OutboxRow`.
pub(crate) const OUTBOX: Rows<16> = TableDefinition::new("outbox/1");
/// recipient did 32, order 8 → message 16, while its delivery is not over.
pub(crate) const OUTBOX_BY_RECIPIENT: Index<40, 16> = TableDefinition::new("outbox-by-recipient/1");
/// `next_attempt_at` 8, message 16, while its delivery is not over.
pub(crate) const OUTBOX_BY_ATTEMPT: Set<24> = TableDefinition::new("outbox-by-attempt/1");
/// message 16, of what expired or is dead.
pub(crate) const OUTBOX_DEAD: Set<16> = TableDefinition::new("outbox-dead/1");

/// item 16 → `ItemRow`.
pub(crate) const INBOX: Rows<16> = TableDefinition::new("inbox/1");
/// conversation 16, item 16.
pub(crate) const INBOX_BY_CONVERSATION: Set<32> = TableDefinition::new("inbox-by-conversation/1");
/// did 32, item 16.
pub(crate) const INBOX_BY_CONTACT: Set<48> = TableDefinition::new("inbox-by-contact/1");
/// `expires_at` 8, item 16.
pub(crate) const INBOX_BY_END: Set<24> = TableDefinition::new("inbox-by-end/1");
/// sender did 32, message 16 → `HeldRow` and the envelope.
pub(crate) const HELD: Rows<48> = TableDefinition::new("held/1");
/// `expires_at` 8, sender did 32, message 16.
pub(crate) const HELD_BY_END: Set<56> = TableDefinition::new("held-by-end/1");

/// mandate 16 → `MandateRow` and the mandate.
pub(crate) const MANDATES: Rows<16> = TableDefinition::new("mandates/1");
/// mandate 16, when 8, message 16, of each message that left under it.
pub(crate) const MANDATE_USES: Set<40> = TableDefinition::new("mandate-uses/1");
/// Rank 8 → `PeerRow`.
pub(crate) const PEERS: Rows<8> = TableDefinition::new("peers/1");

/// did 32 → `PlaceRow`: who has a place in the mailbox of this volunteer.
pub(crate) const PLACES: Rows<32> = TableDefinition::new("mailbox-places/1");
/// `until` 8, did 32.
pub(crate) const PLACES_BY_END: Set<40> = TableDefinition::new("mailbox-places-by-end/1");
/// did 32, order 8 → `MailRow` and the sealed envelope.
pub(crate) const MAIL: Rows<40> = TableDefinition::new("mailbox/1");
/// did 32, digest 32 → the key of [`MAIL`].
pub(crate) const MAIL_BY_DIGEST: Index<64, 40> = TableDefinition::new("mailbox-by-digest/1");
/// `until` 8, did 32, order 8.
pub(crate) const MAIL_BY_END: Set<48> = TableDefinition::new("mailbox-by-end/1");

/// did 32 → `ListedRow` and the card: whom the directory of this volunteer lists.
pub(crate) const LISTED: Rows<32> = TableDefinition::new("directory/1");
/// `until` 8, did 32.
pub(crate) const LISTED_BY_END: Set<40> = TableDefinition::new("directory-by-end/1");

/// did 32 → `OriginalRow`: contacts whose agents speak the protocol's original.
pub(crate) const ORIGINALS: Rows<32> = TableDefinition::new("originals/1");
/// conversation 16 → `TalkRow`, of talks with those.
pub(crate) const ORIGINAL_TALKS: Rows<16> = TableDefinition::new("original-talks/1");
/// item 16 → `OriginalItemRow`.
pub(crate) const ORIGINAL_ITEMS: Rows<16> = TableDefinition::new("original-items/1");
/// message 16 → `OriginalOutRow`.
pub(crate) const ORIGINAL_OUT: Rows<16> = TableDefinition::new("original-out/1");
/// scope 32, digest of the id 32 → `OriginalSeenRow`.
pub(crate) const ORIGINAL_SEEN: Rows<64> = TableDefinition::new("original-seen/1");
/// `keep_until` 8, scope 32, digest of the id 32.
pub(crate) const ORIGINAL_SEEN_BY_END: Set<72> = TableDefinition::new("original-seen-by-end/1");

/// Sequence → `AuditRow`.
pub(crate) const AUDIT: TableDefinition<u64, &[u8]> = TableDefinition::new("audit/1");

/// Gives every table to a macro: those of this schema, and of each before it.
macro_rules! every_table {
    ($with:ident) => {
        $with!(
            SEQUENCES,
            TEXTS,
            CONTACTS,
            CONTACT_NAMES,
            CARDS,
            PREKEYS,
            PREKEYS_BY_END,
            CONVERSATIONS,
            CONVERSATIONS_BY_TOUCH,
            OPEN_CONVERSATIONS,
            MESSAGES,
            MESSAGES_BY_ID,
            SEEN,
            SEEN_BY_END,
            OUTBOX,
            OUTBOX_BY_RECIPIENT,
            OUTBOX_BY_ATTEMPT,
            OUTBOX_DEAD,
            INBOX,
            INBOX_BY_CONVERSATION,
            INBOX_BY_CONTACT,
            INBOX_BY_END,
            HELD,
            HELD_BY_END,
            MANDATES,
            MANDATE_USES,
            PEERS,
            PLACES,
            PLACES_BY_END,
            MAIL,
            MAIL_BY_DIGEST,
            MAIL_BY_END,
            LISTED,
            LISTED_BY_END,
            ORIGINALS,
            ORIGINAL_TALKS,
            ORIGINAL_ITEMS,
            ORIGINAL_OUT,
            ORIGINAL_SEEN,
            ORIGINAL_SEEN_BY_END,
            AUDIT,
        )
    };
}
pub(crate) use every_table;

/// Makes every table, so that a read finds each of them.
pub(crate) fn create_all(tx: &Write) -> Result<(), StoreError> {
    macro_rules! create {
        ($($table:ident),+ $(,)?) => {
            $(tx.table_mut($table)?;)+
        };
    }
    every_table!(create);
    Ok(())
}

/// Whether the file was written before one of the tables was thought of.
pub(crate) fn are_missing(tx: &Write) -> Result<bool, StoreError> {
    let there = tx.table_names()?;
    macro_rules! missing {
        ($($table:ident),+ $(,)?) => {
            [$($table.name()),+].iter().any(|name| !there.contains(*name))
        };
    }
    Ok(every_table!(missing))
}

/// What has a fixed number of bytes in a key.
pub(crate) trait Part {
    /// Those bytes.
    type Bytes: AsRef<[u8]>;
    /// Gives them.
    fn bytes(&self) -> Self::Bytes;
}

macro_rules! part {
    ($($type:ty, $width:literal, $part:ident => $bytes:expr;)+) => {
        $(impl Part for $type {
            type Bytes = [u8; $width];

            fn bytes(&self) -> [u8; $width] {
                let $part = self;
                $bytes
            }
        })+
    };
}

part! {
    Did, 32, did => did.to_bytes();
    MessageId, 16, id => id.to_bytes();
    ConversationId, 16, id => id.to_bytes();
    ItemId, 16, id => id.to_bytes();
    MandateId, 16, id => id.to_bytes();
    PrekeyId, 16, id => id.to_bytes();
    Digest, 32, digest => digest.to_bytes();
    Timestamp, 8, moment => number(*moment).to_be_bytes();
    u64, 8, number => number.to_be_bytes();
}

/// A moment as a number: its milliseconds since 1970.
pub(crate) fn number(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or(0)
}

/// The key that is `first` and then `second`.
pub(crate) fn pair<const N: usize>(first: &impl Part, second: &impl Part) -> [u8; N] {
    let mut key = [0; N];
    let (first, second) = (first.bytes(), second.bytes());
    let (head, tail) = key.split_at_mut(first.as_ref().len());
    head.copy_from_slice(first.as_ref());
    tail.copy_from_slice(second.as_ref());
    key
}

/// The key that is `first`, `second` and then `third`.
pub(crate) fn triple<const N: usize>(first: &impl Part, second: &impl Part, third: &impl Part) -> [u8; N] {
    let mut key = [0; N];
    let mut rest = &mut key[..];
    for part in [first.bytes().as_ref(), second.bytes().as_ref(), third.bytes().as_ref()] {
        let (head, tail) = rest.split_at_mut(part.len());
        head.copy_from_slice(part);
        rest = tail;
    }
    key
}

/// The lowest and the highest key that begin with `first`.
pub(crate) fn all_of<const N: usize>(first: &impl Part) -> ([u8; N], [u8; N]) {
    let first = first.bytes();
    let (mut low, mut high) = ([0; N], [u8::MAX; N]);
    low[..first.as_ref().len()].copy_from_slice(first.as_ref());
    high[..first.as_ref().len()].copy_from_slice(first.as_ref());
    (low, high)
}

/// Puts a row from one place in an index to another: out of it, without a `new` one.
pub(crate) fn move_key<const N: usize>(
    index: &mut Table<&'static [u8; N], ()>,
    old: Option<[u8; N]>,
    new: Option<[u8; N]>,
) -> Result<(), StoreError> {
    if old == new {
        return Ok(());
    }
    if let Some(old) = old {
        index.remove(&old)?;
    }
    if let Some(new) = new {
        index.insert(&new, ())?;
    }
    Ok(())
}

/// The last `M` bytes of a key.
pub(crate) fn tail<const M: usize>(key: &[u8]) -> [u8; M] {
    *key.last_chunk().expect("keys have fixed widths, and a part is shorter than its key")
}

/// The entries whose keys lie between two keys, or are one of them.
pub(crate) fn between<'t, const N: usize, V: Value + 'static>(
    table: &'t impl ReadableTable<&'static [u8; N], V>,
    (low, high): ([u8; N], [u8; N]),
) -> Result<Range<'t, &'static [u8; N], V>, StoreError> {
    Ok(table.range::<&[u8; N]>(&low..=&high)?)
}

/// The first `limit` keys of an index by time whose time is `now` or before, earliest first.
pub(crate) fn due<const N: usize>(
    index: &impl ReadableTable<&'static [u8; N], ()>,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<[u8; N]>, StoreError> {
    let (_, last) = all_of(&now);
    index.range::<&[u8; N]>(..=&last)?.take(limit).map(|key| Ok(*key?.0.value())).collect()
}
