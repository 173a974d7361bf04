//! The children's mount namespace, and mounts that an earlier run left in the machine's.

use std::{
    fs::File,
    os::{fd::AsFd as _, unix::fs::PermissionsExt as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use rustix::{
    mount::{MountFlags, MountPropagationFlags, UnmountFlags},
    thread::{LinkNameSpaceType, UnshareFlags},
};

use super::site::{Site, make_folder};

/// Where Docker's parts put sockets whatever they are told; their folders are empty ones in our namespace.
const ENGINE_FOLDERS: [&str; 2] = ["/run/containerd", "/run/docker"];

/// Moves this process, and so its children, into a mount namespace that vanishes with the last of them.
///
/// There the data folder and this program get a path that the children's users can walk, even if both lie in
/// a home that is closed to them. Returns the machine's namespace, for a child that must mount in it.
pub fn enter_own_namespace(site: &Site, own_engine: bool) -> anyhow::Result<File> {
    let program = std::env::current_exe().context("this program's own file is not to be found")?;
    ensure!(
        program.metadata().is_ok_and(|facts| facts.permissions().mode() & 0o005 == 0o005),
        "other users may not run {0}, and the server is to run as one: chmod 755 {0}",
        program.display()
    );
    let machine = File::open("/proc/self/ns/mnt").context("this kernel shows no mount namespace")?;
    make_folder(&site.runtime, 0o711)
        .with_context(|| format!("{} cannot be made", site.runtime.display()))?;
    // SAFETY: this process has one thread, and no folder descriptor whose meaning the call could change.
    unsafe { rustix::thread::unshare_unsafe(UnshareFlags::NEWNS) }.context(
        "this process may not have a mount namespace of its own; it needs the right CAP_SYS_ADMIN",
    )?;
    let prepared = prepare_namespace(site, &program, own_engine);
    if prepared.is_err() {
        join(&machine).context("cannot go back to the machine's mounts")?;
    }
    prepared.map(|()| machine)
}

fn prepare_namespace(site: &Site, program: &Path, own_engine: bool) -> anyhow::Result<()> {
    rustix::mount::mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)
        .context("the namespace's mounts cannot be kept apart from the machine's")?;
    bind_folder(&site.data, &site.shared())?;
    bind_file(program, &site.program())?;
    if own_engine {
        for folder in ENGINE_FOLDERS {
            hide(site, Path::new(folder))?;
        }
    }
    Ok(())
}

fn bind_folder(source: &Path, target: &Path) -> anyhow::Result<()> {
    make_folder(target, 0o711)
        .and_then(|()| Ok(rustix::mount::mount_bind(source, target)?))
        .with_context(|| format!("{} cannot be shown as {}", source.display(), target.display()))
}

fn bind_file(source: &Path, target: &Path) -> anyhow::Result<()> {
    File::create(target)
        .and_then(|_| Ok(rustix::mount::mount_bind(source, target)?))
        .with_context(|| format!("{} cannot be shown as {}", source.display(), target.display()))
}

fn hide(site: &Site, folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        make_folder(folder, 0o711)?;
        File::create(made_mark(site, folder))?;
    }
    rustix::mount::mount("tmpfs", folder, "tmpfs", MountFlags::NOSUID | MountFlags::NODEV, Some(c"mode=0711"))
        .with_context(|| format!("an empty {} cannot be mounted", folder.display()))
}

/// Says that the folder was made by us, and so is removed by us.
fn made_mark(site: &Site, folder: &Path) -> PathBuf {
    let name = folder.file_name().expect("the engine's folders have names").to_string_lossy();
    site.runtime.join(format!("{name}.made"))
}

/// Removes the engine's folders of `/run` if they came with us and nobody else uses them by now.
pub fn remove_made_folders(site: &Site) {
    for folder in ENGINE_FOLDERS {
        let mark = made_mark(site, Path::new(folder));
        if mark.exists() {
            let _ = std::fs::remove_dir(folder);
            let _ = std::fs::remove_file(mark);
        }
    }
}

/// Moves the calling process to the machine's namespace: at the end the supervisor, and before its start a
/// worker whose engine is the machine's and so sees no other namespace's mounts.
pub fn join(namespace: &File) -> std::io::Result<()> {
    Ok(rustix::thread::move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Mount))?)
}

/// Ends every mount at or below `folder`, the last one first.
pub fn unmount_below(folder: &Path) {
    for point in mount_points_below(folder).into_iter().rev() {
        let _ = rustix::mount::unmount(&point, UnmountFlags::DETACH);
    }
}

pub fn mount_points_below(folder: &Path) -> Vec<PathBuf> {
    let table = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    table.lines().filter_map(mount_point).filter(|point| point.starts_with(folder)).collect()
}

fn mount_point(line: &str) -> Option<PathBuf> {
    line.split(' ').nth(4).map(unescape)
}

/// The kernel writes space, tab, newline and backslash as `\ooo`.
fn unescape(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt as _;
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = (*first == b'\\')
            .then(|| u8::from_str_radix(std::str::from_utf8(tail.get(..3)?).ok()?, 8).ok())
            .flatten();
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &tail[3..] } else { tail };
    }
    std::ffi::OsString::from_vec(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_with_a_space_is_read() {
        let line = r"29 1 8:1 / /srv/ch\303\242\040n\134 rw,relatime shared:1 - ext4 /dev/sda1 rw";
        assert_eq!(mount_point(line), Some(PathBuf::from("/srv/châ n\\")));
    }
}
