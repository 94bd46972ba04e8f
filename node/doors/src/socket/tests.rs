//! A real socket, and what somebody at it would try.

use std::path::PathBuf;
use std::time::Duration;

use ai2ai_api::client::Client;
use ai2ai_api::command::{Carry, Command, Grant, Role};
use ai2ai_api::door::STREAM_LINES;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::Pin;
use ai2ai_api::requests;
use ai2ai_home::client;
use ai2ai_home::lock::HomeLock;
use ai2ai_home::paths::Paths;
use ai2ai_home::tokens;
use ai2ai_protocol::trust::Trust;
use serde_json::json;

use super::*;

const SOON: Duration = Duration::from_secs(20);

/// A home with an open door, and the node's end of it.
struct Home {
    _dir: tempfile::TempDir,
    paths: Paths,
    _lock: HomeLock,
    door: SocketDoor,
    events: mpsc::Receiver<DoorEvent>,
}

impl Home {
    fn open() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::in_home(&dir.path().join("home")).expect("paths");
        let lock = HomeLock::take(&paths).expect("the lock");
        tokens::write_both(&paths, &mut rand::rng()).expect("tokens");
        let (node, events) = mpsc::channel(ai2ai_api::door::QUEUE);
        let door = SocketDoor::open(&lock, tokens::read_both(&paths).expect("tokens"), node).expect("a door");
        Self { _dir: dir, paths, _lock: lock, door, events }
    }

    fn client(&self, role: Role) -> Client {
        let file = match role {
            Role::Owner => &self.paths.owner_token,
            Role::Agent => &self.paths.agent_token,
        };
        client::with_token_file(&self.paths, file).expect("a client")
    }

    fn token(&self, role: Role) -> String {
        let file = match role {
            Role::Owner => &self.paths.owner_token,
            Role::Agent => &self.paths.agent_token,
        };
        std::fs::read_to_string(file).expect("a token").trim().to_owned()
    }

    /// What comes back for these bytes.
    async fn says(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = UnixStream::connect(&self.paths.socket).await.expect("a socket");
        // A door that has heard enough may close before all is written.
        let _closed = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _reset = timeout(SOON, stream.read_to_end(&mut answer)).await.expect("an end");
        answer
    }

    async fn next(&mut self) -> DoorEvent {
        timeout(SOON, self.events.recv()).await.expect("in time").expect("an event")
    }

    /// Answers one command as a node would.
    async fn answers(&mut self, answer: Answer) -> (Role, Command) {
        match self.next().await {
            DoorEvent::Command((role, command, reply)) => {
                reply.send(answer).expect("someone waits");
                (role, command)
            }
            DoorEvent::Refused { code, .. } => panic!("refused: {code}"),
        }
    }
}

fn failure_in(answer: &[u8]) -> Failure {
    match serde_json::from_slice(answer) {
        Ok(AnswerLine::Failed(failure)) => failure,
        other => panic!("{other:?} in {}", String::from_utf8_lossy(answer)),
    }
}

fn text(words: &str) -> String {
    words.to_owned()
}

