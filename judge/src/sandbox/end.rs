//! How a container ended, and what that means for the evaluation. Pure.

use chrono::{DateTime, Utc};
use judge_core::{
    faults::{Fault, FaultKind},
    limits::Limits,
    verdict::Verdict,
};

use super::Role;

/// Why the worker itself ended a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    Wall,
    Cpu,
    /// The other container of the step failed.
    Partner,
    /// The job was taken away or the worker stops.
    Cancelled,
}

/// The end of one container.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub role: Role,
    /// See `ContainerSpec::lenient`.
    pub lenient: bool,
    pub exit_code: i64,
    /// The kernel killed a process of it for want of memory.
    pub out_of_memory: bool,
    pub stopped: Option<Stop>,
    /// The output file system ran full, at the end or, for a program that failed, at any sample.
    pub output_full: Option<FaultKind>,
    pub run_ms: u64,
    pub cpu_ms: u64,
    pub peak_memory_bytes: u64,
    pub finished_at: DateTime<Utc>,
}

const KILLED: i64 = 128 + 9;
const FILE_TOO_LARGE: i64 = 128 + 25;
/// The kernel charges memory in batches for each processor, so a killed program's peak may miss the limit by this.
const CHARGE_SLACK: u64 = 1024 * 1024;

impl Ended {
    pub fn failed(&self, limits: &Limits) -> bool {
        self.fault(limits).is_some()
    }

    /// What went wrong. Want of memory first: the exit code of a program whose child was killed for it may be 0.
    pub fn fault(&self, limits: &Limits) -> Option<FaultKind> {
        let killed_at_limit = self.stopped.is_none()
            && self.exit_code == KILLED
            && self.peak_memory_bytes + CHARGE_SLACK >= limits.memory_bytes;
        if self.out_of_memory || killed_at_limit {
            return Some(FaultKind::Memory { limit_bytes: limits.memory_bytes });
        }
        match self.stopped {
            Some(Stop::Wall) => {
                return Some(FaultKind::WallTime { limit_ms: limits.wall_ms });
            }
            Some(Stop::Cpu) => {
                return Some(FaultKind::CpuTime { limit_ms: limits.cpu_ms });
            }
            Some(Stop::Partner | Stop::Cancelled) => return None,
            None => {}
        }
        if self.cpu_ms > limits.cpu_ms {
            return Some(FaultKind::CpuTime { limit_ms: limits.cpu_ms });
        }
        if let Some(full) = &self.output_full {
            return Some(full.clone());
        }
        match self.exit_code {
            0 => None,
            _ if self.lenient => None,
            FILE_TOO_LARGE => Some(FaultKind::OutputBytes { limit_bytes: limits.output_bytes }),
            exit_code => Some(FaultKind::ExitCode { exit_code }),
        }
    }
}

/// The container whose failure ended the step.
#[derive(Debug, Clone, PartialEq)]
pub struct Blame {
    pub role: Role,
    pub fault: FaultKind,
}

/// Who is to blame: the one that failed first. When one of two programs dies, the other often fails for it.
pub fn blame(ended: &[Ended], limits: &Limits) -> Option<Blame> {
    let mut failed: Vec<(&Ended, FaultKind)> =
        ended.iter().filter_map(|end| end.fault(limits).map(|fault| (end, fault))).collect();
    // A full output folder makes both programs fail. Both still ran at the wall: the team's was waited for.
    // Otherwise the earlier end counts.
    failed.sort_by_key(|(end, fault)| {
        let by_worker = end.stopped.is_some();
        let filled = matches!(fault, FaultKind::OutputBytes { .. } | FaultKind::OutputFiles { .. });
        let time = if by_worker { DateTime::<Utc>::MIN_UTC } else { end.finished_at };
        (!filled, by_worker, time, end.role != Role::Team)
    });
    let (end, fault) = failed.into_iter().next()?;
    let blame = Blame { role: if end.lenient { Role::Team } else { end.role }, fault };
    // A scorer that waits for the team's code cannot outlive its crash; attempts must not be won back by crashing.
    let crashed = ended.iter().find(|end| end.lenient && end.exit_code != 0 && end.stopped.is_none());
    match crashed {
        Some(end) if blame.role != Role::Team => {
            Some(Blame { role: Role::Team, fault: FaultKind::ExitCode { exit_code: end.exit_code } })
        }
        _ => Some(blame),
    }
}

