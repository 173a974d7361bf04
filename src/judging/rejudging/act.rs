//! Staging, applying and dropping, each in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};

use super::{
    choose::choose,
    model::{Chosen, Difference, RejudgingView, Request},
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{self, access, model::PhaseContext},
    db,
    events::Topic,
    judging::{
        Judging, JudgingError,
        model::{Reason, Step},
        rules::{self, Level},
        store::{
            cancel::{self, Scope},
            queue, rejudgings,
            rejudgings::NewEvaluation,
            rulings,
        },
    },
    kernel::ids::{PhaseId, RejudgingId, SubmissionId, TeamId},
    notifications::{Notice, notify},
};

/// More than any contest of today has; each is a row or three of one transaction.
const LARGEST_SET: usize = 50_000;

impl Judging {
    /// Chooses a set and puts its evaluations into the queue, beside the results that count.
    pub async fn rejudge(
        &self,
        person: &Principal,
        phase: PhaseId,
        reason: &Reason,
        request: &Request,
    ) -> Result<RejudgingView, JudgingError> {
        let mut tx = self.db.begin().await?;
        let context = organized_phase(&mut tx, person, phase).await?;
        let judged = rejudgings::judged(&mut tx, phase, &request.choice).await?;
        let tasks = rejudgings::newest(&mut tx, phase).await?;
        let chosen = choose(&judged, &tasks, &request.choice, request.newest);
        check_set(&chosen, request.choice.submissions.as_deref())?;
        let id = RejudgingId::new();
        rejudgings::insert(&mut tx, id, phase, reason.as_str(), request.newest, person.user).await?;
        let submissions: Vec<SubmissionId> = chosen.iter().map(|c| c.submission).collect();
        match rejudgings::insert_set(&mut tx, id, &submissions).await {
            Err(error) if db::violated(&error) == Some("rejudging_submissions_open_key") => {
                return Err(JudgingError::InAnotherRejudging);
            }
            other => other?,
        }
        let evaluations = planned(&mut tx, &chosen, request.level).await?;
        rejudgings::insert_evaluations(&mut tx, id, phase, request.level, &evaluations).await?;
        let facts = json!({ "phase": phase, "submissions": submissions.len(), "newest": request.newest });
        let act = Act::new("rejudging.staged", "rejudging", id).with(facts).because(reason.as_str());
        audit::record(&mut tx, act.by(person.user).in_competition(context.competition_id)).await?;
        let view = rejudgings::find(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        tx.commit().await?;
        self.wake_workers();
        self.bus.publish(Topic::Operations, "rejudging", json!({ "rejudging": id }));
        Ok(view)
    }

    /// Lets the new results count: attempts, standings, log and notices in one transaction. The earlier results
    /// are kept.
    pub async fn apply_rejudging(
        &self,
        person: &Principal,
        id: RejudgingId,
    ) -> Result<RejudgingView, JudgingError> {
        let (mut tx, view) = self.begin_decision(person, id).await?;
        if view.pending > 0 {
            return Err(JudgingError::RejudgingNotReady { pending: view.pending });
        }
        let context = competitions::store::phase(&mut tx, view.phase).await?.ok_or(JudgingError::NotFound)?;
        let difference = self.compare(&mut tx, &context, id).await?;
        if !rejudgings::decide(&mut tx, id, "applied", &difference).await? {
            return Err(JudgingError::RejudgingDecided);
        }
        for submission in &difference.charged {
            rulings::charge(&mut tx, *submission).await?;
        }
        let change = self.leaderboard.begin_change(view.phase);
        let teams = rejudgings::teams(&mut tx, id).await?;
        for team in &teams {
            self.leaderboard.recompute(&mut tx, &context, *team).await?;
        }
        record_decision(&mut tx, person, &view, "rejudging.applied", &difference).await?;
        tell_teams(&mut tx, &context, &view, &difference).await?;
        let view = rejudgings::find(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        tx.commit().await?;
        drop(change);
        self.leaderboard.announce(view.phase);
        for team in teams {
            self.bus.publish(Topic::Team(team), "rejudging", json!({ "rejudging": id }));
        }
        self.bus.publish(Topic::Operations, "rejudging", json!({ "rejudging": id }));
        Ok(view)
    }

    /// Gives a rejudging up: what waits or runs of it is cancelled, nothing changes.
    pub async fn drop_rejudging(
        &self,
        person: &Principal,
        id: RejudgingId,
    ) -> Result<RejudgingView, JudgingError> {
        let (mut tx, view) = self.begin_decision(person, id).await?;
        cancel::cancel(&mut tx, Scope::Rejudging(id)).await?;
        let context = competitions::store::phase(&mut tx, view.phase).await?.ok_or(JudgingError::NotFound)?;
        let difference = self.compare(&mut tx, &context, id).await?;
        if !rejudgings::decide(&mut tx, id, "dropped", &difference).await? {
            return Err(JudgingError::RejudgingDecided);
        }
        record_decision(&mut tx, person, &view, "rejudging.dropped", &difference).await?;
        let view = rejudgings::find(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        tx.commit().await?;
        self.bus.publish(Topic::Operations, "rejudging", json!({ "rejudging": id }));
        Ok(view)
    }

    /// Opens a transaction in which a rejudging is decided: whoever comes second finds it decided.
    async fn begin_decision(
        &self,
        person: &Principal,
        id: RejudgingId,
    ) -> Result<(Transaction<'static, Postgres>, RejudgingView), JudgingError> {
        let mut tx = self.db.begin().await?;
        if !rejudgings::lock(&mut tx, id).await? {
            return Err(JudgingError::NotFound);
        }
        let view = rejudgings::find(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        if !access::is_organizer(&mut tx, Some(person), view.competition).await? {
            return Err(JudgingError::NotFound);
        }
        if view.state.is_decided() {
            return Err(JudgingError::RejudgingDecided);
        }
        Ok((tx, view))
    }
}

/// The phase, for whoever organizes its competition. Everybody may know that the phase exists.
pub(super) async fn organized_phase(
    conn: &mut PgConnection,
    person: &Principal,
    phase: PhaseId,
) -> Result<PhaseContext, JudgingError> {
    let context = competitions::store::phase(conn, phase).await?.ok_or(JudgingError::NotFound)?;
    if access::is_organizer(conn, Some(person), context.competition_id).await? {
        Ok(context)
    } else {
        Err(JudgingError::Forbidden)
    }
}

fn check_set(chosen: &[Chosen], named: Option<&[SubmissionId]>) -> Result<(), JudgingError> {
    if let Some(named) = named {
        let found: BTreeSet<SubmissionId> = chosen.iter().map(|c| c.submission).collect();
        let missing: Vec<SubmissionId> = named.iter().filter(|id| !found.contains(id)).copied().collect();
        if !missing.is_empty() {
            return Err(JudgingError::NotRejudgeable { submissions: missing });
        }
    }
    match chosen.len() {
        0 => Err(JudgingError::NothingToRejudge),
        size if size > LARGEST_SET => Err(JudgingError::SetTooLarge { limit: LARGEST_SET }),
        _ => Ok(()),
    }
}

/// The evaluations to be made, each with its turn.
async fn planned(
    conn: &mut PgConnection,
    chosen: &[Chosen],
    level: Level,
) -> sqlx::Result<Vec<NewEvaluation>> {
    let mut turns: BTreeMap<TeamId, (Option<i64>, Option<i64>)> = BTreeMap::new();
    for team in chosen.iter().map(|c| c.team).collect::<BTreeSet<_>>() {
        turns.insert(team, queue::turns(conn, team, level).await?);
    }
    let mut evaluations = Vec::new();
    for chosen in chosen {
        for planned in &chosen.evaluations {
            let (head, last) = turns.entry(chosen.team).or_default();
            let turn = rules::turn(*head, *last);
            *last = Some(turn);
            evaluations.push(NewEvaluation {
                submission: chosen.submission,
                team: chosen.team,
                version: planned.version,
                replaces: planned.replaces,
                step: if planned.runs_program { Step::Predict } else { Step::Score },
                turn,
            });
        }
    }
    Ok(evaluations)
}

async fn record_decision(
    conn: &mut PgConnection,
    person: &Principal,
    view: &RejudgingView,
    verb: &'static str,
    difference: &Difference,
) -> sqlx::Result<()> {
    let facts = json!({ "phase": view.phase, "counts": difference.counts });
    let act = Act::new(verb, "rejudging", view.id).with(facts).because(&view.reason);
    audit::record(conn, act.by(person.user).in_competition(view.competition)).await
}

/// Tells each team of which a result changed.
async fn tell_teams(
    conn: &mut PgConnection,
    phase: &PhaseContext,
    view: &RejudgingView,
    difference: &Difference,
) -> sqlx::Result<()> {
    let mut changed: BTreeMap<TeamId, (String, BTreeSet<SubmissionId>)> = BTreeMap::new();
    for change in difference.submissions.iter().filter(|c| c.change.is_seen()) {
        let team = changed.entry(change.team).or_insert_with(|| (change.team_name.clone(), BTreeSet::new()));
        team.1.insert(change.submission);
    }
    for (team, (team_name, submissions)) in changed {
        let notice = Notice::Rejudged {
            phase: view.phase,
            phase_title: phase.phase.title.clone(),
            team_name,
            submissions: submissions.len(),
            reason: view.reason.clone(),
        };
        let members = rulings::members(conn, team).await?;
        notify(conn, &members, &notice).await?;
    }
    Ok(())
}
