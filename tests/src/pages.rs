//! A browser in a few lines: requests to a node's pages, with whatever headers a test wants, and nothing that a browser
//! would forbid.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::laptop::Laptop;
use crate::times::PATIENCE;

/// Pages of a node, and the cookie that lets in.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Address of the pages: `127.0.0.1:24818`.
    pub address: String,
    /// The cookie, as it is sent: `NAME=VALUE`.
    pub cookie: String,
}

/// The answer that came back.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The head, its names in lower case.
    pub head: String,
    /// The body.
    pub body: String,
}

impl Pages {
    /// Opens them with a link of their own.
    ///
    /// # Panics
    /// When the link does not let in.
    #[must_use]
    pub fn of(owner: &Laptop) -> Self {
        Self::by(&link(owner))
    }

    /// Opens them with this link.
    ///
    /// # Panics
    /// When the link does not let in.
    #[must_use]
    pub fn by(link: &str) -> Self {
        let (address, path) = parts(link);
        let mut pages = Self { address, cookie: String::new() };
        let reply = pages.get(&path);
        assert_eq!(reply.status, 303, "{reply:?}");
        for promise in ["HttpOnly", "SameSite=Strict", "Path=/"] {
            assert!(reply.head.contains(promise), "{reply:?}");
        }
        pages.cookie = reply.cookie();
        pages
    }

    /// Asks for a page.
    #[must_use]
    pub fn get(&self, path: &str) -> Reply {
        self.sends("GET", path, &self.address.clone(), &[], "")
    }

    /// Sends a form as our own page would.
    #[must_use]
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let origin = format!("http://{}", self.address);
        self.sends(
            "POST",
            path,
            &self.address.clone(),
            &[("Origin", &origin), ("Sec-Fetch-Site", "same-origin")],
            &form(fields),
        )
    }

    /// Sends anything.
    ///
    /// # Panics
    /// When nothing comes back.
    #[must_use]
    pub fn sends(&self, method: &str, path: &str, host: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
        if !self.cookie.is_empty() {
            head.push_str(&format!("Cookie: {}\r\n", self.cookie));
        }
        if method == "POST" {
            let length = body.len();
            head.push_str(&format!("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        let mut stream = TcpStream::connect(&self.address).expect("the pages are served");
        stream.set_read_timeout(Some(PATIENCE)).expect("a deadline");
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).expect("the request is taken");
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).expect("an answer");
        Reply::read(&String::from_utf8_lossy(&bytes))
    }

    /// The value of a hidden field on a page.
    ///
    /// # Panics
    /// When it has none.
    #[must_use]
    pub fn hidden(&self, path: &str, name: &str) -> String {
        let page = self.get(path);
        let marker = format!("name=\"{name}\" value=\"");
        let (_, rest) = page.body.split_once(&marker).unwrap_or_else(|| panic!("no {name} on {path}: {page:?}"));
        rest.split('"').next().unwrap_or_default().to_owned()
    }
}

impl Reply {
    fn read(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        let head = head.lines().map(|line| match line.split_once(": ") {
            Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
            None => line.to_owned(),
        });
        Self { status, head: head.collect::<Vec<_>>().join("\n"), body: body.to_owned() }
    }

    /// The cookie that it sets, as a browser sends it back.
    fn cookie(&self) -> String {
        let set = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap_or_default();
        set.split(';').next().unwrap_or_default().to_owned()
    }
}

/// A link that opens somebody's pages once.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn link(owner: &Laptop) -> String {
    owner.owner(&["open"]).done().text("url")
}

/// A link's address and path.
///
/// # Panics
/// When it is no link.
#[must_use]
pub fn parts(link: &str) -> (String, String) {
    let rest = link.strip_prefix("http://").expect("a link");
    let (address, path) = rest.split_once('/').expect("a path");
    (address.to_owned(), format!("/{path}"))
}

/// Fields as a form sends them.
fn form(fields: &[(&str, &str)]) -> String {
    let escaped = |text: &str| -> String {
        text.bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect()
    };
    fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect::<Vec<_>>().join("&")
}
