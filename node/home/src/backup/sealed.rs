//! The frame of a backup: a line that says how the key grows from the passphrase, then chunks of AES-256-GCM.
//!
//! The chunks are the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015, as the crate `aead-stream` has it):
//! each is bound to its place and to whether it is the last one, so that none can be moved, repeated or left out at
//! the end. The line is bound to every chunk. The first chunk holds a fixed text: it opens exactly when the passphrase
//! is right.

use std::io::{self, BufRead, BufReader, Read, Write};

use aead_stream::{DecryptorBE32, EncryptorBE32};
use aes_gcm::Aes256Gcm;
use aes_gcm::aead::Payload;
use data_encoding::BASE64;
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Passphrase;
use crate::identity::{Cost, stretched};

/// Type mark in the first line; its number is the version of the whole file.
const KIND: &str = "ai2ai backup 1";
/// Beginning of the first line in every version.
const ANY_KIND: &str = "ai2ai backup ";
/// Bytes of the line.
const LINE_BYTES: u64 = 1_024;
/// Text of the first chunk.
const GREETING: &[u8] = b"this is the passphrase";
/// Bytes of each further chunk but the last, before it is sealed.
const CHUNK: usize = 64 * 1024;
/// Bytes that sealing adds to a chunk.
const TAG: usize = 16;
const SALT: usize = 16;
/// Bytes that STREAM leaves of AES-GCM's nonce; four more count the chunks, and one marks the last.
const NONCE: usize = 7;

/// Reason why a backup does not open.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackupSealError {
    /// It is no backup.
    #[error("it is no backup of ai2ai")]
    NoBackup,
    /// It is a backup of a version that this program does not know.
    #[error("it is an `{0}`, and this program knows only `{KIND}`")]
    Newer(String),
    /// The passphrase is another.
    #[error("that is not the passphrase, or the file's first line is damaged")]
    WrongPassphrase,
    /// It was changed, or cut short.
    #[error("it is damaged, or was cut short")]
    Damaged,
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
}

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    kind: String,
    argon2id: Cost,
    salt: String,
    nonce: String,
}

/// Seals what is written to it. Without [`Sealer::finish`], what it has written opens as damaged.
pub(super) struct Sealer<W> {
    to: W,
    line: Vec<u8>,
    stream: EncryptorBE32<Aes256Gcm>,
    waiting: Zeroizing<Vec<u8>>,
}

impl<W: Write> Sealer<W> {
    /// Begins a file. It takes about a tenth of a second, on purpose.
    pub(super) fn new(mut to: W, passphrase: &Passphrase, cost: Cost, rng: &mut impl CryptoRng) -> io::Result<Self> {
        let mut salt = [0; SALT];
        let mut nonce = [0; NONCE];
        rng.fill_bytes(&mut salt);
        rng.fill_bytes(&mut nonce);
        let line = HeaderLine {
            kind: KIND.to_owned(),
            argon2id: cost,
            salt: BASE64.encode(&salt),
            nonce: BASE64.encode(&nonce),
        };
        let mut line = serde_json::to_vec(&line)?;
        line.push(b'\n');
        let key = stretched(passphrase.bytes(), &salt, cost).ok_or_else(|| io::Error::other("costs out of bounds"))?;
        let mut stream = EncryptorBE32::<Aes256Gcm>::new((&*key).into(), &nonce.into());
        let greeting = stream.encrypt_next(Payload { msg: GREETING, aad: &line }).map_err(|_| too_much())?;
        to.write_all(&line)?;
        to.write_all(&greeting)?;
        Ok(Self { to, line, stream, waiting: Zeroizing::new(Vec::with_capacity(CHUNK)) })
    }

    /// Seals the last chunk, and gives back what was written to.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let payload = Payload { msg: &self.waiting, aad: &self.line };
        let last = self.stream.encrypt_last(payload).map_err(|_| too_much())?;
        self.to.write_all(&last)?;
        Ok(self.to)
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk is sealed only when more comes: it could be the last.
        if self.waiting.len() == CHUNK && !bytes.is_empty() {
            let payload = Payload { msg: &self.waiting, aad: &self.line };
            let sealed = self.stream.encrypt_next(payload).map_err(|_| too_much())?;
            self.to.write_all(&sealed)?;
            self.waiting.clear();
        }
        let some = bytes.len().min(CHUNK - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..some]);
        Ok(some)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_much() -> io::Error {
    io::Error::other("more than 256 TiB fit into no backup")
}

