//! The prediction step as on Codabench: what was handed in says itself what it is.

use std::{
    fs, io,
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
    time::Duration,
};

use judge_core::{
    codabench::{self, Metadata, ProgramEnd},
    faults::{Fault, FaultKind},
    limits::Limits,
    protocol::PredictPlan,
    verdict::Verdict,
};

use super::{Attempt, StepEnd, predict::Staged};
use crate::{
    child::{Answer, Confinement, Task},
    collect::Collected,
    sandbox::{Bind, Ended, OutputFs, Role},
};

/// Reading a small file takes next to nothing; a busy machine gets time all the same.
const READING: Duration = Duration::from_secs(20);
const READING_MEMORY: u64 = 256 * 1024 * 1024;

impl Attempt<'_> {
    pub(super) async fn predict_by_metadata(
        &self,
        plan: &PredictPlan,
        staged: Staged,
    ) -> Result<Collected, StepEnd> {
        let metadata = self.unless_cancelled(self.metadata(&staged.program)).await?;
        let (folder, ended, limits) =
            if let (Metadata::Absent | Metadata::Silent, None) = (&metadata, &plan.ingestion) {
                // Nothing runs: the files are the output, and they were counted when they were unpacked.
                let bytes = plan.limits.output_bytes.max(plan.limits.unpacked_bytes);
                let limits = Limits { output_bytes: bytes, ..plan.limits.clone() };
                (staged.program.clone(), Vec::new(), limits)
            } else {
                let (output, ended) = self.run_by_metadata(plan, &staged, &metadata).await?;
                (output.path().to_owned(), ended, plan.limits.clone())
            };
        let end_of = |role| ended.iter().find(|end| end.role == role).map(end);
        let status = codabench::status(end_of(Role::Team), end_of(Role::Ingestion));
        let collecting = self.collect_output(plan, folder, Some(status), &limits);
        self.meter.stage("collect", collecting).await
    }

    /// Runs what there is to run: the team's command, the ingestion, or both side by side.
    async fn run_by_metadata(
        &self,
        plan: &PredictPlan,
        staged: &Staged,
        metadata: &Metadata,
    ) -> Result<(OutputFs, Vec<Ended>), StepEnd> {
        let (output, shared) = self.place.output_and_shared(&plan.limits, self.uids())?;
        let mut specs = Vec::new();
        if let Metadata::Command(command) = metadata {
            let mut team = self.team(plan, staged, command);
            // The place where older programs look for their input.
            team.binds.extend(staged.input.as_ref().map(|tree| Bind::read_only(&tree.path, "/app/input")));
            specs.push(team);
        }
        specs.extend(self.companion(plan, staged));
        if *metadata == Metadata::Absent {
            self.hand_over(&staged.program, &output, &plan.limits).await?;
        }
        for spec in &mut specs {
            spec.lenient = true;
            spec.binds.push(Bind::writable(output.path(), "/app/output"));
            spec.binds.push(Bind::writable(shared.path(), "/app/shared"));
        }
        let ended = self.run_containers(specs, &output, &plan.limits).await?;
        Ok((output, ended))
    }

    /// A result lies in the output before the ingestion starts, which may change it.
    async fn hand_over(&self, result: &Path, output: &OutputFs, limits: &Limits) -> Result<(), StepEnd> {
        let (from, to) = (result.to_owned(), output.path().to_owned());
        let (uid, gid) = (self.uids().companion, self.uids().program);
        let copying = tokio::task::spawn_blocking(move || copy_below(&from, &to, uid, gid));
        match copying.await.expect("copying does not panic") {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::StorageFull => {
                let full =
                    output.full().unwrap_or(FaultKind::OutputBytes { limit_bytes: limits.output_bytes });
                Err(StepEnd::Failed(Verdict::OutputLimit, vec![Fault::new(full)]))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn metadata(&self, folder: &Path) -> Result<Metadata, StepEnd> {
        let confinement = Confinement {
            root: self.worker.data.empty(),
            uid: self.uids().child,
            memory_bytes: READING_MEMORY,
            cpu_seconds: 10,
            file_bytes: 0,
            parent: rustix::process::getpid().as_raw_nonzero().get(),
        };
        let task = Task::Metadata { folder: folder.to_owned() };
        match self.worker.caller.call(task, None, confinement, READING).await {
            Ok(Answer::Metadata(metadata)) => Ok(metadata),
            Ok(other) => Err(StepEnd::Platform(format!("reading metadata was answered with {other:?}"))),
            Err(error) if error.is_by_input() => Ok(Metadata::Silent),
            Err(error) => Err(StepEnd::Platform(error.to_string())),
        }
    }
}

fn end(ended: &Ended) -> ProgramEnd {
    ProgramEnd { exit_code: ended.exit_code, run_ms: ended.run_ms }
}

/// Copies an unpacked archive, which holds plain files and folders only, for one user and group.
fn copy_below(from: &Path, to: &Path, uid: u32, gid: u32) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        let mode = if entry.file_type()?.is_dir() {
            fs::create_dir(&target)?;
            copy_below(&entry.path(), &target, uid, gid)?;
            0o775
        } else {
            fs::copy(entry.path(), &target)?;
            0o664
        };
        fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
        chown(&target, Some(uid), Some(gid))?;
    }
    Ok(())
}
