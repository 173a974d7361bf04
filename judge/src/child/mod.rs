//! The short-lived child process in which strangers' archives, tables and packs are read.
//!
//! Purpose: a fault in a decoder, or an input made to exploit one, ends a process that has nothing: no file but
//! those it was given, no network, no privilege, little memory and time.
//! Invariants: nothing of a stranger is parsed before `confine` has returned; the answer is one
//! line of JSON on stdout, and its reader bounds it.
//! Neighbours: `call` is the side of worker and server; `stage`, `score` and the server's check use it.

mod call;
mod check;
mod confine;
mod metadata;
mod names;
mod pack;
mod score;
mod sheet;
mod tree;
mod unpack_tar;
mod unpack_zip;

use std::{
    ffi::OsString,
    fs::File,
    io::{Read, Write},
    os::fd::AsFd,
    path::{Path, PathBuf},
    process::ExitCode,
};

use judge_core::{
    check::{Check, Findings},
    codabench::Metadata,
    faults::{Fault, FaultKind},
    protocol::{Item, RetrievalScorer, Scores, TableScorer},
    sheet::{Sheet, SheetFault, SheetLimits},
    verdict::Verdict,
};
use rustix::fs::{Mode, OFlags, ResolveFlags};
use serde::{Deserialize, Serialize};

pub(crate) use call::{Caller, ChildError, give_to};
pub(crate) use confine::Confinement;
pub(crate) use names::is_safe as is_safe_name;

/// What the child shall do, as its only argument.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Order {
    pub task: Task,
    pub confinement: Confinement,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// Unpacks the ZIP archive on stdin into the root folder.
    UnpackZip(UnpackLimits),
    /// Unpacks the tar archive on stdin into the root folder.
    UnpackTar(UnpackLimits),
    /// Reads what a folder's metadata file says.
    Metadata { folder: PathBuf },
    /// Scores one table against another.
    Score { spec: TableScorer, truth: PathBuf, predictions: PathBuf },
    /// Scores an archive of ranked answers against the truth in a folder.
    ScorePack { spec: RetrievalScorer, truth: PathBuf, archive: PathBuf },
    /// Looks a file over, against the truth in an archive where the check needs it.
    Check { check: Check, file: PathBuf, truth: Option<PathBuf> },
    /// Reads the spreadsheet or CSV file on stdin.
    ReadSheet(SheetLimits),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct UnpackLimits {
    pub bytes: u64,
    pub files: u64,
    /// If these are missing at the top but stand in the only folder there, that folder is the root.
    pub required: Vec<String>,
}

/// What was unpacked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unpacked {
    /// The folder that counts as the top, relative to where it was unpacked; empty for that itself.
    pub root: String,
    pub bytes: u64,
    pub files: u64,
}

/// What the child found.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Unpacked(Unpacked),
    Metadata(Metadata),
    Scored(Scores, Vec<Item>),
    Checked(Findings),
    /// What was handed in is wrong.
    Faults(Vec<Fault>),
    /// The tables gave no scores; where the organizer is to blame the verdict says so.
    NotScored(Verdict, Vec<Fault>),
    Sheet(Result<Sheet, SheetFault>),
    /// This machine failed.
    Failed(String),
}

/// Entry of the hidden subcommand `child`. Call it before any thread exists: it gives up privileges, which
/// count by thread.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let answer = read_order(args).map_or_else(Answer::Failed, carry_out);
    let mut line = serde_json::to_vec(&answer).expect("an answer has only string keys");
    line.push(b'\n');
    if std::io::stdout().write_all(&line).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_order(args: impl IntoIterator<Item = OsString>) -> Result<Order, String> {
    let argument = args.into_iter().next().ok_or("an order is missing")?;
    let text = argument.to_str().ok_or("the order is no UTF-8")?;
    serde_json::from_str(text).map_err(|error| format!("the order cannot be read: {error}"))
}

fn carry_out(order: Order) -> Answer {
    match order.task {
        Task::UnpackZip(limits) => unpack(&order.confinement, &limits, unpack_zip::unpack),
        Task::UnpackTar(limits) => unpack(&order.confinement, &limits, unpack_tar::unpack),
        Task::Metadata { folder } => metadata::read(&order.confinement, &folder),
        Task::Score { spec, truth, predictions } => {
            score::score(&order.confinement, &spec, &truth, &predictions)
        }
        Task::ScorePack { spec, truth, archive } => pack::score(&order.confinement, &spec, &truth, &archive),
        Task::Check { check, file, truth } => {
            check::check(&order.confinement, &check, &file, truth.as_deref())
        }
        Task::ReadSheet(limits) => sheet::read_sheet(&order.confinement, limits),
    }
}

/// Why an archive was not unpacked.
#[derive(Debug)]
pub(crate) enum UnpackError {
    /// What is wrong with it: at least one.
    Faults(Vec<Fault>),
    Io(std::io::Error),
}

impl From<FaultKind> for UnpackError {
    fn from(kind: FaultKind) -> Self {
        Fault::new(kind).into()
    }
}

impl From<Fault> for UnpackError {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

impl From<std::io::Error> for UnpackError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

type Unpacker = fn(File, &mut tree::Tree) -> Result<(), UnpackError>;

fn unpack(confinement: &Confinement, limits: &UnpackLimits, unpacker: Unpacker) -> Answer {
    let (archive, mut tree) = match prepare(confinement, limits) {
        Ok(prepared) => prepared,
        Err(error) => return Answer::Failed(format!("the child could not be confined: {error}")),
    };
    match unpacker(archive, &mut tree) {
        Ok(()) => {
            let root = tree.root_with(&limits.required);
            Answer::Unpacked(Unpacked { root, bytes: tree.bytes(), files: tree.files() })
        }
        Err(UnpackError::Faults(faults)) => Answer::Faults(faults),
        Err(UnpackError::Io(error)) => Answer::Failed(format!("unpacking failed: {error}")),
    }
}

fn prepare(confinement: &Confinement, limits: &UnpackLimits) -> std::io::Result<(File, tree::Tree)> {
    let top = confine::confine(confinement)?;
    let archive = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    Ok((archive, tree::Tree::open(top, limits.bytes, limits.files)?))
}

/// A plain file beneath a folder, never reached through a link.
fn open_beneath(folder: &Path, name: &str) -> std::io::Result<File> {
    let top = File::open(folder)?;
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let file = File::from(rustix::fs::openat2(&top, name, flags, Mode::empty(), beneath)?);
    if file.metadata()?.is_file() { Ok(file) } else { Err(std::io::ErrorKind::InvalidInput.into()) }
}

/// Copies in pieces, so that memory stays small whatever the input claims.
pub(crate) fn copy_in_pieces(
    from: &mut impl Read,
    mut piece: impl FnMut(&[u8]) -> Result<(), UnpackError>,
    broken: impl Fn(std::io::Error) -> UnpackError,
) -> Result<(), UnpackError> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => piece(&buffer[..read])?,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(broken(error)),
        }
    }
}
