//! Where an archive is unpacked: counts everything, overwrites nothing.

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
    place: Place,
    limit_bytes: u64,
    limit_files: u64,
    bytes: u64,
    files: u64,
    /// Collision keys of files and folders.
    taken: BTreeSet<String>,
    /// Folders, as named.
    folders: BTreeSet<String>,
    /// Plain files, as named.
    names: BTreeSet<String>,
}

#[derive(Debug)]
enum Place {
    Folder {
        top: OwnedFd,
        path: PathBuf,
    },
    /// Nothing is written; the files that are wanted are kept, the others are read and counted.
    Memory {
        wanted: Wanted,
        kept: BTreeMap<String, Vec<u8>>,
    },
}

/// Which files are kept in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    All,
    None,
    /// This one, at the top or in a folder.
    Named(String),
}

impl Wanted {
    fn includes(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::None => false,
            Self::Named(name) => {
                path.strip_suffix(name.as_str()).is_some_and(|above| above.is_empty() || above.ends_with('/'))
            }
        }
    }
}

const BENEATH: ResolveFlags =
    ResolveFlags::BENEATH.union(ResolveFlags::NO_SYMLINKS).union(ResolveFlags::NO_MAGICLINKS);

impl Tree {
    pub fn open(path: PathBuf, limit_bytes: u64, limit_files: u64) -> std::io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let top = rustix::fs::open(&path, flags, Mode::empty())?;
        Ok(Self::new(Place::Folder { top, path }, limit_bytes, limit_files))
    }

    /// A tree that leaves the disk alone.
    pub fn in_memory(wanted: Wanted, limit_bytes: u64, limit_files: u64) -> Self {
        Self::new(Place::Memory { wanted, kept: BTreeMap::new() }, limit_bytes, limit_files)
    }

    fn new(place: Place, limit_bytes: u64, limit_files: u64) -> Self {
        Self {
            place,
            limit_bytes,
            limit_files,
            bytes: 0,
            files: 0,
            taken: BTreeSet::new(),
            folders: BTreeSet::new(),
            names: BTreeSet::new(),
        }
    }

    /// Whether there is a plain file of that name.
    pub fn has(&self, path: &str) -> bool {
        self.names.contains(path)
    }

    /// What was kept in memory, by path.
    pub fn into_kept(self) -> BTreeMap<String, Vec<u8>> {
        match self.place {
            Place::Memory { kept, .. } => kept,
            Place::Folder { .. } => BTreeMap::new(),
        }
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
        self.take(&components)?;
        let relative = components.join("/");
        let sink = match &mut self.place {
            Place::Folder { top, .. } => Sink::File(create(top, &relative)?),
            Place::Memory { wanted, kept } if wanted.includes(&relative) => {
                kept.insert(relative.clone(), Vec::new());
                Sink::Kept(relative.clone())
            }
            Place::Memory { .. } => Sink::Nowhere,
        };
        self.names.insert(relative);
        Ok(NewFile { tree: self, sink })
    }

    fn folders(&mut self, components: &[&str]) -> Result<(), UnpackError> {
        for depth in 1..=components.len() {
            let path = &components[..depth];
            let name = path.join("/");
            if self.folders.contains(&name) {
                continue;
            }
            self.take(path)?;
            if let Place::Folder { path: top, .. } = &self.place {
                let full = top.join(&name);
                fs::create_dir(&full)?;
                fs::set_permissions(&full, fs::Permissions::from_mode(0o755))?;
            }
            self.folders.insert(name);
        }
        Ok(())
    }

    fn take(&mut self, components: &[&str]) -> Result<(), UnpackError> {
        if self.files == self.limit_files {
            return Err(FaultKind::TooManyFiles { limit: self.limit_files }.into());
        }
        let key = names::collision_key(components);
        if !self.taken.insert(key) {
            let path = quote(&components.join("/"));
            return Err(FaultKind::DuplicatePath { path }.into());
        }
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

fn create(top: &OwnedFd, path: &str) -> Result<File, UnpackError> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat2(top, path, flags, Mode::from_raw_mode(0o644), BENEATH)
        .map_err(|error| UnpackError::Io(error.into()))?;
    let file = File::from(file);
    // The worker's umask takes no part in what a container may read.
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    Ok(file)
}

/// A file being written.
pub(crate) struct NewFile<'t> {
    tree: &'t mut Tree,
    sink: Sink,
}

enum Sink {
    File(File),
    /// In memory, under this path.
    Kept(String),
    Nowhere,
}

impl NewFile<'_> {
    /// Counts before it writes: what an archive says of its size is not believed.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), UnpackError> {
        self.tree.bytes = self.tree.bytes.saturating_add(piece.len() as u64);
        if self.tree.bytes > self.tree.limit_bytes {
            let limit_bytes = self.tree.limit_bytes;
            return Err(FaultKind::UnpackedTooLarge { limit_bytes }.into());
        }
        match (&mut self.sink, &mut self.tree.place) {
            (Sink::File(file), _) => file.write_all(piece)?,
            (Sink::Kept(path), Place::Memory { kept, .. }) => {
                kept.entry(path.clone()).or_default().extend_from_slice(piece);
            }
            _ => {}
        }
        Ok(())
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
            Err(UnpackError::Faults(faults)) => faults[0].kind.clone(),
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
    fn in_memory_what_is_wanted_is_kept_and_everything_is_counted() {
        let mut tree = Tree::in_memory(Wanted::Named("p.csv".into()), 10, 10);
        tree.file("bài/p.csv").unwrap().write(b"12").unwrap();
        tree.file("bài/xp.csv").unwrap().write(b"345").unwrap();
        assert!(matches!(fault(tree.file("BÀI/p.csv").map(drop)), FaultKind::DuplicatePath { .. }));
        assert_eq!((tree.bytes(), tree.files()), (5, 3));
        assert!(tree.has("bài/xp.csv"));
        assert_eq!(tree.root_with(&["p.csv".to_owned()]), "bài");
        assert_eq!(
            fault(tree.file("c").unwrap().write(&[0; 6])),
            FaultKind::UnpackedTooLarge { limit_bytes: 10 }
        );
        assert_eq!(
            tree.into_kept().into_iter().collect::<Vec<_>>(),
            [("bài/p.csv".to_owned(), b"12".to_vec())]
        );
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
