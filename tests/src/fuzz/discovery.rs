//! Addresses, typed or found in records.

use ai2ai_discovery::address::{self, ADDRESS_BYTES, Reach};
use ai2ai_discovery::dns::domain;
use ai2ai_discovery::dns::txt;
use ai2ai_discovery::dns::txt::{RECORD_ADDRESSES, Record};
use ai2ai_discovery::invite::{INVITE_ADDRESSES, InviteLink};
use ai2ai_discovery::{by_hand, invite};
use ai2ai_protocol::time::Timestamp;

/// Each line is an address by hand, and a TXT record; all lines together are the records of one domain.
pub(super) fn address(bytes: &[u8]) {
    let now = Timestamp::from_millis(0);
    let mut records = Vec::new();
    for line in bytes.split(|byte| *byte == b'\n').take(txt::RECORDS) {
        if let Ok(text) = std::str::from_utf8(line) {
            typed(text, now);
            invited(text);
            let _ = (domain::looks_like_domain(text), domain::txt_name(text), domain::srv_name(text));
        }
        if let Ok(Some(record)) = txt::read(line) {
            if let Record::Agent(agent) = &record {
                assert!(agent.addresses.len() <= RECORD_ADDRESSES);
            }
            records.push(record);
        }
    }
    if let Ok(signpost) = domain::signpost(&records, &[], &[]) {
        assert!(signpost.nodes.len() <= domain::NODES);
        let _ = signpost.findings(now);
    }
}

/// A link that is accepted has one spelling, and leads where an address may.
fn invited(text: &str) {
    let _ = invite::looks_like_link(text);
    let Ok(link) = text.parse::<InviteLink>() else { return };
    assert_eq!(link.to_string(), text.trim());
    assert!((1..=INVITE_ADDRESSES).contains(&link.addresses.len()));
    assert!(!format!("{link:?}").contains(&link.secret.reveal()), "a secret is not shown by accident");
}

fn typed(text: &str, now: Timestamp) {
    let Ok(finding) = by_hand::read(text, now) else { return };
    assert!(by_hand::looks_like_address(text));
    for found in finding.addresses {
        assert!(found.len() <= ADDRESS_BYTES);
        let again = address::useful(&found, &finding.peer, Reach::ThisMachine);
        assert_eq!(again.as_ref(), Ok(&found), "a useful address stays one");
        let _ = address::worth_telling(&[found], &finding.peer);
    }
}
