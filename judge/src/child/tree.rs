//! The folder into which an archive is unpacked: counts everything, overwrites nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::Write,
    os::{fd::OwnedFd, unix::fs::PermissionsExt},
    path::PathBuf,
};

use judge_core::faults::{FaultKind, quote};
use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::{UnpackError, names};

#[derive(Debug)]
pub(crate) struct Tree {
    top: OwnedFd,
    path: PathBuf,
    limit_bytes: u64,
    limit_files: u64,
    bytes: u64,
    files: u64,
    /// Collision key → whether it is a folder.
    taken: BTreeMap<String, bool>,
    /// Plain files, as named.
    names: BTreeSet<String>,
}

const BENEATH: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

impl Tree {
    pub fn open(path: PathBuf, limit_bytes: u64, limit_files: u64) -> std::io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = rustix::fs::open(&path, flags, Mode::empty())?;
        Ok(Self {
            top,
            path,
            limit_bytes,
            limit_files,
            bytes: 0,
            files: 0,
            taken: BTreeMap::new(),
            names: BTreeSet::new(),
        })
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn files(&self) -> u64 {
        self.files
    }

    /// Refuses an archive by the number of its entries alone.
    pub fn check_count(&self, entries: u64) -> Result<(), UnpackError> {
        if entries > self.limit_files {
            return Err(FaultKind::TooManyFiles { limit: self.limit_files }.into());
        }
        Ok(())
    }

    /// Makes a folder; naming it twice is harmless.
    pub fn folder(&mut self, path: &str) -> Result<(), UnpackError> {
        let components = names::components(path)?;
        self.folders(&components)
    }

    /// Makes a file and the folders above it.
    pub fn file(&mut self, path: &str) -> Result<NewFile<'_>, UnpackError> {
        let components = names::components(path)?;
        let (_, above) = components.split_last().expect("a path has a last component");
        self.folders(above)?;
        self.take(&components, false)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let relative = components.join("/");
        let file = rustix::fs::openat2(&self.top, &relative, flags, Mode::from_raw_mode(0o644), BENEATH)
            .map_err(|error| UnpackError::Io(error.into()))?;
        let file = File::from(file);
        // The worker's umask takes no part in what a container may read.
        file.set_permissions(fs::Permissions::from_mode(0o644))?;
        self.names.insert(relative);
        Ok(NewFile { tree: self, file })
    }

    fn folders(&mut self, components: &[&str]) -> Result<(), UnpackError> {
        for depth in 1..=components.len() {
            let path = &components[..depth];
            match self.taken.get(&names::collision_key(path)) {
                Some(true) if self.path.join(path.join("/")).is_dir() => continue,
                _ => self.take(path, true)?,
            }
            let full = self.path.join(path.join("/"));
            fs::create_dir(&full)?;
            fs::set_permissions(&full, fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    fn take(&mut self, components: &[&str], is_folder: bool) -> Result<(), UnpackError> {
        if self.files == self.limit_files {
            return Err(FaultKind::TooManyFiles { limit: self.limit_files }.into());
        }
        let key = names::collision_key(components);
        if self.taken.contains_key(&key) {
            let path = quote(&components.join("/"));
            return Err(FaultKind::DuplicatePath { path }.into());
        }
        self.taken.insert(key, is_folder);
        self.files += 1;
        Ok(())
    }

    /// The folder that holds the required files: the top, or the only folder there.
    pub fn root_with(&self, required: &[String]) -> String {
        let holds = |root: &str| {
            required.iter().all(|name| {
                self.names.contains(&if root.is_empty() { name.clone() } else { format!("{root}/{name}") })
            })
        };
        if holds("") {
            return String::new();
        }
        let tops: BTreeSet<&str> =
            self.names.iter().map(|name| name.split_once('/').map_or("", |(top, _)| top)).collect();
        match tops.into_iter().collect::<Vec<_>>().as_slice() {
            [only] if !only.is_empty() && holds(only) => (*only).to_owned(),
            _ => String::new(),
        }
    }
}

/// A file being written.
pub(crate) struct NewFile<'t> {
    tree: &'t mut Tree,
    file: File,
}

impl NewFile<'_> {
    /// Counts before it writes: what an archive says of its size is not believed.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), UnpackError> {
        self.tree.bytes = self.tree.bytes.saturating_add(piece.len() as u64);
        if self.tree.bytes > self.tree.limit_bytes {
            let limit_bytes = self.tree.limit_bytes;
            return Err(FaultKind::UnpackedTooLarge { limit_bytes }.into());
        }
        Ok(self.file.write_all(piece)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(bytes: u64, files: u64) -> (tempfile::TempDir, Tree) {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree::open(folder.path().to_owned(), bytes, files).unwrap();
        (folder, tree)
    }

    fn fault(result: Result<(), UnpackError>) -> FaultKind {
        match result {
            Err(UnpackError::Fault(fault)) => fault.kind,
            other => panic!("a fault was expected, not {other:?}"),
        }
    }

    #[test]
    fn a_name_that_differs_in_case_only_is_there_twice() {
        let (_folder, mut tree) = tree(100, 100);
        tree.file("A/x.py").unwrap().write(b"1").unwrap();
        assert!(matches!(fault(tree.file("A/X.PY").map(drop)), FaultKind::DuplicatePath { .. }));
        assert!(matches!(fault(tree.folder("a")), FaultKind::DuplicatePath { .. }));
        assert!(matches!(fault(tree.file("A").map(drop)), FaultKind::DuplicatePath { .. }));
        tree.file("A/y.py").unwrap();
    }

    #[test]
    fn folders_count_as_files_and_bytes_are_counted_over_all_files() {
        let (_folder, mut limited) = tree(3, 3);
        limited.file("a/b").unwrap().write(b"12").unwrap();
        let mut second = limited.file("c").unwrap();
        assert_eq!(fault(second.write(b"34")), FaultKind::UnpackedTooLarge { limit_bytes: 3 });
        assert_eq!(fault(limited.file("d").map(drop)), FaultKind::TooManyFiles { limit: 3 });
    }

    #[test]
    fn the_only_folder_at_the_top_is_the_root_when_the_required_files_are_there() {
        let required = ["predict.py".to_owned()];
        let (_folder, mut one) = tree(10, 10);
        one.file("bài nộp/predict.py").unwrap();
        one.file("bài nộp/model/w").unwrap();
        assert_eq!(one.root_with(&required), "bài nộp");
        assert_eq!(one.root_with(&["other.py".to_owned()]), "");
        one.file("readme").unwrap();
        assert_eq!(one.root_with(&required), "");
    }
}
