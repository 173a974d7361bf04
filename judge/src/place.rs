//! The place of one job on this machine: its folder, its mounts, its containers. Cleared after every job.

use std::{fs, io, path::PathBuf};

use judge_core::limits::Limits;

use crate::{
    config::Uids,
    sandbox::{Engine, Identity, OutputFs, Role, SandboxError},
};

/// One attempt at one job.
#[derive(Debug, Clone)]
pub struct Place {
    /// Names the containers and cgroups.
    pub name: String,
    root: PathBuf,
}

impl Place {
    pub fn make(jobs: &std::path::Path, name: String) -> io::Result<Self> {
        let root = jobs.join(&name);
        fs::create_dir_all(&root)?;
        Ok(Self { name, root })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// An empty folder in it.
    pub fn folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.root.join(name);
        fs::create_dir(&path)?;
        Ok(path)
    }

    /// Also names the container's cgroup.
    pub fn container_name(&self, role: Role) -> String {
        format!("dautri-{}-{}", self.name, role.as_str())
    }

    /// The output folder of a single container.
    pub fn output(&self, limits: &Limits, uids: Uids) -> Result<OutputFs, SandboxError> {
        OutputFs::mount(self.path(OUTPUT), limits, Identity { uid: uids.program, gid: uids.program })
    }

    /// The output folder and the exchange folder of two containers.
    pub fn output_and_shared(
        &self,
        limits: &Limits,
        uids: Uids,
    ) -> Result<(OutputFs, OutputFs), SandboxError> {
        let output = OutputFs::mount_shared(self.path(OUTPUT), limits, uids.program)?;
        let shared = OutputFs::mount_shared(self.path(SHARED), limits, uids.program)?;
        Ok((output, shared))
    }

    /// The output folder of a scorer, that of the program beside it, and their exchange folder, where each may
    /// take away what the other left.
    pub fn outputs_beside(&self, limits: &Limits, uids: Uids) -> Result<[OutputFs; 3], SandboxError> {
        let aside = Identity { uid: uids.companion, gid: uids.program };
        Ok([
            self.output(limits, uids)?,
            OutputFs::mount(self.path(ASIDE), limits, aside)?,
            OutputFs::mount_common(self.path(SHARED), limits, uids.program)?,
        ])
    }

    /// Leaves nothing behind. Safe to call again, and after anything went wrong.
    pub async fn clear(&self, engine: Option<&Engine>) {
        if let Some(engine) = engine
            && let Err(error) = engine.remove_containers(Some(&self.name)).await
        {
            tracing::error!(place = self.name, %error, "a container could not be removed; the next start tries again");
        }
        let root = self.root.clone();
        let cleared = tokio::task::spawn_blocking(move || {
            for mount in [OUTPUT, ASIDE, SHARED] {
                crate::sandbox::unmount(&root.join(mount))?;
            }
            fs::remove_dir_all(&root)
        });
        match cleared.await {
            Ok(Ok(())) => {}
            // A job that never made a folder has nothing to clear.
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {}
            other => {
                tracing::error!(place = self.name, result = ?other, "a job's folder could not be removed");
            }
        }
        if let Some(engine) = engine {
            // After the mounts: their pages are charged to these.
            let names = [Role::Team, Role::Ingestion, Role::Scorer].map(|role| self.container_name(role));
            engine.remove_cgroups_of(&names).await;
        }
    }
}

const OUTPUT: &str = "output";
const ASIDE: &str = "aside";
const SHARED: &str = "shared";
