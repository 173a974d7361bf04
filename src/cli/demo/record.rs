//! What earlier runs did, kept in `<data>/demo.json`, so that a second start is quick and hands in nothing twice.

use std::{
    collections::BTreeMap,
    fs::File,
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::cli::{client::hash_file, up::write_secret};

const FILE: &str = "demo.json";

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    #[serde(skip)]
    path: PathBuf,
    #[serde(default)]
    archives: BTreeMap<PathBuf, Archive>,
    /// By the data set's name.
    #[serde(default)]
    imports: BTreeMap<String, Imported>,
    /// By the sample's name.
    #[serde(default)]
    samples: BTreeMap<String, HandedIn>,
}

/// A large file that need not be hashed again while its size and time stay.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Archive {
    size: u64,
    modified: i64,
    sha256: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Imported {
    sha256: String,
    slug: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct HandedIn {
    /// Hash of the definition under which it was scored.
    pub definition: String,
    /// Hash of what was handed in.
    pub sample: String,
    pub submission: String,
}

impl Record {
    pub fn load(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(FILE);
        let record: Self = match std::fs::read(&path) {
            Ok(text) => {
                serde_json::from_slice(&text).with_context(|| format!("{} is damaged", path.display()))?
            }
            Err(fault) if fault.kind() == ErrorKind::NotFound => Self::default(),
            Err(fault) => return Err(fault).with_context(|| format!("{} cannot be read", path.display())),
        };
        Ok(Self { path, ..record })
    }

    fn save(&self) -> anyhow::Result<()> {
        let text = serde_json::to_vec_pretty(self).context("the record is plain data")?;
        write_secret(&self.path, &text).with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// SHA-256 of a large file, in lower-case hexadecimal.
    pub async fn hash(&mut self, path: &Path) -> anyhow::Result<String> {
        let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let facts = file.metadata()?;
        match self.archives.get(path) {
            Some(known) if (known.size, known.modified) == (facts.size(), facts.mtime()) => {
                Ok(known.sha256.clone())
            }
            _ => self.note_hash(path, file).await,
        }
    }

    async fn note_hash(&mut self, path: &Path, mut file: File) -> anyhow::Result<String> {
        let facts = file.metadata()?;
        let hashed =
            tokio::task::spawn_blocking(move || hash_file(&mut file)).await.context("hashing broke off")?;
        let sha256 = hashed.with_context(|| format!("{} cannot be read", path.display()))?;
        let archive = Archive { size: facts.size(), modified: facts.mtime(), sha256: sha256.clone() };
        self.archives.insert(path.to_owned(), archive);
        self.save()?;
        Ok(sha256)
    }

    /// The competition that this very definition made.
    pub fn imported(&self, dataset: &str, sha256: &str) -> Option<&str> {
        let import = self.imports.get(dataset)?;
        (import.sha256 == sha256).then_some(&import.slug)
    }

    pub fn note_import(&mut self, dataset: &str, sha256: &str, slug: &str) -> anyhow::Result<()> {
        let import = Imported { sha256: sha256.to_owned(), slug: slug.to_owned() };
        self.imports.insert(dataset.to_owned(), import);
        self.save()
    }

    /// Hash of the definition that was imported last.
    pub fn definition(&self, dataset: &str) -> Option<&str> {
        self.imports.get(dataset).map(|import| import.sha256.as_str())
    }

    /// The submission of a sample, if neither it nor the definition changed since.
    pub fn handed_in(&self, sample: &str, definition: &str, sha256: &str) -> Option<&str> {
        let known = self.samples.get(sample)?;
        (known.definition == definition && known.sample == sha256).then_some(&known.submission)
    }

    pub fn note_hand_in(&mut self, sample: &str, note: HandedIn) -> anyhow::Result<()> {
        self.samples.insert(sample.to_owned(), note);
        self.save()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_definition_or_sample_is_handed_in_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::load(folder.path()).unwrap();
        record.note_import("digits", "d1", "digits").unwrap();
        let note =
            HandedIn { definition: "d1".to_owned(), sample: "s1".to_owned(), submission: "x".to_owned() };
        record.note_hand_in("digits/a", note).unwrap();
        let record = Record::load(folder.path()).unwrap();
        assert_eq!(record.handed_in("digits/a", "d1", "s1"), Some("x"));
        assert_eq!(record.handed_in("digits/a", "d2", "s1"), None);
        assert_eq!(record.handed_in("digits/a", "d1", "s2"), None);
        assert_eq!(record.imported("digits", "d1"), Some("digits"));
        assert_eq!(record.imported("digits", "d2"), None);
    }
}
