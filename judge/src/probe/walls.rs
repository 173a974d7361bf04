//! Each wall, tried from inside. `Ok` means that it stands; `Err` says what went through.

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    net::UdpSocket,
    path::Path,
    sync::mpsc,
    time::Duration,
};

use rustix::{
    net::{AddressFamily, SocketType},
    process::{Resource, getrlimit},
};

use super::Expected;

type Wall = Result<(), String>;

const OUTPUT: &str = "/app/output";
const SCRATCH: &str = "/tmp";

pub fn all(expected: &Expected) -> BTreeMap<&'static str, Wall> {
    // Filling the file systems comes last: other tries need a little room.
    BTreeMap::from([
        ("no_network", no_network()),
        ("no_vsock", no_vsock()),
        ("read_only_root", read_only_root()),
        ("identity", identity(expected.uid)),
        ("no_capabilities", no_capabilities()),
        ("no_new_privileges", no_new_privileges()),
        ("processes", processes(expected.pids)),
        ("open_files", limit_is(Resource::Nofile, expected.open_files)),
        ("file_size", limit_is(Resource::Fsize, expected.file_bytes)),
        ("no_core_dumps", limit_is(Resource::Core, 0)),
        ("cpu_share", cpu_share(expected.cpu_milli)),
        ("output_symlinks", output_symlinks()),
        ("output_files", bounded_files(OUTPUT, expected.output_files)),
        ("output_bytes", bounded_bytes(OUTPUT, expected.output_bytes)),
        ("scratch_files", bounded_files(SCRATCH, expected.scratch_files)),
        ("scratch_bytes", bounded_bytes(SCRATCH, expected.scratch_bytes)),
    ])
}

fn no_network() -> Wall {
    let devices = fs::read_to_string("/proc/net/dev").map_err(text)?;
    let other = devices.lines().skip(2).filter_map(|line| line.split(':').next()).map(str::trim);
    if let Some(other) = other.filter(|name| *name != "lo").find(|name| has_address(name)) {
        return Err(format!("the interface {other} is there"));
    }
    // Connecting a datagram socket sends nothing: it only asks whether there is a way. The address is one that
    // is reserved for documentation.
    let socket = UdpSocket::bind("0.0.0.0:0").map_err(text)?;
    match socket.connect("192.0.2.1:9") {
        Ok(()) => Err("there is a route to other networks".to_owned()),
        Err(_) => Ok(()),
    }
}

/// The kernel shows tunnel devices in every network namespace; without being up they lead nowhere.
fn has_address(interface: &str) -> bool {
    let flags = fs::read_to_string(format!("/sys/class/net/{interface}/flags")).unwrap_or_default();
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).unwrap_or(1);
    flags & 1 == 1
}

/// Sockets to the hypervisor pass by network namespaces.
fn no_vsock() -> Wall {
    match rustix::net::socket(AddressFamily::VSOCK, SocketType::STREAM, None) {
        Ok(_) => Err("a vsock socket can be opened".to_owned()),
        Err(_) => Ok(()),
    }
}

fn read_only_root() -> Wall {
    for path in ["/dautri-write", "/app/dautri-write", "/etc/dautri-write"] {
        if File::create(path).is_ok() {
            return Err(format!("{path} could be written"));
        }
    }
    Ok(())
}

fn identity(uid: u32) -> Wall {
    let (real, effective) = (rustix::process::getuid().as_raw(), rustix::process::geteuid().as_raw());
    if uid != 0 && real == uid && effective == uid { Ok(()) } else { Err(format!("the user is {real}")) }
}

fn status(field: &str) -> Result<String, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(text)?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    line.map(|value| value.trim().to_owned()).ok_or_else(|| format!("{field} is not told"))
}

fn no_capabilities() -> Wall {
    for set in ["CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        let held = status(set)?;
        if held.bytes().any(|digit| digit != b'0') {
            return Err(format!("{set} is {held}"));
        }
    }
    Ok(())
}

fn no_new_privileges() -> Wall {
    if status("NoNewPrivs")? == "1" { Ok(()) } else { Err("privileges can be gained".to_owned()) }
}

