//! The `ai2ai` that the journeys run: the one built from this source.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names another `ai2ai` to test, such as a release build.
pub const GIVEN: &str = "AI2AI_BIN";

/// The path of `ai2ai`, built now if it is older than its source.
///
/// # Panics
/// When it can't be built.
pub fn ai2ai() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| match std::env::var_os(GIVEN) {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

/// Arguments of the build: with the tests of the workspace, because alone it would have other features of the same dependencies, and
/// all of them would be compiled a second time. After `cargo test --workspace` there is nothing left to compile.
const BUILD: [&str; 6] = ["build", "--quiet", "--locked", "--workspace", "--bins", "--tests"];

/// Builds it into the target folder that this test lies in (`<target>/<profile>/deps/<test>`), with the same profile.
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let mut above = test.ancestors().skip(2);
    let profile_folder = above.next().expect("a profile folder above the test");
    let target = above.next().expect("a target folder above the test");
    let profile = match profile_folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_this_test(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    let output = command
        .args(BUILD)
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo");
    assert!(output.status.success(), "ai2ai does not build:\n{}", String::from_utf8_lossy(&output.stderr));
    profile_folder.join(format!("ai2ai{}", std::env::consts::EXE_SUFFIX))
}

/// Returns whether cargo told this test about its own package by this variable. Build scripts that look at it would run again, with all that follows.
fn is_of_this_test(name: &str) -> bool {
    const ABOUT: [&str; 5] = ["CARGO_MANIFEST", "CARGO_PKG", "CARGO_BIN", "CARGO_CRATE", "CARGO_PRIMARY"];
    ABOUT.iter().any(|about| name.starts_with(about))
}
