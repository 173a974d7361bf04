//! What a step used and where its time went.

use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use judge_core::protocol::Usage;

use crate::sandbox::Ended;

/// Collected while a step runs.
#[derive(Debug)]
pub struct Meter(Mutex<Usage>);

impl Meter {
    pub fn new() -> Self {
        Self(Mutex::new(Usage { runtime: "none".to_owned(), ..Usage::default() }))
    }

    /// Adds the time that `work` takes to the stage.
    pub async fn stage<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let result = work.await;
        self.add(name, start.elapsed());
        result
    }

    pub fn add(&self, name: &str, time: Duration) {
        let mut usage = self.0.lock().expect("no holder of this lock panics");
        *usage.stages_ms.entry(name.to_owned()).or_default() += time.as_secs_f64() * 1000.0;
    }

    /// Containers of one step run side by side: their times overlap, their work adds up.
    pub fn containers(&self, runtime: &str, ended: &[Ended]) {
        let mut usage = self.0.lock().expect("no holder of this lock panics");
        runtime.clone_into(&mut usage.runtime);
        for end in ended {
            usage.run_ms = usage.run_ms.max(end.run_ms);
            usage.cpu_ms += end.cpu_ms;
            usage.peak_memory_bytes = usage.peak_memory_bytes.max(end.peak_memory_bytes);
        }
    }

    /// Whether containers have run and ended.
    pub fn has_run(&self) -> bool {
        self.0.lock().expect("no holder of this lock panics").runtime != "none"
    }

    pub fn total(&self) -> Usage {
        self.0.lock().expect("no holder of this lock panics").clone()
    }
}
