//! Importing a definition.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::BoxFuture;
use judge_core::{faults::Fault, text::Text};
use sqlx::{PgConnection, PgPool};

use super::{
    DefinitionError,
    author::{Author, WITHOUT_REASON, Written},
    codabench::{self, BundleOptions},
    data,
    model::{Definition, PageDefinition, TaskDefinition, TrackDefinition},
    packs::{Packs, version, whole_hash},
    read, rules,
    store::{self, PinnedImage},
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::access,
    data::{model::NewSet, store::import},
    judging,
    kernel::ids::{CompetitionId, UploadId},
    leaderboard::Leaderboard,
    phases::Phases,
    storage::{self, Storage},
    uploads::Uploads,
};

/// Unpacks a stranger's ZIP archive into a folder, in a confined child process. The inner error lists what is
/// wrong with the archive.
pub type Unpack =
    Arc<dyn Fn(PathBuf, PathBuf) -> BoxFuture<'static, anyhow::Result<Result<(), Vec<Fault>>>> + Send + Sync>;

#[derive(Clone)]
pub struct Definitions {
    pub(super) db: PgPool,
    pub(super) storage: Storage,
    uploads: Uploads,
    leaderboard: Leaderboard,
    phases: Phases,
    pub(super) unpack: Unpack,
}

impl std::fmt::Debug for Definitions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Definitions")
    }
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Imported {
    Created,
    Updated,
    /// The same definition again.
    Unchanged,
}

/// What is about to be imported.
#[derive(Debug)]
pub(super) struct Draft {
    pub definition: Definition,
    /// What of a bundle is not taken over, or taken over differently.
    pub notes: Vec<Text>,
    /// A name that was made of a title may meet another competition's by chance.
    pub is_slug_guessed: bool,
}

/// All that a definition writes.
#[derive(Debug, Clone, Copy)]
struct Content<'a> {
    definition: &'a Definition,
    hash: &'a [u8],
    pages: &'a [(PageDefinition, Text)],
    sets: &'a [NewSet],
    packs: &'a Packs,
}

impl Definitions {
    pub fn new(
        db: PgPool,
        storage: Storage,
        uploads: Uploads,
        leaderboard: Leaderboard,
        phases: Phases,
        unpack: Unpack,
    ) -> Self {
        Self { db, storage, uploads, leaderboard, phases, unpack }
    }

    /// Imports an uploaded ZIP archive of a definition's folder, or a bundle. Returns the competition's name, what
    /// was done, and what of a bundle is not as it was.
    pub async fn import(
        &self,
        person: &Principal,
        upload: UploadId,
        options: &BundleOptions,
        reason: Option<&str>,
    ) -> Result<(String, Imported, Vec<Text>), DefinitionError> {
        if !person.is_organizer() {
            return Err(DefinitionError::Forbidden);
        }
        let finished = self.uploads.finish(person.user, upload).await?;
        let folder = tempfile::tempdir()?;
        let root = folder.path().join("definition");
        let archive = self.storage.local(&finished.blob).await?;
        let unpacked = (self.unpack)(archive.path().to_owned(), root.clone()).await;
        drop(archive);
        unpacked.map_err(DefinitionError::Unpacker)?.map_err(DefinitionError::Archive)?;
        let draft = self.draft(&root, options).await?;
        rules::check(&draft.definition)?;
        read::pack_truths(&root, &draft.definition)?;
        let images = self.find_images(&draft.definition).await?;
        let packs = Packs { images, ..self.pack_all(&root, &draft.definition).await? };
        let author = Author { person, reason: reason.map_or(WITHOUT_REASON, str::trim) };
        let written = self.write(author, upload, &draft, &root, &packs).await;
        if written.is_err() {
            for new in packs.new_blobs() {
                self.storage.remove(new.blob).await?;
            }
        }
        Ok((draft.definition.slug, written?, draft.notes))
    }

    /// The file at the top of the folder tells what it is.
    async fn draft(&self, root: &Path, options: &BundleOptions) -> Result<Draft, DefinitionError> {
        if !read::holds(root, read::FILE) && read::holds(root, codabench::FILE) {
            return self.translate(root, options).await;
        }
        if !options.is_empty() {
            return Err(DefinitionError::NotABundle);
        }
        Ok(Draft { definition: read::definition(root)?, notes: Vec::new(), is_slug_guessed: false })
    }

    /// The images that tasks name, as they are stored now.
    async fn find_images(
        &self,
        definition: &Definition,
    ) -> Result<BTreeMap<String, PinnedImage>, DefinitionError> {
        let mut conn = self.db.acquire().await?;
        let mut images = BTreeMap::new();
        for name in definition.tracks.iter().flat_map(|t| &t.tasks).flat_map(TaskDefinition::images) {
            let found = judging::store::images::find(&mut conn, name).await?;
            let (image_id, blob) = found.ok_or_else(|| DefinitionError::UnknownImage(name.to_owned()))?;
            images.insert(name.to_owned(), PinnedImage { name: name.to_owned(), image_id, blob: blob.id });
        }
        Ok(images)
    }

