//! Final submissions: what a team wants to be ranked by in the end.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    PhaseError, Phases,
    model::Picks,
    store::{self, picks},
};
use crate::{
    accounts::Principal,
    competitions::{self, model::PhaseContext},
    db,
    events::Topic,
    kernel::ids::{PhaseId, SubmissionId, TeamId},
    teams,
};

impl Phases {
    /// What the person's team chose, and what counts for it.
    pub async fn picks(&self, person: &Principal, id: PhaseId) -> Result<Picks, PhaseError> {
        let mut conn = db::snapshot(&self.db).await?;
        let phase = competitions::store::phase(&mut conn, id).await?.ok_or(PhaseError::NotFound)?;
        let team = team_of(&mut conn, person, &phase).await?;
        self.chosen(&mut conn, &phase, team).await
    }

    /// Chooses the submissions of the person's team that may count in the final ranking, in place of those that
    /// were chosen before. None: the best by public score.
    pub async fn pick(
        &self,
        person: &Principal,
        id: PhaseId,
        mut submissions: Vec<SubmissionId>,
    ) -> Result<Picks, PhaseError> {
        let mut tx = self.db.begin().await?;
        let found = competitions::store::phase(&mut tx, id).await?.ok_or(PhaseError::NotFound)?;
        let team = teams::readiness::hold(&mut tx, found.competition_id, person.user).await?;
        let team = team.ok_or(PhaseError::NoTeam)?;
        // The end of the phase stays where it is while we look at it.
        competitions::store::hold_phase(&mut tx, id).await?;
        let phase = competitions::store::phase(&mut tx, id).await?.ok_or(PhaseError::NotFound)?;
        let limit = phase.phase.board.final_picks.ok_or(PhaseError::NoPicks)?;
        let change = self.leaderboard.begin_change(id);
        picks::lock(&mut tx, id, team).await?;
        if store::now(&mut tx).await? >= phase.phase.ends_at {
            return Err(PhaseError::Over);
        }
        submissions.sort_unstable();
        submissions.dedup();
        if submissions.len() > usize::from(limit) {
            return Err(PhaseError::TooManyPicks { limit });
        }
        let entries = self.leaderboard.entries(&mut tx, &phase, team).await?;
        if let Some(other) = submissions.iter().find(|s| !entries.iter().any(|e| e.submission == **s)) {
            return Err(PhaseError::NotPickable { submission: *other });
        }
        picks::replace(&mut tx, id, team, &submissions).await?;
        self.leaderboard.recompute(&mut tx, &phase, team).await?;
        let chosen = self.chosen(&mut tx, &phase, team).await?;
        tx.commit().await?;
        drop(change);
        self.leaderboard.announce(id);
        self.bus.publish(Topic::Team(team), "picks", json!({ "phase": id }));
        Ok(chosen)
    }

    async fn chosen(
        &self,
        conn: &mut PgConnection,
        phase: &PhaseContext,
        team: TeamId,
    ) -> Result<Picks, PhaseError> {
        let limit = phase.phase.board.final_picks.ok_or(PhaseError::NoPicks)?;
        let entries = self.leaderboard.entries(conn, phase, team).await?;
        let picked = entries.iter().filter(|e| e.picked).map(|e| e.submission).collect();
        let counting = self.leaderboard.finals(phase, &entries);
        Ok(Picks { limit, picked, counting, closes_at: phase.phase.ends_at })
    }
}

async fn team_of(
    conn: &mut PgConnection,
    person: &Principal,
    phase: &PhaseContext,
) -> Result<TeamId, PhaseError> {
    let team = teams::store::team_of(conn, phase.competition_id, person.user).await?;
    team.ok_or(PhaseError::NoTeam)
}
