//! Bundles of Codabench (version 2) and CodaLab (version 1), read as definitions of ours.
//!
//! Purpose: what their organizers own runs here unchanged: the same programs with the same commands on the same
//! paths. What our model has no place for is named in a note, what is wrong in an error with file and key.
//! Invariants: nothing is fetched from anywhere; a command's words are started as they are, no shell sees them.
//! Neighbours: `service` unpacks bundles and imports what comes of them; `judge_core::codabench` reads commands.
//!
//! The format is read from codalab/codabench: `unpackers/v2.py`, `unpackers/v1.py`, `compute_worker.py`.

mod bundle;
mod dates;
mod node;
mod notes;
mod programs;
mod translate;
mod v1;
mod v2;
mod words;

use std::{collections::BTreeMap, path::Path};

use judge_core::text::Text;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{DefinitionError, read};
pub use bundle::{Bundle, Source};
pub use translate::{Parts, translate};
pub use words::slug;

/// The file by which a bundle is known.
pub const FILE: &str = "competition.yaml";
/// The stored image that takes the place of one that nothing else is named for.
pub const STANDARD_IMAGE: &str = "python-ml";

/// What an organizer says about a bundle that is imported.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct BundleOptions {
    /// The competition's name in addresses; made from the title unless given.
    #[serde(default)]
    pub slug: Option<String>,
    /// The bundle's Docker image → name of a stored sandbox image. What is not named gets `python-ml`.
    #[serde(default)]
    pub images: BTreeMap<String, String>,
}

impl BundleOptions {
    pub fn is_empty(&self) -> bool {
        self.slug.is_none() && self.images.is_empty()
    }
}

/// Something that is wrong with a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleFault {
    pub file: String,
    /// Where in the file: `tasks[0].scoring_program`; empty for the file as a whole.
    pub key: String,
    pub reason: Text,
}

impl BundleFault {
    pub fn new(file: &str, key: impl Into<String>, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { file: file.to_owned(), key: key.into(), reason: Text { vi: vi.into(), en: en.into() } }
    }
}

/// Reads `competition.yaml` and what it says of the files beside it.
pub fn read(root: &Path) -> Result<Bundle, DefinitionError> {
    let text = read::text(root, FILE).map_err(|_| {
        BundleFault::new(
            FILE,
            "",
            "phải là văn bản UTF-8, dài không quá 1 MB",
            "it must be UTF-8 text of at most 1 MB",
        )
    })?;
    let document = node::Document::parse(FILE, &text)?;
    let top = document.top();
    let version = top.get("version");
    let mut bundle = match version.as_ref().map(node::Node::text).transpose()?.as_deref() {
        None | Some("1" | "1.5" | "1.8") => v1::read(&top, root)?,
        Some("2") => v2::read(&top, root)?,
        Some(_) => {
            return Err(version
                .expect("it was read")
                .wrong("máy chủ này đọc phiên bản 1 và 2", "this server reads versions 1 and 2"));
        }
    };
    bundle.notes.extend(notes::untouched(&document.untouched()));
    Ok(bundle)
}
