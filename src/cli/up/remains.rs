//! What a run leaves: nothing after a stop; after kill -9 whatever its children had not undone yet.
//!
//! Called before a start and after a stop, with the site's lock held: whatever is found here is of no use to
//! anybody.

use std::{fs, os::unix::fs::MetadataExt as _, path::Path, time::Duration};

use anyhow::ensure;
use rustix::process::{Pid, Signal, kill_process};

use super::{
    cgroups, engine, mounts, postgres,
    process::{self, Identity, wait_until},
    role::Role,
    say,
    site::Site,
};

/// Children of a killed run got their death signal when it died; the engine still stops its containers.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn sweep(site: &Site) -> anyhow::Result<()> {
    // An engine that is told to stop waits for its containers.
    cgroups::kill_all(&site.name);
    end_recorded(site);
    end_database(site)?;
    engine::end_leftovers(site)?;
    mounts::unmount_below(&site.runtime);
    mounts::unmount_below(&site.data.join("worker"));
    mounts::remove_made_folders(site);
    remove_runtime(site);
    Ok(())
}

/// Ends the children that an earlier run noted.
fn end_recorded(site: &Site) {
    let living: Vec<(Role, Identity)> =
        Role::ALL.iter().filter_map(|&role| Some((role, process::recorded(site, role.name())?))).collect();
    if living.is_empty() {
        return;
    }
    say(format_args!("Ending what an earlier run of dautri up left: {} processes", living.len()));
    for (role, identity) in &living {
        identity.signal(role.stop_signal());
    }
    if !wait_until(PATIENCE, || living.iter().all(|(_, identity)| !identity.lives())) {
        for (_, identity) in &living {
            identity.signal(Signal::KILL);
        }
        wait_until(PATIENCE, || living.iter().all(|(_, identity)| !identity.lives()));
    }
}

/// Ends every process that works in the database's folder, the postmaster and its backends: two postmasters on
/// one folder would destroy it.
fn end_database(site: &Site) -> anyhow::Result<()> {
    let folder = postgres::folder(site);
    let Ok(facts) = folder.metadata() else {
        return Ok(());
    };
    let inside = || -> Vec<Pid> {
        process::all()
            .filter(|pid| {
                fs::metadata(format!("/proc/{}/cwd", pid.as_raw_pid()))
                    .is_ok_and(|found| (found.dev(), found.ino()) == (facts.dev(), facts.ino()))
            })
            .collect()
    };
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        let found = inside();
        if found.is_empty() {
            break;
        }
        for pid in found {
            let _ = kill_process(pid, signal);
        }
        if wait_until(PATIENCE, || inside().is_empty()) {
            break;
        }
    }
    ensure!(inside().is_empty(), "a PostgreSQL process in {} does not end; end it by hand", folder.display());
    // Its process id may be another program's by now, and then PostgreSQL would refuse to start.
    let _ = fs::remove_file(folder.join("postmaster.pid"));
    Ok(())
}

/// Removes the runtime folder. What is in it may be the data folder seen from another place, so only the parts
/// that are the run's own are removed with their content.
fn remove_runtime(site: &Site) {
    remove_files(&postgres::socket_folder(site));
    let _ = fs::remove_dir(site.shared());
    remove_files(&site.runtime);
}

/// Removes a folder's files and then, if nothing else is in it, the folder.
fn remove_files(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
    let _ = fs::remove_dir(folder);
}
