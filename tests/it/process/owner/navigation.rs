//! The browser of the tests, asked while its page navigates: the page that follows answers.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use ai2ai_tests::chromium::Browser;
use ai2ai_tests::times::{PATIENCE, wait_for};

/// A site whose pages have their paths as titles. Gives its port.
fn site() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    // A browser connects before it has anything to ask.
    thread::spawn(move || {
        listener.incoming().flatten().for_each(|stream| drop(thread::spawn(move || answers(&stream))))
    });
    port
}

fn answers(mut stream: &TcpStream) {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let page = format!("<!doctype html><title>{path}</title><p>This is {path}</p>");
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length:";
    // A browser that has left does not listen any more.
    drop(write!(stream, "{head} {}\r\n\r\n{page}", page.len()));
}

#[test]
fn what_is_asked_of_a_page_that_is_being_left_is_answered_by_the_next_one() {
    let Some(mut browser) = Browser::starts() else { return };
    let port = site();
    browser.goes_to(&format!("http://127.0.0.1:{port}/"));
    // Either page but the last leaves for another site or for its own, and never answers: only asking again leads to a title.
    for to in ["/next", "/last"] {
        let leaves = format!(
            "location.href === 'http://localhost:{port}{to}' ? document.title : \
             new Promise(() => {{ location.href = 'http://localhost:{port}{to}' }})"
        );
        // A page that is only coming has no title yet.
        wait_for("the title of the next page", PATIENCE, || (browser.says(&leaves) == to).then_some(()));
        browser.shows(&format!("This is {to}"));
    }
}

#[test]
fn pages_that_follow_one_another_without_rest_answer_whatever_they_are_asked() {
    let Some(mut browser) = Browser::starts() else { return };
    let port = site();
    browser.goes_to(&format!("http://127.0.0.1:{port}/"));
    for number in 0..200 {
        let hosts = ["localhost", "127.0.0.1"];
        let next = format!("http://{}:{port}/{number}", hosts[number % hosts.len()]);
        browser.says(&format!("setTimeout(() => {{ location.href = '{next}' }}, {})", number % 7));
        assert!(browser.says("location.href").is_string(), "{number}");
    }
    browser.goes_to(&format!("http://127.0.0.1:{port}/last"));
    browser.shows("This is /");
}