/// One of every command there is: one that is added without a line here fails the test.
fn every_command() -> Vec<Command> {
    let who = text("bob");
    let id = text("018f");
    let pin = || Some(Pin::new(text("2468")).expect("a PIN"));
    let all: Vec<Command> = vec![
        requests::Status {}.into(),
        requests::Nearby {}.into(),
        requests::Add { who: who.clone(), name: None }.into(),
        requests::Contacts {}.into(),
        requests::Trust { who: who.clone(), level: Trust::Trusted, grant: Some(grant()), pin: pin() }.into(),
        requests::Block { who: who.clone() }.into(),
        requests::Unblock { who: who.clone() }.into(),
        requests::Forget { who: who.clone(), everything: true, ask_them: true, unresolved: false }.into(),
        requests::Ping { who: who.clone() }.into(),
        requests::Send { who: who.clone(), text: text("hello") }.into(),
        requests::Ask { who: who.clone(), question: text("when?") }.into(),
        requests::Meet {
            who: who.clone(),
            subject: text("Dinner"),
            times: vec![text("2026-02-10T19:00Z")],
            minutes: Some(90),
            place: None,
            pin: None,
        }
        .into(),
        requests::Propose {
            who: who.clone(),
            intent: text("schedule.call"),
            payload: serde_json::Map::new(),
            pin: None,
        }
        .into(),
        requests::Reply {
            conversation: id.clone(),
            text: None,
            terms: None,
            times: Vec::new(),
            choose: Some(1),
            accept: false,
            after: None,
            pin: None,
        }
        .into(),
        requests::Pending {}.into(),
        requests::Show { id: id.clone() }.into(),
        requests::Approve {
            id: id.clone(),
            digest: text("sha256:"),
            choose: None,
            terms: None,
            reply: None,
            pin: pin(),
        }
        .into(),
        requests::Reject { id: id.clone(), digest: None, reply: None }.into(),
        requests::Conversations { before: Some(id.clone()) }.into(),
        requests::Search { text: text("dinner") }.into(),
        requests::Conversation { id: id.clone() }.into(),
        requests::Follow { id: id.clone() }.into(),
        requests::Export { id: id.clone() }.into(),
        requests::Outbox { all: true }.into(),
        requests::Dead {}.into(),
        requests::Audit {}.into(),
        requests::Card {}.into(),
        requests::Doctor { peer: None }.into(),
        requests::ForgetConversation { id: id.clone(), ask_them: true, unresolved: false }.into(),
        requests::Backup { file: PathBuf::from("/backup"), passphrase: Pin::new(text("2468")).expect("a text") }.into(),
        requests::DeadRetry { id: id.clone(), pin: pin() }.into(),
        requests::Withdraw { id: id.clone() }.into(),
        requests::Rehearse { who: who.clone(), grant: grant() }.into(),
        requests::Regard { who }.into(),
        requests::Mandates {}.into(),
        requests::Revoke { id }.into(),
        requests::Panic { over: true, pin: pin() }.into(),
        requests::Invite { name: Some(text("Sam")), hours: Some(1) }.into(),
        requests::CancelInvites {}.into(),
        requests::VerifyContact { who: text("Sam"), matches: true }.into(),
        requests::Draft { item: Some(text("018f")), conversation: None }.into(),
        requests::Find { text: Some(text("dentist")), name: None, intent: None }.into(),
        requests::AuditVerify { head: None }.into(),
        requests::Told { who: Some(text("Sam")) }.into(),
        requests::RotateKeys { stolen: true, pin: pin() }.into(),
        requests::ChangePin { old: pin(), new: Pin::new(text("97531")).expect("a text") }.into(),
        requests::Once {
            key: text("k"),
            draft: Box::new(requests::Send { who: text("Sam"), text: text("hello") }.into()),
        }
        .into(),
        requests::ExportMeeting { id: text("018f") }.into(),
        requests::Carry { what: Carry::Out { who: text("bob") } }.into(),
        requests::CardOf { who: text("bob") }.into(),
        requests::Snooze { id: text("018f"), until: "2026-02-10T19:00Z".parse().expect("a time"), digest: None }.into(),
        requests::Open {}.into(),
        requests::Cancel { conversation: text("018f"), reason: Some(text("I am ill")), pin: pin() }.into(),
    ];
    let named = |name: &&str| all.iter().filter(|command| command.name() == *name).count();
    assert_eq!(Command::NAMES.iter().map(named).collect::<Vec<_>>(), vec![1; all.len()], "one of each");
    all
}

fn grant() -> Grant {
    Grant { intents: vec![text("schedule.*")], limits: serde_json::Map::new(), days: 30 }
}

#[tokio::test]
async fn the_owner_asks_and_the_node_answers() {
    let mut home = Home::open();
    let client = home.client(Role::Owner);
    let asking = tokio::spawn(async move { client.lines(requests::Pending {}).await });
    let (role, command) = home.answers(Answer::Lines(vec![json!({"n": 1}), json!({"n": "a\nb"})])).await;
    assert_eq!((role, command.name()), (Role::Owner, "pending"));
    assert_eq!(asking.await.expect("asked").expect("answered"), [json!({"n": 1}), json!({"n": "a\nb"})]);
}

