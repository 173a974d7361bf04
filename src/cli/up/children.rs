//! The children that run, and when those that died start again.

use std::{
    process::ExitStatus,
    time::{Duration, Instant},
};

use tokio::process::Child;

use super::{process, role::Role};

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A child that lived so long is not charged for earlier deaths.
const HEALTHY: Duration = Duration::from_mins(1);

#[derive(Debug, Default)]
pub struct Children {
    running: Vec<Running>,
    waiting: Vec<Waiting>,
    /// The last pause of each role before a restart.
    pauses: [Duration; Role::ALL.len()],
}

#[derive(Debug)]
struct Running {
    role: Role,
    child: Child,
    since: Instant,
}

#[derive(Debug)]
struct Waiting {
    role: Role,
    due: Instant,
}

/// A child that ended.
#[derive(Debug)]
pub struct Ended {
    pub role: Role,
    pub status: ExitStatus,
    pub lived: Duration,
}

impl Children {
    pub fn add(&mut self, role: Role, child: Child) {
        self.running.push(Running { role, child, since: Instant::now() });
    }

    pub fn get(&mut self, role: Role) -> Option<&mut Child> {
        self.running.iter_mut().find(|running| running.role == role).map(|running| &mut running.child)
    }

    /// Takes out a child that ended, if there is one.
    pub fn ended(&mut self) -> std::io::Result<Option<Ended>> {
        for index in 0..self.running.len() {
            if let Some(status) = self.running[index].child.try_wait()? {
                let Running { role, since, .. } = self.running.remove(index);
                return Ok(Some(Ended { role, status, lived: since.elapsed() }));
            }
        }
        Ok(None)
    }

    /// Plans the next start of a child that lived so long; the pause before it.
    pub fn restart_later(&mut self, role: Role, lived: Duration) -> Duration {
        let last = if lived > HEALTHY { Duration::ZERO } else { self.pauses[role as usize] };
        let pause = (last * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.pauses[role as usize] = pause;
        self.waiting.push(Waiting { role, due: Instant::now() + pause });
        pause
    }

    pub fn next_start(&self) -> Option<Instant> {
        self.waiting.iter().map(|waiting| waiting.due).min()
    }

    /// Takes out a role that is to start now: among several, the one that the others need.
    pub fn due(&mut self) -> Option<Role> {
        let now = Instant::now();
        let due = |waiting: &Waiting| waiting.due <= now;
        let role = Role::ALL
            .into_iter()
            .find(|role| self.waiting.iter().any(|waiting| waiting.role == *role && due(waiting)))?;
        self.waiting.retain(|waiting| waiting.role != role);
        Some(role)
    }

    /// Stops one child; nothing if it does not run.
    pub async fn stop(&mut self, role: Role) {
        let Some(index) = self.running.iter().position(|running| running.role == role) else { return };
        let mut running = self.running.remove(index);
        process::stop(&mut running.child, role.stop_signal(), role.stop_deadline()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_until_a_child_lives() {
        let mut children = Children::default();
        let mut pause = |lived| children.restart_later(Role::Server, Duration::from_secs(lived)).as_millis();
        let pauses: Vec<_> = (0..9).map(|_| pause(1)).collect();
        assert_eq!(pauses, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(pause(61), 500);
    }

    #[test]
    fn what_others_need_starts_first() {
        let mut children = Children::default();
        for role in [Role::Worker, Role::Database, Role::Server] {
            children.waiting.push(Waiting { role, due: Instant::now() });
        }
        let order: Vec<_> = std::iter::from_fn(|| children.due()).collect();
        assert_eq!(order, [Role::Database, Role::Server, Role::Worker]);
        assert!(children.next_start().is_none());
    }
}
