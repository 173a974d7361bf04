//! What people agree to: the privacy notice and the terms, in versions.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use anyhow::{Context as _, ensure};
use judge_core::text::Text;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

const EMBEDDED: &str = include_str!("../../docs/documents.yaml");

/// One text that people agree to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Changes with the text; people are then asked again.
    #[schema(example = "2026-11")]
    pub version: String,
    pub title: Text,
    pub body: Text,
}

impl Document {
    /// Of the text in both languages.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        for part in [&self.title.vi, &self.title.en, &self.body.vi, &self.body.en] {
            hasher.update(part.as_bytes());
            hasher.update([0]);
        }
        hasher.finalize().into()
    }
}

/// The texts of this site.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    pub privacy: Document,
    pub terms: Document,
}

impl Documents {
    /// The embedded texts.
    pub fn embedded() -> Arc<Self> {
        Arc::new(Self::parse(EMBEDDED).expect("a test reads the embedded texts"))
    }

    /// The operator's texts, or the embedded ones.
    pub fn load(file: Option<&Path>) -> anyhow::Result<Arc<Self>> {
        let Some(file) = file else { return Ok(Self::embedded()) };
        let name = file.display();
        let text =
            fs::read_to_string(file).with_context(|| format!("{name} (DAUTRI_DOCUMENTS) cannot be read"))?;
        let documents = Self::parse(&text).with_context(|| {
            format!("{name} (DAUTRI_DOCUMENTS) is not of the form of docs/documents.yaml")
        })?;
        Ok(Arc::new(documents))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let documents: Self = serde_saphyr::from_str(text)?;
        for (name, document) in documents.named() {
            let whole = [&document.title.vi, &document.title.en, &document.body.vi, &document.body.en];
            ensure!(
                whole.iter().all(|text| !text.trim().is_empty()),
                "{name} lacks a text in Vietnamese or English"
            );
            ensure!(
                (1..=40).contains(&document.version.len()),
                "{name} needs a version of 1 to 40 characters"
            );
        }
        Ok(documents)
    }

    /// Each with its name in the database.
    pub fn named(&self) -> BTreeMap<&'static str, &Document> {
        BTreeMap::from([("privacy", &self.privacy), ("terms", &self.terms)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_texts_are_whole() {
        let documents = Documents::embedded();
        assert_ne!(documents.privacy.hash(), documents.terms.hash());
        assert!(documents.privacy.body.vi.contains("xóa tài khoản"));
    }

    #[test]
    fn an_operators_file_without_english_or_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("documents.yaml");
        for (from, to) in [
            ("en: Terms of use", "en: \"\""),
            ("version: \"2026-11\"", "version: \"\""),
            ("terms:", "rules:"),
        ] {
            fs::write(&file, EMBEDDED.replace(from, to)).unwrap();
            let fault = format!("{:#}", Documents::load(Some(&file)).unwrap_err());
            assert!(fault.contains("DAUTRI_DOCUMENTS"), "{fault}");
        }
        fs::write(&file, EMBEDDED.replace("2026-11", "2027-01")).unwrap();
        assert_eq!(Documents::load(Some(&file)).unwrap().terms.version, "2027-01");
        assert!(Documents::load(Some(Path::new("/không/có"))).is_err());
    }
}
