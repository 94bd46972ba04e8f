//! The inbox in a real browser: opened by its link, read, and decided with the PIN; with JavaScript and without.

use std::path::PathBuf;

use ai2ai_tests::chromium::Browser;
use ai2ai_tests::laptop::{Laptop, PIN};
use ai2ai_tests::pages::{link, parts};
use ai2ai_tests::steps::{comes_to, knows, text, two_on_loopback, waits_for};
use ai2ai_tests::times::{PATIENCE, wait_for};

/// Where pictures go, for somebody to look at.
const SCREENS: &str = "AI2AI_SCREENS";

const DINNER: [&str; 12] = [
    "meet",
    "sam",
    "--subject",
    "Dinner",
    "--time",
    "2035-02-10T19:00Z",
    "--time",
    "2035-02-11T19:30Z",
    "--minutes",
    "90",
    "--place",
    "Luigi's",
];

fn opens(browser: &mut Browser, owner: &Laptop) -> String {
    let link = link(owner);
    browser.goes_to(&link);
    browser.shows("Inbox");
    format!("http://{}", parts(&link).0)
}

#[test]
fn a_meeting_is_chosen_and_confirmed_in_a_browser_with_javascript_and_without() {
    let Some(mut browser) = Browser::starts() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());

    // Sam's inbox is open and empty; what comes in appears by itself.
    opens(&mut browser, &sam);
    browser.shows("Nothing waits for you.");
    let talk = alex.owner(&DINNER).done().text("conversation");
    browser.shows("Dinner");
    browser.clicks(".item a");
    browser.shows("Which of their times?");
    browser.clicks("input[name=choose][value='2']");
    browser.clicks("#pin-approve");
    browser.types(PIN);
    browser.presses("Enter");
    browser.shows("Approved. It is on its way.");

    // Alex confirms with scripts off, by keyboard alone from the PIN's field on.
    waits_for(&alex, "incoming");
    browser.runs_scripts(false);
    opens(&mut browser, &alex);
    browser.clicks(".item a");
    browser.shows("Approving commits you to these terms");
    browser.shows("11 February 2035");
    browser.clicks("#pin-approve");
    browser.types("000000");
    browser.presses("Tab");
    browser.presses("Enter");
    browser.shows("that is not the PIN");
    browser.clicks("#pin-approve");
    browser.types(PIN);
    browser.presses("Tab");
    browser.presses("Enter");
    browser.shows("Approved. It is on its way.");
    for who in [&alex, &sam] {
        comes_to(who, &talk, "confirmed");
    }
    browser.clicks("a[href='/agreements']");
    browser.shows("Dinner");
}

/// Whether the page that is there now is, for whoever compares them, the one on the screen.
const LOOKS_THE_SAME: &str = "(() => { const ask = new XMLHttpRequest(); ask.open('GET', location.href, false); ask.send(); \
     const page = new DOMParser().parseFromString(ask.responseText, 'text/html'); \
     return ['header.top', '#main'].every((part) => \
     page.querySelector(part).innerHTML === document.querySelector(part).innerHTML) })()";

#[test]
fn nothing_comes_by_itself_into_the_place_of_what_is_being_decided() {
    let Some(mut browser) = Browser::starts() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let talk = alex.owner(&["ask", "sam", "May I borrow your bicycle?"]).done().text("conversation");
    let first = waits_for(&sam, "incoming");
    opens(&mut browser, &sam);
    browser.clicks(".item a");
    browser.shows("Their words, as they came");
    browser.stands();
    assert_eq!(browser.says(LOOKS_THE_SAME), true, "nothing has changed, and so it looks");
    let _ = alex.owner(&["reply", &talk, "May I have your house?"]).done();
    wait_for("the item to change", PATIENCE, || {
        (waits_for(&sam, "incoming")["digest"] != first["digest"]).then_some(())
    });
    browser.shows("Something has changed.");
    let shown = browser.says("document.getElementById('main').innerText");
    let shown = shown.as_str().expect("a page");
    assert!(shown.contains("bicycle") && !shown.contains("house"), "{shown}");
    browser.clicks("#changed a");
    browser.shows("May I have your house?");
}

