//! What people see of submissions.

use std::collections::{BTreeMap, HashMap, HashSet};

use judge_core::{
    faults::{Fault, FaultKind},
    verdict::Verdict,
};
use sqlx::PgConnection;

use super::{
    model::{
        EvaluationRow, EvaluationView, FaultView, RefundView, Ruling, ScoresView, SubmissionRow,
        SubmissionView,
    },
    rules, store,
};
use crate::{
    competitions::{
        model::{BoardRules, PhaseContext},
        visibility::Sight,
    },
    kernel::ids::{EvaluationId, SubmissionId},
    leaderboard::{self, Origin},
};

/// Rows with their evaluations and scores. Within a snapshot: a verdict must not be seen without its scores.
pub async fn views(
    conn: &mut PgConnection,
    rows: Vec<SubmissionRow>,
    sight: Sight,
    context: &PhaseContext,
) -> sqlx::Result<Vec<SubmissionView>> {
    let ids: Vec<SubmissionId> = rows.iter().map(|r| r.id).collect();
    let mut scores: HashMap<EvaluationId, ScoresView> = HashMap::new();
    let shown = if sight.scores { store::scores(conn, &ids).await? } else { Vec::new() };
    for score in shown {
        let view = scores.entry(score.evaluation).or_default();
        if score.split == "public" {
            view.public.insert(score.metric, score.value);
        } else if sight.private_scores {
            view.private.get_or_insert_with(BTreeMap::new).insert(score.metric, score.value);
        }
    }
    let mut evaluations: HashMap<SubmissionId, Vec<EvaluationRow>> = HashMap::new();
    for row in store::evaluations(conn, &ids).await? {
        evaluations.entry(row.submission).or_default().push(row);
    }
    let view = |row: SubmissionRow| {
        let (counting, superseded) = sorted(evaluations.remove(&row.id).unwrap_or_default());
        let mut view = |e: EvaluationRow| {
            let scores = scores.remove(&e.id);
            evaluation_view(e, scores, sight)
        };
        let mut evaluations: Vec<EvaluationView> = counting.into_iter().map(&mut view).collect();
        let mut superseded: Vec<EvaluationView> = superseded.into_iter().map(view).collect();
        let board = &context.phase.board;
        let mut scores = combined(board, &evaluations);
        if !sight.organizer {
            let all = evaluations.iter_mut().chain(&mut superseded).filter_map(|e| e.scores.as_mut());
            all.chain(&mut scores).for_each(|scores| hide(board, scores));
        }
        let states: Vec<&str> = evaluations.iter().map(|e| e.state.as_str()).collect();
        SubmissionView {
            state: rules::state(row.ended, &states),
            superseded,
            refund: row.refund.map(|cause| RefundView { cause, reason: row.refund_reason }),
            ended: row.ended_at.map(|at| Ruling { at, reason: row.ended_reason }),
            disqualified: row.disqualified_at.map(|at| Ruling { at, reason: row.disqualified_reason }),
            id: row.id,
            phase: row.phase,
            team: row.team,
            team_name: row.team_name,
            filename: row.filename,
            size: row.size,
            sha256: hex::encode(row.sha256),
            accepted_at: row.accepted_at,
            charged: row.charged,
            scores,
            evaluations,
        }
    };
    Ok(rows.into_iter().map(view).collect())
}

/// The evaluations of a submission that count, and those that once did. What was judged beside them is shown with
/// its rejudging, to organizers.
fn sorted(evaluations: Vec<EvaluationRow>) -> (Vec<EvaluationRow>, Vec<EvaluationRow>) {
    let mut tasks: BTreeMap<&str, Vec<&EvaluationRow>> = BTreeMap::new();
    for row in &evaluations {
        tasks.entry(&row.task).or_default().push(row);
    }
    let counting: HashSet<EvaluationId> = tasks
        .values()
        .filter_map(|rows| leaderboard::counting(rows, |row| row.candidate()))
        .map(|row| row.id)
        .collect();
    let visible = evaluations.into_iter().filter(|row| row.origin != Origin::Beside);
    visible.partition(|row| counting.contains(&row.id))
}

/// The scores of all tasks as one; `None` until every task is scored.
fn combined(board: &BoardRules, evaluations: &[EvaluationView]) -> Option<ScoresView> {
    let tasks: Vec<&ScoresView> = evaluations.iter().map(|e| e.scores.as_ref()).collect::<Option<_>>()?;
    let public: Vec<_> = tasks.iter().map(|s| s.public.clone()).collect();
    let private: Option<Vec<_>> = tasks.iter().map(|s| s.private.clone()).collect();
    Some(ScoresView {
        public: leaderboard::combine(board, &public, public.len())?,
        private: private.and_then(|p| leaderboard::combine(board, &p, p.len())),
    })
}

/// Takes out what organizers alone see.
fn hide(board: &BoardRules, scores: &mut ScoresView) {
    for metric in board.hidden() {
        scores.public.remove(metric);
        if let Some(private) = &mut scores.private {
            private.remove(metric);
        }
    }
}

fn evaluation_view(row: EvaluationRow, scores: Option<ScoresView>, sight: Sight) -> EvaluationView {
    let verdict = row.verdict.and_then(|v| v.parse::<Verdict>().ok());
    EvaluationView {
        id: row.id,
        task: row.task,
        task_version: row.task_version,
        state: row.state,
        queue: None,
        rejudging: row.rejudging,
        verdict,
        verdict_text: verdict.map(Verdict::label),
        // What went wrong in the organizer's scorer may quote the truth.
        faults: match verdict {
            Some(v) if v.is_refunded() && !sight.organizer => vec![FaultView::from(&refunded())],
            _ => row.faults.iter().map(FaultView::from).collect(),
        },
        scores,
        created_at: row.created_at,
        finished_at: row.finished_at,
    }
}

/// What a team is told of a fault that is not its own.
fn refunded() -> Fault {
    Fault::new(FaultKind::Platform { reason: String::new() })
}