#[tokio::test]
async fn every_command_reaches_the_node_from_the_owner_as_it_was_asked() {
    let mut home = Home::open();
    for command in every_command() {
        let client = home.client(Role::Owner);
        let asked = command.clone();
        let asking = tokio::spawn(async move { client.lines(asked).await });
        let (role, arrived) = home.answers(Answer::Lines(Vec::new())).await;
        assert_eq!(role, Role::Owner);
        assert_eq!(serde_json::to_value(&arrived).ok(), serde_json::to_value(&command).ok());
        assert_eq!(asking.await.expect("asked").expect("answered"), Vec::<Value>::new());
    }
}

#[tokio::test]
async fn a_key_around_a_command_of_the_owners_makes_it_nobody_elses() {
    let mut home = Home::open();
    for draft in every_command().into_iter().filter(|command| !command.is_draft()) {
        let wrapped = requests::Once { key: text("k"), draft: Box::new(draft) };
        let failure = home.client(Role::Agent).lines(wrapped.clone()).await.expect_err("refused");
        assert_eq!(failure.code, ErrorCode::OwnerOnly, "{wrapped:?}");
        assert!(matches!(home.next().await, DoorEvent::Refused { .. }));
    }
}

#[tokio::test]
async fn the_agent_gets_owner_only_for_everything_that_is_the_owners() {
    let mut home = Home::open();
    let mut refused = Vec::new();
    for command in every_command().into_iter().filter(|command| !command.is_for_agents()) {
        let failure = home.client(Role::Agent).lines(command.clone()).await.expect_err("refused");
        assert_eq!((failure.code.as_str(), failure.exit), ("owner_only", Exit::Refused), "{command:?}");
        match home.next().await {
            DoorEvent::Refused { role, command, code } => {
                assert_eq!((role, code.as_str()), (Some(Role::Agent), "owner_only"));
                refused.push(command);
            }
            DoorEvent::Command((_, command, _)) => panic!("the node heard {command:?} from the agent"),
        }
    }
    let expected = "nearby add trust block unblock forget ping pending show approve reject search export dead audit doctor \
                    forget_conversation backup dead_retry rehearse regard mandates revoke panic invite cancel_invites \
                    verify_contact find audit_verify told rotate_keys change_pin export_meeting \
                    carry card_of snooze open";
    assert_eq!(refused.join(" "), expected);
}

