//! Who advances from one phase to the next.

use serde_json::json;
use sqlx::PgConnection;

use super::{
    PhaseError, Phases,
    model::{Advancement, AdvancementState, Candidate, ChangeKind, Decision, Manner, Verdict},
    rules,
    service::Alone,
    store::{self, advancement},
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{
        self, access,
        model::{PhaseContext, Requirement},
    },
    db,
    kernel::ids::{PhaseId, TeamId},
    notifications::{self, Notice},
};

impl Phases {
    /// Who would advance to a phase, or who does once it is decided. For organizers.
    pub async fn advancement(&self, person: &Principal, id: PhaseId) -> Result<Advancement, PhaseError> {
        let mut conn = db::snapshot(&self.db).await?;
        let phase = competitions::store::phase(&mut conn, id).await?.ok_or(PhaseError::NotFound)?;
        if !access::is_organizer(&mut conn, Some(person), phase.competition_id).await? {
            return Err(PhaseError::Forbidden);
        }
        look(&mut conn, &phase).await
    }

    /// Decides who advances, once: the ranking that the organizer saw, and what they say otherwise of single
    /// teams.
    pub async fn advance(
        &self,
        person: &Principal,
        id: PhaseId,
        decision: Decision,
        manner: &Manner,
    ) -> Result<Advancement, PhaseError> {
        let reason = rules::reason(&manner.reason)?;
        let Alone { mut tx, phase, change } = self.alone(person, id).await?;
        let seen = look(&mut tx, &phase).await?;
        match seen.state {
            AdvancementState::Ready => {}
            AdvancementState::Running => return Err(PhaseError::StillRunning),
            AdvancementState::Judging => return Err(PhaseError::StillJudging),
            AdvancementState::Decided => return Err(PhaseError::AlreadyDecided),
        }
        if seen.fingerprint != decision.fingerprint {
            return Err(PhaseError::RankingChanged);
        }
        if !advancement::decide(&mut tx, id).await? {
            return Err(PhaseError::AlreadyDecided);
        }
        for team in seen.teams.iter().filter(|team| team.advances) {
            advancement::admit(&mut tx, id, team.team, team.rank, "").await?;
        }
        for verdict in &decision.otherwise {
            self.judge_otherwise(&mut tx, person, &phase, verdict).await?;
        }
        let admitted = advancement::admitted(&mut tx, id).await?;
        let fields = [rules::decided(admitted.len())];
        let manner = Manner { reason, notice: false, force: false };
        let made = self.record(&mut tx, person, &phase, ChangeKind::Advancement, &fields, &manner).await?;
        tell(&mut tx, &phase, &seen.teams, &admitted).await?;
        let decided = competitions::store::phase(&mut tx, id).await?.ok_or(PhaseError::NotFound)?;
        let decided = look(&mut tx, &decided).await?;
        tx.commit().await?;
        drop(change);
        self.announce(&made);
        Ok(decided)
    }

    /// Lets a single team in or takes it out, after the decision.
    pub async fn advance_team(
        &self,
        person: &Principal,
        id: PhaseId,
        verdict: &Verdict,
    ) -> Result<Advancement, PhaseError> {
        let Alone { mut tx, phase, change } = self.alone(person, id).await?;
        let before = look(&mut tx, &phase).await?;
        if before.state != AdvancementState::Decided {
            return Err(PhaseError::NotDecided);
        }
        let name = self.judge_otherwise(&mut tx, person, &phase, verdict).await?;
        let notice = notice(&phase, verdict.team, &name, verdict.advances, &verdict.reason);
        let members = advancement::members(&mut tx, verdict.team).await?;
        notifications::notify(&mut tx, &members, &notice).await?;
        let after = look(&mut tx, &phase).await?;
        tx.commit().await?;
        drop(change);
        Ok(after)
    }

    /// Decides of one team otherwise than the ranking; the name of the team.
    async fn judge_otherwise(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        phase: &PhaseContext,
        verdict: &Verdict,
    ) -> Result<String, PhaseError> {
        let reason = rules::reason(&verdict.reason)?;
        let (id, team) = (phase.phase.id, verdict.team);
        let name = advancement::team_name(conn, phase.competition_id, team).await?;
        let name = name.ok_or(PhaseError::UnknownTeam)?;
        let changed = if verdict.advances {
            advancement::admit(conn, id, team, None, &reason).await?
        } else {
            advancement::dismiss(conn, id, team).await?
        };
        if !changed {
            return Err(PhaseError::NothingChanges);
        }
        let verb = if verdict.advances { "team.advanced" } else { "team.advancement_withdrawn" };
        let act = Act::new(verb, "team", team).by(person.user).in_competition(phase.competition_id);
        audit::record(conn, act.because(&reason).with(json!({ "phase": id }))).await?;
        Ok(name)
    }
}

/// Who advances by the ranking of the phase before, or by what was decided.
async fn look(conn: &mut PgConnection, phase: &PhaseContext) -> Result<Advancement, PhaseError> {
    let id = phase.phase.id;
    let Requirement { phase: from, top, .. } =
        phase.phase.requires.clone().ok_or(PhaseError::NothingRequired)?;
    let earlier = competitions::store::phase(conn, from).await?.ok_or(PhaseError::NotFound)?;
    let ranking = advancement::ranking(conn, from, top).await?;
    let left = advancement::left_to_judge(conn, from).await?;
    let now = store::now(conn).await?;
    let state = match phase.phase.advanced_at {
        Some(_) => AdvancementState::Decided,
        None if earlier.phase.ends_at > now => AdvancementState::Running,
        None if left > 0 || earlier.phase.ends_at + rules::SETTLING > now => AdvancementState::Judging,
        None => AdvancementState::Ready,
    };
    let fingerprint = rules::fingerprint(&ranking);
    let teams = if state == AdvancementState::Decided {
        rules::merged(ranking, advancement::admitted(conn, id).await?)
    } else {
        ranking
    };
    Ok(Advancement {
        phase: id,
        from,
        top,
        state,
        left_to_judge: left,
        decided_at: phase.phase.advanced_at,
        fingerprint,
        teams,
    })
}

/// Tells every team that was ranked or let in what became of it.
async fn tell(
    conn: &mut PgConnection,
    phase: &PhaseContext,
    ranked: &[Candidate],
    admitted: &[Candidate],
) -> sqlx::Result<()> {
    let others = ranked.iter().filter(|r| !admitted.iter().any(|a| a.team == r.team));
    for (team, advances) in admitted.iter().map(|t| (t, true)).chain(others.map(|t| (t, false))) {
        let notice = notice(phase, team.team, &team.name, advances, team.reason.as_deref().unwrap_or(""));
        let members = advancement::members(conn, team.team).await?;
        notifications::notify(conn, &members, &notice).await?;
    }
    Ok(())
}

fn notice(phase: &PhaseContext, team: TeamId, name: &str, advances: bool, reason: &str) -> Notice {
    Notice::Advancement {
        competition: phase.competition_id,
        phase: phase.phase.id,
        phase_title: phase.phase.title.clone(),
        team,
        team_name: name.to_owned(),
        advances,
        reason: reason.trim().to_owned(),
    }
}
