//! A team out of its competition, and back in.

use serde_json::json;

use super::{
    Judging, JudgingError,
    model::Reason,
    store::{
        cancel::{self, Scope},
        rulings,
    },
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{self, access},
    events::Topic,
    kernel::ids::{CompetitionId, TeamId},
    notifications::{Notice, notify},
    teams::store::{disqualification, is_member},
};

impl Judging {
    /// Takes a team off every board and its submissions out of the queue. What it is handing in at this moment is
    /// either refused or cancelled: hand-ins and this act meet at the team's row.
    pub async fn disqualify_team(
        &self,
        person: &Principal,
        team: TeamId,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let mut tx = self.db.begin().await?;
        let (competition, team_name) = organized(&mut tx, person, team).await?;
        if !disqualification::disqualify(&mut tx, team, reason.as_str()).await? {
            return Err(JudgingError::Disqualified);
        }
        let cancelled = cancel::cancel(&mut tx, Scope::Team(team)).await?;
        let facts = json!({ "cancelled": cancelled.len() });
        let act = Act::new("team.disqualified", "team", team).with(facts).because(reason.as_str());
        audit::record(&mut tx, act.by(person.user).in_competition(competition)).await?;
        let text = reason.as_str().to_owned();
        let notice = Notice::TeamDisqualified { competition, team, team_name, reason: text };
        let members = rulings::members(&mut tx, team).await?;
        notify(&mut tx, &members, &notice).await?;
        self.commit_with_standings(tx, team).await?;
        for one in cancelled.iter().filter(|c| !c.is_rejudged) {
            self.announce_evaluation(one.submission, one.evaluation, "cancelled");
        }
        self.bus.publish(Topic::Operations, "queue", json!({}));
        Ok(())
    }

    /// Lets a disqualified team take part again; what was not judged waits again.
    pub async fn reinstate_team(
        &self,
        person: &Principal,
        team: TeamId,
        reason: &Reason,
    ) -> Result<(), JudgingError> {
        let mut tx = self.db.begin().await?;
        let (competition, team_name) = organized(&mut tx, person, team).await?;
        if !disqualification::reinstate(&mut tx, team).await? {
            return Err(JudgingError::NotDisqualified);
        }
        let requeued = cancel::requeue(&mut tx, Scope::Team(team)).await?;
        let facts = json!({ "requeued": requeued });
        let act = Act::new("team.reinstated", "team", team).with(facts).because(reason.as_str());
        audit::record(&mut tx, act.by(person.user).in_competition(competition)).await?;
        let text = reason.as_str().to_owned();
        let notice = Notice::TeamReinstated { competition, team, team_name, reason: text };
        let members = rulings::members(&mut tx, team).await?;
        notify(&mut tx, &members, &notice).await?;
        self.commit_with_standings(tx, team).await?;
        self.wake_workers();
        Ok(())
    }

    /// Commits together with where the team stands in every phase.
    async fn commit_with_standings(
        &self,
        mut tx: sqlx::Transaction<'static, sqlx::Postgres>,
        team: TeamId,
    ) -> Result<(), JudgingError> {
        let phases = rulings::phases_of(&mut tx, team).await?;
        let changes: Vec<_> = phases.iter().map(|phase| self.leaderboard.begin_change(*phase)).collect();
        for phase in &phases {
            let phase = competitions::store::phase(&mut tx, *phase).await?.ok_or(JudgingError::NotFound)?;
            self.leaderboard.recompute(&mut tx, &phase, team).await?;
        }
        tx.commit().await?;
        drop(changes);
        for phase in phases {
            self.leaderboard.announce(phase);
        }
        self.bus.publish(Topic::Team(team), "team", json!({ "team": team }));
        Ok(())
    }
}

/// The team's competition and name, for whoever organizes the competition.
async fn organized(
    conn: &mut sqlx::PgConnection,
    person: &Principal,
    team: TeamId,
) -> Result<(CompetitionId, String), JudgingError> {
    let (competition, name) = disqualification::place_of(conn, team).await?.ok_or(JudgingError::NotFound)?;
    if access::is_organizer(conn, Some(person), competition).await? {
        Ok((competition, name))
    } else if is_member(conn, team, person.user).await? {
        Err(JudgingError::Forbidden)
    } else {
        Err(JudgingError::NotFound)
    }
}
