//! The control groups below which this site's containers run, in every hierarchy that the machine has.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rustix::process::{Pid, Signal, kill_process};

/// Folders where a cgroup hierarchy is mounted, version 1 or 2.
pub fn hierarchies() -> Vec<PathBuf> {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table
        .lines()
        .filter_map(|line| {
            let (mount, kind) = line.split_once(" - ")?;
            (kind.starts_with("cgroup ") || kind.starts_with("cgroup2 "))
                .then(|| PathBuf::from(mount.split(' ').nth(4).unwrap_or_default()))
        })
        .collect()
}

/// Ends every process in the groups named `name`.
pub fn kill_all(name: &str) {
    for hierarchy in hierarchies() {
        for group in with_descendants(&hierarchy.join(name)) {
            for pid in members(&group) {
                let _ = kill_process(pid, Signal::KILL);
            }
        }
    }
}

/// Removes the groups named `name`; false if one still holds a process.
pub fn remove(name: &str) -> bool {
    let mut gone = true;
    for hierarchy in hierarchies() {
        for group in with_descendants(&hierarchy.join(name)).iter().rev() {
            gone &= fs::remove_dir(group).is_ok();
        }
    }
    gone
}

fn members(group: &Path) -> Vec<Pid> {
    let list = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
    list.lines().filter_map(|line| Pid::from_raw(line.parse().ok()?)).collect()
}

/// The group and all below it, parents first; nothing if it does not exist.
fn with_descendants(group: &Path) -> Vec<PathBuf> {
    let mut found = if group.is_dir() { vec![group.to_path_buf()] } else { Vec::new() };
    let mut next = 0;
    while let Some(folder) = found.get(next) {
        let children = fs::read_dir(folder).into_iter().flatten().flatten();
        let children: Vec<PathBuf> = children
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .map(|entry| entry.path())
            .collect();
        found.extend(children);
        next += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descendants_come_after_their_parents() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b/c")).unwrap();
        fs::write(folder.path().join("a/cgroup.procs"), "").unwrap();
        let below: Vec<_> = with_descendants(&folder.path().join("a"));
        assert_eq!(below, ["a", "a/b", "a/b/c"].map(|path| folder.path().join(path)));
        assert!(with_descendants(&folder.path().join("none")).is_empty());
    }
}
