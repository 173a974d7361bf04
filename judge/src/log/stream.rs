//! Sends a job's log to the server in small pieces, soon after they were printed.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use judge_core::protocol::LogChunk;
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use uuid::Uuid;

use super::{budget::Budget, clean::Cleaner};
use crate::{
    client::Client,
    sandbox::{PrintSink, Role},
};

/// Pause between two pieces; a first piece goes at once.
const PAUSE: Duration = Duration::from_millis(100);
const CHUNK_BYTES: usize = 8 * 1024;
/// What is still unsent this long after the end is given up: the result matters more.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// One job's log. The sending ends with it.
#[derive(Debug)]
pub struct JobLog {
    shared: Arc<Shared>,
    sender: Mutex<Option<AbortOnDropHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug)]
struct State {
    cleaners: [Cleaner; 3],
    budget: Budget,
    unsent: String,
    last: Option<Role>,
    closed: bool,
}

impl JobLog {
    pub fn begin(client: Client, job: Uuid, fence: i64, limit_bytes: u64, lost: CancellationToken) -> Self {
        let state = State {
            cleaners: Default::default(),
            budget: Budget::new(limit_bytes),
            unsent: String::new(),
            last: None,
            closed: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), news: Notify::new() });
        let sender = Sender { client, job, fence, lost, seq: 0 };
        let task = tokio::spawn(sender.send_all(Arc::clone(&shared)));
        Self { shared, sender: Mutex::new(Some(AbortOnDropHandle::new(task))) }
    }

    /// Sends what is left, the end of a flood included.
    pub async fn finish(&self) {
        {
            let mut state = self.shared.lock();
            let tail = state.budget.finish();
            state.unsent.push_str(&tail);
            state.closed = true;
        }
        self.shared.news.notify_one();
        let task = self.sender.lock().expect("no holder of this lock panics").take();
        if let Some(task) = task
            && tokio::time::timeout(LAST_WORDS, task).await.is_err()
        {
            tracing::warn!("the end of a log could not be sent in time");
        }
    }
}

impl PrintSink for JobLog {
    fn print(&self, role: Role, bytes: &[u8]) {
        let mut state = self.shared.lock();
        let mut text = String::with_capacity(bytes.len());
        // The team's program needs no label until another one has spoken; with one container none does.
        match state.last {
            Some(last) if last != role => text = format!("\n[{}]\n", role.as_str()),
            None if role == Role::Ingestion => text = format!("[{}]\n", role.as_str()),
            _ => {}
        }
        state.last = Some(role);
        state.cleaners[role as usize].push(bytes, &mut text);
        let now = state.budget.take(&text);
        state.unsent.push_str(now);
        drop(state);
        self.shared.news.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    /// The next piece, or whether that was all.
    fn next_piece(&self) -> Result<String, bool> {
        let mut state = self.lock();
        if state.unsent.is_empty() {
            return Err(state.closed);
        }
        let mut at = state.unsent.len().min(CHUNK_BYTES);
        while !state.unsent.is_char_boundary(at) {
            at -= 1;
        }
        let rest = state.unsent.split_off(at);
        Ok(std::mem::replace(&mut state.unsent, rest))
    }
}

struct Sender {
    client: Client,
    job: Uuid,
    fence: i64,
    lost: CancellationToken,
    seq: u32,
}

impl Sender {
    async fn send_all(mut self, shared: Arc<Shared>) {
        loop {
            match shared.next_piece() {
                Ok(text) => {
                    let full = text.len() > CHUNK_BYTES / 2;
                    if self.send(text).await.is_err() {
                        return;
                    }
                    // A short pause gathers many small prints into one piece; the end does not wait.
                    if !full && !shared.lock().closed {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
                Err(true) => return,
                Err(false) => shared.news.notified().await,
            }
        }
    }

    /// Sends one piece, as often as it takes; fails when the job is no longer ours.
    async fn send(&mut self, text: String) -> Result<(), ()> {
        let chunk = LogChunk { fence: self.fence, seq: self.seq, text };
        self.seq += 1;
        let mut pause = Duration::from_millis(100);
        while !self.lost.is_cancelled() {
            match self.client.log(self.job, &chunk).await {
                Ok(()) => return Ok(()),
                Err(error) if error.is_passing() => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(2));
                }
                Err(error) => {
                    tracing::warn!(job = %self.job, %error, "the server takes no more of a log");
                    return Err(());
                }
            }
        }
        Err(())
    }
}
