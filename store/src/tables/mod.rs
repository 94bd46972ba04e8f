//! Every table, with its key and its value, and the fixed-width keys they have.
//!
//! A name ends in the version of its table: a table of another form gets a new name, and a migration between them.
//! Numbers in keys are big-endian, so that keys sort as what they mean. Values of rows are written by `row`.

mod keys;

use std::cell::RefCell;

use redb::{Key, Table, TableDefinition, Value};

pub(crate) use self::keys::{Part, all_of, between, due, move_key, number, pair, tail, triple};

/// A table. No other crate can name it.
pub struct Definition<K: Key + 'static, V: Value + 'static> {
    /// Its name in the file.
    pub(crate) name: &'static str,
    /// Its slot in a transaction that writes.
    pub(crate) slot: for<'w, 't> fn(&'w Slots<'t>) -> &'w Slot<'t, K, V>,
}

/// Slot of an open table, from when a transaction asks for it first until that ends. To open one is to look for its name
/// in the file; to close it, to note there where it is now.
pub(crate) type Slot<'t, K, V> = RefCell<Option<Table<'t, K, V>>>;

/// A table with keys of `N` bytes and rows for values.
pub(crate) type Rows<const N: usize> = Definition<&'static [u8; N], &'static [u8]>;
/// An index from keys of `N` bytes to keys of `M` bytes.
pub(crate) type Index<const N: usize, const M: usize> = Definition<&'static [u8; N], &'static [u8; M]>;
/// An index whose keys say all.
pub(crate) type Set<const N: usize> = Definition<&'static [u8; N], ()>;

/// `"schema"` → the schema version of the file. Its name and form never change.
pub(crate) const SCHEMA: TableDefinition<&str, u64> = TableDefinition::new("schema");
/// The one key of [`SCHEMA`].
pub(crate) const SCHEMA_VERSION: &str = "schema";

