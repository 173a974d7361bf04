//! The whole worker against a small server that speaks the protocol, with a real Docker engine.
//!
//! The engine is the one that `DAUTRI_TEST_DOCKER` (or `DOCKER_HOST`) names; without one the tests that need it
//! are shown as ignored. The image is the archive that `DAUTRI_TEST_IMAGE` names, else the project's Python image.
//! This binary has a main of its own because the worker starts it again as `child` and inside the probe.

#![expect(clippy::unwrap_used, reason = "a test that unwraps in vain has failed")]

mod archives;
mod attacks;
mod checks;
mod contest;
mod fixtures;
mod images;
mod lease;
mod life;
mod pair;
mod predict;
mod raw_zip;
mod score;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    match args.next().as_ref().and_then(|arg| arg.to_str()) {
        Some("child") => return judge::child::main(args),
        Some("probe") => return judge::probe::main(args),
        _ => {}
    }
    if std::env::var_os("DAUTRI_TEST_LOG").is_some() {
        tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("judge=debug").init();
    }
    let has_engine = fixtures::docker_host().is_some();
    let mut trials = Vec::new();
    let groups = [
        (true, archives::tests()),
        (true, attacks::tests()),
        (true, images::tests()),
        (true, lease::tests()),
        (true, pair::tests()),
        (true, predict::tests()),
        (true, score::tests()),
        (true, life::tests()),
        (false, life::tests_without_engine()),
        (false, checks::tests()),
    ];
    for (needs_engine, tests) in groups {
        for (name, test) in tests {
            let trial = Trial::test(name, move || run(test));
            trials.push(trial.with_ignored_flag(needs_engine && !has_engine));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test: its name is a claim.
type Test = (&'static str, fn() -> futures::future::BoxFuture<'static, ()>);

fn run(test: fn() -> futures::future::BoxFuture<'static, ()>) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(test());
    Ok(())
}

/// Names async functions as tests.
#[macro_export]
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        vec![$((concat!(module_path!(), "::", stringify!($name)), || Box::pin($name()))),*]
    };
}
