//! Every bound of the protocol, by name. SPEC.md §Limits lists the same figures.

use std::time::Duration;

/// Bytes of one envelope, as JSON, before sealing.
pub const ENVELOPE_BYTES: usize = 64 * 1024;
/// Bytes of one sealed envelope, as JSON: base64 of the largest envelope, and its frame.
pub const SEALED_BYTES: usize = 96 * 1024;
/// Sealed envelopes in one request.
pub const BATCH_ENVELOPES: usize = 64;
/// Bytes of one request of sealed envelopes.
pub const BATCH_BYTES: usize = 1024 * 1024;
/// Bytes of one file of sealed envelopes that is carried by hand.
pub const CARRIED_BYTES: usize = 4 * 1024 * 1024;
/// Sealed envelopes in one such file.
pub const CARRIED_SEALS: usize = 1_024;
/// Bytes of the answer to a batch: its receipts, and at most one card.
pub const RECEIPTS_BYTES: usize = 96 * 1024;
/// Bytes of one card.
pub const CARD_BYTES: usize = 16 * 1024;
/// Bytes of one exported agreement.
pub const AGREEMENT_BYTES: usize = 512 * 1024;
/// Greatest depth of JSON.
pub const JSON_DEPTH: usize = 32;

/// Characters of an agent's name.
pub const AGENT_NAME_CHARS: usize = 64;
/// Characters of a person's name.
pub const HUMAN_NAME_CHARS: usize = 128;
/// Characters of an intent.
pub const INTENT_CHARS: usize = 64;
/// Nodes in one card.
pub const CARD_NODES: usize = 4;
/// Addresses of one node in a card.
pub const CARD_ADDRESSES: usize = 16;
/// Prekeys of one node in a card.
pub const CARD_PREKEYS: usize = 4;
/// Intents in a card.
pub const CARD_INTENTS: usize = 32;
/// Mailboxes in a card.
pub const CARD_MAILBOXES: usize = 4;
/// Languages in a card.
pub const CARD_LANGUAGES: usize = 8;

/// Characters of a libp2p peer id.
pub const PEER_CHARS: usize = 128;
/// Characters of a multiaddress.
pub const ADDRESS_CHARS: usize = 512;
/// Characters of a language tag.
pub const LANGUAGE_CHARS: usize = 35;
/// Characters of a time zone's name.
pub const TIMEZONE_CHARS: usize = 64;

/// Greatest difference of two honest clocks.
pub const CLOCK_SKEW: Duration = Duration::from_secs(10 * 60);
/// The longest life of an envelope, from `timestamp` to `expires_at`.
pub const ENVELOPE_LIFE: Duration = Duration::from_secs(14 * 24 * 3600);
/// The life of an envelope whose sender does not say.
pub const ENVELOPE_LIFE_DEFAULT: Duration = Duration::from_secs(7 * 24 * 3600);
/// The life of a card.
pub const CARD_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest life of a delegation.
pub const DELEGATION_LIFE: Duration = Duration::from_secs(366 * 24 * 3600);
/// Time for which a prekey is offered before the next one takes its place.
pub const PREKEY_OFFERED: Duration = Duration::from_secs(24 * 3600);
/// Time for which a prekey opens seals after it was last offered: a card's life, an envelope's, and the skew.
pub const PREKEY_KEPT: Duration = Duration::from_secs((7 + 14) * 24 * 3600 + 20 * 60);
/// Time after an envelope's expiry for which its receipt is still known, so that a repeat gets the first answer again.
pub const SEEN_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Invites of one owner that are not over.
pub const INVITES: usize = 64;
/// The life of an invite whose maker does not say.
pub const INVITE_LIFE_DEFAULT: Duration = Duration::from_secs(7 * 24 * 3600);
/// The longest life of an invite.
pub const INVITE_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Messages in one conversation, of both sides together, where the owner sets nothing else. Acts that close it go beyond.
pub const CONVERSATION_MESSAGES: u64 = 100;
/// Time after its opening in which something new can be said in a conversation, where the owner sets nothing else. Acts that
/// close it go beyond.
pub const CONVERSATION_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Bytes of terms, in their canonical form.
pub const TERMS_BYTES: usize = 16 * 1024;
/// Times in a menu.
pub const MENU_TIMES: usize = 32;
/// Characters of the reason for a reject.
pub const REASON_CHARS: usize = 1_000;
/// Intents in a mandate.
pub const MANDATE_INTENTS: usize = 16;
/// The longest life of a mandate.
pub const MANDATE_LIFE: Duration = Duration::from_secs(366 * 24 * 3600);

