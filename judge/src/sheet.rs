//! Reading spreadsheets for the server: an organizer's file is a stranger's file too.

use std::{fs::File, path::Path, time::Duration};

use judge_core::sheet::{Sheet, SheetFault, SheetLimits};

use crate::child::{Answer, Caller, Confinement, Task, give_to};

/// User of the child process where the server runs as root: none that owns anything.
const UID: u32 = 64_098;
const MEMORY_BYTES: u64 = 512 * 1024 * 1024;
const CPU_SECONDS: u64 = 20;
const TIME: Duration = Duration::from_secs(40);

/// Reads a spreadsheet or CSV file in a confined child process of this executable. The inner error says why the
/// file is no table.
pub async fn read_sheet(file: File, limits: SheetLimits) -> std::io::Result<Result<Sheet, SheetFault>> {
    read_sheet_with(&std::env::current_exe()?, file, limits).await
}

/// The same with another executable that has the hidden subcommand `child`.
pub async fn read_sheet_with(
    exe: &Path,
    file: File,
    limits: SheetLimits,
) -> std::io::Result<Result<Sheet, SheetFault>> {
    let root = tempfile::tempdir()?;
    give_to(root.path(), UID)?;
    let confinement = Confinement {
        root: root.path().to_owned(),
        uid: UID,
        memory_bytes: MEMORY_BYTES,
        cpu_seconds: CPU_SECONDS,
        file_bytes: 0,
        parent: rustix::process::getpid().as_raw_nonzero().get(),
    };
    let caller = Caller { exe: exe.to_owned() };
    match caller.call(Task::ReadSheet(limits), Some(file), confinement, TIME).await {
        Ok(Answer::Sheet(answer)) => Ok(answer),
        Ok(other) => Err(std::io::Error::other(format!("reading a sheet was answered with {other:?}"))),
        Err(error) if error.is_by_input() => {
            tracing::warn!(%error, "A spreadsheet brought its child process down.");
            Ok(Err(SheetFault::SheetCorrupt))
        }
        Err(error) => Err(std::io::Error::other(error.to_string())),
    }
}
