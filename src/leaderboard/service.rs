//! Writing standings and reading boards.

use std::{io::Write as _, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool};

use super::{
    cache::{Cache, Change, Key, Rendered, Setting, Version},
    entries,
    error::BoardError,
    model::{Board, Entry, Split, View},
    rules, store,
};
use crate::{
    accounts::Principal,
    competitions::{
        self,
        model::PhaseContext,
        visibility::{self, BoardVisibility, Reader, Sight},
    },
    events::{Bus, Topic},
    kernel::{
        Clock,
        ids::{PhaseId, SubmissionId, TeamId},
    },
    teams,
};

#[derive(Debug, Clone)]
pub struct Leaderboard {
    db: PgPool,
    bus: Bus,
    clock: Clock,
    cache: Cache,
}

/// A standing in the table that recomputation does not confirm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub phase: PhaseId,
    pub team: TeamId,
    pub split: Split,
    pub view: View,
}

impl Leaderboard {
    pub fn new(db: PgPool, bus: Bus, clock: Clock) -> Self {
        Self { db, bus, clock, cache: Cache::default() }
    }

    /// Announces that a transaction is about to change a phase's standings. Hold it until the commit is over.
    pub fn begin_change(&self, phase: PhaseId) -> Change {
        self.cache.begin_change(phase)
    }

    /// Forgets all rendered boards: a team's name changed.
    pub fn forget_rendered(&self) {
        self.cache.forget_all();
    }

    /// Tells browsers that the board moved. Call it when the change is committed.
    pub fn announce(&self, phase: PhaseId) {
        self.bus.publish(Topic::Board(phase), "board", serde_json::json!({ "phase": phase }));
    }

    /// Writes a team's standings anew from all its evaluations, within the caller's transaction.
    pub async fn recompute(
        &self,
        conn: &mut PgConnection,
        phase: &PhaseContext,
        team: TeamId,
    ) -> sqlx::Result<()> {
        let id = phase.phase.id;
        store::lock(conn, id, team).await?;
        let entries = entries::of_teams(conn, phase, &[team], None).await?.remove(&team).unwrap_or_default();
        for (split, view) in splits_and_views() {
            let standing = rules::stand(&phase.phase.board, &entries, phase.phase.freeze_at, split, view);
            store::write(conn, id, team, split, view, standing.as_ref()).await?;
        }
        Ok(())
    }

    /// A team's scored submissions.
    pub async fn entries(
        &self,
        conn: &mut PgConnection,
        phase: &PhaseContext,
        team: TeamId,
    ) -> sqlx::Result<Vec<Entry>> {
        Ok(entries::of_teams(conn, phase, &[team], None).await?.remove(&team).unwrap_or_default())
    }

    /// Of a team's scored submissions those that may rank it in the end, where the phase lets teams choose.
    pub fn finals(&self, phase: &PhaseContext, entries: &[Entry]) -> Vec<SubmissionId> {
        let rules = &phase.phase.board;
        let places = usize::from(rules.final_picks.unwrap_or(0));
        let finals = rules::finals(rules, &entries.iter().collect::<Vec<_>>(), places);
        finals.into_iter().map(|entry| entry.submission).collect()
    }

