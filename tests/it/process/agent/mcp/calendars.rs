//! When its owner is free, as a model is told.

use ai2ai_tests::solo::Solo;
use serde_json::json;

use super::{Model, text};

#[tokio::test(flavor = "multi_thread")]
async fn calendars_on_the_web_and_in_files_tell_when_together() {
    let event = |start: &str| {
        format!(
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:{start}\nSUMMARY:zanzibar\nDTSTART:{start}\nDURATION:PT1H\nEND:VEVENT\nEND:VCALENDAR\n"
        )
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("home.ics");
    std::fs::write(&file, event("20350210T080000Z")).expect("a calendar");
    let web = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = web.local_addr().expect("an address");
    let body = event("20350210T190000Z");
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    std::thread::spawn(move || {
        for stream in web.incoming().flatten() {
            use std::io::{Read as _, Write as _};
            let mut stream = stream;
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            drop(stream.read(&mut [0; 4_096]));
            let answer =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    let config = format!("[calendar]\nfile = \"{}\"\nurls = [\"http://{address}/secret/work.ics\"]\n", file.display());
    let alex = Solo::moves_in("Alex", &config).is_up();
    let model = Model::of(&alex).await;
    let ask = json!({ "from": "2035-02-10T00:00Z", "until": "2035-02-11T00:00Z" });
    for _ in 0..2 {
        let told = model.draft("ai2ai_free_busy", ask.clone()).await;
        let from: Vec<&str> = told["busy"].as_array().expect("times").iter().map(|busy| text(busy, "from")).collect();
        assert_eq!(from, ["2035-02-10T08:00:00Z", "2035-02-10T19:00:00Z"]);
        assert!(!told.to_string().contains("zanzibar"));
    }
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1, "it is asked for once in a while");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_tells_when_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("calendar.ics");
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:zanzibar\nDTSTART:20350210T190000Z\nDTEND:20350210T203000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    std::fs::write(&file, calendar).expect("a calendar");
    let alex = Solo::moves_in("Alex", &format!("[calendar]\nfile = \"{}\"\n", file.display())).is_up();
    let model = Model::of(&alex).await;
    let ask = json!({ "from": "2035-02-10T00:00Z", "until": "2035-02-10T20:00Z" });
    let told = model.draft("ai2ai_free_busy", ask).await;
    assert_eq!(told["busy"], json!([{ "from": "2035-02-10T19:00:00Z", "until": "2035-02-10T20:00:00Z" }]));
    assert!(!told.to_string().contains("zanzibar"));
    let long = json!({ "from": "2035-01-01T00:00Z", "until": "2035-03-01T00:00Z" });
    assert_eq!(model.calls("ai2ai_free_busy", long).await.expect_err("too long")["code"], "bad_time");
}