/// Gives every table to a macro: those of this schema, and of each before it.
macro_rules! every_table {
    ($with:ident) => {
        $with! {
            /// A name → the last number given out under it.
            SEQUENCES: Definition<&'static str, u64> = "sequences/1";
            /// A name → a text.
            TEXTS: Definition<&'static str, &'static str> = "texts/1";

            /// did 32 → `ContactRow` or `LegacyContactRow`.
            CONTACTS: Rows<32> = "contacts/1";
            /// did 32, of each contact whose agent speaks the protocol's original.
            LEGACY_CONTACTS: Set<32> = "legacy-contacts/1";
            /// The contact's name in lower case → did 32.
            CONTACT_NAMES: Definition<&'static str, &'static [u8; 32]> = "contact-names/1";
            /// did 32 → `CardRow` and the card.
            CARDS: Rows<32> = "cards/1";
            /// prekey 16 → `not_after` 8, `erase_at` 8, secret 32, after the byte with the form.
            PREKEYS: Rows<16> = "prekeys/1";
            /// `erase_at` 8, prekey 16.
            PREKEYS_BY_END: Set<24> = "prekeys-by-end/1";

            /// conversation 16 → `touched_at` 8, when it expires 8 (all ones: it is closed), `ConversationRow`.
            CONVERSATIONS: Rows<16> = "conversations/1";
            /// `touched_at` 8, conversation 16.
            CONVERSATIONS_BY_TOUCH: Set<24> = "conversations-by-touch/1";
            /// Expiry 8 (all ones but the last: when a closing act is answered), conversation 16, while it is open.
            OPEN_CONVERSATIONS: Set<24> = "open-conversations/1";
            /// conversation 16, sequence 8 → `MessageRow` and the envelope.
            MESSAGES: Rows<24> = "messages/1";
            /// sender did 32, message 16 → the key of [`MESSAGES`].
            MESSAGES_BY_ID: Index<48, 24> = "messages-by-id/1";
            /// sender did 32, message 16 → `SeenRow`.
            SEEN: Rows<48> = "seen/1";
            /// `keep_until` 8, sender did 32, message 16.
            SEEN_BY_END: Set<56> = "seen-by-end/1";

            /// message 16 → recipient did 32, order 8, `next_attempt_at` 8 (all ones: its delivery is over), `OutboxRow` or
            /// `LegacyOutboxRow`.
            OUTBOX: Rows<16> = "outbox/1";
            /// message 16, of each to an agent of the original.
            LEGACY_OUTBOX: Set<16> = "legacy-outbox/1";
            /// recipient did 32, order 8 → message 16, while its delivery is not over.
            OUTBOX_BY_RECIPIENT: Index<40, 16> = "outbox-by-recipient/1";
            /// `next_attempt_at` 8, message 16, while its delivery is not over.
            OUTBOX_BY_ATTEMPT: Set<24> = "outbox-by-attempt/1";
            /// message 16, of what expired or is dead.
            OUTBOX_DEAD: Set<16> = "outbox-dead/1";

            /// item 16 → `ItemRow` or `LegacyItemRow`.
            INBOX: Rows<16> = "inbox/1";
            /// item 16, of each that an agent of the original brought.
            LEGACY_INBOX: Set<16> = "legacy-inbox/1";
            /// conversation 16, item 16.
            INBOX_BY_CONVERSATION: Set<32> = "inbox-by-conversation/1";
            /// did 32, item 16; not of an item whose sender nothing proves.
            INBOX_BY_CONTACT: Set<48> = "inbox-by-contact/1";
            /// `expires_at` 8, item 16.
            INBOX_BY_END: Set<24> = "inbox-by-end/1";
            /// sender did 32, message 16 → `HeldRow` and the envelope.
            HELD: Rows<48> = "held/1";
            /// `expires_at` 8, sender did 32, message 16.
            HELD_BY_END: Set<56> = "held-by-end/1";

            /// mandate 16 → `MandateRow` and the mandate.
            MANDATES: Rows<16> = "mandates/1";
            /// mandate 16, when 8, message 16, of each message that left under it.
            MANDATE_USES: Set<40> = "mandate-uses/1";
            /// Rank 8 → `PeerRow`.
            PEERS: Rows<8> = "peers/1";

            /// did 32 → `PlaceRow`: who has a place in the mailbox of this volunteer.
            PLACES: Rows<32> = "mailbox-places/1";
            /// `until` 8, did 32.
            PLACES_BY_END: Set<40> = "mailbox-places-by-end/1";
            /// did 32, order 8 → `MailRow` and the sealed envelope.
            MAIL: Rows<40> = "mailbox/1";
            /// did 32, digest 32 → the key of [`MAIL`].
            MAIL_BY_DIGEST: Index<64, 40> = "mailbox-by-digest/1";
            /// `until` 8, did 32, order 8.
            MAIL_BY_END: Set<48> = "mailbox-by-end/1";

            /// did 32 → `ListedRow` and the card: whom the directory of this volunteer lists.
            LISTED: Rows<32> = "directory/1";
            /// `until` 8, did 32.
            LISTED_BY_END: Set<40> = "directory-by-end/1";

            /// did 32 → `LegacyContactRow`. Empty since schema 3.
            ORIGINALS: Rows<32> = "originals/1";
            /// conversation 16 → `TalkRow`, of talks with agents of the protocol's original.
            ORIGINAL_TALKS: Rows<16> = "original-talks/1";
            /// item 16 → `LegacyItemRow`. Empty since schema 3.
            ORIGINAL_ITEMS: Rows<16> = "original-items/1";
            /// message 16 → `LegacyOutboxRow`. Empty since schema 3.
            ORIGINAL_OUT: Rows<16> = "original-out/1";
            /// scope 32, digest of the id 32 → `OriginalSeenRow`.
            ORIGINAL_SEEN: Rows<64> = "original-seen/1";
            /// `keep_until` 8, scope 32, digest of the id 32.
            ORIGINAL_SEEN_BY_END: Set<72> = "original-seen-by-end/1";

            /// Sequence → `AuditRow`.
            AUDIT: Definition<u64, &'static [u8]> = "audit/1";
        }
    };
}
pub(crate) use every_table;

macro_rules! define {
    ($($(#[$doc:meta])+ $table:ident: $definition:ty = $name:literal;)+) => {
        $(
            $(#[$doc])+
            pub(crate) const $table: $definition = Definition { name: $name, slot: |slots| &slots.$table };
        )+

        /// The tables that a transaction has asked for so far.
        #[derive(Default)]
        #[expect(non_snake_case, reason = "each has the name of its table")]
        pub(crate) struct Slots<'t> {
            $($table: <$definition as Held>::Slot<'t>,)+
        }
    };
}

/// Gives the slot of a definition, of which the list has only the type.
trait Held {
    type Slot<'t>;
}

impl<K: Key + 'static, V: Value + 'static> Held for Definition<K, V> {
    type Slot<'t> = Slot<'t, K, V>;
}

every_table!(define);
