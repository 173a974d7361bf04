//! The sections `data` and `rules` of a definition: their shape, and what they become.

use std::{
    collections::HashSet,
    path::{Component, Path, PathBuf},
};

use chrono::{DateTime, FixedOffset};
use judge_core::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    DefinitionError,
    model::Definition,
    pack,
    packs::{Packs, data_key, file_key, packed_name},
    rules::wrong,
};
use crate::data::{
    self,
    model::{Access, DataFile, Moment, NewSet},
};

/// The most files of one set.
const MOST_FILES: usize = 200_000;

/// What contestants accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RulesDefinition {
    /// Slug of the page that holds the rules.
    pub page: String,
    /// Whoever hands in has accepted them, as they are then.
    pub required: bool,
}

impl Default for RulesDefinition {
    fn default() -> Self {
        Self { page: "rules".to_owned(), required: false }
    }
}

impl RulesDefinition {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Files that belong together. A change of them makes a new version.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSetDefinition {
    pub slug: String,
    pub title: Text,
    /// Who may read it while it is visible.
    #[serde(default)]
    pub access: Access,
    #[serde(default, skip_serializing_if = "VisibleDefinition::is_always")]
    pub visible: VisibleDefinition,
    pub files: Vec<DataFileDefinition>,
    /// Numbers of versions that contestants read no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<i32>,
}

/// When contestants see a set; always where both are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct VisibleDefinition {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<MomentDefinition>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<MomentDefinition>,
}

impl VisibleDefinition {
    fn is_always(&self) -> bool {
        *self == Self::default()
    }
}

/// An instant, or a phase: `from` its start, `until` its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum MomentDefinition {
    At(DateTime<FixedOffset>),
    Phase(PhaseMoment),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseMoment {
    /// `track/phase`
    pub phase: String,
}

/// A file, or a folder with all files below it, each for itself.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataFileDefinition {
    pub path: String,
    /// Other addresses of the file; of a folder, the address below which its files lie.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mirrors: Vec<String>,
    /// Size of a file that only its mirrors have; with `sha256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// SHA-256 of a file that only its mirrors have, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl DataFileDefinition {
    /// Whether only mirrors have it.
    pub fn is_elsewhere(&self) -> bool {
        self.size.is_some() || self.sha256.is_some()
    }
}

/// A file that a set names, where it lies in the unpacked definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// As the set calls it.
    pub path: String,
    pub source: PathBuf,
}

/// The files of all sets that the archive holds.
pub fn found(root: &Path, sets: &[DataSetDefinition]) -> Result<Vec<Found>, DefinitionError> {
    let mut all = Vec::new();
    for set in sets {
        let mut seen = HashSet::new();
        for entry in &set.files {
            let files = if entry.is_elsewhere() {
                vec![Found { path: entry.path.clone(), source: PathBuf::new() }]
            } else {
                below(root, &entry.path)?
            };
            for found in files {
                let place = format!("data.{}.files", set.slug);
                if !data::is_plain_path(&found.path) {
                    return Err(wrong(
                        place,
                        format!("bộ dữ liệu không thể có đường dẫn {:?}", found.path),
                        format!("{:?} is no path that a data set can have", found.path),
                    ));
                }
                if !seen.insert(found.path.clone()) {
                    let path = &found.path;
                    return Err(wrong(place, format!("{path} có hai lần"), format!("{path} is there twice")));
                }
                if seen.len() > MOST_FILES {
                    return Err(wrong(
                        place,
                        format!("một bộ có nhiều nhất {MOST_FILES} tệp"),
                        format!("a set has at most {MOST_FILES} files"),
                    ));
                }
                if !entry.is_elsewhere() {
                    all.push(found);
                }
            }
        }
    }
    Ok(all)
}

/// A file by its plain path, or all files of a folder.
fn below(root: &Path, path: &str) -> Result<Vec<Found>, DefinitionError> {
    let source = pack::resolve(root, path)?;
    let plain = plain(path);
    if !source.is_dir() {
        return Ok(vec![Found { path: plain, source }]);
    }
    let mut files = Vec::new();
    for file in pack::files_below(&source)? {
        let rest = file.strip_prefix(&source).expect("found below it").to_str();
        let rest = rest.ok_or_else(|| {
            wrong(
                "data",
                format!("tên một tệp dưới {path} không phải UTF-8"),
                format!("a file's name below {path} is no UTF-8"),
            )
        })?;
        let path = if plain.is_empty() { rest.to_owned() } else { format!("{plain}/{rest}") };
        files.push(Found { path, source: file });
    }
    Ok(files)
}

