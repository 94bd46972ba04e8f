//! The owner is told what waits, and a tap on a phone decides: the owner's tap, once, on what was shown, and nobody else's.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use ai2ai_home::config::Config;
use ai2ai_home::paths::Paths;
use ai2ai_notify::open;
use ai2ai_tests::laptop::Laptop;
use ai2ai_tests::telegram::{Message, OWNER, TOKEN, Telegram, Trouble};
use ai2ai_tests::times::{PATIENCE, stays, wait_for};
use ai2ai_tests::web_hook::WebHook;
use serde_json::Value;

/// Somebody whom `sam` knows nothing of, and who has written.
struct Story {
    _folder: tempfile::TempDir,
    telegram: Telegram,
    alex: Laptop,
    sam: Laptop,
}

impl Story {
    fn begins(with_pin: bool, settings: &str, approve: bool) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let telegram = Telegram::start();
        let mut alex = Laptop::on_loopback("alex", folder.path());
        let mut sam = Laptop::on_loopback("sam", folder.path());
        alex.init_without_pin();
        if with_pin {
            sam.init()
        } else {
            sam.init_without_pin()
        }
        let token = sam.file_with("telegram", TOKEN);
        sam.sets(&format!("[notify]\n{settings}\n{}", telegram.settings(&token, approve)));
        sam.up();
        alex.up();
        let listens = sam.status()["listen"][0].as_str().expect("an address").to_owned();
        let at = if listens.contains("/p2p/") { listens } else { format!("{listens}/p2p/{}", sam.peer()) };
        let _ = alex.owner_without_pin(&["add", &at, "--as", "sam"]).done();
        Self { _folder: folder, telegram, alex, sam }
    }

    fn alex_writes(&self, text: &str) {
        let _ = self.alex.owner_without_pin(&["send", "sam", text]).done();
    }

    /// The message about what waits; the newest, with buttons.
    fn shown(&self) -> Message {
        self.telegram.awaits("a message with buttons", |message| !message.keys.is_empty())
    }

    /// The message about what waits of this intent.
    fn shown_of(&self, intent: &str) -> Message {
        let intent = format!("({intent})");
        self.telegram.awaits(&intent, |message| {
            message.text.contains(&intent) && message.text.contains("needs your decision") && !message.keys.is_empty()
        })
    }

    fn pending(&self) -> Vec<Value> {
        self.sam.owner(&["pending"]).done().lines
    }

    fn audited(&self, what: &str, factor: &str, outcome: &str) -> bool {
        let is_it = |line: &Value| line["what"] == what && line["factor"] == factor && line["outcome"] == outcome;
        self.sam.owner(&["audit"]).done().lines.iter().any(is_it)
    }
}

/// Whether a button of this message approves something.
fn approves(message: &Message) -> bool {
    message.keys.iter().any(|(label, _)| label == "Approve" || label.starts_with("Take"))
}

#[test]
fn a_tap_puts_something_off_until_it_comes_back_by_itself_or_changes() {
    let story = Story::begins(true, "show = \"everything\"", false);
    story.alex_writes("first");
    let hour = story.shown().key("In an hour");
    assert_eq!(story.telegram.tap(OWNER + 1, &hour), "Nothing was done.");
    assert_eq!(story.telegram.tap(OWNER, &hour), "Snoozed. It comes back by itself.");
    let item = story.pending().remove(0);
    assert!(item["snoozed_until"].is_string(), "{item}");
    assert!(story.audited("snooze", "telegram", "done"));
    let put_off = story.telegram.awaits("the message to say so", |message| message.edited);
    assert!(put_off.text.contains("Snoozed until") && put_off.keys.is_empty(), "{put_off:?}");
    assert!(story.telegram.tap(OWNER, &hour).contains("used already"));
    story.alex_writes("second, and quite another thing");
    let again = story.telegram.awaits("what has changed", |message| message.text.contains("quite another"));
    assert!(again.keys.iter().any(|(label, _)| label == "Tomorrow morning"), "{again:?}");
    assert!(story.pending()[0]["snoozed_until"].is_null(), "something new brings it back");
}

