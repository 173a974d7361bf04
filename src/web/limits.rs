//! How often somebody may do the same.
//!
//! A limit counts by account or team. A network address is a backstop only: a hall shares one. Counts live in
//! this process; the calls are async so that replicas can share them later without a change to any caller.

use std::{
    collections::HashMap,
    net::IpAddr,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::http::{HeaderMap, StatusCode};

use super::Problem;
use crate::kernel::{Clock, Timestamp};

/// So many at once, and as many again spread over the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub most: NonZeroU32,
    pub within: Duration,
}

impl Rate {
    pub fn per_minute(most: NonZeroU32) -> Self {
        Self { most, within: Duration::from_mins(1) }
    }

    pub fn per_hour(most: NonZeroU32) -> Self {
        Self { most, within: Duration::from_hours(1) }
    }

    fn interval(self) -> Duration {
        self.within / self.most.get()
    }
}

/// Too often: how long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too often; free again in {wait:?}")]
pub struct TooOften {
    pub wait: Duration,
}

impl TooOften {
    /// At least one second, rounded up.
    pub fn seconds(self) -> u32 {
        u32::try_from(self.wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
    }
}

impl From<TooOften> for Problem {
    fn from(fault: TooOften) -> Self {
        let seconds = fault.seconds();
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-often",
            format!("Bạn làm việc này quá nhiều lần. Hãy thử lại sau {seconds} giây."),
            format!("You are doing this too often. Try again in {seconds} seconds."),
        )
        .with("seconds", seconds)
        .retry_after(seconds)
    }
}

/// Counts what was done.
#[derive(Debug, Clone)]
pub struct Limiter {
    clock: Clock,
    /// When each key would be free of what it did (the cell rate algorithm's theoretical arrival time).
    free_at: Arc<Mutex<Counts>>,
}

#[derive(Debug, Default)]
struct Counts {
    by_key: HashMap<(&'static str, String), Timestamp>,
    sweep_above: usize,
}

/// Fewer keys than this are never swept.
const SMALL: usize = 10_000;

impl Limiter {
    pub fn new(clock: Clock) -> Self {
        Self { clock, free_at: Arc::default() }
    }

    /// Counts one act of `key`, or says how long it must wait. Without a rate nothing is counted.
    #[expect(clippy::unused_async, reason = "callers must not depend on the counts being in this process")]
    pub async fn count(
        &self,
        what: &'static str,
        key: impl ToString,
        rate: Option<Rate>,
    ) -> Result<(), TooOften> {
        let Some(rate) = rate else { return Ok(()) };
        let now = self.clock.now();
        let mut counts = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        counts.sweep(now);
        let free_at = counts.by_key.entry((what, key.to_string())).or_insert(now);
        let wait = wait(*free_at, now, rate);
        if wait > Duration::ZERO {
            return Err(TooOften { wait });
        }
        *free_at = (*free_at).max(now) + rate.interval();
        Ok(())
    }
}

/// How long until one more fits.
fn wait(free_at: Timestamp, now: Timestamp, rate: Rate) -> Duration {
    let ahead = (free_at - now).to_std().unwrap_or_default();
    (ahead + rate.interval()).saturating_sub(rate.within)
}

impl Counts {
    /// Forgets whoever has nothing left to wait for, each time the number of keys has doubled.
    fn sweep(&mut self, now: Timestamp) {
        if self.by_key.len() <= self.sweep_above.max(SMALL) {
            return;
        }
        self.by_key.retain(|_, free_at| *free_at > now);
        self.sweep_above = self.by_key.len() * 2;
    }
}

/// The network address of a client: the connection's, or what the outermost of so many trusted proxies saw.
pub fn client_address(peer: Option<IpAddr>, headers: &HeaderMap, proxies: u8) -> Option<IpAddr> {
    if proxies == 0 {
        return peer;
    }
    let mut chain: Vec<IpAddr> = Vec::new();
    for value in headers.get_all("x-forwarded-for") {
        let listed = value
            .to_str()
            .unwrap_or_default()
            .split(',')
            .filter_map(|part| part.trim().parse::<IpAddr>().ok());
        chain.extend(listed);
    }
    // The last entries were written by our own proxies, the others by whoever wanted to.
    let at = chain.len().checked_sub(usize::from(proxies));
    at.and_then(|at| chain.get(at).copied()).or(peer)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    /// A limiter and the hand of its clock, in milliseconds.
    fn limiter() -> (Limiter, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&hand);
        let now = move || Timestamp::from_timestamp_millis(shown.load(Ordering::Relaxed)).unwrap();
        (Limiter::new(Clock::from_fn(now)), hand)
    }

    fn rate(most: u32) -> Option<Rate> {
        NonZeroU32::new(most).map(Rate::per_minute)
    }

    #[tokio::test]
    async fn so_many_at_once_then_one_after_the_other() {
        let (limiter, hand) = limiter();
        for _ in 0..6 {
            limiter.count("x", "lan", rate(6)).await.unwrap();
        }
        let refused = limiter.count("x", "lan", rate(6)).await.unwrap_err();
        assert_eq!(refused.seconds(), 10);
        hand.store(9_999, Ordering::Relaxed);
        assert_eq!(limiter.count("x", "lan", rate(6)).await.unwrap_err().seconds(), 1);
        hand.store(10_000, Ordering::Relaxed);
        limiter.count("x", "lan", rate(6)).await.unwrap();
        limiter.count("x", "lan", rate(6)).await.unwrap_err();
        hand.store(600_000, Ordering::Relaxed);
        for _ in 0..6 {
            limiter.count("x", "lan", rate(6)).await.unwrap();
        }
        limiter.count("x", "lan", rate(6)).await.unwrap_err();
    }

    #[tokio::test]
    async fn others_and_other_acts_are_counted_apart() {
        let (limiter, _) = limiter();
        limiter.count("x", "lan", rate(1)).await.unwrap();
        limiter.count("x", "lan", rate(1)).await.unwrap_err();
        limiter.count("x", "minh", rate(1)).await.unwrap();
        limiter.count("y", "lan", rate(1)).await.unwrap();
        for _ in 0..1000 {
            limiter.count("x", "lan", None).await.unwrap();
        }
    }

    #[tokio::test]
    async fn who_has_nothing_to_wait_for_takes_no_memory() {
        let (limiter, hand) = limiter();
        for n in 0..=SMALL {
            limiter.count("x", n, rate(60)).await.unwrap();
        }
        hand.store(60_000, Ordering::Relaxed);
        limiter.count("x", "lan", rate(60)).await.unwrap();
        assert_eq!(limiter.free_at.lock().unwrap().by_key.len(), 1);
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        let peer: Option<IpAddr> = "10.0.0.1".parse().ok();
        let seen = |value: &str, proxies| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", value.parse().unwrap());
            client_address(peer, &headers, proxies).map(|address| address.to_string())
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(seen("1.1.1.1, 2.2.2.2", 0), is("10.0.0.1"));
        assert_eq!(seen("1.1.1.1, 2.2.2.2", 1), is("2.2.2.2"), "the client wrote the first one itself");
        assert_eq!(seen("1.1.1.1, 2.2.2.2", 2), is("1.1.1.1"));
        assert_eq!(seen("2.2.2.2", 2), is("10.0.0.1"));
        assert_eq!(seen("junk, ::1", 1), is("::1"));
        assert_eq!(client_address(peer, &HeaderMap::new(), 1), peer);
    }
}
