//! What the tests stand on: a whole server, browsers, contests, workers.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod browser;
mod bucket;
mod bundle;
mod contest;
mod engine;
mod fake_worker;
mod process;
mod real_worker;
mod remains;
mod server;
mod smtp;

pub use browser::{Answer, Browser, PASSWORD};
pub use bucket::BucketServer;
pub use bundle::Bundle;
pub use contest::{Contest, zip_of};
pub use fake_worker::FakeWorker;
pub use process::{JudgeProcess, ServerProcess, python_client};
pub use real_worker::RealWorker;
pub use remains::{remains, until_nothing_remains};
pub use server::{Place, Server, checker, files_below, read_sheet};
pub use smtp::SmtpServer;
