//! Steps that several journeys share.

use ai2ai_tests::answer::Answer;
use ai2ai_tests::lab::Lab;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::times::{PATIENCE, wait_for};
use serde_json::Value;

/// Two people whose nodes run and who have added each other.
pub(crate) fn two_who_know_each_other(lab: &mut Lab) -> (Laptop, Laptop) {
    let (mut alex, mut sam) = (lab.person("alex"), lab.person("sam"));
    alex.up();
    sam.up();
    adds(&alex, &sam);
    adds(&sam, &alex);
    (alex, sam)
}

/// `who` sees `whom` nearby, and adds them by the agent's name.
pub(crate) fn adds(who: &Laptop, whom: &Laptop) {
    wait_for("the other to be nearby", PATIENCE, || who.lists(whom).then_some(()));
    let added = who.owner(&["add", whom.agent()]).done();
    assert_eq!(added.text("did"), whom.did());
    let contacts = who.owner(&["contacts"]).done();
    let contact = contacts.line_where("did", whom.did()).expect("a contact");
    assert_eq!((&contact["trust"], &contact["blocked"]), (&Value::from("known"), &Value::from(false)));
    assert!(!who.lists(whom), "a contact is no longer only nearby");
}

/// The item that waits for this owner, once it waits: the line of `pending`.
pub(crate) fn waits_for(owner: &Laptop, kind: &str) -> Value {
    wait_for(&format!("an item `{kind}` to wait for {}", owner.name()), PATIENCE, || {
        owner.owner(&["pending"]).done().line_where("kind", kind).cloned()
    })
}

/// Shows an item, and gives what was shown.
pub(crate) fn shows(owner: &Laptop, item: &Value) -> Value {
    let shown = owner.owner(&["show", text(item, "id")]).done().one().clone();
    assert_eq!(shown["digest"], item["digest"], "what is shown is what waits");
    shown
}

/// Approves what was shown.
pub(crate) fn approves(owner: &Laptop, shown: &Value, more: &[&str]) -> Answer {
    let arguments = [&["approve", text(shown, "id"), "--digest", text(shown, "digest")], more].concat();
    owner.owner(&arguments)
}

/// A conversation as one side has it.
pub(crate) fn conversation(of: &Laptop, id: &str) -> Value {
    of.owner(&["conversation", id]).done().one().clone()
}

/// Waits until a conversation is in this state on one side.
pub(crate) fn comes_to(of: &Laptop, id: &str, state: &str) -> Value {
    wait_for(&format!("{}'s conversation to be {state}", of.name()), PATIENCE, || {
        let answer = of.owner(&["conversation", id]);
        let line = answer.lines.first()?;
        (line["state"] == state).then(|| line.clone())
    })
}

/// A text member.
pub(crate) fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("`{member}` is no text in {value}"))
}

/// Dinner, agreed: proposed by the first, chosen by the second, confirmed by the first. Gives the conversation's id.
pub(crate) fn dinner(alex: &Laptop, sam: &Laptop) -> String {
    let times = ["--time", "2035-02-10T19:00Z", "--time", "2035-02-11T19:30Z"];
    let place = ["--minutes", "90", "--place", "Luigi's"];
    let meet = [&["meet", sam.agent(), "--subject", "Dinner"][..], &times[..], &place[..]].concat();
    let id = alex.owner(&meet).done().text("conversation");

    let proposal = shows(sam, &waits_for(sam, "incoming"));
    assert_eq!(text(&proposal, "conversation"), id);
    assert_eq!(proposal["choices"].as_array().map(Vec::len), Some(2), "{proposal}");
    let _ = approves(sam, &proposal, &["--choose", "1"]).done();

    let offer = shows(alex, &waits_for(alex, "incoming"));
    assert_eq!(offer["terms"]["subject"], "Dinner");
    let _ = approves(alex, &offer, &[]).done();
    comes_to(alex, &id, "confirmed");
    comes_to(sam, &id, "confirmed");
    id
}
