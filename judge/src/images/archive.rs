//! Which image an archive holds, read before an engine gets it.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// `manifest.json` and configurations are small; anything larger is not one.
const LARGEST_JSON: u64 = 4 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ManifestItem {
    config: String,
}

/// The hash of the configuration of the archive's only image, `sha256:…`.
pub fn image_id(archive: &Path) -> io::Result<String> {
    let manifest = entry(archive, "manifest.json")?;
    let items: Vec<ManifestItem> = serde_json::from_slice(&manifest)?;
    let [item] = items.as_slice() else {
        return Err(io::Error::other("it must hold exactly one image"));
    };
    let config = entry(archive, &item.config)?;
    Ok(format!("sha256:{}", hex::encode(Sha256::digest(&config))))
}

fn entry(archive: &Path, name: &str) -> io::Result<Vec<u8>> {
    let mut tar = tar::Archive::new(BufReader::with_capacity(1024 * 1024, File::open(archive)?));
    for entry in tar.entries_with_seek()? {
        let entry = entry?;
        let path = entry.path()?;
        if path.strip_prefix("./").unwrap_or(&path) == Path::new(name) {
            let mut bytes = Vec::new();
            entry.take(LARGEST_JSON).read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
    }
    Err(io::Error::other(format!("it lacks {name}")))
}
