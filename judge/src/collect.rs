//! Takes the results out of an output folder that a stranger's program has filled.
//!
//! Invariants: the containers are gone, so nothing changes any more; no link is followed and no pipe or device is
//! opened for reading; what is read is counted, because a sparse file claims more than the folder can hold.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
    path::{Path, PathBuf},
};

use judge_core::{
    faults::{Fault, FaultKind},
    limits::Limits,
    verdict::Verdict,
};
use rustix::{
    fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags},
    io::Errno,
};
use sha2::{Digest, Sha256};

use crate::child;

/// The archive of an output folder.
#[derive(Debug)]
pub struct Collected {
    pub archive: PathBuf,
    pub sha256: String,
    /// What was left out: links, pipes, and names that could not be unpacked again.
    pub skipped: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("the output is not usable")]
    Faults(Verdict, Vec<Fault>),
    #[error("the output could not be read: {0}")]
    Io(#[from] io::Error),
}

/// A file that the worker adds at the top; one of that name in the folder is left out.
#[derive(Debug, Clone, Copy)]
pub struct Own<'a> {
    pub name: &'a str,
    pub bytes: &'a [u8],
}

/// Packs the folder into a tar archive and hashes it. Blocks: call it where blocking is allowed.
pub fn collect(
    folder: &Path,
    required: &[String],
    own: Option<Own<'_>>,
    limits: &Limits,
    archive: PathBuf,
) -> Result<Collected, CollectError> {
    let top = open_top(folder)?;
    let faults: Vec<Fault> = required.iter().filter_map(|name| check_required(&top, name)).collect();
    if !faults.is_empty() {
        return Err(CollectError::Faults(Verdict::WrongFormat, faults));
    }
    let writer = HashingWriter { inner: BufWriter::new(File::create_new(&archive)?), hash: Sha256::new() };
    let mut packer = Packer {
        tar: tar::Builder::new(writer),
        left: limits.output_bytes,
        limits,
        own: own.map(|own| own.name),
        skipped: Vec::new(),
    };
    if let Some(Own { name, bytes }) = own {
        packer.add(name, tar::EntryType::Regular, bytes.len() as u64, bytes)?;
    }
    packer.pack(&top)?;
    let mut writer = packer.tar.into_inner()?;
    writer.flush()?;
    Ok(Collected { archive, sha256: hex::encode(writer.hash.finalize()), skipped: packer.skipped })
}

/// The content of one plain file in the folder, at most `limit` bytes; `None` when it is not there.
pub fn read_file(folder: &Path, name: &str, limit: u64) -> Result<Option<Vec<u8>>, FaultKind> {
    let unreadable = |error: io::Error| FaultKind::ScoresUnreadable { reason: error.to_string() };
    let top = open_top(folder).map_err(unreadable)?;
    match kind_of(&top, name) {
        Err(Errno::NOENT) => return Ok(None),
        Ok(FileType::RegularFile) => {}
        Ok(_) | Err(_) => {
            return Err(FaultKind::NotARegularFile { path: name.to_owned() });
        }
    }
    let file = open_beneath(&top, name, OFlags::RDONLY).map_err(|error| unreadable(error.into()))?;
    let mut bytes = Vec::new();
    File::from(file).take(limit + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(FaultKind::ScoresUnreadable { reason: format!("> {limit} bytes") });
    }
    Ok(Some(bytes))
}

fn open_top(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    Ok(rustix::fs::open(folder, flags, Mode::empty())?)
}

fn open_beneath(top: &OwnedFd, path: &str, flags: OFlags) -> Result<OwnedFd, Errno> {
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    // Non-blocking: opening a pipe would wait for its other end.
    let wait = if flags.contains(OFlags::PATH) { OFlags::empty() } else { OFlags::NONBLOCK };
    let flags = flags | wait | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat2(top, path, flags, Mode::empty(), beneath)
}