/// A path without its detours; it was resolved, so it stays inside.
fn plain(path: &str) -> String {
    let parts = Path::new(path).components().filter_map(|part| match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The sets of a definition as they are written, the section `files` first.
pub fn sets(root: &Path, definition: &Definition, packs: &Packs) -> Result<Vec<NewSet>, DefinitionError> {
    let mut sets = Vec::new();
    if !definition.files.is_empty() {
        sets.push(public_files(definition, packs));
    }
    for set in &definition.data {
        let mut files = Vec::new();
        for entry in &set.files {
            files.extend(data_files(root, entry, packs)?);
        }
        sets.push(NewSet {
            slug: set.slug.clone(),
            title: set.title.clone(),
            access: set.access,
            from: set.visible.from.as_ref().and_then(moment),
            until: set.visible.until.as_ref().and_then(moment),
            withdrawn: set.withdrawn.clone(),
            files,
        });
    }
    Ok(sets)
}

fn public_files(definition: &Definition, packs: &Packs) -> NewSet {
    let file = |file: &super::model::FileDefinition| {
        let packed = &packs.paths[&file_key(&file.path)];
        DataFile {
            path: if packed.is_archive { packed_name(&file.path) } else { file.path.clone() },
            title: Some(file.title.clone()),
            size: packed.size,
            sha256: packed.sha256.clone(),
            blob: Some(packed.as_blob()),
            mirrors: Vec::new(),
        }
    };
    NewSet {
        slug: data::FILES.to_owned(),
        title: Text::new("Tệp của cuộc thi", "Files of the competition"),
        access: Access::Public,
        from: None,
        until: None,
        withdrawn: Vec::new(),
        files: definition.files.iter().map(file).collect(),
    }
}

fn data_files(
    root: &Path,
    entry: &DataFileDefinition,
    packs: &Packs,
) -> Result<Vec<DataFile>, DefinitionError> {
    if let (Some(size), Some(sha256)) = (entry.size, &entry.sha256) {
        let sha256 = hex::decode(sha256).expect("checked before");
        let (path, mirrors) = (entry.path.clone(), entry.mirrors.clone());
        return Ok(vec![DataFile { path, title: None, size, sha256, blob: None, mirrors }]);
    }
    let folder = plain(&entry.path);
    let files = below(root, &entry.path)?.into_iter().map(|found| {
        let packed = &packs.paths[&data_key(&found.path)];
        let rest = found.path.strip_prefix(&folder).map_or("", |rest| rest.trim_start_matches('/'));
        DataFile {
            mirrors: entry.mirrors.iter().map(|mirror| address(mirror, rest)).collect(),
            path: found.path,
            title: None,
            size: packed.size,
            sha256: packed.sha256.clone(),
            blob: Some(packed.as_blob()),
        }
    });
    Ok(files.collect())
}

/// The address of a file below a mirror's; the mirror itself if the entry is the file.
fn address(mirror: &str, rest: &str) -> String {
    let Ok(mut url) = reqwest::Url::parse(mirror) else { return mirror.to_owned() };
    if rest.is_empty() {
        return mirror.to_owned();
    }
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(rest.split('/'));
    }
    url.to_string()
}

fn moment(moment: &MomentDefinition) -> Option<Moment> {
    match moment {
        MomentDefinition::At(at) => Some(Moment::At(at.to_utc())),
        MomentDefinition::Phase(named) => {
            let (track, phase) = named.phase.split_once('/')?;
            Some(Moment::Phase { track: track.to_owned(), phase: phase.to_owned() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirror_of_a_folder_has_its_files_below_it() {
        for (mirror, rest, expected) in [
            ("https://m.vn/a.zip", "", "https://m.vn/a.zip"),
            ("https://m.vn/data", "b/c.csv", "https://m.vn/data/b/c.csv"),
            ("https://m.vn/data/", "b c.csv", "https://m.vn/data/b%20c.csv"),
        ] {
            assert_eq!(address(mirror, rest), expected);
        }
    }

    #[test]
    fn a_folder_stands_for_its_files_and_a_path_is_there_once() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("public/images")).unwrap();
        for path in ["public/a.csv", "public/images/1.png", "public/images/2.png"] {
            std::fs::write(root.path().join(path), path).unwrap();
        }
        let set = |paths: &[&str]| DataSetDefinition {
            slug: "train".into(),
            title: Text::new("", ""),
            access: Access::Public,
            visible: VisibleDefinition::default(),
            files: paths
                .iter()
                .map(|path| DataFileDefinition {
                    path: (*path).to_owned(),
                    mirrors: Vec::new(),
                    size: None,
                    sha256: None,
                })
                .collect(),
            withdrawn: Vec::new(),
        };
        let names = |paths: &[&str]| {
            found(root.path(), &[set(paths)]).map(|all| all.into_iter().map(|f| f.path).collect::<Vec<_>>())
        };
        assert_eq!(
            names(&["./public/images/", "public/a.csv"]).unwrap(),
            ["public/images/1.png", "public/images/2.png", "public/a.csv"]
        );
        assert!(names(&["public", "public/a.csv"]).unwrap_err().to_string().contains("twice"));
        assert!(matches!(names(&["../x"]), Err(DefinitionError::MissingFile(_))));
        assert!(matches!(names(&["public/none"]), Err(DefinitionError::MissingFile(_))));
    }
}