#[test]
fn the_owners_tap_rejects_once_and_no_other_tap_does_anything() {
    let story = Story::begins(true, "show = \"who\"", false);
    story.alex_writes("<b>Let me in</b>");
    let shown = story.shown();
    assert!(shown.text.contains("claims to be alex"), "{}", shown.text);
    assert!(!shown.text.contains("Let me in"), "`who` tells from whom, and no more: {}", shown.text);
    assert!(!approves(&shown), "a tap rejects or puts off; it approves only where the owner said so");
    let reject = shown.key("Reject");
    let item = story.pending()[0]["id"].as_str().expect("an id").to_owned();

    assert_eq!(story.telegram.tap(OWNER + 1, &reject), "Nothing was done.");
    for forged in [item.as_str(), "reject", &reject.to_lowercase(), &format!("{reject}x"), "../../etc", "\u{202e}\n"] {
        assert_eq!(story.telegram.tap(OWNER, forged), "Nothing was done.", "{forged}");
    }
    assert_eq!(story.pending().len(), 1, "nothing was decided");
    assert!(story.audited("tap", "telegram", "wrong_user") && story.audited("tap", "telegram", "forged"));

    assert_eq!(story.telegram.tap(OWNER, &reject), "Rejected.");
    assert_eq!(story.pending(), Vec::<Value>::new());
    assert!(story.audited("reject", "telegram", "done"));
    assert!(story.telegram.tap(OWNER, &reject).contains("used already"));
    assert!(story.audited("tap", "telegram", "replayed"));
    let final_state = story.telegram.awaits("the final state", |message| message.edited);
    assert!(final_state.text.contains("Rejected") && final_state.keys.is_empty(), "{final_state:?}");
}

#[test]
fn what_was_decided_elsewhere_or_has_changed_is_not_decided_by_an_old_button() {
    let mut story = Story::begins(true, "show = \"everything\"", true);
    story.alex_writes("first");
    let shown = story.shown();
    assert!(shown.text.contains("│ text: first"), "everything is told: {}", shown.text);
    assert!(!approves(&shown), "no tap approves what a PIN seals");
    let old = shown.key("Reject");
    story.alex_writes("second, and quite another thing");
    wait_for("the item to change", PATIENCE, || {
        story.pending()[0]["summary"].as_str()?.starts_with("second").then_some(())
    });
    let said = story.telegram.tap(OWNER, &old);
    assert!(said.contains("changed") || said.contains("used already"), "{said}");
    assert_eq!(story.pending().len(), 1, "what was not seen is not decided");
    assert!(story.audited("reject", "telegram", "item_changed") || story.audited("tap", "telegram", "replayed"));
    let changed = story.telegram.awaits("the old message to say so", |message| message.edited);
    assert!(changed.keys.is_empty(), "{changed:?}");

    // What is known of buttons outlives a crash.
    story.sam.kill();
    story.sam.up();
    let id = story.pending()[0]["id"].as_str().expect("an id").to_owned();
    let _ = story.sam.owner(&["reject", &id]).done();
    assert!(story.telegram.tap(OWNER, &old).contains("used already"));
}