/// The type of what stands at a path, reached through plain folders only.
fn kind_of(top: &OwnedFd, path: &str) -> Result<FileType, Errno> {
    let found = open_beneath(top, path, OFlags::PATH)?;
    let stat = rustix::fs::statat(&found, "", AtFlags::EMPTY_PATH)?;
    Ok(FileType::from_raw_mode(stat.st_mode))
}

fn check_required(top: &OwnedFd, name: &str) -> Option<Fault> {
    let path = name.to_owned();
    match kind_of(top, name) {
        Ok(FileType::RegularFile) => None,
        // LOOP: a link stands in the way.
        Ok(_) | Err(Errno::LOOP) => Some(Fault::new(FaultKind::NotARegularFile { path })),
        Err(_) => Some(Fault::new(FaultKind::MissingFile { path })),
    }
}

struct HashingWriter {
    inner: BufWriter<File>,
    hash: Sha256,
}

impl Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

struct Packer<'a> {
    tar: tar::Builder<HashingWriter>,
    /// Bytes that may still be packed.
    left: u64,
    limits: &'a Limits,
    /// Name at the top that the worker has taken.
    own: Option<&'a str>,
    skipped: Vec<String>,
}

impl Packer<'_> {
    fn pack(&mut self, top: &OwnedFd) -> Result<(), CollectError> {
        let mut folders = vec![String::new()];
        while let Some(folder) = folders.pop() {
            for name in names(top, &folder)? {
                let path = match name {
                    Ok(name) if folder.is_empty() => name,
                    Ok(name) => format!("{folder}/{name}"),
                    Err(unreadable) => {
                        self.skipped.push(unreadable);
                        continue;
                    }
                };
                match kind_of(top, &path) {
                    Ok(_) if self.own.is_some_and(|own| own.eq_ignore_ascii_case(&path)) => {
                        self.skipped.push(path);
                    }
                    Ok(kind) if !child::is_safe_name(&path) || !is_plain(kind) => self.skipped.push(path),
                    Ok(FileType::Directory) => {
                        self.add(&path, tar::EntryType::Directory, 0, io::empty())?;
                        folders.push(path);
                    }
                    Ok(_) => self.pack_file(top, &path)?,
                    Err(_) => self.skipped.push(path),
                }
            }
        }
        Ok(())
    }

    fn pack_file(&mut self, top: &OwnedFd, path: &str) -> Result<(), CollectError> {
        let file = File::from(open_beneath(top, path, OFlags::RDONLY).map_err(io::Error::from)?);
        let size = file.metadata()?.len();
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            let kind = FaultKind::OutputBytes { limit_bytes: self.limits.output_bytes };
            CollectError::Faults(Verdict::OutputLimit, vec![Fault::new(kind)])
        })?;
        self.add(path, tar::EntryType::Regular, size, file.take(size))
    }

    /// The same files give the same archive: no times, no owners.
    fn add(
        &mut self,
        path: &str,
        kind: tar::EntryType,
        size: u64,
        content: impl Read,
    ) -> Result<(), CollectError> {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(if kind == tar::EntryType::Directory { 0o755 } else { 0o644 });
        header.set_size(size);
        Ok(self.tar.append_data(&mut header, path, content)?)
    }
}

fn is_plain(kind: FileType) -> bool {
    matches!(kind, FileType::RegularFile | FileType::Directory)
}