#[test]
fn nothing_but_our_own_runs_in_the_page() {
    let Some(mut browser) = Browser::starts() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let evil = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\u{202e}";
    let _ = alex.owner(&["ask", "sam", evil]).done();
    waits_for(&sam, "incoming");
    opens(&mut browser, &sam);
    browser.clicks(".item a");
    browser.shows("Their words, as they came");
    browser.shows("<script>document.title='owned'</script>");
    assert_ne!(browser.says("document.title"), "owned");
    // Even somebody who got a script into the page could not run, load or send anything.
    let injected = "const s = document.createElement('script'); s.textContent = \"document.title='owned'\"; \
                    document.body.append(s); const i = document.createElement('img'); i.src = 'http://127.0.0.1:9/x.png'; \
                    i.style.color = 'red'; document.body.append(i); document.title";
    assert_ne!(browser.says(injected), "owned");
    assert_eq!(
        browser.says("eval ? (() => { try { return eval('1') } catch { return 'refused' } })() : ''"),
        "refused"
    );
    assert_eq!(browser.says("document.cookie"), "", "scripts do not see the cookie");
}

/// Pictures of what people see, for a person to look at: `AI2AI_SCREENS=FOLDER`. Without it, this looks that each page stands.
#[test]
fn every_page_stands_in_light_and_dark() {
    let Some(mut browser) = Browser::starts() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let (alex, sam) = two_on_loopback(folder.path());
    let mut eve = Laptop::on_loopback("eve", folder.path());
    eve.init();
    eve.up();
    knows(&eve, &sam);
    let home = opens(&mut browser, &sam);
    pictures(&mut browser, &home, &[("empty", "/".to_owned(), "Nothing waits for you.")]);

    let agreed =
        alex.owner(&["meet", "sam", "--subject", "Lunch", "--time", "2035-02-09T12:30Z", "--place", "The Anchor"]);
    let agreed = agreed.done().text("conversation");
    let lunch = waits_for(&sam, "incoming");
    let _ = sam.owner(&["approve", text(&lunch, "id"), "--digest", text(&lunch, "digest")]).done();
    comes_to(&alex, &agreed, "confirmed");
    let _ = alex.owner(&DINNER).done();
    let meeting = waits_for(&sam, "incoming");
    let _ = eve.owner(&["send", "sam", "Hello! We met at the conference. May my agent write to yours?"]).done();
    let stranger = waits_for(&sam, "contact_request");
    let purchase =
        r#"{"terms":{"item":"Oak dining table, used","amount":"500.00","currency":"GBP","delivery":"Saturday"}}"#;
    let talk = alex.owner(&["propose", "sam", "commerce.request", "--payload", purchase]).done().text("conversation");
    let pending = || sam.owner(&["pending"]).done().line_where("conversation", &talk).cloned();
    let purchase = ai2ai_tests::times::wait_for("the purchase", ai2ai_tests::times::PATIENCE, pending);
    let item = |item: &serde_json::Value| format!("/item/{}", text(item, "id"));
    let scenes = [
        ("inbox", "/".to_owned(), "Dinner"),
        ("meeting", item(&meeting), "Which of their times?"),
        ("stranger", item(&stranger), "Somebody wants to be your contact"),
        ("purchase", item(&purchase), "500.00"),
        ("agreement", format!("/conversation/{agreed}"), "Agreed"),
        ("agreements", "/agreements".to_owned(), "Lunch"),
        ("conversations", "/conversations".to_owned(), "Lunch"),
        ("people", "/people".to_owned(), "alex"),
        ("outbox", "/outbox".to_owned(), "Everything has arrived."),
        ("doctor", "/doctor".to_owned(), "OK"),
    ];
    pictures(&mut browser, &home, &scenes);
}

fn pictures(browser: &mut Browser, home: &str, scenes: &[(&str, String, &str)]) {
    let folder = std::env::var_os(SCREENS).map(PathBuf::from);
    for (name, path, shows) in scenes {
        for dark in [false, true] {
            browser.is_dark(dark);
            browser.goes_to(&format!("{home}{path}"));
            browser.shows(shows);
            if let Some(folder) = &folder {
                browser.pictures(&folder.join(format!("{name}-{}.png", if dark { "dark" } else { "light" })));
            }
        }
    }
}
