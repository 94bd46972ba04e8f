//! The owner key behind its PIN: opened for one decision, guarded against guessing.

use std::sync::{Arc, Mutex, PoisonError};

use ai2ai_api::audit::AuditFactor;
use ai2ai_api::clock::now;
use ai2ai_api::exit::Failure;
use ai2ai_api::pin::Pin;
use ai2ai_core::txn::{Step, Txn};
use ai2ai_home::identity::{PinGuard, too_many_pins, unlock};
use ai2ai_home::paths::Paths;
use ai2ai_protocol::key::OwnerKey;
use ai2ai_store::kv;

/// Key under which the count of wrong PINs is stored.
const GUARD: &str = "pin_guard";

/// The sealed owner key, and how many wrong PINs there were.
#[derive(Clone)]
pub struct OwnerKeyFile(Arc<OwnerKeyInner>);

struct OwnerKeyInner {
    paths: Paths,
    has_pin: bool,
    guard: Mutex<PinGuard>,
}

impl OwnerKeyFile {
    /// The file of this home, and what is known of earlier guesses.
    pub fn new(paths: Paths, has_pin: bool, guard: PinGuard) -> Self {
        Self(Arc::new(OwnerKeyInner { paths, has_pin, guard: Mutex::new(guard) }))
    }

    /// Paths of the home.
    pub fn paths(&self) -> &Paths {
        &self.0.paths
    }

    /// Factor of decisions for which this key was opened.
    pub fn factor(&self) -> &'static AuditFactor {
        if self.0.has_pin { &AuditFactor::Pin } else { &AuditFactor::NoPin }
    }

    /// State of the guard against guessed PINs, to be kept over a restart.
    pub fn guard(&self) -> PinGuard {
        *self.0.guard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the owner key. With a PIN it takes about a tenth of a second, on purpose. Also says whether wrong PINs before it are
    /// forgiven now, so that the guard is to be kept anew.
    ///
    /// # Errors
    /// PIN missing or wrong, or too many wrong ones lately.
    pub async fn open(&self, pin: Option<Pin>) -> Result<(OwnerKey, bool), Failure> {
        let inside = Arc::clone(&self.0);
        let opened = tokio::task::spawn_blocking(move || inside.open(pin.as_ref())).await;
        opened.map_err(Failure::internal)?
    }
}

impl OwnerKeyInner {
    /// The guard is held while the PIN is tried: guesses are tried one after the other, never side by side.
    fn open(&self, pin: Option<&Pin>) -> Result<(OwnerKey, bool), Failure> {
        let mut guard = self.guard.lock().unwrap_or_else(PoisonError::into_inner);
        let before = *guard;
        let guarded = self.has_pin && pin.is_some();
        if guarded {
            guard.attempt(now()).map_err(too_many_pins)?;
        }
        let key = unlock(&self.paths, pin)?;
        if guarded {
            guard.right();
        }
        Ok((key, before != *guard))
    }
}

/// Keeps the count of wrong PINs over a restart.
pub(crate) fn keep_guard(txn: &mut Txn<'_, '_>, guard: &PinGuard) -> Step<()> {
    let text = serde_json::to_string(guard).unwrap_or_default();
    Ok(kv::put(txn.tx, GUARD, &text)?)
}

/// The count of wrong PINs, as it was kept.
///
/// # Errors
/// When the database fails.
pub fn guard(tx: &impl ai2ai_store::View) -> Step<PinGuard> {
    let text = kv::get(tx, GUARD)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}
