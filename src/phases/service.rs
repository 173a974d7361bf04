//! What organizers do to a running phase, each in one transaction.

use serde_json::json;
use sqlx::{PgConnection, PgPool, PgTransaction};

use super::{
    PhaseError,
    model::{ChangeKind, FieldChange, Manner, PhaseChange, Settings, Stops, Wanted},
    rules, store, words,
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{self, access, model::PhaseContext},
    events::{Bus, Topic},
    kernel::{
        ids::{CompetitionId, PhaseId, TrackId},
        paging::{Cursor, Page},
    },
    leaderboard::{Change, Leaderboard},
    notifications::{self, Notice},
    web::{PageQuery, Problem},
};

#[derive(Debug, Clone)]
pub struct Phases {
    pub(super) db: PgPool,
    pub(super) bus: Bus,
    pub(super) leaderboard: Leaderboard,
}

/// A phase that nobody else changes or hands in to until the transaction ends.
pub(super) struct Alone {
    pub tx: PgTransaction<'static>,
    pub phase: PhaseContext,
    /// Nobody keeps a board while this lives: it outlives the transaction.
    pub change: Change,
}

impl Phases {
    pub fn new(db: PgPool, bus: Bus, leaderboard: Leaderboard) -> Self {
        Self { db, bus, leaderboard }
    }

    /// Changes times, limits or the freeze.
    pub async fn change(
        &self,
        person: &Principal,
        id: PhaseId,
        wanted: &Wanted,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let reason = rules::reason(&manner.reason)?;
        let alone = self.alone(person, id).await?;
        self.change_alone(person, alone, wanted, &Manner { reason, ..manner.clone() }).await
    }

    /// Freezes the board as it is at this moment.
    pub async fn freeze(
        &self,
        person: &Principal,
        id: PhaseId,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let reason = rules::reason(&manner.reason)?;
        let mut alone = self.alone(person, id).await?;
        let now = store::now(&mut alone.tx).await?;
        if alone.phase.phase.freeze_at.is_some_and(|at| at <= now) {
            return Err(PhaseError::NothingChanges);
        }
        let wanted = Wanted { freeze_at: Some(Some(now)), ..Wanted::default() };
        self.change_alone(person, alone, &wanted, &Manner { reason, ..manner.clone() }).await
    }

    async fn change_alone(
        &self,
        person: &Principal,
        alone: Alone,
        wanted: &Wanted,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let Alone { mut tx, phase, change } = alone;
        let before = Settings::from(&phase.phase);
        let after = rules::changed(&before, wanted);
        rules::check(&after)?;
        let fields = rules::differences(&before, &after);
        if fields.is_empty() {
            return Err(PhaseError::NothingChanges);
        }
        let now = store::now(&mut tx).await?;
        if rules::reopens(&before, &after, now) && !manner.force {
            return Err(PhaseError::Published);
        }
        store::set(&mut tx, phase.phase.id, &after).await?;
        if before.freeze_at != after.freeze_at {
            self.leaderboard.recompute_within(&mut tx, phase.phase.id).await?;
        }
        let made = self.record(&mut tx, person, &phase, ChangeKind::Settings, &fields, manner).await?;
        tx.commit().await?;
        drop(change);
        self.announce(&made);
        Ok(made)
    }

    /// Stops hand-ins or judging. Uploads stay, and what is being judged is judged to the end of its step.
    pub async fn pause(
        &self,
        person: &Principal,
        id: PhaseId,
        stops: Stops,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        self.turn(person, id, stops, true, manner).await
    }

    pub async fn resume(
        &self,
        person: &Principal,
        id: PhaseId,
        stops: Stops,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let made = self.turn(person, id, stops, false, manner).await?;
        self.bus.wake_workers();
        Ok(made)
    }

    async fn turn(
        &self,
        person: &Principal,
        id: PhaseId,
        stops: Stops,
        pause: bool,
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let reason = rules::reason(&manner.reason)?;
        let Alone { mut tx, phase, change } = self.alone(person, id).await?;
        let (stops, fields) = rules::pauses(&phase.phase, stops, pause);
        if fields.is_empty() {
            return Err(PhaseError::NothingChanges);
        }
        store::set_paused(&mut tx, id, stops, pause, &reason).await?;
        let kind = if pause { ChangeKind::Pause } else { ChangeKind::Resume };
        let manner = Manner { reason, ..manner.clone() };
        let made = self.record(&mut tx, person, &phase, kind, &fields, &manner).await?;
        tx.commit().await?;
        drop(change);
        self.announce(&made);
        Ok(made)
    }

