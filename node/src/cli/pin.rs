//! PINs and passphrases, read from a prompt, a file or standard input; never from an argument.

use std::io::{self, Read as _};
use std::path::Path;

use ai2ai_api::command::Request;
use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_api::pin::{PIN_ADVICE, PIN_BYTES, Pin};
use ai2ai_api::views::reply::Answered;
use ai2ai_home::backup::PASSPHRASE_ADVICE;
use ai2ai_home::files::is_loose;
use ai2ai_home::identity::{self, UnlockError};
use zeroize::Zeroizing;

use super::context::Context;

/// The owner's PIN.
pub(super) fn ask(context: &Context) -> Result<Pin, Failure> {
    match given(context)? {
        Some(pin) => Ok(pin),
        None => prompt("PIN: "),
    }
}

impl Context {
    /// Sends a request that may need the PIN. The person is asked for it only when the node says that it is needed; the node
    /// has then done nothing.
    pub(super) async fn ask_with_pin<R: Request>(
        &self,
        request: impl Fn(Option<Pin>) -> R,
    ) -> Result<Answered<R::Reply>, Failure> {
        let first = if self.pin_file.is_some() { Some(ask(self)?) } else { None };
        self.ask_again_with_pin(first, request).await
    }

    /// Sends a decision, which needs the PIN wherever there is one.
    pub(super) async fn decide<R: Request>(
        &self,
        request: impl Fn(Option<Pin>) -> R,
    ) -> Result<Answered<R::Reply>, Failure> {
        let sealed = !self.has_token() && identity::has_pin(&self.paths()?)?;
        let first = if sealed { Some(ask(self)?) } else { None };
        self.ask_again_with_pin(first, request).await
    }

    async fn ask_again_with_pin<R: Request>(
        &self,
        first: Option<Pin>,
        request: impl Fn(Option<Pin>) -> R,
    ) -> Result<Answered<R::Reply>, Failure> {
        let without = first.is_none();
        match self.ask(request(first)).await {
            Err(failure) if without && failure.code == ErrorCode::PinNeeded => {
                self.ask(request(Some(ask(self)?))).await
            }
            answer => answer,
        }
    }
}

/// A new PIN, typed twice where it is typed.
pub(super) fn choose(context: &Context) -> Result<Pin, Failure> {
    if let Some(pin) = given(context)? {
        return Ok(pin);
    }
    context.output.note("Choose a PIN. It seals the key with which you approve what your agent agrees to.");
    context.output.note(PIN_ADVICE);
    let pin = prompt("New PIN: ")?;
    if prompt("Again: ")? == pin {
        return Ok(pin);
    }
    Err(Failure::new(Exit::Usage, ErrorCode::Usage, "the two PINs are not the same")
        .hint("Nothing was made. Try again."))
}

/// Another PIN, typed twice where it is typed.
pub(super) fn choose_another(context: &Context, file: Option<&Path>) -> Result<Pin, Failure> {
    if let Some(file) = file {
        return given_in(context, Some(file))?.ok_or_else(|| UnlockError::PinNeeded.into());
    }
    if !context.can_ask() {
        let failure = Failure::new(Exit::Usage, ErrorCode::Usage, "nobody can be asked for the new PIN");
        return Err(failure.hint("Give it with --new-pin-file FILE."));
    }
    context.output.note(PIN_ADVICE);
    let pin = prompt("New PIN: ")?;
    if prompt("Again: ")? == pin {
        return Ok(pin);
    }
    Err(Failure::new(Exit::Usage, ErrorCode::Usage, "the two PINs are not the same")
        .hint("Nothing was changed. Try again."))
}

