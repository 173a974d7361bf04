//! The sample competitions' folder: `<data set>/dautri.yaml` and `<data set>/samples/<sample>/`.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use crate::cli::client::{Packed, hash_file, pack_folder};

#[derive(Debug)]
pub struct Dataset {
    pub name: String,
    pub folder: PathBuf,
    pub samples: Vec<Sample>,
}

#[derive(Debug)]
pub struct Sample {
    /// `digits/nearest-centroid`
    pub name: String,
    pub dataset: String,
    folder: PathBuf,
    pub expected: Expected,
}

/// What must come of a sample: `expected.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    pub team: String,
    /// Slugs.
    pub division: String,
    pub track: String,
    pub phase: String,
    pub verdict: String,
    /// Split → metric → value.
    #[serde(default)]
    pub scores: BTreeMap<String, BTreeMap<String, f64>>,
    /// The largest difference of a score that is let pass.
    #[serde(default)]
    pub tolerance: f64,
}

/// What is handed in for a sample.
#[derive(Debug)]
pub struct SampleFile {
    packed: Option<Packed>,
    plain: PathBuf,
    pub name: String,
    pub sha256: String,
}

impl SampleFile {
    pub fn path(&self) -> &Path {
        self.packed.as_ref().map_or(&self.plain, Packed::path)
    }
}

impl Sample {
    /// The folder `submission` as a ZIP archive, or else the one file `submission.*`.
    pub async fn pack(&self) -> anyhow::Result<SampleFile> {
        let folder = self.folder.join("submission");
        if folder.is_dir() {
            let packed = pack_folder(&folder, &[]).await?;
            let sha256 = packed.sha256.clone();
            return Ok(SampleFile {
                packed: Some(packed),
                plain: folder,
                name: "submission.zip".to_owned(),
                sha256,
            });
        }
        let plain = entries(&self.folder)?
            .into_iter()
            .find(|path| path.file_stem().is_some_and(|stem| stem == "submission"))
            .with_context(|| format!("{} has no submission", self.folder.display()))?;
        let name = plain.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        let sha256 = File::open(&plain).and_then(|mut file| hash_file(&mut file))?;
        Ok(SampleFile { packed: None, plain, name, sha256 })
    }
}

/// Reads all data sets, by name.
pub fn read(root: &Path) -> anyhow::Result<Vec<Dataset>> {
    let mut datasets = Vec::new();
    for folder in entries(root)?.into_iter().filter(|folder| folder.join("dautri.yaml").is_file()) {
        let name = name_of(&folder);
        let samples = samples(&name, &folder.join("samples"))?;
        datasets.push(Dataset { name, folder, samples });
    }
    ensure!(!datasets.is_empty(), "{} holds no folder with a dautri.yaml", root.display());
    Ok(datasets)
}

fn samples(dataset: &str, root: &Path) -> anyhow::Result<Vec<Sample>> {
    if !root.is_dir() {
        return Ok(Vec::new());
    }
    let mut samples = Vec::new();
    for folder in entries(root)?.into_iter().filter(|folder| folder.is_dir()) {
        let path = folder.join("expected.json");
        let text = fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let expected =
            serde_json::from_slice(&text).with_context(|| format!("{} is wrong", path.display()))?;
        let name = format!("{dataset}/{}", name_of(&folder));
        samples.push(Sample { name, dataset: dataset.to_owned(), folder, expected });
    }
    Ok(samples)
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut found = read().with_context(|| format!("{} cannot be read", folder.display()))?;
    found.sort();
    Ok(found)
}

fn name_of(folder: &Path) -> String {
    folder.file_name().expect("an entry has a name").to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_sample_is_a_folder_or_one_file() {
        let root = tempfile::tempdir().unwrap();
        let samples = root.path().join("digits/samples");
        fs::create_dir_all(samples.join("a/submission")).unwrap();
        fs::create_dir_all(samples.join("b")).unwrap();
        fs::write(root.path().join("digits/dautri.yaml"), "version: 1").unwrap();
        fs::write(samples.join("a/submission/predict.py"), "1").unwrap();
        fs::write(samples.join("b/submission.csv"), "id,label").unwrap();
        let expected = r#"{"team": "Sao Mai", "division": "a", "track": "digits", "phase": "main", "verdict": "scored"}"#;
        for name in ["a", "b"] {
            fs::write(samples.join(name).join("expected.json"), expected).unwrap();
        }
        let datasets = read(root.path()).unwrap();
        let [a, b] = &datasets[0].samples[..] else { panic!("{datasets:?}") };
        assert_eq!((a.name.as_str(), b.name.as_str()), ("digits/a", "digits/b"));
        assert_eq!(a.pack().await.unwrap().name, "submission.zip");
        let file = b.pack().await.unwrap();
        assert_eq!(
            (file.name.as_str(), fs::read(file.path()).unwrap()),
            ("submission.csv", b"id,label".to_vec())
        );
    }
}
