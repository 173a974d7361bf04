//! What jobs could leave behind on this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::engine::Engine;

/// Containers, mounts, folders and cgroups of a worker's jobs, by the worker's data folder.
pub async fn remains(data: &Path) -> Vec<String> {
    let id = fs::read_to_string(data.join("worker-id")).unwrap();
    let containers = Engine::connect().containers(&format!("dautri.worker={id}")).await;
    let mut found: Vec<String> = containers.iter().map(|c| format!("container {c}")).collect();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let below = data.to_str().unwrap();
    found.extend(mounts.lines().filter(|line| line.contains(below)).map(|line| format!("mount {line}")));
    for folder in ["jobs", "incoming", "empty"] {
        found.extend(entries(&data.join(folder)).iter().map(|path| format!("folder {}", path.display())));
    }
    for group in cgroups(&id) {
        let jobs = entries(&group).into_iter().filter(|path| path.is_dir());
        found.extend(jobs.map(|path| format!("cgroup {}", path.display())));
    }
    found
}

/// Waits until nothing is left; what is still there after ten seconds is told.
pub async fn until_nothing_remains(data: &Path) -> Result<(), String> {
    let mut left = remains(data).await;
    for _ in 0..200 {
        if left.is_empty() {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        left = remains(data).await;
    }
    Err(left.join("\n"))
}

/// The worker's own cgroup in every hierarchy.
pub fn cgroups(worker: &str) -> Vec<PathBuf> {
    let own = match std::env::var("DAUTRI_TEST_CGROUP_PARENT") {
        Ok(parent) => format!("{}/{worker}", parent.trim_matches('/')),
        Err(_) => format!("dautri-{worker}"),
    };
    let roots = entries(Path::new("/sys/fs/cgroup")).into_iter().chain([PathBuf::from("/sys/fs/cgroup")]);
    roots.map(|root| root.join(&own)).filter(|path| path.is_dir()).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(listed) = fs::read_dir(folder) else { return Vec::new() };
    listed.map(|entry| entry.unwrap().path()).collect()
}
