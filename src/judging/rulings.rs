//! What teams and organizers decide about a submission: withdrawal, cancelling, refund, disqualification, priority.
//!
//! Each is one transaction. Jobs are locked before the submission, as reports do, so that a claim or a report and
//! a decision never wait for each other in a circle; the one that holds the job's row first wins.

use serde_json::json;
use sqlx::{PgConnection, Postgres, Transaction};

use super::{
    Judging, JudgingError,
    model::{Ended, Reason, Refund, Submitted},
    rules::{self, Level},
    store::{
        cancel::{self, Cancelled, Scope},
        queue, rulings,
    },
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{self, access},
    events::Topic,
    kernel::ids::SubmissionId,
    notifications::{Notice, notify},
    teams,
};

type Tx = Transaction<'static, Postgres>;

impl Judging {
    /// A member takes the team's submission back before any worker has claimed it; the attempt is given back. Once
    /// more changes nothing.
    pub async fn withdraw(&self, person: &Principal, id: SubmissionId) -> Result<(), JudgingError> {
        let mut tx = self.db.begin().await?;
        let found = seen(&mut tx, person, id).await?;
        if !teams::store::is_member(&mut tx, found.team, person.user).await? {
            return Err(JudgingError::Forbidden);
        }
        let cancelled = cancel::cancel(&mut tx, Scope::Submission(id)).await?;
        let found = rulings::lock(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        match found.ended {
            Some(Ended::Withdrawn) => return Ok(()),
            Some(Ended::Cancelled) => return Err(JudgingError::Ended),
            None => {}
        }
        let begun = cancelled.is_empty() || cancelled.iter().any(|c| c.was_begun || c.is_rejudged);
        if begun || rulings::is_judged(&mut tx, id).await? {
            return Err(JudgingError::Begun);
        }
        rulings::end(&mut tx, id, Ended::Withdrawn, None).await?;
        rulings::refund(&mut tx, id, Refund::Withdrawn, None).await?;
        tx.commit().await?;
        self.announce_cancelled(&found, &cancelled);
        Ok(())
    }

    /// An organizer stops a submission that is not judged yet.
    pub async fn cancel(
        &self,
        person: &Principal,
        id: SubmissionId,
        reason: &Reason,
        is_refunded: bool,
    ) -> Result<(), JudgingError> {
        let (mut tx, _) = self.begin_ruling(person, id).await?;
        let cancelled = cancel::cancel(&mut tx, Scope::Submission(id)).await?;
        let found = rulings::lock(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        if found.ended.is_some() {
            return Err(JudgingError::Ended);
        }
        if cancelled.iter().all(|c| c.is_rejudged) {
            return Err(JudgingError::Judged);
        }
        rulings::end(&mut tx, id, Ended::Cancelled, Some(reason.as_str())).await?;
        if is_refunded {
            rulings::refund(&mut tx, id, Refund::Organizer, Some(reason.as_str())).await?;
        }
        let (team_name, text) = (found.team_name.clone(), reason.as_str().to_owned());
        let notice = Notice::SubmissionCancelled { submission: id, team_name, reason: text, is_refunded };
        let facts = json!({ "team": found.team, "is_refunded": is_refunded });
        let act = Act::new("submission.cancelled", "submission", id).with(facts);
        conclude(&mut tx, person, &found, act.because(reason.as_str()), &notice).await?;
        tx.commit().await?;
        self.announce_cancelled(&found, &cancelled);
        Ok(())
    }

    /// Gives the attempt of a submission back.
    pub async fn refund(
        &self,
        person: &Principal,
        id: SubmissionId,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let (mut tx, found) = self.begin_ruling(person, id).await?;
        if !rulings::refund(&mut tx, id, Refund::Organizer, Some(reason.as_str())).await? {
            return Err(JudgingError::NotCharged);
        }
        let (team_name, text) = (found.team_name.clone(), reason.as_str().to_owned());
        let notice = Notice::AttemptRefunded { submission: id, team_name, reason: text };
        let act = Act::new("submission.refunded", "submission", id).with(json!({ "team": found.team }));
        conclude(&mut tx, person, &found, act.because(reason.as_str()), &notice).await?;
        tx.commit().await?;
        self.announce_submission(&found);
        Ok(())
    }

    /// Takes a submission off the boards and out of the queue.
    pub async fn disqualify_submission(
        &self,
        person: &Principal,
        id: SubmissionId,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let (mut tx, _) = self.begin_ruling(person, id).await?;
        let cancelled = cancel::cancel(&mut tx, Scope::Submission(id)).await?;
        let found = rulings::lock(&mut tx, id).await?.ok_or(JudgingError::NotFound)?;
        if found.ended.is_some() {
            return Err(JudgingError::Ended);
        }
        if !rulings::disqualify(&mut tx, id, reason.as_str()).await? {
            return Err(JudgingError::Disqualified);
        }
        let (team_name, text) = (found.team_name.clone(), reason.as_str().to_owned());
        let notice = Notice::SubmissionDisqualified { submission: id, team_name, reason: text };
        let act = Act::new("submission.disqualified", "submission", id).with(json!({ "team": found.team }));
        conclude(&mut tx, person, &found, act.because(reason.as_str()), &notice).await?;
        self.commit_with_standing(tx, &found).await?;
        self.announce_cancelled(&found, &cancelled);
        Ok(())
    }

    /// Lets a disqualified submission count again; what was not judged waits again.
    pub async fn reinstate_submission(
        &self,
        person: &Principal,
        id: SubmissionId,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let (mut tx, found) = self.begin_ruling(person, id).await?;
        if !rulings::reinstate(&mut tx, id).await? {
            return Err(JudgingError::NotDisqualified);
        }
        cancel::requeue(&mut tx, Scope::Submission(id)).await?;
        let (team_name, text) = (found.team_name.clone(), reason.as_str().to_owned());
        let notice = Notice::SubmissionReinstated { submission: id, team_name, reason: text };
        let act = Act::new("submission.reinstated", "submission", id).with(json!({ "team": found.team }));
        conclude(&mut tx, person, &found, act.because(reason.as_str()), &notice).await?;
        self.commit_with_standing(tx, &found).await?;
        self.announce_submission(&found);
        self.wake_workers();
        Ok(())
    }

    /// Moves what waits of a submission to another level of the queue.
    pub async fn set_level(
        &self,
        person: &Principal,
        id: SubmissionId,
        level: Level,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let (mut tx, found) = self.begin_ruling(person, id).await?;
        let (head, last) = queue::turns(&mut tx, found.team, level).await?;
        if cancel::set_level(&mut tx, id, level, rules::turn(head, last)).await? == 0 {
            return Err(if found.ended.is_some() { JudgingError::Ended } else { JudgingError::Judged });
        }
        let facts = json!({ "team": found.team, "level": level });
        let act = Act::new("submission.prioritized", "submission", id).by(person.user);
        let act = act.in_competition(found.competition).because(reason.as_str()).with(facts);
        audit::record(&mut tx, act).await?;
        tx.commit().await?;
        self.bus.publish(Topic::Operations, "queue", json!({}));
        Ok(())
    }

    /// Opens a transaction for an organizer's act on a submission.
    async fn begin_ruling(
        &self,
        person: &Principal,
        id: SubmissionId,
    ) -> Result<(Tx, Submitted), JudgingError> {
        let mut tx = self.db.begin().await?;
        let found = seen(&mut tx, person, id).await?;
        if access::is_organizer(&mut tx, Some(person), found.competition).await? {
            Ok((tx, found))
        } else {
            Err(JudgingError::Forbidden)
        }
    }

    /// Commits together with where the team stands now.
    async fn commit_with_standing(&self, mut tx: Tx, found: &Submitted) -> Result<(), JudgingError> {
        let change = self.leaderboard.begin_change(found.phase);
        let phase = competitions::store::phase(&mut tx, found.phase).await?.ok_or(JudgingError::NotFound)?;
        self.leaderboard.recompute(&mut tx, &phase, found.team).await?;
        tx.commit().await?;
        drop(change);
        self.leaderboard.announce(found.phase);
        Ok(())
    }

    fn announce_cancelled(&self, found: &Submitted, cancelled: &[Cancelled]) {
        for evaluation in cancelled.iter().filter(|c| !c.is_rejudged) {
            self.announce_evaluation(found.id, evaluation.evaluation, "cancelled");
        }
        self.announce_submission(found);
        self.bus.publish(Topic::Operations, "queue", json!({}));
    }

    fn announce_submission(&self, found: &Submitted) {
        self.bus.publish(Topic::Team(found.team), "submission", json!({ "submission": found.id }));
    }
}

/// The submission, if the person is in its team or organizes its competition.
async fn seen(
    conn: &mut PgConnection,
    person: &Principal,
    id: SubmissionId,
) -> Result<Submitted, JudgingError> {
    let found = rulings::find(conn, id).await?.ok_or(JudgingError::NotFound)?;
    let may_see = access::is_organizer(conn, Some(person), found.competition).await?
        || teams::store::is_member(conn, found.team, person.user).await?;
    if may_see { Ok(found) } else { Err(JudgingError::NotFound) }
}

/// Records an organizer's act and tells the team.
async fn conclude(
    conn: &mut PgConnection,
    person: &Principal,
    found: &Submitted,
    act: Act<'_>,
    notice: &Notice,
) -> sqlx::Result<()> {
    audit::record(conn, act.by(person.user).in_competition(found.competition)).await?;
    let members = rulings::members(conn, found.team).await?;
    notify(conn, &members, notice).await
}