#[tokio::test]
async fn a_wrong_token_learns_nothing_and_is_audited() {
    let mut home = Home::open();
    let owner = home.token(Role::Owner);
    for token in [json!("owner"), json!(""), json!(null), json!([owner]), json!(owner[1..])] {
        let request = json!({"token": token, "command": {"command": "approve"}, "more": 1});
        let failure = failure_in(&home.says(format!("{request}\n").as_bytes()).await);
        assert_eq!(failure.code, ErrorCode::BadToken, "{request}");
        match home.next().await {
            DoorEvent::Refused { role: None, command, code } => {
                assert_eq!((command.as_str(), code.as_str()), ("approve", "bad_token"));
            }
            other @ (DoorEvent::Refused { .. } | DoorEvent::Command(_)) => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_command_name_goes_into_the_audit_only_when_it_looks_like_one() {
    let mut home = Home::open();
    for name in ["approve\u{1b}[2J", &"a".repeat(33), "", "Approve"] {
        let request = json!({"token": "guess", "command": {"command": name}});
        home.says(format!("{request}\n").as_bytes()).await;
        match home.next().await {
            DoorEvent::Refused { command, .. } => assert!(command == "?" || command.is_empty(), "{command}"),
            DoorEvent::Command((_, command, _)) => panic!("{command:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_never_reaches_the_node() {
    let mut home = Home::open();
    let token = home.token(Role::Owner);
    let deep = format!("{{\"token\":\"{token}\",\"command\":{}1{}}}", "[".repeat(500), "]".repeat(500));
    let wrong = [
        "GET / HTTP/1.1".to_owned(),
        "null".to_owned(),
        "{}]".to_owned(),
        String::new(),
        deep,
        format!("{{\"token\":\"{token}\"}}"),
        format!("{{\"token\":\"{token}\",\"token\":\"{token}\",\"command\":{{\"command\":\"status\"}}}}"),
        format!("{{\"token\":\"{token}\",\"command\":{{\"command\":\"format_disk\"}}}}"),
        format!("{{\"token\":\"{token}\",\"command\":{{\"command\":\"status\",\"more\":1}}}}"),
        format!("{{\"token\":\"{token}\",\"command\":{{\"command\":\"status\"}},\"role\":\"owner\"}}"),
        format!("{{\"token\":\"{token}\",\"command\":{{\"command\":\"show\",\"id\":7}}}}"),
    ];
    for request in wrong {
        let failure = failure_in(&home.says(format!("{request}\n").as_bytes()).await);
        assert_eq!((failure.code.as_str(), failure.exit), ("malformed", Exit::Usage), "{request}");
    }
    let failure = failure_in(&home.says(b"\xff\xfe\n").await);
    assert_eq!(failure.code, ErrorCode::Malformed);
    assert!(home.events.try_recv().is_err(), "nothing of it reached the node");
}

#[tokio::test]
async fn an_endless_line_is_read_to_its_bound_and_no_further() {
    let home = Home::open();
    let answer = home.says(&vec![b'a'; REQUEST_BYTES * 4]).await;
    assert!(answer.is_empty() || failure_in(&answer).code == ErrorCode::Malformed);
    let fits = format!("{{\"token\":\"{}\"}}\n", "x".repeat(REQUEST_BYTES - 13));
    assert_eq!(failure_in(&home.says(fits.as_bytes()).await).code, ErrorCode::BadToken);
}

#[tokio::test]
async fn half_a_line_and_then_silence_is_hung_up_on() {
    let home = Home::open();
    let mut stream = UnixStream::connect(&home.paths.socket).await.expect("a socket");
    stream.write_all(b"{\"token\":").await.expect("written");
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.expect("an end").expect("closed");
    assert!(answer.is_empty());
}

#[tokio::test]
async fn silent_clients_up_to_the_bound_do_not_shut_others_out_for_long() {
    let mut home = Home::open();
    let mut silent = Vec::new();
    for _ in 0..CLIENTS + 8 {
        silent.push(UnixStream::connect(&home.paths.socket).await.expect("a socket"));
    }
    let client = home.client(Role::Owner);
    let asking = tokio::spawn(async move { client.lines(requests::Status {}).await });
    home.answers(Answer::Lines(vec![json!({})])).await;
    assert!(asking.await.expect("asked").is_ok());
}

#[tokio::test]
async fn a_stream_comes_line_by_line_and_ends_when_its_reader_goes() {
    let mut home = Home::open();
    let client = home.client(Role::Agent);
    let following = tokio::spawn(async move {
        let mut lines = client.follow(requests::Follow { id: text("018f") }).await.expect("following");
        lines.next().await.expect("a line")
    });
    let (sender, receiver) = mpsc::channel(STREAM_LINES);
    home.answers(Answer::Stream(receiver)).await;
    sender.send(json!({"n": 1})).await.expect("someone listens");
    assert_eq!(following.await.expect("followed"), Some(json!({"n": 1})));
    timeout(SOON, sender.closed()).await.expect("the reader is gone, and the node hears of it");
}

#[tokio::test]
async fn an_answer_without_its_end_is_not_taken_for_whole() {
    let mut home = Home::open();
    let client = home.client(Role::Owner);
    let asking = tokio::spawn(async move { client.lines(requests::Contacts {}).await });
    let (sender, receiver) = mpsc::channel(STREAM_LINES);
    home.answers(Answer::Stream(receiver)).await;
    sender.send(json!({"n": 1})).await.expect("someone listens");
    drop(home.door);
    assert_eq!(asking.await.expect("asked").expect_err("cut off").code, ErrorCode::CutOff);
}

#[tokio::test]
async fn a_node_that_stops_says_so_to_those_who_wait() {
    let mut home = Home::open();
    let client = home.client(Role::Owner);
    let asking = tokio::spawn(async move { client.lines(requests::Contacts {}).await });
    drop(home.next().await);
    let failure = asking.await.expect("asked").expect_err("stopped");
    assert!(failure.message.contains("stopping"), "{failure}");
}

#[tokio::test]
async fn a_socket_that_a_killed_node_left_is_replaced() {
    let home = Home::open();
    let paths = home.paths.clone();
    let client = home.client(Role::Owner);
    drop(home.door);
    drop(home._lock);
    drop(std::os::unix::net::UnixListener::bind(&paths.socket).expect("left over"));
    assert_eq!(client.lines(requests::Status {}).await.expect_err("nobody").code, ErrorCode::NotRunning);
    let lock = HomeLock::take(&paths).expect("the lock");
    let (node, _events) = mpsc::channel(1);
    let _door = SocketDoor::open(&lock, tokens::read_both(&paths).expect("tokens"), node).expect("open again");
    assert_eq!(std::fs::metadata(&paths.socket).expect("a socket").permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn an_orderly_end_removes_the_socket() {
    let home = Home::open();
    let client = home.client(Role::Owner);
    home.door.close().await;
    assert!(!home.paths.socket.exists());
    let failure = client.lines(requests::Status {}).await.expect_err("nobody");
    assert_eq!((failure.code.as_str(), failure.exit), ("not_running", Exit::NotRunning));
}

#[tokio::test]
async fn one_connection_serves_many_commands_and_a_client_that_paused_connects_again() {
    let mut home = Home::open();
    let mut session = home.client(Role::Owner).session();
    for number in 0..3 {
        let lines = Answer::Lines(vec![json!({ "number": number })]);
        let (asked, answered) = tokio::join!(session.lines(requests::Status {}), home.answers(lines));
        assert_eq!(asked.expect("an answer"), [json!({ "number": number })]);
        assert_eq!(answered.0, Role::Owner);
    }
    let refused = Answer::Failed(Failure::new(Exit::Refused, ErrorCode::Closed, "no"));
    let (asked, _) = tokio::join!(session.lines(requests::Status {}), home.answers(refused));
    assert_eq!(asked.expect_err("refused").code, ErrorCode::Closed);
    let (asked, _) = tokio::join!(session.lines(requests::Status {}), home.answers(Answer::Lines(Vec::new())));
    assert!(asked.expect("after a failure, too").is_empty());
}

#[tokio::test]
async fn a_connection_ends_with_the_first_request_that_is_turned_away() {
    let home = Home::open();
    let answer = home.says(b"{\"token\":\"guess\"}\n{\"token\":\"guess\"}\n{\"token\":\"guess\"}\n").await;
    assert_eq!(failure_in(&answer).code, ErrorCode::BadToken);
}

#[tokio::test]
async fn nobody_keeps_a_connection_for_ever() {
    let mut home = Home::open();
    let request = format!("{}\n", json!({ "token": home.token(Role::Agent), "command": { "command": "status" } }));
    let mut stream = UnixStream::connect(&home.paths.socket).await.expect("a socket");
    let (mut read, mut write) = stream.split();
    let mut heard = BufReader::new(&mut read);
    let mut line = String::new();
    for _ in 0..REQUESTS {
        write.write_all(request.as_bytes()).await.expect("heard");
        home.answers(Answer::Lines(Vec::new())).await;
        line.clear();
        heard.read_line(&mut line).await.expect("an end");
        assert_eq!(line, "\"end\"\n");
    }
    // The door may close before or after this is written.
    let _closed = write.write_all(request.as_bytes()).await;
    line.clear();
    let _reset = timeout(SOON, heard.read_line(&mut line)).await.expect("an end");
    assert_eq!(line, "");
}