    /// What organizers changed, newest first; everybody may read it.
    pub async fn changes(&self, id: PhaseId, page: &PageQuery) -> Result<Page<PhaseChange>, Problem> {
        let before = page.cursor()?;
        let mut conn = self.db.acquire().await?;
        if competitions::store::phase(&mut conn, id).await?.is_none() {
            return Err(Problem::not_found());
        }
        let rows = store::changes(&mut conn, id, before, page.fetch()).await?;
        Ok(Page::of(rows, page.limit(), |row| Cursor { at: row.made_at, id: row.id.0 }))
    }

    /// What stands before a definition rewrites a phase.
    /// `None`: the definition makes the phase.
    pub async fn before_import(
        &self,
        conn: &mut PgConnection,
        track: TrackId,
        slug: &str,
    ) -> sqlx::Result<Option<PhaseContext>> {
        let Some(id) = store::of_slug(conn, track, slug).await? else { return Ok(None) };
        competitions::store::phase(conn, id).await
    }

    /// Keeps everybody from a competition's phases until the transaction ends, before a definition rewrites them.
    pub async fn lock_all(&self, conn: &mut PgConnection, competition: CompetitionId) -> sqlx::Result<()> {
        let phases = competitions::store::phases(conn, competition).await?;
        let ids: Vec<PhaseId> = phases.iter().map(|phase| phase.id).collect();
        competitions::store::lock_phases(conn, &ids).await
    }

    /// Records what a definition changed of a phase. `Published`: it would reopen what is public.
    pub async fn imported(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        before: &PhaseContext,
        reason: &str,
    ) -> Result<Option<PhaseChange>, PhaseError> {
        let after =
            competitions::store::phase(conn, before.phase.id).await?.ok_or(sqlx::Error::RowNotFound)?;
        let (old, new) = (Settings::from(&before.phase), Settings::from(&after.phase));
        let fields = rules::differences(&old, &new);
        if fields.is_empty() {
            return Ok(None);
        }
        if rules::reopens(&old, &new, store::now(conn).await?) {
            return Err(PhaseError::Published);
        }
        let manner = Manner { reason: rules::reason(reason)?, notice: true, force: false };
        self.record(conn, person, before, ChangeKind::Import, &fields, &manner).await.map(Some)
    }

    /// The phase, and the one that it requires, for one of its organizers alone.
    pub(super) async fn alone(&self, person: &Principal, id: PhaseId) -> Result<Alone, PhaseError> {
        let mut tx = self.db.begin().await?;
        let found = competitions::store::phase(&mut tx, id).await?.ok_or(PhaseError::NotFound)?;
        // Asked before the lock: a stranger must not make others wait.
        if !access::is_organizer(&mut tx, Some(person), found.competition_id).await? {
            return Err(PhaseError::Forbidden);
        }
        let change = self.leaderboard.begin_change(id);
        let required = found.phase.requires.map(|r| r.phase);
        let phases: Vec<PhaseId> = std::iter::once(id).chain(required).collect();
        competitions::store::lock_phases(&mut tx, &phases).await?;
        let phase = competitions::store::phase(&mut tx, id).await?.ok_or(PhaseError::NotFound)?;
        Ok(Alone { tx, phase, change })
    }

    /// The public record, the audit's and the participants' notice.
    pub(super) async fn record(
        &self,
        conn: &mut PgConnection,
        person: &Principal,
        phase: &PhaseContext,
        kind: ChangeKind,
        fields: &[FieldChange],
        manner: &Manner,
    ) -> Result<PhaseChange, PhaseError> {
        let id = phase.phase.id;
        let made = store::insert_change(conn, id, kind, fields, &manner.reason).await?;
        let act = Act::new(kind.act(), "phase", id)
            .by(person.user)
            .in_competition(phase.competition_id)
            .because(&manner.reason)
            .with(json!({ "change": made.id, "fields": fields, "forced": manner.force }));
        audit::record(conn, act).await?;
        if manner.notice {
            let notice = Notice::PhaseChanged {
                competition: phase.competition_id,
                phase: id,
                phase_title: phase.phase.title.clone(),
                what: words::changes(fields, &phase.timezone),
                reason: manner.reason.clone(),
            };
            let people = store::participants(conn, phase.competition_id).await?;
            notifications::notify(conn, &people, &notice).await?;
        }
        Ok(made)
    }

    /// Tells browsers. Call it when the change is committed.
    pub fn announce(&self, made: &PhaseChange) {
        let data = json!({ "phase": made.phase, "change": made.id });
        self.bus.publish(Topic::Phase(made.phase), "phase", data);
        self.leaderboard.announce(made.phase);
    }
}
