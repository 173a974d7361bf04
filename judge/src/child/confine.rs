//! Gives up everything that reading an archive or a table does not need.

use std::{io, path::PathBuf};

use rustix::{
    process::{Gid, Pid, Resource, Rlimit, Signal, Uid},
    thread::UnshareFlags,
};
use serde::{Deserialize, Serialize};

/// What is left to a child process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Confinement {
    /// Its root folder; nothing outside can be named.
    pub root: PathBuf,
    pub uid: u32,
    /// Address space on top of what the process has at its start.
    pub memory_bytes: u64,
    pub cpu_seconds: u64,
    /// Largest file that it may write.
    pub file_bytes: u64,
    /// The worker's process: the child dies with it.
    pub parent: i32,
}

/// Lasts until the process ends. Returns where the root folder is now: only root can make it `/`.
pub(crate) fn confine(confinement: &Confinement) -> io::Result<PathBuf> {
    let memory = own_address_space()?.saturating_add(confinement.memory_bytes);
    let mut top = confinement.root.clone();
    if rustix::process::geteuid().is_root() {
        give_up_root(confinement)?;
        top = PathBuf::from("/");
    }
    rustix::thread::set_no_new_privs(true)?;
    // Set after the change of user, which resets it.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid() != Pid::from_raw(confinement.parent) {
        return Err(io::Error::other("the worker is gone"));
    }
    limit(Resource::As, memory)?;
    limit(Resource::Cpu, confinement.cpu_seconds)?;
    limit(Resource::Fsize, confinement.file_bytes)?;
    limit(Resource::Nofile, 32)?;
    limit(Resource::Nproc, 0)?;
    limit(Resource::Core, 0)?;
    Ok(top)
}

fn give_up_root(confinement: &Confinement) -> io::Result<()> {
    let alone = UnshareFlags::NEWNET | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    // SAFETY: the file table is not unshared, and this process has one thread.
    unsafe { rustix::thread::unshare_unsafe(alone)? };
    rustix::process::chroot(&confinement.root)?;
    rustix::process::chdir("/")?;
    let (uid, gid) = (Uid::from_raw(confinement.uid), Gid::from_raw(confinement.uid));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(gid, gid, gid)?;
    rustix::thread::set_thread_res_uid(uid, uid, uid)?;
    Ok(())
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    // The worker's own limits may be lower still.
    let most = rustix::process::getrlimit(resource).maximum.map_or(value, |maximum| maximum.min(value));
    Ok(rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?)
}

fn own_address_space() -> io::Result<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages: u64 = statm
        .split(' ')
        .next()
        .and_then(|pages| pages.parse().ok())
        .ok_or_else(|| io::Error::other("/proc/self/statm cannot be read"))?;
    Ok(pages.saturating_mul(rustix::param::page_size() as u64))
}
