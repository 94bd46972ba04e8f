//! Steps that several journeys share.

use std::path::Path;

use serde_json::Value;

use crate::answer::Answer;
use crate::lab::Lab;
use crate::laptop::Laptop;
use crate::times::{PATIENCE, wait_for};

/// Two people whose nodes run and who have added each other.
pub fn two_who_know_each_other(lab: &mut Lab) -> (Laptop, Laptop) {
    let mut alex = lab.person("alex");
    let mut sam = lab.person("sam");
    alex.up();
    sam.up();
    adds(&alex, &sam);
    adds(&sam, &alex);
    (alex, sam)
}

/// `who` sees `whom` nearby, and adds them by the agent's name.
pub fn adds(who: &Laptop, whom: &Laptop) {
    wait_for("the other to be nearby", PATIENCE, || who.lists(whom).then_some(()));
    let added = who.owner(&["add", whom.agent()]).done();
    assert_eq!(added.text("did"), whom.did());
    let contacts = who.owner(&["contacts"]).done();
    let contact = contacts.line_where("did", whom.did()).expect("a contact");
    assert_eq!((&contact["trust"], &contact["blocked"]), (&Value::from("known"), &Value::from(false)));
    assert!(!who.lists(whom), "a contact is no longer only nearby");
}

/// The item that waits for this owner, once it waits: the line of `pending`.
pub fn waits_for(owner: &Laptop, kind: &str) -> Value {
    wait_for(&format!("an item `{kind}` to wait for {}", owner.name()), PATIENCE, || {
        owner.owner(&["pending"]).done().line_where("kind", kind).cloned()
    })
}

/// Shows an item, and gives what was shown.
pub fn shows(owner: &Laptop, item: &Value) -> Value {
    let shown = owner.owner(&["show", text(item, "id")]).done().one().clone();
    assert_eq!(shown["digest"], item["digest"], "what is shown is what waits");
    shown
}

/// Approves what was shown.
pub fn approves(owner: &Laptop, shown: &Value, more: &[&str]) -> Answer {
    let arguments = [&["approve", text(shown, "id"), "--digest", text(shown, "digest")], more].concat();
    owner.owner(&arguments)
}

/// A conversation as one side has it.
pub fn conversation(of: &Laptop, id: &str) -> Value {
    of.owner(&["conversation", id]).done().one().clone()
}

/// Waits until a conversation is in this state on one side.
pub fn comes_to(of: &Laptop, id: &str, state: &str) -> Value {
    wait_for(&format!("{}'s conversation to be {state}", of.name()), PATIENCE, || {
        let answer = of.owner(&["conversation", id]);
        let line = answer.lines.first()?;
        (line["state"] == state).then(|| line.clone())
    })
}

/// A text member.
pub fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_else(|| panic!("`{member}` is no text in {value}"))
}

/// Dinner, agreed: proposed by the first, chosen by the second, confirmed by the first. Gives the conversation's id.
pub fn dinner(alex: &Laptop, sam: &Laptop) -> String {
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

/// Two people on this machine who know each other.
pub fn two_on_loopback(folder: &Path) -> (Laptop, Laptop) {
    let mut alex = Laptop::on_loopback("alex", folder);
    let mut sam = Laptop::on_loopback("sam", folder);
    for who in [&mut alex, &mut sam] {
        who.init();
        who.up();
    }
    for (who, other) in [(&alex, &sam), (&sam, &alex)] {
        knows(who, other);
    }
    (alex, sam)
}

/// Adds somebody by an address that was typed.
pub fn knows(who: &Laptop, other: &Laptop) {
    let listen = wait_for("an address", PATIENCE, || other.status()["listen"][0].as_str().map(str::to_owned));
    let _ = who.owner(&["add", &listen]).done();
}

/// Waits until somebody knows that it is called off, and by whom.
pub fn knows_it_is_off(who: &Laptop, id: &str, by: &[&str]) -> Value {
    wait_for(&format!("{} to know that it is off", who.name()), PATIENCE, || {
        let view = conversation(who, id);
        let known: Vec<&str> = view["cancelled"].as_array()?.iter().map(|one| text(one, "by")).collect();
        let mut wanted = by.to_vec();
        let mut known = known.clone();
        wanted.sort_unstable();
        known.sort_unstable();
        (known == wanted).then_some(view.clone())
    })
}

/// Waits until the node has greeted twice: it stopped, and is up again.
pub fn begins_anew(laptop: &Laptop) {
    wait_for("the node to begin anew", PATIENCE, || {
        (laptop.log().matches("\"identity/1\"").count() == 2).then_some(())
    });
}
