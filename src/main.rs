//! The binary `dautri`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // These two run confined, in a child process or in a container: before any thread, runtime or parser of ours.
    let mut args = std::env::args_os().skip(1);
    match args.next().as_deref().and_then(|a| a.to_str()) {
        Some("child") => judge::child::main(args),
        Some("probe") => judge::probe::main(args),
        _ => dautri::cli::main(),
    }
}