/// Threads count as processes do.
fn processes(limit: u32) -> Wall {
    let (release, gate) = mpsc::channel::<()>();
    let gate = std::sync::Arc::new(std::sync::Mutex::new(gate));
    let mut threads = Vec::new();
    let mut stopped = false;
    for _ in 0..=limit {
        let gate = std::sync::Arc::clone(&gate);
        let wait = move || drop(gate.lock().map(|gate| gate.recv_timeout(Duration::from_secs(5))));
        let Ok(thread) = std::thread::Builder::new().stack_size(16 * 1024).spawn(wait) else {
            stopped = true;
            break;
        };
        threads.push(thread);
    }
    drop(release);
    for thread in threads {
        drop(thread.join());
    }
    if stopped { Ok(()) } else { Err(format!("more than {limit} processes could be started")) }
}

fn limit_is(resource: Resource, expected: u64) -> Wall {
    let limit = getrlimit(resource);
    if limit.current == Some(expected) && limit.maximum == Some(expected) {
        Ok(())
    } else {
        Err(format!("the limit is {limit:?} instead of {expected}"))
    }
}

fn cpu_share(milli: u64) -> Wall {
    let read = |path: &str| fs::read_to_string(path).ok();
    let number = |path: &str| read(path)?.trim().parse::<u64>().ok();
    let (quota, period) = if let Some(line) = read("/sys/fs/cgroup/cpu.max") {
        let mut fields = line.split_whitespace().map(|field| field.parse::<u64>().ok());
        (fields.next().flatten(), fields.next().flatten())
    } else {
        let folder = if Path::new("/sys/fs/cgroup/cpu").exists() { "cpu" } else { "cpu,cpuacct" };
        (
            number(&format!("/sys/fs/cgroup/{folder}/cpu.cfs_quota_us")),
            number(&format!("/sys/fs/cgroup/{folder}/cpu.cfs_period_us")),
        )
    };
    match (quota, period) {
        (Some(quota), Some(period)) if quota * 1000 <= period * milli => Ok(()),
        (Some(quota), Some(period)) => Err(format!("the quota is {quota} of {period}")),
        _ => Err("there is no quota".to_owned()),
    }
}

fn output_symlinks() -> Wall {
    let link = format!("{OUTPUT}/link");
    std::os::unix::fs::symlink("/proc/self/status", &link).map_err(text)?;
    let followed = File::open(&link).is_ok();
    fs::remove_file(&link).map_err(text)?;
    if followed { Err("a symbolic link was followed".to_owned()) } else { Ok(()) }
}

/// Writes until the file system is full; leaves it as it was.
fn bounded_bytes(folder: &str, limit: u64) -> Wall {
    const PIECE: usize = 64 * 1024;
    // Page size, and one page above the limit.
    let most = limit + 2 * PIECE as u64;
    let path = format!("{folder}/fill");
    let result = (|| {
        let mut written = 0;
        let mut number = 0;
        // A file may be no larger than its own limit: several fill the folder.
        while written <= most {
            match fill(&format!("{path}{number}"), PIECE, most) {
                (0, _) => return Ok(()),
                (more, true) => {
                    return if written + more <= most { Ok(()) } else { Err(written + more) };
                }
                (more, false) => written += more,
            }
            number += 1;
        }
        Err(written)
    })();
    remove_all(folder);
    result.map_err(|written| format!("{written} bytes could be written"))
}

/// Returns the bytes written and whether the file system was full.
fn fill(path: &str, piece: usize, most: u64) -> (u64, bool) {
    let Ok(mut file) = OpenOptions::new().write(true).create_new(true).open(path) else {
        return (0, true);
    };
    let mut written = 0;
    while written <= most {
        match file.write(&vec![1; piece]) {
            Ok(more) => written += more as u64,
            Err(error) => return (written, error.kind() == io::ErrorKind::StorageFull),
        }
    }
    (written, false)
}

fn bounded_files(folder: &str, limit: u64) -> Wall {
    let made = (0..limit + 8).take_while(|number| File::create_new(format!("{folder}/n{number}")).is_ok());
    let made = made.count() as u64;
    remove_all(folder);
    if made <= limit + 2 { Ok(()) } else { Err(format!("{made} files could be made")) }
}

fn remove_all(folder: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` wants")]
fn text(error: io::Error) -> String {
    error.to_string()
}
