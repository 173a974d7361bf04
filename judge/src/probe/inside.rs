//! The probe inside the container.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io::Write,
    process::ExitCode,
    time::{Duration, Instant},
};

use super::{Expected, walls};

/// Entry of the hidden subcommand `probe`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let args: Vec<String> = args.into_iter().filter_map(|arg| arg.into_string().ok()).collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["walls", expected] => try_walls(expected),
        ["memory"] => take_memory(),
        ["sleep"] => std::thread::sleep(Duration::from_hours(1)),
        ["spin"] => spin(),
        _ => return ExitCode::FAILURE,
    }
    ExitCode::SUCCESS
}

fn try_walls(expected: &str) {
    let expected: Expected = serde_json::from_str(expected).expect("the worker writes what it expects");
    let found: BTreeMap<&str, Result<(), String>> = walls::all(&expected);
    let mut line = serde_json::to_vec(&found).expect("names are strings");
    line.push(b'\n');
    std::io::stdout().write_all(&line).expect("the worker reads what is printed");
}

/// Touches ever more memory until it is stopped.
fn take_memory() {
    let mut held: Vec<Vec<u8>> = Vec::new();
    for _ in 0..4096 {
        held.push(vec![1; 1024 * 1024]);
        std::hint::black_box(&held);
    }
}

fn spin() {
    let start = Instant::now();
    while start.elapsed() < Duration::from_hours(1) {
        std::hint::spin_loop();
    }
}
