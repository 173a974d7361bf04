//! Sandbox images: archives that an administrator stores, and the id that an engine will give them.

use std::{fs::File, io::Read, path::Path};

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{Judging, JudgingError, model::ImageItem, store};
use crate::{
    kernel::ids::{UploadId, UserId},
    web::{Problem, internal},
};

/// `manifest.json` and image configurations are small; anything larger is not one.
const LARGEST_JSON: u64 = 4 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManifestItem {
    config: String,
}

impl Judging {
    pub async fn images(&self) -> Result<Vec<ImageItem>, JudgingError> {
        Ok(store::images::list(&mut *self.db.acquire().await?).await?)
    }

    /// Stores an uploaded archive under a name.
    pub async fn put_image(&self, user: UserId, name: &str, upload: UploadId) -> Result<ImageItem, Problem> {
        let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 40 || !name.chars().all(right) {
            return Err(Problem::invalid(
                "name",
                "Tên ảnh chỉ gồm chữ thường, số và gạch nối, tối đa 40 ký tự.",
                "An image's name has lower-case letters, digits and hyphens, at most 40.",
            ));
        }
        let finished = self.uploads.finish(user, upload).await?;
        let archive = self.storage.local(&finished.blob).await.map_err(internal)?;
        let image_id =
            tokio::task::spawn_blocking(move || image_id(archive.path())).await.map_err(internal)??;
        let mut tx = self.db.begin().await?;
        self.uploads.mark_used(&mut tx, upload).await?;
        store::images::put(&mut tx, name, &image_id, finished.blob.id).await?;
        tx.commit().await?;
        Ok(ImageItem {
            name: name.to_owned(),
            image_id,
            archive_sha256: finished.blob.sha256_hex(),
            size: finished.blob.size,
        })
    }
}

/// The id that an engine gives the image: the hash of its configuration.
fn image_id(archive: &Path) -> Result<String, JudgingError> {
    let bad = |reason: &str| JudgingError::BadImage { reason: reason.to_owned() };
    let manifest = entry(archive, "manifest.json")?.ok_or_else(|| bad("it holds no manifest.json"))?;
    let items: Vec<ManifestItem> =
        serde_json::from_slice(&manifest).map_err(|e| JudgingError::BadImage { reason: e.to_string() })?;
    let [item] = items.as_slice() else { return Err(bad("it must hold exactly one image")) };
    let config = entry(archive, &item.config)?.ok_or_else(|| bad("it lacks its configuration"))?;
    Ok(format!("sha256:{}", hex::encode(Sha256::digest(&config))))
}

/// One small file of a tar archive.
fn entry(archive: &Path, name: &str) -> Result<Option<Vec<u8>>, JudgingError> {
    let broken = |e: std::io::Error| JudgingError::BadImage { reason: e.to_string() };
    let file = File::open(archive).map_err(crate::storage::StorageError::from)?;
    let mut tar = tar::Archive::new(std::io::BufReader::with_capacity(1 << 20, file));
    for entry in tar.entries_with_seek().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let path = entry.path().map_err(broken)?;
        let path = path.strip_prefix("./").unwrap_or(&path);
        if path == Path::new(name) {
            let mut bytes = Vec::new();
            entry.take(LARGEST_JSON).read_to_end(&mut bytes).map_err(broken)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(files: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = tar::Builder::new(file.as_file());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, name, *bytes).unwrap();
        }
        tar.finish().unwrap();
        drop(tar);
        file
    }

    #[test]
    fn the_id_is_the_hash_of_the_configuration() {
        let config: &[u8] = br#"{"architecture":"amd64"}"#;
        let file = archive(&[("config.json", config), ("manifest.json", br#"[{"Config":"config.json"}]"#)]);
        let expected = format!("sha256:{}", hex::encode(Sha256::digest(config)));
        assert_eq!(image_id(file.path()).unwrap(), expected);
    }

    #[test]
    fn what_is_no_image_is_refused_with_its_reason() {
        let reason = |files: &[(&str, &[u8])]| image_id(archive(files).path()).unwrap_err().to_string();
        assert!(reason(&[("a", b"b")]).contains("manifest.json"));
        assert!(reason(&[("manifest.json", b"[]")]).contains("exactly one"));
        assert!(reason(&[("manifest.json", br#"[{"Config":"x"}]"#)]).contains("configuration"));
        let junk = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(junk.path(), [7; 5000]).unwrap();
        assert!(matches!(image_id(junk.path()), Err(JudgingError::BadImage { .. })));
    }
}
