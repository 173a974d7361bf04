//! What the kernel counts for a container: CPU time, memory, deaths for want of it.
//!
//! Each container gets a parent cgroup of its own. The engine removes the container's cgroup with the container,
//! but the parent stays until the worker removes it, so the totals can be read after the end.
//! With systemd as the engine's cgroup driver the parent is a slice, which systemd drops when it is empty: there
//! the last sample before the end counts.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The machine's cgroup mounts and where below them this worker's containers go.
#[derive(Debug)]
pub struct Cgroups {
    mounts: Mounts,
    systemd: bool,
    /// Cgroup of this worker, relative to each mount; a slice's name with systemd.
    parent: String,
}

#[derive(Debug, Default)]
struct Mounts {
    cpu: Option<PathBuf>,
    memory: Option<PathBuf>,
    unified: Option<PathBuf>,
    all: Vec<PathBuf>,
}

impl Cgroups {
    pub fn discover(systemd: bool, parent: Option<&str>, worker: &str) -> Self {
        let mountinfo = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let parent = if systemd {
            let slice = parent.unwrap_or("dautri.slice").trim_end_matches(".slice");
            format!("{slice}-{worker}")
        } else {
            parent.map_or_else(
                || format!("/dautri-{worker}"),
                |parent| format!("/{}/{worker}", parent.trim_matches('/')),
            )
        };
        Self { mounts: Mounts::parse(&mountinfo), systemd, parent }
    }

    /// 1 or 2. A hybrid machine, whose controllers are version 1, is 1.
    pub fn version(&self) -> u8 {
        if self.mounts.memory.is_some() { 1 } else { 2 }
    }

    pub fn has_counters(&self) -> bool {
        let mounts = &self.mounts;
        mounts.unified.is_some() && mounts.memory.is_none() || mounts.cpu.is_some() && mounts.memory.is_some()
    }

    /// The parent cgroup for one container.
    pub fn group(&self, name: &str) -> Group {
        let setting = if self.systemd {
            // A dash in a slice's name is a level.
            format!("{}-{}.slice", self.parent, name.replace('-', "_"))
        } else {
            format!("{}/{name}", self.parent)
        };
        let relative = if self.systemd { slice_path(&setting) } else { setting.clone() };
        let below = |mount: &PathBuf| mount.join(relative.trim_start_matches('/'));
        let unified = if self.version() == 2 { self.mounts.unified.as_ref().map(below) } else { None };
        Group {
            setting,
            cpu: self.mounts.cpu.as_ref().map(below),
            memory: self.mounts.memory.as_ref().map(below),
            unified,
            all: self.mounts.all.iter().map(below).collect(),
        }
    }

    /// Removes this worker's cgroups; a parent that an operator named stays. Returns whether they are gone.
    pub fn remove_all(&self) -> bool {
        let own = |mount: &PathBuf| mount.join(self.parent.trim_start_matches('/'));
        self.systemd || self.mounts.all.iter().map(own).all(|path| remove_tree(&path))
    }
}

impl Mounts {
    fn parse(mountinfo: &str) -> Self {
        let mut mounts = Self::default();
        for line in mountinfo.lines() {
            let Some((place, source)) = line.split_once(" - ") else {
                continue;
            };
            let Some(path) = place.split(' ').nth(4).map(PathBuf::from) else {
                continue;
            };
            let mut fields = source.split(' ');
            let kind = fields.next().unwrap_or_default();
            let options = fields.nth(1).unwrap_or_default();
            let has = |controller: &str| options.split(',').any(|option| option == controller);
            match kind {
                "cgroup" if has("cpuacct") => mounts.cpu = Some(path.clone()),
                "cgroup" if has("memory") => mounts.memory = Some(path.clone()),
                "cgroup2" => mounts.unified = Some(path.clone()),
                "cgroup" => {}
                _ => continue,
            }
            mounts.all.push(path);
        }
        mounts
    }
}

/// `a-b.slice` lies in `a.slice/a-b.slice`.
fn slice_path(slice: &str) -> String {
    let name = slice.trim_end_matches(".slice");
    let dashes = name.match_indices('-').map(|(at, _)| &name[..at]);
    dashes.chain([name]).map(|level| format!("{level}.slice")).collect::<Vec<_>>().join("/")
}

/// The parent cgroup of one container.
#[derive(Debug, Clone)]
pub struct Group {
    /// What the engine is told.
    pub setting: String,
    cpu: Option<PathBuf>,
    memory: Option<PathBuf>,
    unified: Option<PathBuf>,
    all: Vec<PathBuf>,
}

impl Group {
    /// CPU time so far, milliseconds.
    pub fn cpu_ms(&self) -> Option<u64> {
        if let Some(unified) = &self.unified {
            return keyed(&unified.join("cpu.stat"), "usage_usec").map(|us| us / 1_000);
        }
        number(&self.cpu.as_ref()?.join("cpuacct.usage")).map(|ns| ns / 1_000_000)
    }

    /// Highest memory so far, bytes.
    pub fn peak_memory_bytes(&self) -> Option<u64> {
        if let Some(unified) = &self.unified {
            return number(&unified.join("memory.peak"));
        }
        number(&self.memory.as_ref()?.join("memory.max_usage_in_bytes"))
    }

    /// Processes killed for want of memory. Version 1 counts them in the container's own cgroup only, so there
    /// it can be read just while the container runs.
    pub fn oom_kills(&self, container: &str) -> Option<u64> {
        if let Some(unified) = &self.unified {
            return keyed(&unified.join("memory.events"), "oom_kill");
        }
        keyed(&self.memory.as_ref()?.join(container).join("memory.oom_control"), "oom_kill")
    }

    /// Returns whether it is gone.
    pub fn remove(&self) -> bool {
        self.all.iter().all(|path| remove_tree(path))
    }
}

fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn keyed(path: &Path, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().find_map(|line| line.strip_prefix(key)?.trim().parse().ok())
}

/// A cgroup's files cannot be deleted; its folders go from the innermost outwards. A busy one stays.
fn remove_tree(path: &Path) -> bool {
    let Ok(entries) = fs::read_dir(path) else { return true };
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    fs::remove_dir(path).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
30 1 0:27 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
31 1 0:28 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
32 1 0:29 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
33 1 0:30 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
34 1 0:31 / /proc rw - proc proc rw";

    #[test]
    fn a_hybrid_machine_counts_as_version_1() {
        let groups = Cgroups { mounts: Mounts::parse(HYBRID), systemd: false, parent: "/dautri/w".into() };
        assert_eq!(groups.version(), 1);
        let group = groups.group("j");
        assert_eq!(group.cpu, Some("/sys/fs/cgroup/cpu,cpuacct/dautri/w/j".into()));
        assert_eq!(group.unified, None);
        assert_eq!(group.all.len(), 4);
    }

    #[test]
    fn systemd_gets_a_slice_and_its_path_nests() {
        let mounts = Mounts::parse("33 1 0:30 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw");
        let groups = Cgroups { mounts, systemd: true, parent: "dautri-abc".into() };
        let group = groups.group("1-team");
        assert_eq!(groups.version(), 2);
        assert_eq!(group.setting, "dautri-abc-1_team.slice");
        assert_eq!(
            group.unified,
            Some("/sys/fs/cgroup/dautri.slice/dautri-abc.slice/dautri-abc-1_team.slice".into())
        );
    }
}
