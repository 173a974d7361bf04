//! Where things lie: the data folder, which stays, and the runtime folder, which ends with the run.

use std::{
    fs::{File, Permissions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

/// A log that was left larger than this is set aside when its process starts.
const LOG_BYTES: u64 = 20 << 20;

#[derive(Debug, Clone)]
pub struct Site {
    /// Absolute, without links.
    pub data: PathBuf,
    /// `/run/dautri-<hash of data>`: short, for a Unix socket's path holds 107 bytes.
    pub runtime: PathBuf,
    /// `dautri-<hash of data>`, the name of this site's cgroups.
    pub name: String,
}

impl Site {
    pub fn open(data: &Path) -> anyhow::Result<Self> {
        let data = make_folder(data, 0o711).and_then(|()| data.canonicalize()).with_context(|| {
            format!("the data folder {} cannot be made; choose another with --data", data.display())
        })?;
        let site = Self::at(data);
        for (folder, mode) in [("log", 0o700), ("blobs", 0o700), ("outbox", 0o700), ("worker", 0o700)] {
            make_folder(&site.data.join(folder), mode).with_context(|| {
                format!(
                    "the data folder {} cannot be written; choose another with --data",
                    site.data.display()
                )
            })?;
        }
        Ok(site)
    }

    fn at(data: PathBuf) -> Self {
        let hash = hex::encode(Sha256::digest(data.as_os_str().as_encoded_bytes()));
        let name = format!("dautri-{}", &hash[..10]);
        Self { data, runtime: Path::new("/run").join(&name), name }
    }

    /// Held by this process alone until it ends, however it ends.
    pub fn lock(&self) -> anyhow::Result<File> {
        let path = self.data.join("lock");
        let mut file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                bail!(
                    "another dautri up (process {}) already uses {}; end it, or choose another folder with --data",
                    holder.trim(),
                    self.data.display()
                );
            }
            Err(TryLockError::Error(fault)) => return Err(fault).context("the data folder cannot be locked"),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(file)
    }

    /// The data folder by a path that other users can walk, whatever folders it lies in.
    pub fn shared(&self) -> PathBuf {
        self.runtime.join("data")
    }

    /// This program by such a path.
    pub fn program(&self) -> PathBuf {
        self.runtime.join("dautri")
    }

    pub fn log_path(&self, name: &str) -> PathBuf {
        self.data.join("log").join(format!("{name}.log"))
    }

    /// A child's log, opened to append.
    pub fn log(&self, name: &str) -> anyhow::Result<File> {
        let path = self.log_path(name);
        if path.metadata().is_ok_and(|facts| facts.len() > LOG_BYTES) {
            std::fs::rename(&path, path.with_extension("log.1"))?;
        }
        File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("{} cannot be written", path.display()))
    }

    /// The last lines of a child's log, for a person who must know why it ended.
    pub fn log_tail(&self, name: &str) -> String {
        const LINES: usize = 6;
        let mut text = Vec::new();
        if let Ok(mut file) = File::open(self.log_path(name)) {
            let _ = file.seek(std::io::SeekFrom::End(-4096)).or_else(|_| file.rewind().map(|()| 0));
            let _ = file.read_to_end(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

/// Makes a folder and its parents; the folder itself gets `mode`.
pub fn make_folder(path: &Path, mode: u32) -> std::io::Result<()> {
    std::fs::create_dir_all(path)?;
    std::fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Writes a file that only root may read, in one step: the old content or the new, never half of it.
pub fn write_secret(path: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let _ = std::fs::remove_file(&fresh);
    let mut file = File::options().create_new(true).write(true).mode(0o600).open(&fresh)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(fresh, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::open(folder.path()).unwrap();
        let held = site.lock().unwrap();
        let fault = site.lock().unwrap_err().to_string();
        assert!(fault.contains(&std::process::id().to_string()), "{fault}");
        drop(held);
        site.lock().unwrap();
    }

    #[test]
    fn sockets_have_room_in_the_runtime_folder_of_any_data_folder() {
        let deep = PathBuf::from("/").join("x".repeat(4000));
        let socket = Site::at(deep).runtime.join("docker/containerd/containerd-debug.sock");
        assert!(socket.as_os_str().len() <= 107);
    }

    #[test]
    fn a_log_tail_is_its_last_lines() {
        let folder = tempfile::tempdir().unwrap();
        let site = Site::open(folder.path()).unwrap();
        let lines: Vec<String> = (0..2000).map(|n| format!("line {n}")).collect();
        site.log("x").unwrap().write_all(lines.join("\n").as_bytes()).unwrap();
        assert!(site.log_tail("x").ends_with("line 1998\nline 1999"));
        assert_eq!(site.log_tail("x").lines().count(), 6);
    }
}