/// Opens a file, chunk by chunk; what is read from it was opened.
pub(super) struct Opener<R> {
    from: BufReader<R>,
    line: Vec<u8>,
    /// None after the last chunk.
    stream: Option<DecryptorBE32<Aes256Gcm>>,
    opened: Zeroizing<Vec<u8>>,
    at: usize,
}

impl<R: Read> Opener<R> {
    /// Reads the first line, and tries the passphrase. It takes about a tenth of a second, on purpose.
    pub(super) fn new(from: R, passphrase: &Passphrase) -> Result<Self, BackupSealError> {
        let mut from = BufReader::with_capacity(CHUNK + TAG, from);
        let mut bytes = Vec::new();
        (&mut from).take(LINE_BYTES).read_until(b'\n', &mut bytes)?;
        let line = read_line(&bytes)?;
        let fixed = |text: &str| BASE64.decode(text.as_bytes()).ok();
        let salt = fixed(&line.salt).and_then(|bytes| <[u8; SALT]>::try_from(bytes).ok());
        let nonce = fixed(&line.nonce).and_then(|bytes| <[u8; NONCE]>::try_from(bytes).ok());
        let salt = salt.ok_or(BackupSealError::Damaged)?;
        let nonce = nonce.ok_or(BackupSealError::Damaged)?;
        let key = stretched(passphrase.bytes(), &salt, line.argon2id).ok_or(BackupSealError::Damaged)?;
        let mut stream = DecryptorBE32::<Aes256Gcm>::new((&*key).into(), &nonce.into());
        let mut greeting = [0; GREETING.len() + TAG];
        from.read_exact(&mut greeting).map_err(cut_short)?;
        let greeting = stream.decrypt_next(Payload { msg: &greeting, aad: &bytes });
        if greeting.map_err(|_| BackupSealError::WrongPassphrase)? != GREETING {
            return Err(BackupSealError::Damaged);
        }
        Ok(Self { from, line: bytes, stream: Some(stream), opened: Zeroizing::new(Vec::new()), at: 0 })
    }

    /// Opens the next chunk. Whether there was one.
    fn open_next(&mut self) -> Result<bool, BackupSealError> {
        let Some(mut stream) = self.stream.take() else { return Ok(false) };
        let mut sealed = Vec::with_capacity(CHUNK + TAG);
        (&mut self.from).take((CHUNK + TAG) as u64).read_to_end(&mut sealed)?;
        let payload = Payload { msg: &sealed, aad: &self.line };
        let is_last = self.from.fill_buf()?.is_empty();
        let opened = if is_last {
            stream.decrypt_last(payload)
        } else {
            let opened = stream.decrypt_next(payload);
            self.stream = Some(stream);
            opened
        };
        self.opened = Zeroizing::new(opened.map_err(|_| BackupSealError::Damaged)?);
        self.at = 0;
        Ok(true)
    }
}

impl<R: Read> Read for Opener<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.at == self.opened.len() {
            match self.open_next() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(BackupSealError::Io(error)) => return Err(error),
                Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error)),
            }
        }
        let some = to.len().min(self.opened.len() - self.at);
        to[..some].copy_from_slice(&self.opened[self.at..self.at + some]);
        self.at += some;
        Ok(some)
    }
}

fn read_line(bytes: &[u8]) -> Result<HeaderLine, BackupSealError> {
    let line: serde_json::Value = serde_json::from_slice(bytes).map_err(|_| BackupSealError::NoBackup)?;
    match line.get("kind").and_then(serde_json::Value::as_str) {
        Some(KIND) => serde_json::from_value(line).map_err(|_| BackupSealError::Damaged),
        Some(kind) if kind.starts_with(ANY_KIND) => Err(BackupSealError::Newer(kind.to_owned())),
        Some(_) | None => Err(BackupSealError::NoBackup),
    }
}

fn cut_short(error: io::Error) -> BackupSealError {
    if error.kind() == io::ErrorKind::UnexpectedEof { BackupSealError::Damaged } else { error.into() }
}