    async fn write(
        &self,
        author: Author<'_>,
        upload: UploadId,
        draft: &Draft,
        root: &Path,
        packs: &Packs,
    ) -> Result<Imported, DefinitionError> {
        let definition = &draft.definition;
        let pages = read::pages(root, definition)?;
        let sets = data::sets(root, definition, packs)?;
        let hash = whole_hash(definition, &pages, packs);
        let mut tx = self.db.begin().await?;
        store::lock(&mut tx, &definition.slug).await?;
        let before = store::find(&mut tx, &definition.slug).await?;
        if let Some((id, old_hash)) = &before {
            if !access::is_organizer(&mut tx, Some(author.person), *id).await? {
                return Err(DefinitionError::Forbidden);
            }
            if draft.is_slug_guessed && !store::is_from(&mut tx, *id, &definition.source).await? {
                return Err(DefinitionError::SlugTaken(definition.slug.clone()));
            }
            if old_hash.as_ref() == Some(&hash) {
                self.uploads.mark_used(&mut tx, upload).await?;
                tx.commit().await?;
                for new in packs.new_blobs() {
                    self.storage.remove(new.blob).await?;
                }
                return Ok(Imported::Unchanged);
            }
        }
        let id = before.as_ref().map_or_else(CompetitionId::new, |(id, _)| *id);
        for new in packs.new_blobs() {
            storage::insert(&mut tx, new).await?;
        }
        let content = Content { definition, hash: &hash, pages: &pages, sets: &sets, packs };
        let written = self.write_rows(&mut tx, author, id, content).await;
        let Written { changes, made, boards } = written.map_err(in_use)?;
        if !author.person.is_admin() {
            store::add_organizer(&mut tx, id, author.person.user).await?;
        }
        let verb = if before.is_some() { "competition.updated" } else { "competition.created" };
        let act = Act::new(verb, "competition", id)
            .by(author.person.user)
            .in_competition(id)
            .because(author.reason);
        audit::record(&mut tx, act.with(serde_json::json!({ "definition": hex::encode(&hash) }))).await?;
        self.uploads.mark_used(&mut tx, upload).await?;
        tx.commit().await?;
        drop(changes);
        for change in &made {
            self.phases.announce(change);
        }
        for phase in boards {
            self.leaderboard.announce(phase);
        }
        Ok(if before.is_some() { Imported::Updated } else { Imported::Created })
    }

    async fn write_rows(
        &self,
        tx: &mut PgConnection,
        author: Author<'_>,
        id: CompetitionId,
        content: Content<'_>,
    ) -> Result<Written, DefinitionError> {
        let Content { definition, hash, pages, sets, packs } = content;
        self.phases.lock_all(tx, id).await?;
        store::put_competition(tx, id, definition, hash).await?;
        store::put_registration(tx, id, definition).await?;
        store::put_pages(tx, id, pages).await?;
        // Before phases go: a set may be bound to one.
        import::lay_aside(tx, id).await?;
        store::put_divisions(tx, id, &definition.divisions).await?;
        let slugs: Vec<String> = definition.tracks.iter().map(|t| t.slug.clone()).collect();
        store::keep_tracks(tx, id, &slugs).await?;
        let mut written = Written::default();
        for (position, track) in (0..).zip(&definition.tracks) {
            self.write_track(tx, author, id, position, track, packs, &mut written).await?;
        }
        for (position, set) in (0..).zip(sets) {
            import::put(tx, id, position, set).await?;
        }
        Ok(written)
    }

    #[expect(clippy::too_many_arguments, reason = "what a track is written from, and what to tell of it")]
    async fn write_track(
        &self,
        tx: &mut PgConnection,
        author: Author<'_>,
        competition: CompetitionId,
        position: i32,
        track: &TrackDefinition,
        packs: &Packs,
        written: &mut Written,
    ) -> Result<(), DefinitionError> {
        let id = store::put_track(tx, competition, position, track).await?;
        let slugs: Vec<String> = track.phases.iter().map(|p| p.slug.clone()).collect();
        store::keep_phases(tx, id, &slugs).await?;
        for task in &track.tasks {
            let task_id = store::put_task(tx, id, &task.slug, &task.title).await?;
            let (judging, blobs, hash) = version(task, packs);
            let names: BTreeSet<&str> = task.images().collect();
            let images: Vec<_> = names.into_iter().map(|name| &packs.images[name]).collect();
            store::put_version(tx, task_id, &judging, blobs, &images, &hash).await?;
        }
        let mut phases = Vec::new();
        for (position, phase) in (0..).zip(&track.phases) {
            let before = self.phases.before_import(tx, id, &phase.slug).await?;
            let (phase_id, rules_changed) = store::put_phase(tx, id, position, phase).await?;
            // Held until the commit: readers must not keep a board under the old rules.
            written.changes.push(self.leaderboard.begin_change(phase_id));
            if rules_changed {
                self.leaderboard.recompute_within(tx, phase_id).await?;
                written.boards.push(phase_id);
            }
            if let Some(before) = before {
                written.made.extend(self.phases.imported(tx, author.person, &before, author.reason).await?);
            }
            phases.push((phase_id, phase.requires.as_ref()));
        }
        for (phase, required) in phases {
            store::put_requirement(tx, id, phase, required).await?;
        }
        let slugs: Vec<String> = track.tasks.iter().map(|t| t.slug.clone()).collect();
        store::keep_tasks(tx, id, &slugs).await?;
        Ok(())
    }
}

fn in_use(error: DefinitionError) -> DefinitionError {
    let DefinitionError::Database(cause) = &error else { return error };
    let foreign_key =
        cause.as_database_error().is_some_and(sqlx::error::DatabaseError::is_foreign_key_violation);
    if foreign_key { DefinitionError::InUse } else { error }
}