    /// Recomputes every standing and names those that differ from the table; writes nothing.
    pub async fn verify(&self) -> sqlx::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        let mut conn = self.db.acquire().await?;
        for id in store::phases(&mut conn).await? {
            let Some(phase) = competitions::store::phase(&mut conn, id).await? else { continue };
            for team in store::teams(&mut conn, id).await? {
                let entries = entries::of_teams(&mut conn, &phase, &[team], None).await?;
                let entries = entries.get(&team).map_or(&[][..], Vec::as_slice);
                for (split, view) in splits_and_views() {
                    let freeze = phase.phase.freeze_at;
                    let computed = rules::stand(&phase.phase.board, entries, freeze, split, view);
                    if store::stored(&mut conn, id, team, split, view).await? != computed {
                        differences.push(Difference { phase: id, team, split, view });
                    }
                }
            }
        }
        Ok(differences)
    }

    /// Writes every standing of a phase anew: after its rules changed, or to mend what `verify` found.
    pub async fn recompute_phase(&self, id: PhaseId) -> sqlx::Result<()> {
        let change = self.begin_change(id);
        let mut tx = self.db.begin().await?;
        self.recompute_within(&mut tx, id).await?;
        tx.commit().await?;
        drop(change);
        self.announce(id);
        Ok(())
    }

    /// The same within the caller's transaction.
    pub async fn recompute_within(&self, conn: &mut PgConnection, id: PhaseId) -> sqlx::Result<()> {
        let Some(phase) = competitions::store::phase(conn, id).await? else { return Ok(()) };
        for team in store::teams(conn, id).await? {
            self.recompute(conn, &phase, team).await?;
        }
        Ok(())
    }

    pub async fn all_phases(&self) -> sqlx::Result<Vec<PhaseId>> {
        store::phases(&mut *self.db.acquire().await?).await
    }

    /// The board for a reader, rendered. Public reads are answered from memory.
    pub(super) async fn board(
        &self,
        reader: Option<&Principal>,
        id: PhaseId,
        split: Split,
        division: Option<String>,
    ) -> Result<Arc<Rendered>, BoardError> {
        loop {
            // Taken before the setting: what is rendered by an old one must not be kept under a new version.
            let version = self.cache.version(id);
            let setting = self.setting(id).await?;
            let sight = self.sight(reader, &setting.phase).await?;
            if !sight.board {
                return Err(BoardError::Hidden);
            }
            if split == Split::Private && !sight.private_board {
                return Err(BoardError::PrivateHidden);
            }
            if division.as_ref().is_some_and(|slug| !setting.divisions.contains(slug)) {
                return Err(BoardError::UnknownDivision);
            }
            let rendered = self.rendered(&setting, sight, split, division.clone(), version).await?;
            // Nor is a board shown that was hidden or frozen while it was read.
            let after = self.setting(id).await?;
            if Arc::ptr_eq(&setting, &after) || self.sight(reader, &after.phase).await? == sight {
                return Ok(rendered);
            }
        }
    }

    async fn rendered(
        &self,
        setting: &Setting,
        sight: Sight,
        split: Split,
        division: Option<String>,
        version: Version,
    ) -> sqlx::Result<Arc<Rendered>> {
        let phase = setting.phase.phase.id;
        let frozen_at = sight.frozen_at;
        let view = if frozen_at.is_some() { View::Frozen } else { View::Live };
        let board = &setting.phase.phase.board;
        let whole = sight.organizer && board.hidden().next().is_some();
        let key = Key { split, view, division, whole };
        if let Some(rendered) = self.cache.get(phase, &key) {
            return Ok(rendered);
        }
        let mut conn = self.db.acquire().await?;
        let mut rows = store::board(&mut conn, phase, split, view, key.division.as_deref()).await?;
        drop(conn);
        let mut columns = board.columns.clone();
        if !whole {
            for hidden in columns.extract_if(.., |column| column.hidden) {
                for row in &mut rows {
                    row.values.remove(&hidden.metric);
                }
            }
        }
        let rendered = Arc::new(render(&Board { phase, split, frozen_at, columns, rows }));
        self.cache.keep(phase, key, version, Arc::clone(&rendered));
        Ok(rendered)
    }

    /// What a reader sees of a phase now. What everybody sees is decided without the database.
    async fn sight(&self, reader: Option<&Principal>, phase: &PhaseContext) -> sqlx::Result<Sight> {
        let for_some = phase.phase.visibility.board == BoardVisibility::Participants;
        let reader = match reader {
            Some(person) if for_some || person.is_organizer() => {
                let mut conn = self.db.acquire().await?;
                teams::access::reader(&mut conn, reader, phase.competition_id).await?
            }
            _ => Reader::Stranger,
        };
        Ok(visibility::sight(&phase.phase, reader, self.clock.now()))
    }

    /// Whether a reader may see the board of a phase, and so follow it.
    pub async fn may_see(&self, reader: Option<&Principal>, id: PhaseId) -> Result<bool, BoardError> {
        match self.setting(id).await {
            Ok(setting) => Ok(self.sight(reader, &setting.phase).await?.board),
            Err(BoardError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn setting(&self, id: PhaseId) -> Result<Arc<Setting>, BoardError> {
        let version = match self.cache.setting(id) {
            Ok(setting) => return Ok(setting),
            Err(version) => version,
        };
        let mut conn = self.db.acquire().await?;
        let phase = competitions::store::phase(&mut conn, id).await?.ok_or(BoardError::NotFound)?;
        let divisions = competitions::store::divisions(&mut conn, phase.competition_id).await?;
        let divisions = divisions.into_iter().map(|d| d.slug).collect();
        let setting = Arc::new(Setting { phase, divisions });
        self.cache.keep_setting(id, version, &setting);
        Ok(setting)
    }
}

fn splits_and_views() -> impl Iterator<Item = (Split, View)> {
    Split::ALL.into_iter().flat_map(|split| View::ALL.into_iter().map(move |view| (split, view)))
}

fn render(board: &Board) -> Rendered {
    let body = serde_json::to_vec(board).expect("a board has string keys and finite numbers");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let gzipped = encoder.write_all(&body).and_then(|()| encoder.finish()).expect("memory takes writes");
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&body)[..16]));
    Rendered { body: body.into(), gzipped: gzipped.into(), etag }
}
