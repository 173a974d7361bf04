//! Reading competitions.

use sqlx::PgPool;

use super::{
    model::{Competition, Division, InfoPage, Phase, PublicFile, Task, Track},
    store,
};
use crate::{
    kernel::paging::{Cursor, Page},
    web::{PageQuery, Problem},
};

#[derive(Debug, Clone)]
pub struct Competitions {
    db: PgPool,
}

/// A competition with all that its pages show.
#[derive(Debug, Clone)]
pub struct Overview {
    pub competition: Competition,
    pub divisions: Vec<Division>,
    pub tracks: Vec<Track>,
    pub phases: Vec<(Phase, Vec<String>)>,
    pub tasks: Vec<Task>,
    pub pages: Vec<InfoPage>,
    pub files: Vec<PublicFile>,
}

impl Competitions {
    pub fn new(db: PgPool) -> Self {
        Self { db }
    }

    pub async fn list(&self, page: &PageQuery) -> Result<Page<Competition>, Problem> {
        let mut conn = self.db.acquire().await?;
        let rows = store::list(&mut conn, page.cursor()?, page.fetch()).await?;
        Ok(Page::of(rows, page.limit(), |row| Cursor { at: row.created_at, id: row.id.0 }))
    }

    pub async fn show(&self, slug: &str) -> Result<Overview, Problem> {
        let mut conn = self.db.acquire().await?;
        let competition = store::find(&mut conn, slug).await?.ok_or_else(Problem::not_found)?;
        let id = competition.id;
        let mut phases = Vec::new();
        for phase in store::phases(&mut conn, id).await? {
            let tasks = store::phase_tasks(&mut conn, phase.id).await?;
            phases.push((phase, tasks));
        }
        Ok(Overview {
            competition,
            divisions: store::divisions(&mut conn, id).await?,
            tracks: store::tracks(&mut conn, id).await?,
            phases,
            tasks: store::tasks(&mut conn, id).await?,
            pages: store::pages(&mut conn, id).await?,
            files: store::files(&mut conn, id).await?,
        })
    }
}
