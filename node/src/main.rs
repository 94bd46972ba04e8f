//! The doorbell: everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ai2ai::cli::main()
}
