//! The bytes and images behind a definition, and the hashes that tell whether they changed.

use std::collections::BTreeMap;

use judge_core::text::Text;
use sha2::{Digest, Sha256};

use super::{
    model::{Definition, PageDefinition, TaskDefinition},
    store::{PinnedImage, TaskBlobs},
};
use crate::{
    competitions::model::{Judging, ScorerRules},
    kernel::ids::BlobId,
    storage::{Blob, Stored},
};

/// A packed file or folder whose bytes are in the storage: new ones, or a blob that was there before.
#[derive(Debug, Clone)]
pub struct Packed {
    pub blob: BlobId,
    pub sha256: Vec<u8>,
    pub size: i64,
    /// A folder packed as a ZIP archive, rather than a file as it is.
    pub is_archive: bool,
    pub new: Option<Stored>,
}

impl Packed {
    pub fn as_blob(&self) -> Blob {
        Blob { id: self.blob, sha256: self.sha256.clone(), size: self.size }
    }
}

/// Every path of a definition with its packed bytes, and every image that it names.
#[derive(Debug, Default)]
pub struct Packs {
    pub paths: BTreeMap<String, Packed>,
    pub images: BTreeMap<String, PinnedImage>,
}

impl Packs {
    pub fn new_blobs(&self) -> impl Iterator<Item = &Stored> {
        self.paths.values().filter_map(|packed| packed.new.as_ref())
    }
}

/// The name under which contestants download a folder.
pub fn packed_name(path: &str) -> String {
    format!("{}.zip", path.trim_end_matches('/'))
}

/// Public files stand under a key of their own: the same folder may be hidden input as well.
pub fn file_key(path: &str) -> String {
    format!("file:{path}")
}

/// Files of data sets are never packed.
pub fn data_key(path: &str) -> String {
    format!("data:{path}")
}

/// The content of a task version and its hash.
pub fn version(task: &TaskDefinition, packs: &Packs) -> (Judging, TaskBlobs, Vec<u8>) {
    let judging = Judging { program: task.program.clone(), scorer: task.scorer.clone() };
    let blob = |path: Option<&str>| path.map(|p| packs.paths[p].blob);
    let ingestion = task.program.as_ref().and_then(|p| p.ingestion.as_ref()).map(|i| i.program.as_str());
    let scorer = match &task.scorer {
        ScorerRules::Program(program) => Some(program.path.as_str()),
        ScorerRules::Builtin(_) | ScorerRules::Retrieval(_) => None,
    };
    let blobs = TaskBlobs {
        input: blob(task.input.as_deref()),
        truth: packs.paths[task.truth.as_str()].blob,
        scorer: blob(scorer),
        ingestion: blob(ingestion),
    };
    let mut hash = Sha256::new();
    hash.update(serde_json::to_vec(&judging).expect("rules have string keys"));
    for path in task.paths() {
        hash.update(&packs.paths[path].sha256);
    }
    // Another archive under an image's name is another way to judge.
    for name in task.images() {
        hash.update(&packs.images[name].image_id);
    }
    (judging, blobs, hash.finalize().to_vec())
}

/// Tells whether a definition changed at all. How its YAML is written takes no part.
pub fn whole_hash(definition: &Definition, pages: &[(PageDefinition, Text)], packs: &Packs) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(Sha256::digest(serde_json::to_vec(definition).expect("definitions have string keys")));
    for (_, body) in pages {
        hash.update(Sha256::digest(&body.vi));
        hash.update(Sha256::digest(&body.en));
    }
    for (path, packed) in &packs.paths {
        hash.update(Sha256::digest(path));
        hash.update(&packed.sha256);
    }
    for image in packs.images.values() {
        hash.update(Sha256::digest(&image.name));
        hash.update(&image.image_id);
    }
    hash.finalize().to_vec()
}