/// A new passphrase for a backup, typed twice where it is typed.
pub(super) fn choose_passphrase(context: &Context, file: Option<&Path>) -> Result<Pin, Failure> {
    if let Some(passphrase) = given_in(context, file)? {
        return Ok(passphrase);
    }
    context.output.note("Choose a passphrase. It seals the backup; it need not be your PIN, and should not be.");
    context.output.note(PASSPHRASE_ADVICE);
    let passphrase = prompt("New passphrase: ")?;
    if prompt("Again: ")? == passphrase {
        return Ok(passphrase);
    }
    let failure = Failure::new(Exit::Usage, ErrorCode::Usage, "the two passphrases are not the same");
    Err(failure.hint("Nothing was written. Try again."))
}

/// The passphrase of a backup.
pub(super) fn ask_passphrase(context: &Context, file: Option<&Path>) -> Result<Pin, Failure> {
    match given_in(context, file)? {
        Some(passphrase) => Ok(passphrase),
        None => prompt("Passphrase: "),
    }
}

/// The PIN that came without asking; nothing when a person is to be asked.
fn given(context: &Context) -> Result<Option<Pin>, Failure> {
    given_in(context, context.pin_file.as_deref())
}

fn given_in(context: &Context, file: Option<&Path>) -> Result<Option<Pin>, Failure> {
    match file {
        Some(file) if file == Path::new("-") => first_line(io::stdin().lock(), "standard input").map(Some),
        Some(file) => {
            if is_loose(file) == Some(true) {
                context.output.note(format_args!("Others can read that file. Close it: chmod 600 {}", file.display()));
            }
            let opened = std::fs::File::open(file).map_err(|error| Failure::file("read", file, &error))?;
            first_line(opened, &file.display().to_string()).map(Some)
        }
        None if context.can_ask() => Ok(None),
        None if context.no_input => Err(UnlockError::PinNeeded.into()),
        None => first_line(io::stdin().lock(), "standard input").map(Some),
    }
}

fn prompt(words: &str) -> Result<Pin, Failure> {
    let typed = rpassword::prompt_password(words).map(Zeroizing::new).map_err(|error| {
        if error.kind() == io::ErrorKind::Interrupted {
            return Failure::new(Exit::Interrupted, ErrorCode::Interrupted, "interrupted");
        }
        Failure::new(Exit::Failed, ErrorCode::Io, format!("the PIN cannot be asked for: {error}"))
    })?;
    Pin::new(typed).map_err(|error| Failure::new(Exit::Usage, ErrorCode::BadPin, error.to_string()))
}

/// A PIN from the first line of at most [`PIN_BYTES`].
fn first_line(source: impl io::Read, name: &str) -> Result<Pin, Failure> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PIN_BYTES + 3));
    let mut source = source.take(PIN_BYTES as u64 + 2);
    let mut byte = [0; 1];
    loop {
        let read = source
            .read(&mut byte)
            .map_err(|error| Failure::new(Exit::Failed, ErrorCode::Io, format!("{name}: {error}")))?;
        if read == 0 || byte == *b"\n" {
            break;
        }
        bytes.push(byte[0]);
    }
    if bytes.is_empty() {
        return Err(UnlockError::PinNeeded.into());
    }
    let text = std::str::from_utf8(&bytes).unwrap_or_default();
    let text = Zeroizing::new(text.strip_suffix('\r').unwrap_or(text).to_owned());
    Pin::new(text).map_err(|error| Failure::new(Exit::Usage, ErrorCode::BadPin, format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<Pin, String> {
        first_line(bytes, "a file").map_err(|failure| failure.code.to_string())
    }

    #[test]
    fn the_first_line_is_the_pin_and_nothing_after_it() {
        let pin = Pin::new("2468".to_owned()).expect("a PIN");
        for text in ["2468", "2468\n", "2468\r\n", "2468\nmore"] {
            assert_eq!(read(text.as_bytes()), Ok(pin.clone()), "{text:?}");
        }
        assert_eq!(read(b""), Err("pin_needed".to_owned()));
        assert_eq!(read(b"\n2468"), Err("pin_needed".to_owned()));
        for bad in [&b"123"[..], b"\xff\xfe\xff\xfe", &[b'1'; 4_000]] {
            assert_eq!(read(bad), Err("bad_pin".to_owned()));
        }
    }
}