/// The shortest wait before a message is tried again.
pub const RETRY_LEAST: Duration = Duration::from_secs(1);
/// The longest wait before a message is tried again.
pub const RETRY_MOST: Duration = Duration::from_secs(3600);
/// The longest wait that a recipient can ask for with `retry_after_s`.
pub const RETRY_AFTER_MOST: Duration = Duration::from_secs(24 * 3600);
/// Longest time for which an attempt is under way.
pub const ATTEMPT_WITHIN: Duration = Duration::from_secs(60);
/// Characters that are kept of why an attempt failed.
pub const DELIVERY_ERROR_CHARS: usize = 200;
/// Failures in a row after which a peer is left alone for a while.
pub const BREAKER_FAILURES: u32 = 5;
/// The shortest time for which a peer is left alone; it doubles with each further failure.
pub const BREAKER_LEAST: Duration = Duration::from_secs(30);
/// The longest time for which a peer is left alone.
pub const BREAKER_MOST: Duration = Duration::from_secs(15 * 60);

/// Time for which a place in a mailbox lasts after its owner last claimed it.
pub const MAILBOX_PLACE: Duration = Duration::from_secs(30 * 24 * 3600);
/// Time for which a mailbox keeps an envelope: the longest that one can be valid, by clocks that differ.
pub const MAILBOX_KEPT: Duration = Duration::from_secs(14 * 24 * 3600 + 20 * 60);
/// Places in one mailbox.
pub const MAILBOX_PLACES: u64 = 1_024;
/// Envelopes that wait for one recipient in a mailbox.
pub const MAILBOX_MESSAGES: u64 = 2_000;
/// Their bytes.
pub const MAILBOX_BYTES: u64 = 16 * 1024 * 1024;
/// Envelopes in a mailbox, for all recipients.
pub const MAILBOX_MESSAGES_IN_ALL: u64 = 100_000;
/// Their bytes.
pub const MAILBOX_BYTES_IN_ALL: u64 = 1024 * 1024 * 1024;
/// Envelopes that one peer may deposit in an hour.
pub const MAILBOX_DEPOSITS_PER_HOUR: u64 = 2_000;
/// Their bytes.
pub const MAILBOX_DEPOSITED_PER_HOUR: u64 = 32 * 1024 * 1024;
/// Claims that one peer may make in an hour.
pub const MAILBOX_CLAIMS_PER_HOUR: u64 = 60;
/// Claims in an hour from one IP address, behind which there may be many nodes: new peer ids cost nothing, and addresses do.
pub const MAILBOX_CLAIMS_PER_IP: u64 = 300;
/// Bytes of a custody receipt, or of any answer of a mailbox but the envelopes that it hands over.
pub const MAILBOX_ANSWER_BYTES: usize = 32 * 1024;
/// Cards in a directory.
pub const DIRECTORY_CARDS: u64 = 4_096;
/// Cards in one answer of a directory.
pub const DIRECTORY_FOUND: usize = 16;
/// Characters of a name or of a text that is searched for.
pub const DIRECTORY_TEXT_CHARS: usize = 128;
/// Words of a text that is searched for.
pub const DIRECTORY_WORDS: usize = 8;
/// Searches and listings that one peer may ask of a directory in a minute.
pub const DIRECTORY_ASKS_PER_MINUTE: u64 = 60;
