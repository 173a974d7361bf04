//! Writes a competition as the folder that it was imported from.
//!
//! Invariants: what is exported and imported elsewhere is the same definition with the same bytes behind every
//! path; nothing large is held in memory.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    io::{self, Seek as _, SeekFrom},
    path::{Component, Path},
};

use futures::StreamExt as _;
use judge_core::text::Text;
use tokio::io::AsyncWriteExt as _;

use super::{
    DefinitionError, Definitions,
    archive::Archive,
    model::{Definition, FileDefinition},
    packs::packed_name,
    store::{
        TaskBlobs,
        kept::{self, KeptPhase},
    },
};
use crate::{
    accounts::Principal,
    audit::{self, Act},
    competitions::{access, model::Judging},
    data,
    kernel::ids::BlobId,
    storage::StorageError,
};

/// A competition as a ZIP archive, in a file that goes away with its handle.
#[derive(Debug)]
pub struct Exported {
    pub file: File,
    pub size: u64,
}

/// What a competition is now.
#[derive(Debug)]
struct Kept {
    definition: Definition,
    pages: HashMap<String, Text>,
    /// Set and path of each file of the data sets.
    files: HashMap<(String, String), BlobId>,
    versions: HashMap<(String, String), (Judging, TaskBlobs)>,
}

/// Something that stands in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    path: String,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Content {
    Text(String),
    File(BlobId),
    /// Kept as a ZIP archive.
    Folder(BlobId),
}

impl Definitions {
    /// The competition with its truth and programs: for its organizers.
    pub async fn export(&self, person: &Principal, slug: &str) -> Result<Exported, DefinitionError> {
        let kept = self.kept(person, slug).await?;
        let mut archive = Archive::create()?;
        for Piece { path, content } in kept.pieces()? {
            let bytes = match &content {
                Content::Text(_) => None,
                Content::File(blob) | Content::Folder(blob) => Some(self.fetch(*blob).await?),
            };
            let adding = tokio::task::spawn_blocking(move || match (content, bytes) {
                (Content::Folder(_), Some(packed)) => archive.add_folder(&path, packed),
                (_, Some(file)) => archive.add_file(&path, file),
                (Content::Text(text), None) => archive.add_text(&path, &text),
                (_, None) => unreachable!("files and folders were fetched"),
            });
            archive = adding.await.expect("packing does not panic")?;
        }
        let (file, size) = archive.finish()?;
        Ok(Exported { file, size })
    }

    /// Reads it all from one moment, and writes down who did.
    async fn kept(&self, person: &Principal, slug: &str) -> Result<Kept, DefinitionError> {
        let mut tx = self.db.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ").await?;
        let (id, definition) = kept::definition(&mut tx, slug).await?.ok_or(DefinitionError::NotFound)?;
        if !access::is_organizer(&mut tx, Some(person), id).await? {
            return Err(DefinitionError::Forbidden);
        }
        let mut definition = definition.ok_or(DefinitionError::NotKept)?;
        let phases = kept::phases(&mut tx, id).await?;
        let versions = kept::versions(&mut tx, id).await?;
        bring_up_to_date(&mut definition, &phases, &versions);
        let kept = Kept {
            definition,
            pages: kept::pages(&mut tx, id).await?,
            files: kept::files(&mut tx, id).await?,
            versions,
        };
        let act = Act::new("competition.exported", "competition", id).by(person.user).in_competition(id);
        audit::record(&mut tx, act).await?;
        tx.commit().await?;
        Ok(kept)
    }

