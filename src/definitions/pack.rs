//! Packs folders and files of a definition as ZIP archives whose bytes depend on their content only.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Component, Path, PathBuf},
};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use super::DefinitionError;

/// The path below the folder that a definition names; it must stay inside.
pub fn resolve(root: &Path, path: &str) -> Result<PathBuf, DefinitionError> {
    let relative = Path::new(path);
    let inside = relative.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    let full = root.join(relative);
    // Unpacking refused links already; looking again costs nothing.
    let is_link = fs::symlink_metadata(&full).is_ok_and(|m| m.is_symlink());
    if path.is_empty() || !inside || is_link || !full.exists() {
        return Err(DefinitionError::MissingFile(path.to_owned()));
    }
    Ok(full)
}

/// Packs a folder's content, or a single file, into `into`.
pub fn pack(source: &Path, into: &mut (impl Write + Seek)) -> io::Result<()> {
    let (files, base) = if source.is_dir() {
        (files_below(source)?, source)
    } else {
        (vec![source.to_owned()], source.parent().expect("a file lies in a folder"))
    };
    let mut zip = ZipWriter::new(into);
    for path in files {
        let name = path.strip_prefix(base).expect("collected below it");
        let name = name.to_str().ok_or_else(|| io::Error::other("a file's name is no UTF-8"))?;
        let large = path.metadata()?.len() >= u64::from(u32::MAX);
        zip.start_file(name, entry_options().large_file(large)).map_err(io::Error::other)?;
        io::copy(&mut File::open(&path)?, &mut zip)?;
    }
    zip.finish().map_err(io::Error::other)?;
    Ok(())
}

/// Times and owners take no part in an archive.
pub fn entry_options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// All files of a folder, in order.
pub fn files_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != "__pycache__" {
            collect(&entry.path(), files)?;
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn the_same_files_give_the_same_bytes_whenever_they_were_written() {
        let bytes = || {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("b")).unwrap();
            fs::write(folder.path().join("b/x"), "1").unwrap();
            fs::write(folder.path().join("a"), "2").unwrap();
            let mut out = Cursor::new(Vec::new());
            pack(folder.path(), &mut out).unwrap();
            out.into_inner()
        };
        let first = bytes();
        assert_eq!(first, bytes());
        let archive = zip::ZipArchive::new(Cursor::new(first)).unwrap();
        let names: Vec<_> = archive.file_names().map(Result::unwrap).collect();
        assert_eq!(names, ["a", "b/x"]);
    }

    #[test]
    fn a_path_cannot_leave_the_definition() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a"), "").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
        assert!(resolve(folder.path(), "a").is_ok());
        for path in ["../a", "/etc/hostname", "", "link", "missing", "a/../../b"] {
            assert!(resolve(folder.path(), path).is_err(), "{path}");
        }
    }
}
