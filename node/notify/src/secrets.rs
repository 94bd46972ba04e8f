//! Secrets of channels: each stands in a file of its own, never in the settings.

use std::path::{Path, PathBuf};

use ai2ai_api::error_code::ErrorCode;
use ai2ai_api::exit::{Exit, Failure};
use ai2ai_home::files::read_secret;
use ai2ai_home::paths::Paths;
use zeroize::Zeroizing;

/// A path that is not whole begins at the settings' folder.
pub(crate) fn beside(paths: &Paths, file: &Path) -> PathBuf {
    paths.config_file.parent().unwrap_or(Path::new("/")).join(file)
}

/// The one line of a secret's file, which only its owner may read.
pub(crate) fn secret(paths: &Paths, file: &Path) -> Result<Zeroizing<String>, Failure> {
    let file = beside(paths, file);
    let bytes = read_secret(&file)?;
    let text = std::str::from_utf8(&bytes).unwrap_or_default().trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("{} has to hold one line of plain characters", file.display());
        return Err(Failure::new(Exit::Failed, ErrorCode::BadConfig, message));
    }
    Ok(Zeroizing::new(text.to_owned()))
}
