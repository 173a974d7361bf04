//! Reads `dautri.yaml` and the pages that it names from an unpacked definition.

use std::path::Path;

use judge_core::{retrieval::Truth, text::Text};

use super::{
    DefinitionError,
    model::{Definition, PageDefinition},
    pack, yaml,
};
use crate::competitions::model::ScorerRules;

/// The file by which a definition is known.
pub const FILE: &str = "dautri.yaml";
/// Longest page and longest definition, bytes.
const LONGEST_TEXT: u64 = 1024 * 1024;
const LARGEST_PACK_TRUTH: u64 = 16 * 1024 * 1024;

/// Whether a plain file of that name lies at the top.
pub fn holds(root: &Path, name: &str) -> bool {
    std::fs::symlink_metadata(root.join(name)).is_ok_and(|found| found.is_file())
}

/// The definition in the folder.
pub fn definition(root: &Path) -> Result<Definition, DefinitionError> {
    if !holds(root, FILE) {
        return Err(DefinitionError::Missing);
    }
    let path = root.join(FILE);
    if std::fs::metadata(&path)?.len() > LONGEST_TEXT {
        return Err(DefinitionError::Unreadable(longer_than(LONGEST_TEXT)));
    }
    let yaml = std::fs::read(&path)?;
    let text = std::str::from_utf8(&yaml).map_err(|_| DefinitionError::Unreadable(not_utf8()))?;
    yaml::parse(text).map_err(DefinitionError::Unreadable)
}

/// Looks at the truth of packs of ranked answers, so that a mistake shows before the first team hands in.
pub fn pack_truths(root: &Path, definition: &Definition) -> Result<(), DefinitionError> {
    for track in &definition.tracks {
        for task in &track.tasks {
            let ScorerRules::Retrieval(scorer) = &task.scorer else { continue };
            let place = format!("tracks.{}.tasks.{}.truth", track.slug, task.slug);
            let wrong = |reason: Text| DefinitionError::Wrong { place: place.clone(), reason };
            let source = pack::resolve(root, &task.truth)?;
            let file = if source.is_dir() { pack::resolve(&source, &scorer.truth_file)? } else { source };
            if file.file_name().is_none_or(|name| name != scorer.truth_file.as_str()) {
                let name = &scorer.truth_file;
                return Err(wrong(Text::new(format!("không chứa {name}"), format!("it holds no {name}"))));
            }
            if std::fs::metadata(&file)?.len() > LARGEST_PACK_TRUTH {
                return Err(wrong(longer_than(LARGEST_PACK_TRUTH)));
            }
            Truth::read(&std::fs::read(&file)?).map_err(|error| wrong(error.reason()))?;
        }
    }
    Ok(())
}

/// Every page with its text in both languages.
pub fn pages(root: &Path, definition: &Definition) -> Result<Vec<(PageDefinition, Text)>, DefinitionError> {
    definition
        .pages
        .iter()
        .map(|page| Ok((page.clone(), Text { vi: text(root, &page.vi)?, en: text(root, &page.en)? })))
        .collect()
}

/// A file that holds text for people.
pub fn text(root: &Path, path: &str) -> Result<String, DefinitionError> {
    let full = pack::resolve(root, path)?;
    if std::fs::metadata(&full)?.len() > LONGEST_TEXT {
        return Err(DefinitionError::Wrong { place: path.to_owned(), reason: longer_than(LONGEST_TEXT) });
    }
    std::fs::read_to_string(full)
        .map_err(|_| DefinitionError::Wrong { place: path.to_owned(), reason: not_utf8() })
}

fn longer_than(bytes: u64) -> Text {
    Text::new(format!("dài hơn {bytes} byte"), format!("it is longer than {bytes} bytes"))
}

fn not_utf8() -> Text {
    Text::new("không phải văn bản UTF-8", "it is no UTF-8 text")
}