/// The verdict for a failure: the organizer's programs never cost a team its attempt.
pub fn verdict_of(blame: Blame) -> (Verdict, Vec<Fault>) {
    let verdict = match (blame.role, &blame.fault) {
        (Role::Ingestion | Role::Scorer, _) => Verdict::ScorerFailed,
        (Role::Team, FaultKind::Memory { .. }) => Verdict::MemoryLimit,
        (Role::Team, FaultKind::WallTime { .. } | FaultKind::CpuTime { .. }) => Verdict::TimeLimit,
        (Role::Team, FaultKind::OutputBytes { .. } | FaultKind::OutputFiles { .. }) => Verdict::OutputLimit,
        (Role::Team, _) => Verdict::RuntimeError,
    };
    (verdict, vec![Fault::new(blame.fault)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(role: Role, exit_code: i64, second: i64) -> Ended {
        Ended {
            role,
            lenient: false,
            exit_code,
            out_of_memory: false,
            stopped: None,
            output_full: None,
            run_ms: 10,
            cpu_ms: 10,
            peak_memory_bytes: 1,
            finished_at: DateTime::from_timestamp(second, 0).unwrap(),
        }
    }

    fn verdict(ends: &[Ended]) -> Option<Verdict> {
        blame(ends, &Limits::default()).map(|blame| verdict_of(blame).0)
    }

    #[test]
    fn a_killed_child_counts_as_memory_even_when_the_program_ends_with_0() {
        let end = Ended { out_of_memory: true, ..ended(Role::Team, 0, 1) };
        assert_eq!(verdict(&[end]), Some(Verdict::MemoryLimit));
    }

    #[test]
    fn each_end_has_its_verdict() {
        let team = |change: fn(&mut Ended)| {
            let mut end = ended(Role::Team, 0, 1);
            change(&mut end);
            verdict(&[end])
        };
        assert_eq!(team(|_| ()), None);
        assert_eq!(team(|end| end.exit_code = 3), Some(Verdict::RuntimeError));
        assert_eq!(team(|end| end.exit_code = 153), Some(Verdict::OutputLimit));
        assert_eq!(team(|end| end.cpu_ms = 60_001), Some(Verdict::TimeLimit));
        assert_eq!(team(|end| end.stopped = Some(Stop::Wall)), Some(Verdict::TimeLimit));
        assert_eq!(team(|end| end.exit_code = 137), Some(Verdict::RuntimeError));
        assert_eq!(
            team(|end| {
                end.exit_code = 137;
                end.peak_memory_bytes = Limits::default().memory_bytes;
            }),
            Some(Verdict::MemoryLimit)
        );
        assert_eq!(
            team(|end| end.output_full = Some(FaultKind::OutputFiles { limit: 5 })),
            Some(Verdict::OutputLimit)
        );
    }

    #[test]
    fn of_two_failures_the_earlier_is_to_blame() {
        let team_first = [ended(Role::Team, 1, 1), ended(Role::Ingestion, 1, 2)];
        assert_eq!(verdict(&team_first), Some(Verdict::RuntimeError));
        let ingestion_first = [ended(Role::Team, 1, 2), ended(Role::Ingestion, 1, 1)];
        assert_eq!(verdict(&ingestion_first), Some(Verdict::ScorerFailed));
    }

    #[test]
    fn an_exit_code_that_does_not_count_is_no_failure_and_every_limit_still_is() {
        let lenient = |role, exit_code| Ended { lenient: true, ..ended(role, exit_code, 1) };
        assert_eq!(verdict(&[lenient(Role::Team, 1), lenient(Role::Ingestion, 7)]), None);
        let slow = Ended { stopped: Some(Stop::Wall), ..lenient(Role::Ingestion, 137) };
        assert_eq!(verdict(&[slow]), Some(Verdict::TimeLimit), "it ran the team's code");
        let hungry = Ended { out_of_memory: true, ..lenient(Role::Ingestion, 1) };
        assert_eq!(verdict(&[hungry]), Some(Verdict::MemoryLimit));
    }

    #[test]
    fn a_scorer_that_fails_after_the_teams_code_crashed_is_not_to_blame() {
        let beside = |exit_code| Ended { lenient: true, ..ended(Role::Ingestion, exit_code, 1) };
        let scorer = Ended { stopped: Some(Stop::Wall), ..ended(Role::Scorer, 137, 9) };
        assert_eq!(verdict(&[scorer.clone(), beside(1)]), Some(Verdict::RuntimeError));
        assert_eq!(verdict(&[scorer, beside(0)]), Some(Verdict::ScorerFailed));
        assert_eq!(verdict(&[ended(Role::Scorer, 0, 2), beside(1)]), None, "the scorer got over it");
    }

    #[test]
    fn at_the_wall_the_team_is_to_blame_unless_it_had_ended() {
        let stopped = |role| Ended { stopped: Some(Stop::Wall), ..ended(role, 137, 9) };
        assert_eq!(verdict(&[stopped(Role::Team), stopped(Role::Ingestion)]), Some(Verdict::TimeLimit));
        assert_eq!(
            verdict(&[ended(Role::Team, 0, 1), stopped(Role::Ingestion)]),
            Some(Verdict::ScorerFailed)
        );
    }
}