    /// A blob in a local file that goes away with its handle.
    async fn fetch(&self, blob: BlobId) -> Result<File, DefinitionError> {
        let mut bytes = Box::pin(self.storage.read(blob, None).await?);
        let mut file = tokio::fs::File::from_std(tempfile::tempfile()?);
        while let Some(chunk) = bytes.next().await {
            file.write_all(&chunk.map_err(StorageError::from)?).await?;
        }
        file.flush().await?;
        let mut file = file.into_std().await;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

/// What was changed through the API since the import stands in the tables, not in the kept definition.
fn bring_up_to_date(
    definition: &mut Definition,
    phases: &HashMap<(String, String), KeptPhase>,
    versions: &HashMap<(String, String), (Judging, TaskBlobs)>,
) {
    for track in &mut definition.tracks {
        for task in &mut track.tasks {
            if let Some((judging, _)) = versions.get(&(track.slug.clone(), task.slug.clone())) {
                task.program.clone_from(&judging.program);
                task.scorer.clone_from(&judging.scorer);
            }
        }
        for phase in &mut track.phases {
            if let Some(now) = phases.get(&(track.slug.clone(), phase.slug.clone())) {
                // The same instant stays in the zone in which it was written.
                phase.starts = now.starts.with_timezone(phase.starts.offset());
                phase.ends = now.ends.with_timezone(phase.ends.offset());
                let zone = *phase.board.freeze.unwrap_or(phase.ends).offset();
                phase.board.freeze = now.freeze.map(|freeze| freeze.with_timezone(&zone));
                phase.attempts.clone_from(&now.attempts);
            }
        }
    }
}

impl Kept {
    /// Everything that the archive holds; `dautri.yaml` first.
    fn pieces(&self) -> Result<Vec<Piece>, DefinitionError> {
        let yaml = serde_saphyr::to_string(&self.definition).map_err(io::Error::other)?;
        let mut pieces = vec![Piece { path: "dautri.yaml".to_owned(), content: Content::Text(yaml) }];
        for page in &self.definition.pages {
            let Text { vi, en } = self.pages.get(&page.slug).cloned().unwrap_or_default();
            pieces.push(Piece { path: plain(&page.vi), content: Content::Text(vi) });
            pieces.push(Piece { path: plain(&page.en), content: Content::Text(en) });
        }
        pieces.extend(self.definition.files.iter().filter_map(|file| self.public(file)));
        pieces.extend(self.data());
        for track in &self.definition.tracks {
            for task in &track.tasks {
                let Some((_, blobs)) = self.versions.get(&(track.slug.clone(), task.slug.clone())) else {
                    continue;
                };
                for (path, blob) in task.parts().into_iter().zip(blobs.all()) {
                    if let (Some(path), Some(blob)) = (path, blob) {
                        let piece = Piece { path: plain(path), content: Content::Folder(blob) };
                        if !pieces.contains(&piece) {
                            pieces.push(piece);
                        }
                    }
                }
            }
        }
        Ok(pieces)
    }

    fn public(&self, file: &FileDefinition) -> Option<Piece> {
        let path = plain(&file.path);
        let stored = |path: String| self.files.get(&(data::FILES.to_owned(), path));
        if let Some(blob) = stored(file.path.clone()) {
            return Some(Piece { path, content: Content::File(*blob) });
        }
        let blob = stored(packed_name(&file.path))?;
        Some(Piece { path, content: Content::Folder(*blob) })
    }

    /// The files of data sets, each once, in the order of their paths.
    fn data(&self) -> impl Iterator<Item = Piece> {
        let sets = self.files.iter().filter(|((set, _), _)| set != data::FILES);
        let files: BTreeMap<&String, BlobId> = sets.map(|((_, path), blob)| (path, *blob)).collect();
        files.into_iter().map(|(path, blob)| Piece { path: path.clone(), content: Content::File(blob) })
    }
}

/// A path of a definition without its detours. An import has resolved it, so it stays inside.
fn plain(path: &str) -> String {
    let parts = Path::new(path).components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_path_loses_its_detours() {
        assert_eq!(plain("./a//b/./c"), "a/b/c");
        assert_eq!(plain("starter-kit/"), "starter-kit");
        assert_eq!(plain("."), "");
    }
}
