//! Writes the test vectors of the protocol: `cargo run -p ai2ai-protocol --example make_vectors -- protocol/vectors`.
//!
//! The files are the same on every run. A vector that was once published is never changed, only others are added: the
//! test `vectors` holds this program to the files that are there.

mod files;

use std::path::PathBuf;

#[expect(clippy::disallowed_methods, reason = "this program's whole purpose is to write files")]
fn main() -> std::io::Result<()> {
    let directory = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "protocol/vectors".to_owned()));
    std::fs::create_dir_all(&directory)?;
    for (name, text) in files::all() {
        std::fs::write(directory.join(name), text)?;
        println!("{name}");
    }
    Ok(())
}
