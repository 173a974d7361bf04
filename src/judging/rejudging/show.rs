//! What organizers see of rejudgings.

use super::{
    act::organized_phase,
    choose::versions,
    model::{Choice, Difference, RejudgingView, TaskVersions},
};
use crate::{
    accounts::Principal,
    competitions::{self, access},
    db,
    judging::{Judging, JudgingError, store::rejudgings},
    kernel::{
        ids::{PhaseId, RejudgingId},
        paging::{Cursor, Page},
    },
    web::{PageQuery, Problem},
};

impl Judging {
    pub async fn rejudgings(
        &self,
        person: &Principal,
        phase: PhaseId,
        page: &PageQuery,
    ) -> Result<Page<RejudgingView>, Problem> {
        let before = page.cursor()?;
        let mut conn = self.db.acquire().await?;
        organized_phase(&mut conn, person, phase).await?;
        let rows = rejudgings::list(&mut conn, phase, before, page.fetch()).await?;
        Ok(Page::of(rows, page.limit(), |row| Cursor { at: row.created_at, id: row.id.0 }))
    }

    pub async fn rejudging(
        &self,
        person: &Principal,
        id: RejudgingId,
    ) -> Result<RejudgingView, JudgingError> {
        let mut conn = self.db.acquire().await?;
        let view = rejudgings::find(&mut conn, id).await?.ok_or(JudgingError::NotFound)?;
        if access::is_organizer(&mut conn, Some(person), view.competition).await? {
            Ok(view)
        } else {
            Err(JudgingError::NotFound)
        }
    }

    /// What a rejudging changes: as things are now, or as they were when it was decided.
    pub async fn rejudging_difference(
        &self,
        person: &Principal,
        id: RejudgingId,
    ) -> Result<Difference, JudgingError> {
        let view = self.rejudging(person, id).await?;
        let mut conn = db::snapshot(&self.db).await?;
        if let Some(kept) = rejudgings::kept_difference(&mut conn, id).await? {
            return Ok(kept);
        }
        let phase = competitions::store::phase(&mut conn, view.phase).await?.ok_or(JudgingError::NotFound)?;
        Ok(self.compare(&mut conn, &phase, id).await?)
    }

    /// By which versions of its tasks the results of a phase were made that count.
    pub async fn versions(
        &self,
        person: &Principal,
        phase: PhaseId,
    ) -> Result<Vec<TaskVersions>, JudgingError> {
        let mut conn = self.db.acquire().await?;
        organized_phase(&mut conn, person, phase).await?;
        let judged = rejudgings::judged(&mut conn, phase, &Choice::default()).await?;
        let tasks = rejudgings::newest(&mut conn, phase).await?;
        Ok(versions(&judged, &tasks))
    }
}