#[test]
fn where_the_owner_turned_it_on_a_tap_approves_and_others_who_listen_are_told_of() {
    let story = Story::begins(false, "show = \"everything\"", true);
    story.telegram.errs("getUpdates", Trouble::Refused(409, "Conflict: terminated by other getUpdates request"));
    story.telegram.errs("getUpdates", Trouble::Garbage);
    story.telegram.errs("answerCallbackQuery", Trouble::BadGateway);
    story.telegram.errs("editMessageText", Trouble::TooMany(1));
    story.alex_writes("let me in");
    let stranger = story.shown();
    assert!(!approves(&stranger), "nobody lets a stranger in in passing");
    let item = story.pending().remove(0);
    let id = item["id"].as_str().expect("an id");
    let digest = item["digest"].as_str().expect("a digest");
    let _ = story.sam.owner_without_pin(&["approve", id, "--digest", digest]).done();
    let let_in = story.shown_of("message.relay");
    story.telegram.taps(OWNER, "whoever taps this gets no answer, for it is lost on its way");
    assert_eq!(story.telegram.tap(OWNER, &let_in.key("Approve")), "Approved.");

    let dinner = ["meet", "sam", "--subject", "Dinner", "--time", "2036-02-10T19:00Z"];
    let conversation = story.alex.owner_without_pin(&dinner).done().text("conversation");
    let approve = story.shown_of("schedule.meeting").key("Approve");
    assert_eq!(story.telegram.tap(OWNER, &approve), "Approved.");
    wait_for("the agreement", PATIENCE, || {
        let state = story.alex.owner_without_pin(&["conversation", &conversation]).done().text("state");
        (state == "confirmed").then_some(())
    });
    assert!(story.audited("approve", "telegram", "done"));
    let is_final = |message: &Message| message.edited && message.text.contains("Approved");
    assert!(story.telegram.awaits("the final state, after 429", is_final).keys.is_empty());
    wait_for("the log to tell of it", PATIENCE, || story.sam.log().contains("taps at Telegram").then_some(()));
    assert!(!story.sam.log().contains(TOKEN), "no log tells the token");
}

#[test]
fn where_nothing_is_told_no_button_and_no_end_tells_anything_and_what_could_not_be_said_is_said_later() {
    let story = Story::begins(true, "show = \"nothing\"", false);
    // The bot is asked to come again after a day, and comes again with the next look for taps.
    story.telegram.errs("editMessageText", Trouble::TooMany(86_400));
    story.alex_writes("let me in");
    let shown = story.shown();
    assert_eq!(shown.text, "Something waits for your decision.");
    let labels: Vec<&str> = shown.keys.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["In an hour", "Tomorrow morning"], "nobody decides what they are not told");
    let id = story.pending()[0]["id"].as_str().expect("an id").to_owned();
    let _ = story.sam.owner(&["reject", &id]).done();
    let edits = || story.telegram.calls("editMessageText");
    wait_for("an edit that is refused", PATIENCE, || (edits() == 1).then_some(()));
    assert_eq!(story.telegram.tap(OWNER, "no button"), "Nothing was done.");
    let ended = story.telegram.awaits("the message to say so", |message| message.edited);
    assert_eq!(ended.text, "Something waits for your decision.\nIt waits no more.");
    assert!(ended.keys.is_empty() && edits() == 2, "{ended:?}");
}

