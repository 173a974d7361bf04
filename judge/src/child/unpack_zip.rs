//! Reads a stranger's ZIP archive.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::FileExt,
    sync::Arc,
};

use judge_core::faults::{Fault, FaultKind, quote};
use zip::{
    CompressionMethod, ZipReadOptions,
    read::{Config, ZipFileEntry},
    result::ZipError,
    unstable::read::ZipIterable,
};

use super::{UnpackError, copy_in_pieces, tree::Tree};

/// Faults of an archive that are listed before reading stops.
const MOST_FAULTS: usize = 50;
const FOLDER: u32 = 0o040_000;
const PLAIN: u32 = 0o100_000;
const KIND: u32 = 0o170_000;

/// Unpacks all plain files, and names every fault on the way. What macOS adds to every archive is left out.
pub(crate) fn unpack(archive: File, tree: &mut Tree) -> Result<(), UnpackError> {
    let reader = Shared { length: archive.metadata()?.len(), file: Arc::new(archive), position: 0 };
    if reader.length == 0 {
        return Err(FaultKind::EmptyFile.into());
    }
    let mut entries = open(reader)?;
    if entries.is_empty() {
        return Err(FaultKind::EmptyArchive.into());
    }
    tree.check_count(entries.len() as u64)?;
    let mut contents = entries.files().map_err(corrupt)?.reader_mut().clone();
    let mut faults = Vec::new();
    for entry in entries.files().map_err(corrupt)? {
        match unpack_entry(entry.map_err(corrupt)?, &mut contents, tree) {
            Ok(()) => {}
            Err(UnpackError::Faults(of_entry)) => {
                let is_last = of_entry.iter().any(ends_reading);
                faults.extend(of_entry);
                if is_last || faults.len() >= MOST_FAULTS {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    if faults.is_empty() && tree.files() == 0 {
        return Err(FaultKind::EmptyArchive.into());
    }
    if faults.is_empty() { Ok(()) } else { Err(UnpackError::Faults(faults)) }
}

/// The content of one file, at most `limit` bytes; `None` when there is no such file. The others are not read.
pub(crate) fn read_one(archive: File, name: &str, limit: u64) -> Result<Option<Vec<u8>>, UnpackError> {
    let reader = Shared { length: archive.metadata()?.len(), file: Arc::new(archive), position: 0 };
    let mut entries = open(reader)?;
    let mut contents = entries.files().map_err(corrupt)?.reader_mut().clone();
    for entry in entries.files().map_err(corrupt)? {
        let entry = entry.map_err(corrupt)?;
        if entry.name().map_err(corrupt)? != name {
            continue;
        }
        let content = entry.with_reader(&mut contents, ZipReadOptions::new()).map_err(corrupt)?;
        let mut bytes = Vec::new();
        content.take(limit + 1).read_to_end(&mut bytes).map_err(corrupt)?;
        if bytes.len() as u64 > limit {
            return Err(FaultKind::UnpackedTooLarge { limit_bytes: limit }.into());
        }
        return Ok(Some(bytes));
    }
    Ok(None)
}

/// Whether nothing more is read after this fault: a limit is reached.
fn ends_reading(fault: &Fault) -> bool {
    matches!(fault.kind, FaultKind::TooManyFiles { .. } | FaultKind::UnpackedTooLarge { .. })
}

fn open(mut reader: Shared) -> Result<ZipIterable<Shared>, UnpackError> {
    let mut magic = [0; 2];
    let named_zip = reader.read_exact(&mut magic).is_ok() && &magic == b"PK";
    reader.rewind()?;
    match ZipIterable::try_new(reader, Config::default()) {
        // The two copies of an entry's name and size must agree: programs that read only one see the same files.
        Ok(entries) => Ok(entries.enforce_header_consistency(true)),
        Err(ZipError::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error.into()),
        Err(_) if named_zip => Err(FaultKind::CorruptArchive.into()),
        Err(_) => Err(FaultKind::NotAZip.into()),
    }
}

fn unpack_entry<'e>(
    entry: ZipFileEntry<'e>,
    contents: &'e mut Shared,
    tree: &mut Tree,
) -> Result<(), UnpackError> {
    let name = entry.name().map_err(corrupt)?.into_owned();
    check_kind(&entry, &name)?;
    if is_macos_extra(&name) {
        return Ok(super::names::components(&name).map(drop)?);
    }
    if entry.is_dir() {
        return tree.folder(&name);
    }
    let broken = || UnpackError::from(Fault::in_file(quote(&name), FaultKind::CorruptArchive));
    let mut content = entry.with_reader(contents, ZipReadOptions::new()).map_err(|_| broken())?;
    let mut file = tree.file(&name)?;
    copy_in_pieces(&mut content, |piece| file.write(piece), |_| broken())
}

/// Plain files and folders only, packed in a way that is read here.
fn check_kind(entry: &ZipFileEntry<'_>, name: &str) -> Result<(), UnpackError> {
    let path = quote(name);
    let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
    if entry.is_symlink() || !matches!(kind, 0 | FOLDER | PLAIN) {
        return Err(FaultKind::LinkEntry { path }.into());
    }
    if entry.encrypted() {
        return Err(FaultKind::EncryptedEntry { path }.into());
    }
    if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
        return Err(Fault::in_file(path, FaultKind::CorruptArchive).into());
    }
    Ok(())
}

fn is_macos_extra(name: &str) -> bool {
    name.starts_with("__MACOSX/") || name.rsplit('/').next() == Some(".DS_Store")
}

fn corrupt<E>(_: E) -> UnpackError {
    FaultKind::CorruptArchive.into()
}

/// A file read at positions of its own: the directory and the entries' contents are read in turns.
#[derive(Debug, Clone)]
struct Shared {
    file: Arc<File>,
    position: u64,
    length: u64,
}

impl Read for Shared {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.position)?;
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for Shared {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
