//! Removes what an earlier process of this worker left when it was killed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    data_dir::DataDir,
    sandbox::{Engine, unmount},
};

/// Containers first: they hold the mounts, and the mounts hold the folders.
pub async fn sweep(data: &DataDir, engine: Option<&Engine>) -> io::Result<()> {
    if let Some(engine) = engine {
        match engine.remove_containers(None).await {
            Ok(0) => {}
            Ok(removed) => tracing::warn!(removed, "containers of an earlier process were removed"),
            Err(error) => return Err(io::Error::other(error)),
        }
    }
    let mountinfo = fs::read_to_string("/proc/self/mountinfo")?;
    for mount in mounts_below(&mountinfo, data.root()) {
        tracing::warn!(path = %mount.display(), "a mount of an earlier process is removed");
        unmount(&mount)?;
    }
    for folder in [data.jobs(), data.incoming()] {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                fs::remove_dir_all(&path)?;
            } else {
                fs::remove_file(&path)?;
            }
        }
    }
    if let Some(engine) = engine {
        engine.remove_cgroups().await;
    }
    Ok(())
}

/// Innermost first.
fn mounts_below(mountinfo: &str, root: &Path) -> Vec<PathBuf> {
    let mut mounts: Vec<PathBuf> = mountinfo
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|path| PathBuf::from(unescape(path)))
        .filter(|path| path.starts_with(root) && path != root)
        .collect();
    mounts.sort_by_key(|path| std::cmp::Reverse(path.components().count()));
    mounts
}

/// The kernel writes space, tab, line feed and backslash in a path as three octal digits.
fn unescape(path: &str) -> String {
    [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        .iter()
        .fold(path.to_owned(), |path, (code, character)| path.replace(code, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_mounts_below_the_data_folder_are_found_innermost_first() {
        let info = "1 2 0:1 / /data/w rw - ext4 x rw\n\
                    2 2 0:1 / /data/w/jobs/a\\040b rw - tmpfs x rw\n\
                    3 2 0:1 / /data/w/jobs/a\\040b/c rw - tmpfs x rw\n\
                    4 2 0:1 / /data/wide rw - tmpfs x rw";
        let found = mounts_below(info, Path::new("/data/w"));
        assert_eq!(found, [PathBuf::from("/data/w/jobs/a b/c"), PathBuf::from("/data/w/jobs/a b")]);
    }
}
