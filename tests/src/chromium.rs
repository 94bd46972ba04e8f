//! A real browser without a screen: Chromium, told what to do by its own protocol over two pipes.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use data_encoding::BASE64;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::lab::refused;
use crate::times::{PATIENCE, wait_for, wait_until};

/// Path of the program on Debian.
const PROGRAM: &str = "/usr/bin/chromium";
/// Messages of the browser that wait to be looked at.
const MESSAGES: usize = 1_024;
/// Pixels of the window.
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 860;

/// A browser with one tab.
pub struct Browser {
    process: Child,
    to: File,
    from: Receiver<Value>,
    session: String,
    asked: u64,
    _profile: TempDir,
}

impl Browser {
    /// Starts it with a profile of its own; nothing where there is no Chromium and none is required.
    ///
    /// # Panics
    /// When it does not start, or is required and absent.
    #[must_use]
    pub fn starts() -> Option<Self> {
        if !Path::new(PROGRAM).exists() {
            return refused("there is no chromium");
        }
        let profile = tempfile::tempdir().expect("a profile");
        let (inlet, outlet) = (profile.path().join("in"), profile.path().join("out"));
        let made = Command::new("mkfifo").args([&inlet, &outlet]).status();
        assert!(made.is_ok_and(|status| status.success()), "two pipes");
        let process = Command::new("/bin/sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<\"$IN\" 4>\"$OUT\"", PROGRAM])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
            .args(["--remote-debugging-pipe", "--hide-scrollbars", "--disable-background-networking"])
            .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
            .envs([("IN", &inlet), ("OUT", &outlet)])
            .env("HOME", profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium starts");
        let to = OpenOptions::new().write(true).open(&inlet).expect("a pipe to it");
        let from = listens(File::open(&outlet).expect("a pipe from it"));
        let mut browser = Self { process, to, from, session: String::new(), asked: 0, _profile: profile };
        let tab = browser.tells("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = browser.tells("Target.attachToTarget", &json!({"targetId": tab["targetId"], "flatten": true}));
        browser.session = attached["sessionId"].as_str().expect("a session").to_owned();
        browser.tells("Page.enable", &json!({}));
        let size = json!({"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false});
        browser.tells("Emulation.setDeviceMetricsOverride", &size);
        Some(browser)
    }

    /// Turns JavaScript of pages off or on.
    pub fn runs_scripts(&mut self, on: bool) {
        self.tells("Emulation.setScriptExecutionDisabled", &json!({"value": !on}));
    }

    /// Prefers dark or light.
    pub fn is_dark(&mut self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": value}]});
        self.tells("Emulation.setEmulatedMedia", &features);
    }

    /// Goes to an address, and waits until the page stands.
    ///
    /// # Panics
    /// When it does not.
    pub fn goes_to(&mut self, url: &str) {
        let gone = self.tells("Page.navigate", &json!({"url": url}));
        assert!(gone.get("errorText").is_none(), "{gone}");
        self.stands();
    }

    /// Waits until the page is whole.
    ///
    /// # Panics
    /// When it is not in time.
    pub fn stands(&mut self) {
        wait_for("the page", PATIENCE, || (self.says("document.readyState") == "complete").then_some(()));
    }

    /// The value of an expression in the page; works with JavaScript of pages off, too.
    pub fn says(&mut self, expression: &str) -> Value {
        // What is asked in the page is held to the page's own policy.
        let what = json!({"expression": expression, "returnByValue": true, "allowUnsafeEvalBlockedByCSP": false});
        self.tells("Runtime.evaluate", &what)["result"]["value"].clone()
    }

    /// Waits until the page shows this text.
    ///
    /// # Panics
    /// When it does not in time.
    pub fn shows(&mut self, text: &str) {
        wait_until(&format!("the page to show {text:?}"), PATIENCE, || {
            let seen = self.says("document.body ? document.body.innerText : ''");
            let seen = seen.as_str().unwrap_or_default();
            if seen.contains(text) { Ok(()) } else { Err(format!("it shows {seen:?}")) }
        });
    }

    /// Clicks on the first element that this selector names, where it is on the screen once the page stands: before its style has
    /// come, it is somewhere else.
    ///
    /// # Panics
    /// When there is none.
    pub fn clicks(&mut self, selector: &str) {
        self.stands();
        let find = format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center'}}); \
             const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; }})()"
        );
        let at = self.says(&find);
        assert!(at[0].is_number(), "{selector} is not there: {}", self.says("document.body.innerText"));
        for event in ["mousePressed", "mouseReleased"] {
            let mouse = json!({"type": event, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.tells("Input.dispatchMouseEvent", &mouse);
        }
    }

    /// Types into whatever has the focus.
    pub fn types(&mut self, text: &str) {
        self.tells("Input.insertText", &json!({"text": text}));
    }

    /// Presses a key that moves or decides: `Tab`, `Enter`.
    pub fn presses(&mut self, key: &str) {
        let code = if key == "Tab" { 9 } else { 13 };
        for (event, text) in [("keyDown", if key == "Enter" { "\r" } else { "" }), ("keyUp", "")] {
            let pressed = json!({"type": event, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
            self.tells("Input.dispatchKeyEvent", &pressed);
        }
    }

    /// Takes a picture of the whole page.
    ///
    /// # Panics
    /// When it can't be written.
    pub fn pictures(&mut self, file: &Path) {
        let taken = self.tells("Page.captureScreenshot", &json!({"format": "png", "captureBeyondViewport": true}));
        let bytes = BASE64.decode(taken["data"].as_str().expect("a picture").as_bytes()).expect("a picture");
        std::fs::write(file, bytes).expect("a file");
    }

    /// Tells the browser something, and gives its answer.
    ///
    /// # Panics
    /// When it refuses or does not answer.
    fn tells(&mut self, method: &str, params: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.to.write_all(format!("{message}\0").as_bytes()).expect("the browser listens");
        loop {
            let heard = self.from.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no answer to {method}"));
            if heard["id"] == self.asked {
                assert!(heard.get("error").is_none(), "{method}: {heard}");
                return heard["result"].clone();
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// Returns what comes from the browser, message by message.
fn listens(from: File) -> Receiver<Value> {
    let (heard, messages) = sync_channel(MESSAGES);
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut bytes = Vec::new();
            if from.read_until(0, &mut bytes).unwrap_or(0) == 0 {
                break;
            }
            bytes.pop();
            let Ok(message) = serde_json::from_slice(&bytes) else { continue };
            if heard.send(message).is_err() {
                break;
            }
        }
    });
    messages
}
