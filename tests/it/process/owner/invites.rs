//! An invite between real nodes: made, taken, forged, cancelled; and the words that two people compare.

use ai2ai_tests::solo::Solo;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

fn invite_of(alex: &Solo) -> String {
    wait_for("an address to put into an invite", PATIENCE, || {
        alex.asks(&["invite", "--as", "Sam"]).first()?["link"].as_str().map(str::to_owned)
    })
}

fn code_of(output: &std::process::Output) -> (Option<i32>, String) {
    let line: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code(), line["code"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn a_link_makes_two_people_contacts_and_the_same_words_stand_on_both_screens() {
    let mut alex = Solo::moves_in("Alex", "").is_up();
    let sam = Solo::moves_in("Sam", "").is_up();
    let eve = Solo::moves_in("Eve", "").is_up();
    let link = invite_of(&alex);
    let before = alex.listens().expect("it listens").1;
    // The node forgets nothing of an invite when it dies; it is another address by now, which this link does not name.
    alex.is_killed();
    assert_eq!(code_of(&sam.types(&["join", &link])), (Some(7), "unreachable".to_owned()));
    alex.starts();
    let after = alex.listens().expect("it listens").1;
    let link = link.replace(&before, &after);
    let joined = sam.asks(&["join", &link]).remove(0);
    assert_eq!(
        (&joined["name"], &joined["met"], &joined["trust"]),
        (&"Alex".into(), &"invite".into(), &"known".into())
    );
    let contacts = alex.asks(&["contacts"]);
    assert_eq!((contacts.len(), &contacts[0]["name"], &contacts[0]["met"]), (1, &"Sam".into(), &"invite".into()));
    assert!(alex.asks(&["pending"]).is_empty());

    alex.is_killed();
    alex.starts();
    let link = link.replace(&after, &alex.listens().expect("it listens").1);
    assert_eq!(code_of(&eve.types(&["join", &link])), (Some(5), "invite_invalid".to_owned()));
    assert!(eve.asks(&["contacts"]).is_empty());
    assert_eq!(alex.asks(&["contacts"]).len(), 1);

    let words = |of: &Solo, who: &str| of.asks(&["verify-contact", who]).remove(0)["words"].clone();
    assert_eq!(words(&alex, "Sam"), words(&sam, "Alex"));
    assert_eq!(words(&alex, "Sam").as_array().map(Vec::len), Some(12));
    assert!(alex.asks(&["contacts"])[0]["compared_at"].is_null(), "looking is not comparing");
    assert!(alex.asks(&["verify-contact", "Sam", "--yes"])[0]["compared_at"].is_string());
    assert!(alex.asks(&["contacts"])[0]["compared_at"].is_string());
}

#[test]
fn an_invite_of_somebody_else_or_a_damaged_one_adds_nobody() {
    let [alex, sam, eve] = ["Alex", "Sam", "Eve"].map(|human| Solo::moves_in(human, "").is_up());
    let link = invite_of(&alex);
    let did = |of: &Solo| of.asks(&["status"]).remove(0)["did"].as_str().expect("a did").to_owned();
    let forged = link.replace(&did(&alex), &did(&sam));
    assert_eq!(code_of(&eve.types(&["join", &forged])), (Some(8), "bad_card".to_owned()));
    assert_eq!(code_of(&sam.types(&["join", &forged])), (Some(2), "own_identity".to_owned()));
    assert_eq!(code_of(&sam.types(&["add", &link[..link.len() - 3]])), (Some(2), "bad_invite".to_owned()));
    let secret = link.split("secret=").nth(1).and_then(|rest| rest.get(..22)).expect("a secret");
    let guessed = link.replace(secret, "AAAAAAAAAAAAAAAAAAAAAA");
    assert_eq!(code_of(&sam.types(&["join", &guessed])), (Some(5), "invite_invalid".to_owned()));
    for nobody in [&alex, &sam, &eve] {
        assert!(nobody.asks(&["contacts"]).is_empty() && nobody.asks(&["pending"]).is_empty());
    }
    assert_eq!(alex.asks(&["invite", "--cancel"]).remove(0)["cancelled"], 1);
    assert_eq!(code_of(&sam.types(&["join", &link])), (Some(5), "invite_invalid".to_owned()));
    assert_eq!(code_of(&alex.types(&["invite", "--hours", "721"])), (Some(2), "usage".to_owned()));
}

#[test]
fn an_agent_makes_no_invites_and_takes_none() {
    let alex = Solo::moves_in("Alex", "").is_up();
    let token = alex.home().join("agent.token");
    let token = token.to_str().expect("a path");
    let link = invite_of(&alex);
    for words in [&["invite"][..], &["invite", "--cancel"], &["join", &link], &["verify-contact", "Sam", "--yes"]] {
        let output = alex.types(&[&["--token-file", token], words].concat());
        assert_eq!(code_of(&output), (Some(5), "owner_only".to_owned()), "{words:?}");
    }
}
