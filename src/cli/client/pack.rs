//! Folders as ZIP archives whose bytes depend on their files alone, so that an unchanged folder is known again.

use std::{
    fs::{self, File},
    io::{self, Seek as _, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::{ClientError, Result};

/// A folder's archive, in a file that goes away with this value.
#[derive(Debug)]
pub struct Packed {
    file: NamedTempFile,
    /// Lower-case hexadecimal.
    pub sha256: String,
}

impl Packed {
    pub fn path(&self) -> &Path {
        self.file.path()
    }
}

/// Packs a folder, without the entries at its top that are named in `skip`.
pub async fn pack_folder(folder: &Path, skip: &'static [&'static str]) -> Result<Packed> {
    let source = folder.to_owned();
    let packed =
        tokio::task::spawn_blocking(move || pack(&source, skip)).await.expect("packing does not panic");
    packed.map_err(|cause| ClientError::File { file: folder.display().to_string(), cause })
}

fn pack(folder: &Path, skip: &[&str]) -> io::Result<Packed> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !skip.iter().any(|name| path.ends_with(name)) {
            collect(path, &mut files)?;
        }
    }
    files.sort();
    let mut archive = NamedTempFile::new()?;
    let mut zip = ZipWriter::new(archive.as_file_mut());
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for path in files {
        let name = path.strip_prefix(folder).expect("files were found below the folder");
        let name =
            name.to_str().ok_or_else(|| io::Error::other(format!("{} is no UTF-8", name.display())))?;
        let large = path.metadata()?.len() >= u64::from(u32::MAX);
        zip.start_file(name, options.large_file(large)).map_err(io::Error::other)?;
        io::copy(&mut File::open(&path)?, &mut zip)?;
    }
    zip.finish().map_err(io::Error::other)?;
    let sha256 = hash_file(archive.as_file_mut())?;
    Ok(Packed { file: archive, sha256 })
}

/// Finds the files at or below `path`. What a file system holds besides files and folders is no part of it.
fn collect(path: PathBuf, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let kind = fs::symlink_metadata(&path)?.file_type();
    if kind.is_symlink() {
        return Err(io::Error::other(format!("{} is a link; put the file itself there", path.display())));
    }
    if kind.is_file() {
        files.push(path);
    } else if kind.is_dir() && !path.ends_with("__pycache__") {
        for entry in fs::read_dir(&path)? {
            collect(entry?.path(), files)?;
        }
    }
    Ok(())
}

/// SHA-256 of a whole file, in lower-case hexadecimal.
pub fn hash_file(file: &mut File) -> io::Result<String> {
    struct Hash(Sha256);
    impl Write for Hash {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut hash = Hash(Sha256::new());
    file.rewind()?;
    io::copy(file, &mut hash)?;
    Ok(hex::encode(hash.0.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_hash_depends_on_the_files_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("b/__pycache__")).unwrap();
        fs::create_dir_all(folder.path().join("samples/one")).unwrap();
        fs::write(folder.path().join("b/x.csv"), "1").unwrap();
        let first = pack_folder(folder.path(), &["samples"]).await.unwrap().sha256;
        fs::write(folder.path().join("b/__pycache__/x.pyc"), "2").unwrap();
        fs::write(folder.path().join("samples/one/expected.json"), "3").unwrap();
        assert_eq!(pack_folder(folder.path(), &["samples"]).await.unwrap().sha256, first);
        fs::write(folder.path().join("b/x.csv"), "4").unwrap();
        assert_ne!(pack_folder(folder.path(), &["samples"]).await.unwrap().sha256, first);
    }

    #[tokio::test]
    async fn a_link_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("model.bin")).unwrap();
        let fault = pack_folder(folder.path(), &[]).await.unwrap_err().to_string();
        assert!(fault.contains("model.bin is a link"), "{fault}");
    }
}