/// Names in a folder, sorted; `Err` shows a name that is no UTF-8.
fn names(top: &OwnedFd, folder: &str) -> io::Result<Vec<Result<String, String>>> {
    let path = if folder.is_empty() { "." } else { folder };
    let open = open_beneath(top, path, OFlags::RDONLY | OFlags::DIRECTORY)?;
    let mut names = Vec::new();
    for entry in Dir::new(open)? {
        let entry = entry?;
        let name = std::ffi::OsStr::from_bytes(entry.file_name().to_bytes());
        match name.to_str() {
            Some("." | "..") => {}
            Some(name) => names.push(Ok(name.to_owned())),
            None => names.push(Err(name.to_string_lossy().into_owned())),
        }
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    fn collected(folder: &Path, required: &[&str]) -> Result<Collected, CollectError> {
        let required: Vec<String> = required.iter().map(|name| (*name).to_owned()).collect();
        let archive = folder.parent().unwrap().join("out.tar");
        let _ = fs::remove_file(&archive);
        let limits = Limits { output_bytes: 10_000, ..Limits::default() };
        collect(folder, &required, None, &limits, archive)
    }

    fn folder() -> (tempfile::TempDir, PathBuf) {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("output");
        fs::create_dir(&folder).unwrap();
        (outer, folder)
    }

    fn kinds(result: Result<Collected, CollectError>) -> Vec<FaultKind> {
        match result {
            Err(CollectError::Faults(_, faults)) => faults.into_iter().map(|fault| fault.kind).collect(),
            other => panic!("faults were expected, not {other:?}"),
        }
    }

    #[test]
    fn links_and_pipes_are_neither_followed_nor_opened() {
        let (_outer, folder) = folder();
        let not_regular = |path: &str| FaultKind::NotARegularFile { path: path.to_owned() };
        symlink("/etc/passwd", folder.join("a.csv")).unwrap();
        let mode = Mode::from_raw_mode(0o644);
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("b.csv"), mode).unwrap();
        symlink("/etc", folder.join("etc")).unwrap();
        fs::create_dir(folder.join("d.csv")).unwrap();
        let found = kinds(collected(&folder, &["a.csv", "b.csv", "d.csv", "etc/passwd", "e.csv"]));
        assert_eq!(found[..3], [not_regular("a.csv"), not_regular("b.csv"), not_regular("d.csv")]);
        assert_eq!(found[3], not_regular("etc/passwd"));
        assert_eq!(found[4], FaultKind::MissingFile { path: "e.csv".into() });
        let fine = collected(&folder, &[]).unwrap();
        assert_eq!(fine.skipped, ["a.csv", "b.csv", "etc"]);
    }

    #[test]
    fn the_workers_own_file_stands_where_a_program_planted_one() {
        let (outer, folder) = folder();
        fs::create_dir(folder.join("metadata")).unwrap();
        fs::write(folder.join("metadata/x"), "planted").unwrap();
        fs::write(folder.join("Metadata"), "planted").unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let own = Own { name: "metadata", bytes: b"exitCode: 0" };
        let archive = outer.path().join("out.tar");
        let collected = collect(&folder, &[], Some(own), &Limits::default(), archive.clone()).unwrap();
        assert_eq!(collected.skipped, ["Metadata", "metadata"]);
        let mut tar = tar::Archive::new(File::open(archive).unwrap());
        let mut texts = Vec::new();
        for entry in tar.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            texts.push((entry.path().unwrap().display().to_string(), text));
        }
        let texts: Vec<_> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(texts, [("metadata", "exitCode: 0"), ("a", "1")]);
    }

    #[test]
    fn a_sparse_file_counts_with_the_size_it_claims() {
        let (_outer, folder) = folder();
        File::create(folder.join("big")).unwrap().set_len(1 << 40).unwrap();
        assert_eq!(kinds(collected(&folder, &[])), [FaultKind::OutputBytes { limit_bytes: 10_000 }]);
    }

    #[test]
    fn the_same_files_give_the_same_archive() {
        let (_outer, folder) = folder();
        fs::create_dir(folder.join("thư mục")).unwrap();
        fs::write(folder.join("thư mục/b"), "2").unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        let first = collected(&folder, &["a"]).unwrap().sha256;
        fs::remove_file(folder.join("a")).unwrap();
        fs::write(folder.join("a"), "1").unwrap();
        assert_eq!(collected(&folder, &["a"]).unwrap().sha256, first);
    }
}
