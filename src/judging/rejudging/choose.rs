//! Which submissions are judged once more, and by what. Pure.

use std::collections::BTreeMap;

use super::model::{Choice, Chosen, Judged, Newest, Planned, TaskVersions, VersionCount};
use crate::{kernel::ids::TaskId, leaderboard::counting};

/// The chosen ones of `judged`, which is ordered by submission and task.
pub fn choose(judged: &[Judged], tasks: &[Newest], choice: &Choice, newest: bool) -> Vec<Chosen> {
    judged
        .chunk_by(|a, b| a.submission == b.submission)
        .filter_map(|submission| chosen(submission, tasks, choice, newest))
        .collect()
}

fn chosen(submission: &[Judged], tasks: &[Newest], choice: &Choice, newest: bool) -> Option<Chosen> {
    let counting = counting_by_task(submission);
    let has_verdict = |j: &&Judged| j.verdict.is_some_and(|verdict| choice.verdicts.contains(&verdict));
    if !choice.verdicts.is_empty() && !counting.values().any(has_verdict) {
        return None;
    }
    let is_outdated = |task: &Newest| counting.get(&task.task).is_none_or(|j| j.version != task.version);
    if choice.outdated && !tasks.iter().any(is_outdated) {
        return None;
    }
    let plan = |task: &Newest| {
        let now = counting.get(&task.task);
        let replaces = now.map(|j| j.evaluation);
        if newest {
            Some(Planned { version: task.version, runs_program: task.runs_program, replaces })
        } else {
            now.map(|j| Planned { version: j.version, runs_program: j.runs_program, replaces })
        }
    };
    let evaluations: Vec<Planned> = tasks.iter().filter_map(plan).collect();
    let first = submission.first()?;
    let chosen = Chosen { submission: first.submission, team: first.team, evaluations };
    Some(chosen).filter(|chosen| !chosen.evaluations.is_empty())
}

/// What counts of a submission, by task.
pub fn counting_by_task(submission: &[Judged]) -> BTreeMap<TaskId, &Judged> {
    let tasks = submission.chunk_by(|a, b| a.task == b.task);
    tasks.filter_map(|task| counting(task, Judged::candidate)).map(|judged| (judged.task, judged)).collect()
}

/// How many submissions stand under which version of each task.
pub fn versions(judged: &[Judged], tasks: &[Newest]) -> Vec<TaskVersions> {
    let mut counts: BTreeMap<(TaskId, i32), usize> = BTreeMap::new();
    for submission in judged.chunk_by(|a, b| a.submission == b.submission) {
        for (task, judged) in counting_by_task(submission) {
            *counts.entry((task, judged.number)).or_default() += 1;
        }
    }
    let of = |task: &Newest| TaskVersions {
        task: task.slug.clone(),
        newest: task.number,
        versions: counts
            .range((task.task, i32::MIN)..=(task.task, i32::MAX))
            .map(|((_, number), submissions)| VersionCount { number: *number, submissions: *submissions })
            .collect(),
    };
    tasks.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use judge_core::verdict::Verdict;
    use uuid::Uuid;

    use super::*;
    use crate::{
        kernel::{
            Timestamp,
            ids::{EvaluationId, SubmissionId, TaskVersionId, TeamId},
        },
        leaderboard::Origin,
    };

    const TASK: TaskId = TaskId(Uuid::from_u128(1));

    fn judged(submission: u128, evaluation: u128, version: u8, origin: Origin, verdict: Verdict) -> Judged {
        Judged {
            submission: SubmissionId(Uuid::from_u128(submission)),
            team: TeamId(Uuid::nil()),
            task: TASK,
            evaluation: EvaluationId(Uuid::from_u128(evaluation)),
            version: TaskVersionId(Uuid::from_u128(version.into())),
            number: version.into(),
            runs_program: false,
            rejudging: None,
            origin,
            verdict: Some(verdict),
        }
    }

    fn newest(version: u8) -> Newest {
        Newest {
            task: TASK,
            slug: "task".into(),
            version: TaskVersionId(Uuid::from_u128(version.into())),
            number: version.into(),
            runs_program: true,
        }
    }

    fn applied() -> Origin {
        Origin::Applied(Timestamp::from_timestamp(9, 0).unwrap())
    }

    #[test]
    fn what_counts_is_judged_again_under_its_own_version_or_under_the_newest() {
        let all = [
            judged(1, 10, 1, Origin::HandIn, Verdict::Scored),
            judged(1, 11, 2, applied(), Verdict::Scored),
            judged(1, 12, 3, Origin::Beside, Verdict::Scored),
        ];
        let same = choose(&all, &[newest(3)], &Choice::default(), false);
        let replaces = Some(EvaluationId(Uuid::from_u128(11)));
        let version = |number| TaskVersionId(Uuid::from_u128(number));
        assert_eq!(same[0].evaluations, [Planned { version: version(2), runs_program: false, replaces }]);
        let newer = choose(&all, &[newest(3)], &Choice::default(), true);
        assert_eq!(newer[0].evaluations, [Planned { version: version(3), runs_program: true, replaces }]);
    }

    #[test]
    fn verdicts_and_versions_are_those_of_what_counts() {
        let all = [
            judged(1, 10, 1, Origin::HandIn, Verdict::RuntimeError),
            judged(1, 11, 2, applied(), Verdict::Scored),
            judged(2, 20, 1, Origin::HandIn, Verdict::RuntimeError),
        ];
        let chosen = |choice: &Choice| {
            choose(&all, &[newest(2)], choice, true)
                .iter()
                .map(|c| c.submission.0.as_u128())
                .collect::<Vec<_>>()
        };
        assert_eq!(chosen(&Choice { verdicts: vec![Verdict::RuntimeError], ..Choice::default() }), [2]);
        assert_eq!(chosen(&Choice { outdated: true, ..Choice::default() }), [2]);
        assert_eq!(chosen(&Choice::default()), [1, 2]);
    }

    #[test]
    fn versions_are_counted_by_what_counts() {
        let all = [
            judged(1, 10, 1, Origin::HandIn, Verdict::Scored),
            judged(1, 11, 2, applied(), Verdict::Scored),
            judged(2, 20, 1, Origin::HandIn, Verdict::Scored),
        ];
        let count = |number, submissions| VersionCount { number, submissions };
        let expected =
            TaskVersions { task: "task".into(), newest: 3, versions: vec![count(1, 1), count(2, 1)] };
        assert_eq!(versions(&all, &[newest(3)]), [expected]);
    }
}