#[test]
fn of_many_things_at_once_each_is_counted_and_none_is_kept_from_the_second_channel() {
    const MANY: usize = 8;
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("tell");
    let seen = folder.path().join("seen");
    fs::write(&script, format!("#!/bin/sh\ncat >> {seen:?}\n")).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("a mode");
    let hook = WebHook::start(&[410; 64]);
    let mut alex = Laptop::on_loopback("alex", folder.path());
    let mut sam = Laptop::on_loopback("sam", folder.path());
    alex.init();
    sam.init();
    let secret = sam.file_with("hook", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr");
    sam.sets(&format!(
        "[notify]\nsecond = [\"command\"]\n[notify.webhook]\nurl = \"http://{}/\"\nsecret_file = {secret:?}\n\
         [notify.command]\nrun = [{script:?}]\n",
        hook.address
    ));
    alex.up();
    sam.up();
    ai2ai_tests::steps::knows(&sam, &alex);
    for number in 0..MANY {
        let _ = sam.agent_runs(&["send", "alex", &number.to_string()]).done();
    }
    let told = || -> u64 {
        let text = fs::read_to_string(&seen).unwrap_or_default();
        let events = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        events.filter_map(|event| event["data"]["waiting"].as_u64()).sum()
    };
    wait_for("all of them to be told by the second channel", PATIENCE, || (told() >= MANY as u64).then_some(()));
    assert_eq!(told(), MANY as u64, "each once");
}

/// The settings of a home, tried without a node.
fn tried(settings: &str, files: &[(&str, &str)]) -> Vec<Result<(), String>> {
    let home = tempfile::tempdir().expect("a home");
    for (name, text) in files {
        private(&home.path().join(name), text);
    }
    private(&home.path().join("config.toml"), settings);
    let paths = Paths::in_home(home.path()).expect("paths");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let channels = open(&Config::load(&paths).expect("settings").notify, &paths).expect("channels");
    runtime.block_on(async {
        let mut all = Vec::new();
        for channel in channels {
            all.push(channel.test().await);
        }
        all
    })
}

fn private(path: &Path, text: &str) {
    fs::write(path, text).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("a mode");
}

#[test]
fn whatever_telegram_does_it_is_borne_obeyed_or_told() {
    let telegram = Telegram::start();
    let settings = telegram.settings(Path::new("bot"), false);
    let test = |troubles: &[Trouble]| {
        let before = telegram.calls("sendMessage");
        let begun = Instant::now();
        troubles.iter().for_each(|trouble| telegram.errs("sendMessage", trouble.clone()));
        let went = tried(&settings, &[("bot", TOKEN)]).remove(0);
        (went, telegram.calls("sendMessage") - before, begun.elapsed())
    };
    let (went, calls, took) = test(&[Trouble::TooMany(3)]);
    assert_eq!((went, calls), (Ok(()), 2));
    assert!(took >= Duration::from_secs(3), "429 says when to come again: {took:?}");
    for trouble in [Trouble::BadGateway, Trouble::Garbage, Trouble::OddJson, Trouble::Cut] {
        assert_eq!(test(std::slice::from_ref(&trouble)).1, 2, "{trouble:?} is borne");
    }
    for (trouble, named) in [
        (Trouble::TooMany(86_400), "429"),
        (Trouble::Refused(400, "Bad Request: chat not found"), "chat not found"),
        (Trouble::Refused(403, "Forbidden: bot was blocked by the user"), "written to your bot"),
    ] {
        let (went, calls, _) = test(&[trouble]);
        let why = went.expect_err("told");
        assert!(why.contains(named) && calls == 1, "{why}");
    }
    let elsewhere = WebHook::start(&[]);
    let leads = Trouble::Redirect(format!("http://{}/", elsewhere.address));
    assert_eq!(test(&[leads]).0, Ok(()), "tried again, and led nowhere");
    assert!(elsewhere.posted().is_empty());
    let wrong = tried(&settings, &[("bot", "123456:wrong")]).remove(0).expect_err("refused");
    assert!(wrong.contains("token right") && !wrong.contains("123456:wrong"), "{wrong}");
    let gone = settings.replace(&telegram.address.to_string(), "127.0.0.1:1");
    let why = tried(&gone.replace("[notify", "# nobody listens there\n[notify"), &[("bot", TOKEN)]).remove(0);
    let why = why.expect_err("nobody is there");
    assert!(!why.contains(TOKEN) && !why.contains("bot123"), "{why}");
}

#[test]
fn a_webhook_is_signed_and_tried_again_under_the_same_id() {
    let hook = WebHook::start(&[503, 429]);
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYqr";
    let settings = format!("[notify.webhook]\nurl = \"http://{}/ai2ai\"\nsecret_file = \"hook\"\n", hook.address);
    assert_eq!(tried(&settings, &[("hook", secret)]), [Ok(())]);
    let posted = hook.posted();
    assert_eq!(posted.len(), 3);
    let verifier = standardwebhooks::Webhook::new(secret).expect("a secret");
    for one in &posted {
        verifier.verify(&one.body, &one.headers).expect("a signature");
        assert_eq!(one.headers["webhook-id"], posted[0].headers["webhook-id"]);
        assert_eq!(one.json()["type"], "ai2ai.test");
    }
    let mut changed = posted[0].clone();
    changed.body = format!("{} ", String::from_utf8_lossy(&changed.body)).into();
    assert!(verifier.verify(&changed.body, &changed.headers).is_err());
    let gone = WebHook::start(&[410]);
    let settings = settings.replace(&hook.address.to_string(), &gone.address.to_string());
    assert!(tried(&settings, &[("hook", secret)])[0].as_ref().expect_err("gone").contains("410"));
    assert_eq!(gone.posted().len(), 1);
}

#[test]
fn ntfy_is_told_by_json_in_which_no_text_is_a_header() {
    let server = WebHook::start(&[500]);
    let settings = format!(
        "[notify.ntfy]\nserver = \"http://{}\"\ntopic_file = \"topic\"\ntoken_file = \"token\"\n",
        server.address
    );
    assert_eq!(tried(&settings, &[("topic", "alex-3f9c"), ("token", "tk_secret")]), [Ok(())]);
    let last = server.posted().pop().expect("posted");
    assert_eq!(last.headers["authorization"], "Bearer tk_secret");
    assert_eq!((last.json()["topic"].as_str(), last.json()["priority"].as_u64()), (Some("alex-3f9c"), Some(3)));
    assert!(last.json().get("actions").is_none(), "nobody decides through a server of somebody else's");
}

#[test]
fn a_command_gets_the_event_and_neither_it_nor_what_it_started_outlives_its_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("tell");
    let seen = folder.path().join("seen");
    let late = folder.path().join("late");
    let body = format!("#!/bin/sh\ncat > {seen:?}\ntest \"$1\" = '; touch x' || exit 3\n");
    fs::write(&script, body).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o700)).expect("a mode");
    let settings = |seconds| format!("[notify.command]\nrun = [{script:?}, \"; touch x\"]\nseconds = {seconds}\n");
    assert_eq!(tried(&settings(10), &[]), [Ok(())]);
    let event: Value = serde_json::from_slice(&fs::read(&seen).expect("seen")).expect("JSON");
    assert_eq!(event["type"], "ai2ai.test");

    fs::write(&script, format!("#!/bin/sh\n(sleep 3; touch {late:?}) &\nsleep 600\n")).expect("a script");
    let begun = Instant::now();
    let why = tried(&settings(1), &[]).remove(0).expect_err("too long");
    assert!(why.contains("stopped") && begun.elapsed() < Duration::from_secs(30), "{why}");
    stays("nothing that it started lives on", Duration::from_secs(4), || !late.exists());
    fs::write(&script, "#!/bin/sh\nprintf 'no \\033[2J way' >&2\nexit 7\n").expect("a script");
    let why = tried(&settings(10), &[]).remove(0).expect_err("it failed");
    assert!(why.contains("no <U+001B>[2J way") && why.contains('7'), "{why}");
}

#[test]
fn a_secret_that_others_can_read_is_used_for_nothing() {
    let home = tempfile::tempdir().expect("a home");
    let paths = Paths::in_home(home.path()).expect("paths");
    private(&home.path().join("config.toml"), "[notify.telegram]\ntoken_file = \"bot\"\nuser = 7\n");
    let notify = Config::load(&paths).expect("settings").notify;
    for (text, mode, code) in
        [(TOKEN, 0o644, "loose_mode"), ("no token", 0o600, "bad_config"), ("a/b:c", 0o600, "bad_config")]
    {
        private(&home.path().join("bot"), text);
        fs::set_permissions(home.path().join("bot"), fs::Permissions::from_mode(mode)).expect("a mode");
        assert_eq!(
            open(&notify, &paths).map(|_| ()).map_err(|failure| failure.code.to_string()),
            Err(code.to_owned()),
            "{text}"
        );
    }
}
