//! Brings the files that a definition names into the storage, before any transaction.

use std::{
    collections::btree_map::Entry,
    fs::File,
    io::{Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use tokio_util::io::ReaderStream;

use super::{
    DefinitionError, Definitions, data,
    model::Definition,
    pack,
    packs::{Packed, Packs, data_key, file_key},
};
use crate::storage;

impl Definitions {
    /// Packs everything that the definition names.
    pub(super) async fn pack_all(
        &self,
        root: &Path,
        definition: &Definition,
    ) -> Result<Packs, DefinitionError> {
        let mut packs = Packs::default();
        for file in &definition.files {
            let source = pack::resolve(root, &file.path)?;
            let is_folder = source.is_dir();
            packs.paths.insert(file_key(&file.path), self.bring(source, is_folder).await?);
        }
        for found in data::found(root, &definition.data)? {
            let key = data_key(&found.path);
            if let Entry::Vacant(place) = packs.paths.entry(key) {
                place.insert(self.bring(found.source, false).await?);
            }
        }
        for task in definition.tracks.iter().flat_map(|t| &t.tasks) {
            for path in task.paths() {
                if packs.paths.contains_key(path) {
                    continue;
                }
                let source = pack::resolve(root, path)?;
                packs.paths.insert(path.to_owned(), self.bring(source, true).await?);
            }
        }
        Ok(packs)
    }

    async fn bring(&self, source: PathBuf, is_archive: bool) -> Result<Packed, DefinitionError> {
        let (file, sha256) = tokio::task::spawn_blocking(move || -> std::io::Result<(File, Vec<u8>)> {
            let mut file = if is_archive {
                let mut file = tempfile::tempfile()?;
                pack::pack(&source, &mut file)?;
                file.seek(SeekFrom::Start(0))?;
                file
            } else {
                File::open(&source)?
            };
            let sha256 = hash_file(&mut file)?;
            file.seek(SeekFrom::Start(0))?;
            Ok((file, sha256))
        })
        .await
        .expect("packing does not panic")?;
        let known = storage::find_by_hash(&mut *self.db.acquire().await?, &sha256).await?;
        if let Some(blob) = known {
            return Ok(Packed { blob: blob.id, sha256, size: blob.size, is_archive, new: None });
        }
        let stream = ReaderStream::new(tokio::fs::File::from_std(file));
        let stored = self.storage.put(stream, u64::MAX).await?;
        Ok(Packed { blob: stored.blob, sha256, size: stored.size, is_archive, new: Some(stored) })
    }
}

fn hash_file(file: &mut File) -> std::io::Result<Vec<u8>> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hash.finalize().to_vec());
        }
        hash.update(&buffer[..read]);
    }
}
