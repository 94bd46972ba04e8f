//! What comes in on standard input, line by line. What can't be read is a request all the same, as long as its id can: whoever asked is
//! answered, and does not wait for ever.

use ai2ai_api::door::REQUEST_BYTES;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex,
};
use tokio::task::JoinSet;

/// What an unreadable request asks for, once it has been made one that can be read.
pub(super) const UNREADABLE: &str = "ai2ai/unreadable";
/// Bytes of a line in which an id is looked for; of a longer one nothing is known.
const LINE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes that wait to be taken in.
const WAITING_BYTES: usize = 64 * 1024;

/// As much of a message as is needed to answer it.
#[derive(Deserialize)]
struct Bare {
    id: Option<Value>,
}

/// What a message of 2026-07-28 says of itself; without it, it is not answered with the reason.
#[derive(Deserialize)]
struct Meta {
    params: MetaIn,
}

#[derive(Deserialize)]
struct MetaIn {
    _meta: Value,
}

/// The lines of an input, with those that nobody could answer made into requests for [`UNREADABLE`]; and the task that reads it.
pub(super) fn readable(input: impl AsyncRead + Send + Unpin + 'static) -> (DuplexStream, JoinSet<()>) {
    let (mut into, lines) = duplex(WAITING_BYTES);
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        let mut goes_on = false;
        loop {
            line.clear();
            match (&mut input).take(LINE_BYTES).read_until(b'\n', &mut line).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return tracing::debug!(%error, "standard input ended"),
            }
            let is_whole = line.ends_with(b"\n");
            // The rest of a line that is too long is no line of its own. The last one may end with the input.
            let is_rest = std::mem::replace(&mut goes_on, !is_whole && line.len() as u64 == LINE_BYTES);
            if is_rest || goes_on {
                continue;
            }
            if !is_whole {
                line.push(b'\n');
            }
            if into.write_all(&answerable(&line)).await.is_err() {
                return;
            }
        }
    });
    (lines, reading)
}

/// A line as it is, if it can be read; a request that is answered with the reason, if it has an id; else nothing.
fn answerable(line: &[u8]) -> Vec<u8> {
    let why = match serde_json::from_slice::<Value>(line) {
        Ok(_) if line.len() <= REQUEST_BYTES => return line.to_vec(),
        Ok(_) => format!("this has more than the {REQUEST_BYTES} bytes that a message may have"),
        Err(error) => format!("this is no JSON that can be read: {error}"),
    };
    let id = serde_json::from_slice::<Bare>(line).ok().and_then(|bare| bare.id);
    let meta = serde_json::from_slice::<Meta>(line).map(|meta| meta.params._meta).unwrap_or_else(|_| json!({}));
    match id.filter(|id| id.is_string() || id.is_number()) {
        Some(id) => {
            format!(
                "{}\n",
                json!({ "jsonrpc": "2.0", "id": id, "method": UNREADABLE, "params": { "why": why, "_meta": meta } })
            )
        }
        None => String::new(),
    }
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_last_line_needs_no_end_and_the_rest_of_a_long_one_is_none() {
        let ping = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}";
        let long = "x".repeat(usize::try_from(LINE_BYTES).expect("it fits"));
        let input = std::io::Cursor::new(format!("{ping}\n{long}{ping}\n{ping}"));
        let mut told = String::new();
        let (mut lines, _reading) = readable(input);
        lines.read_to_string(&mut told).await.expect("lines");
        assert_eq!(told, format!("{ping}\n{ping}\n"));
    }

    #[test]
    fn what_a_message_says_of_itself_is_kept() {
        let line = "{\"id\":7,\"params\":{\"text\":\"\\ud800\",\"_meta\":{\"version\":\"2026-07-28\"}}}\n";
        let told: Value = serde_json::from_slice(&answerable(line.as_bytes())).expect("a request");
        assert_eq!(told["params"]["_meta"], json!({ "version": "2026-07-28" }));
    }

    #[test]
    fn whoever_asks_what_can_not_be_read_is_told_so() {
        let fine = b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n";
        assert_eq!(answerable(fine), fine);
        let long = format!("{{\"method\":\"tools/call\",\"params\":\"{}\",\"id\":\"a\"}}\n", "x".repeat(REQUEST_BYTES));
        for (line, id) in [
            ("{\"id\":7,\"params\":{\"text\":\"\\ud800\"}}\n", json!(7)),
            ("{\"id\":8,\"params\":{\"n\":1e400}}\n", json!(8)),
            (&long, json!("a")),
        ] {
            let told: Value = serde_json::from_slice(&answerable(line.as_bytes())).expect("a request");
            assert_eq!((&told["id"], &told["method"]), (&id, &json!(UNREADABLE)));
            assert!(told["params"]["why"].is_string() && !told.to_string().contains("xxx"));
        }
        for nobodys in ["hello\n", "\n", "[]\n", "{\"id\":null,\"n\":1e400}\n", "{\"params\":{\"n\":1e400}}\n"] {
            assert!(matches!(answerable(nobodys.as_bytes()).as_slice(), b"" | b"[]\n"), "{nobodys}");
        }
    }
}
