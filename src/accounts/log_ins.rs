//! Failed log-ins: who guesses waits longer and longer.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crate::{
    kernel::{Clock, Timestamp},
    web::TooOften,
};

/// So many slips of the hand cost nothing.
const FREE: u32 = 5;
const LONGEST: Duration = Duration::from_mins(1);
/// After so long without a failure everything is forgiven.
const MEMORY: Duration = Duration::from_hours(1);
const SMALL: usize = 10_000;

/// Counts by account and network address together: somebody who guesses elsewhere keeps nobody out here, and
/// one account's failures are no other's, though a whole hall shares one address.
#[derive(Debug, Clone)]
pub struct LogIns {
    clock: Clock,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    failures: HashMap<(String, Option<IpAddr>), Failures>,
    sweep_above: usize,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl LogIns {
    pub fn new(clock: Clock) -> Self {
        Self { clock, memory: Arc::default() }
    }

    /// Counts a failure in advance, so that guesses at once do not slip through together.
    pub fn begin(&self, account: &str, address: Option<IpAddr>) -> Result<(), TooOften> {
        let now = self.clock.now();
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.sweep(now);
        let fresh = Failures { count: 0, last: now };
        let failed = memory.failures.entry((account.to_owned(), address)).or_insert(fresh);
        if is_forgiven(*failed, now) {
            *failed = fresh;
        }
        let since = (now - failed.last).to_std().unwrap_or_default();
        let wait = delay(failed.count).saturating_sub(since);
        if wait > Duration::ZERO {
            return Err(TooOften { wait });
        }
        *failed = Failures { count: failed.count + 1, last: now };
        Ok(())
    }

    pub fn succeeded(&self, account: &str, address: Option<IpAddr>) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.failures.remove(&(account.to_owned(), address));
    }
}

impl Memory {
    /// Forgets what is forgiven, each time the number of entries has doubled.
    fn sweep(&mut self, now: Timestamp) {
        if self.failures.len() <= self.sweep_above.max(SMALL) {
            return;
        }
        self.failures.retain(|_, failed| !is_forgiven(*failed, now));
        self.sweep_above = self.failures.len() * 2;
    }
}

fn is_forgiven(failed: Failures, now: Timestamp) -> bool {
    (now - failed.last).to_std().unwrap_or_default() > MEMORY
}

/// How long to wait after so many failures.
fn delay(failures: u32) -> Duration {
    match failures.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(more) => Duration::from_secs(1_u64.checked_shl(more).unwrap_or(u64::MAX)).min(LONGEST),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    fn log_ins() -> (LogIns, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(0));
        let shown = Arc::clone(&hand);
        let now = move || Timestamp::from_timestamp(shown.load(Ordering::Relaxed), 0).unwrap();
        (LogIns::new(Clock::from_fn(now)), hand)
    }

    #[test]
    fn the_delay_doubles_up_to_a_minute() {
        let seconds: Vec<_> = (0..14).map(|failures| delay(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(delay(u32::MAX), LONGEST);
    }

    #[test]
    fn who_guesses_waits_and_who_succeeds_is_forgiven() {
        let (log_ins, hand) = log_ins();
        for _ in 0..5 {
            log_ins.begin("lan", None).unwrap();
        }
        assert_eq!(log_ins.begin("lan", None).unwrap_err().seconds(), 1);
        hand.store(1, Ordering::Relaxed);
        log_ins.begin("lan", None).unwrap();
        assert_eq!(log_ins.begin("lan", None).unwrap_err().seconds(), 2);
        log_ins.succeeded("lan", None);
        for _ in 0..5 {
            log_ins.begin("lan", None).unwrap();
        }
        hand.store(1 + 3601, Ordering::Relaxed);
        log_ins.begin("lan", None).unwrap();
        log_ins.begin("lan", None).unwrap();
    }

    #[test]
    fn guessing_elsewhere_keeps_nobody_out_and_a_hall_is_many() {
        let (log_ins, _) = log_ins();
        let hall = "10.0.0.1".parse().ok();
        for _ in 0..5 {
            log_ins.begin("lan", "6.6.6.6".parse().ok()).unwrap();
        }
        log_ins.begin("lan", "6.6.6.6".parse().ok()).unwrap_err();
        log_ins.begin("lan", hall).unwrap();
        for team in 0..800 {
            log_ins.begin(&format!("team{team}"), hall).unwrap();
        }
    }
}
