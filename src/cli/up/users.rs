//! The users that the children run as.

use std::path::Path;

use rustix::fs::{Gid, Uid};

/// The server's user has no entry in the list of users: nothing else on the machine runs as it.
const SERVER_UID: u32 = 64_001;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub uid: u32,
    pub gid: u32,
}

impl User {
    pub fn server() -> Self {
        Self { name: "dautri".to_owned(), uid: SERVER_UID, gid: SERVER_UID }
    }

    /// PostgreSQL refuses root and wants a user that the machine knows by name.
    pub fn postgres() -> Option<Self> {
        let list = std::fs::read_to_string("/etc/passwd").ok()?;
        find(&list, "postgres").or_else(|| find(&list, "nobody"))
    }

    /// Gives `path` to this user.
    pub fn own(&self, path: &Path) -> std::io::Result<()> {
        std::os::unix::fs::lchown(path, Some(self.uid), Some(self.gid))
    }

    /// Gives `path` and what is below it to this user, unless it has `path` already.
    pub fn own_tree(&self, path: &Path) -> std::io::Result<()> {
        let facts = rustix::fs::lstat(path)?;
        if (Uid::from_raw(facts.st_uid), Gid::from_raw(facts.st_gid))
            == (Uid::from_raw(self.uid), Gid::from_raw(self.gid))
        {
            return Ok(());
        }
        if path.symlink_metadata()?.is_dir() {
            for entry in path.read_dir()? {
                self.own_tree(&entry?.path())?;
            }
        }
        self.own(path)
    }
}

fn find(list: &str, name: &str) -> Option<User> {
    list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [found, _, uid, gid, ..] = fields[..] else {
            return None;
        };
        (found == name)
            .then(|| Some(User { name: name.to_owned(), uid: uid.parse().ok()?, gid: gid.parse().ok()? }))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name() {
        let list = "postgres2:x:7:7::/:/bin/sh\nbroken\npostgres:x:101:104:PostgreSQL:/var/lib:/bin/bash\n";
        assert_eq!(find(list, "postgres"), Some(User { name: "postgres".to_owned(), uid: 101, gid: 104 }));
        assert_eq!(find(list, "nobody"), None);
    }
}
