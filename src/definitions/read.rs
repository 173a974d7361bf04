//! Reads `dautri.yaml` and the pages that it names from an unpacked definition.

use std::path::Path;

use judge_core::{retrieval::Truth, text::Text};

use super::{
    DefinitionError,
    model::{Definition, PageDefinition},
    pack, yaml,
};
use crate::competitions::model::ScorerRules;

/// Longest page and longest definition, bytes.
const LONGEST_TEXT: u64 = 1024 * 1024;
const LARGEST_PACK_TRUTH: u64 = 16 * 1024 * 1024;

/// The definition in the folder.
pub fn definition(root: &Path) -> Result<Definition, DefinitionError> {
    let path = root.join("dautri.yaml");
    let found = std::fs::symlink_metadata(&path).map_err(|_| DefinitionError::Missing)?;
    if !found.is_file() {
        return Err(DefinitionError::Missing);
    }
    if found.len() > LONGEST_TEXT {
        return Err(DefinitionError::Unreadable(too_long()));
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
            let wrong = |reason: String| DefinitionError::Wrong { place: place.clone(), reason };
            let source = pack::resolve(root, &task.truth)?;
            let file = if source.is_dir() { pack::resolve(&source, &scorer.truth_file)? } else { source };
            if file.file_name().is_none_or(|name| name != scorer.truth_file.as_str()) {
                return Err(wrong(format!("it holds no {}", scorer.truth_file)));
            }
            if std::fs::metadata(&file)?.len() > LARGEST_PACK_TRUTH {
                return Err(wrong(format!("it is longer than {LARGEST_PACK_TRUTH} bytes")));
            }
            Truth::read(&std::fs::read(&file)?).map_err(|error| wrong(error.to_string()))?;
        }
    }
    Ok(())
}

/// Every page with its text in both languages.
pub fn pages(root: &Path, definition: &Definition) -> Result<Vec<(PageDefinition, Text)>, DefinitionError> {
    let text = |path: &str| {
        let full = pack::resolve(root, path)?;
        if std::fs::metadata(&full)?.len() > LONGEST_TEXT {
            return Err(DefinitionError::Wrong { place: path.to_owned(), reason: too_long() });
        }
        std::fs::read_to_string(full)
            .map_err(|_| DefinitionError::Wrong { place: path.to_owned(), reason: not_utf8() })
    };
    definition
        .pages
        .iter()
        .map(|page| Ok((page.clone(), Text { vi: text(&page.vi)?, en: text(&page.en)? })))
        .collect()
}

fn too_long() -> Text {
    Text::new(format!("dài hơn {LONGEST_TEXT} byte"), format!("it is longer than {LONGEST_TEXT} bytes"))
}

fn not_utf8() -> Text {
    Text::new("không phải văn bản UTF-8", "it is no UTF-8 text")
}
