//! Looks whether this machine can be a worker, and says what to do where it cannot.

use std::path::Path;

use bollard::API_DEFAULT_VERSION;
use judge_core::{limits::Limits, text::Text};

use crate::{
    config::WorkerConfig,
    data_dir,
    sandbox::{Engine, Identity, OutputFs, unmount},
};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Stable, for scripts.
    pub name: &'static str,
    pub ok: bool,
    /// What was found, and where it is not well what to do.
    pub sentence: Text,
}

/// All checks, in the order in which a problem is best mended.
pub async fn doctor(config: &WorkerConfig) -> Vec<Check> {
    let connecting =
        Engine::connect(config.docker_host.as_deref(), config.runtime.as_deref(), "doctor", None);
    let engine = connecting.await;
    let folder = nearest_folder(&config.data_dir);
    let mut checks = Vec::new();
    match &engine {
        Ok(engine) => {
            checks.push(found_engine(engine));
            checks.push(cgroups(engine));
        }
        Err(error) => checks.push(no_engine(&error.to_string())),
    }
    checks.push(mount());
    checks.push(disk(&folder, config.min_free_bytes));
    checks
}

fn check(name: &'static str, ok: bool, vi: impl Into<String>, en: impl Into<String>) -> Check {
    Check { name, ok, sentence: Text::new(vi, en) }
}

fn found_engine(engine: &Engine) -> Check {
    const OLDEST_MINOR: usize = 41;
    let api = engine.docker.client_version();
    let old = api.major_version == 1 && api.minor_version < OLDEST_MINOR;
    let what = engine.describe();
    if old {
        let (vi, en) = (
            format!("{what} quá cũ (API {api}). Hãy cài Docker 20.10 trở lên."),
            format!("{what} is too old (API {api}). Install Docker 20.10 or newer."),
        );
        return check("engine", false, vi, en);
    }
    let newest = API_DEFAULT_VERSION;
    check(
        "engine",
        true,
        format!("{what} trả lời (API {api}, tối đa dùng {newest})."),
        format!("{what} answers (API {api}, at most {newest} is used)."),
    )
}

fn no_engine(error: &str) -> Check {
    check(
        "engine",
        false,
        format!(
            "không có Docker nào trả lời: {error}. Hãy cài gói docker.io, khởi động dịch vụ docker, hoặc chỉ ra \
             socket bằng --docker-host."
        ),
        format!(
            "no Docker engine answers: {error}. Install the package docker.io, start the docker service, or name \
             its socket with --docker-host."
        ),
    )
}

fn cgroups(engine: &Engine) -> Check {
    let version = engine.cgroup_version();
    if engine.counts_cpu_time() {
        return check(
            "cgroups",
            true,
            format!("cgroup phiên bản {version}, đo được thời gian CPU và bộ nhớ."),
            format!("cgroup version {version}; CPU time and memory can be measured."),
        );
    }
    check(
        "cgroups",
        false,
        format!(
            "cgroup phiên bản {version}, nhưng không thấy bộ đếm CPU và bộ nhớ dưới /sys/fs/cgroup. Hãy gắn \
             cgroup2 vào /sys/fs/cgroup, hoặc bật các bộ điều khiển cpu, cpuacct, memory và pids."
        ),
        format!(
            "cgroup version {version}, but no counters of CPU and memory are found below /sys/fs/cgroup. Mount \
             cgroup2 at /sys/fs/cgroup, or turn on the controllers cpu, cpuacct, memory and pids."
        ),
    )
}

/// Mounts one and takes it away again.
fn mount() -> Check {
    let tried = tempfile::tempdir().map_err(|error| error.to_string()).and_then(|folder| {
        let path = folder.path().join("output");
        let owner = Identity { uid: 64_100, gid: 64_100 };
        OutputFs::mount(path.clone(), &Limits::default(), owner).map_err(|error| error.to_string())?;
        unmount(&path).map_err(|error| error.to_string())
    });
    match tried {
        Ok(()) => check(
            "mount",
            true,
            "gắn được tmpfs không đi theo liên kết.",
            "a tmpfs that follows no links can be mounted.",
        ),
        Err(error) => check(
            "mount",
            false,
            format!(
                "không gắn được tmpfs với nosymfollow: {error}. Hãy chạy worker bằng root (hoặc có CAP_SYS_ADMIN) \
                 trên Linux 5.10 trở lên."
            ),
            format!(
                "a tmpfs with nosymfollow cannot be mounted: {error}. Run the worker as root (or with \
                 CAP_SYS_ADMIN) on Linux 5.10 or newer."
            ),
        ),
    }
}

fn disk(folder: &Path, least: u64) -> Check {
    const MIB: u64 = 1024 * 1024;
    let shown = folder.display();
    match data_dir::free_bytes(folder) {
        Ok(free) if free >= least => check(
            "disk",
            true,
            format!("{shown} còn trống {} MB.", free / MIB),
            format!("{shown} has {} MB free.", free / MIB),
        ),
        Ok(free) => check(
            "disk",
            false,
            format!(
                "{shown} chỉ còn trống {} MB, cần ít nhất {} MB. Hãy dọn đĩa hoặc chọn thư mục khác.",
                free / MIB,
                least / MIB
            ),
            format!(
                "{shown} has only {} MB free, {} MB are needed. Clear the disk or choose another folder.",
                free / MIB,
                least / MIB
            ),
        ),
        Err(error) => check(
            "disk",
            false,
            format!("không đọc được dung lượng trống của {shown}: {error}. Hãy chọn thư mục khác."),
            format!("the free room of {shown} cannot be read: {error}. Choose another folder."),
        ),
    }
}

/// The data folder, or the nearest above it that is there.
fn nearest_folder(path: &Path) -> std::path::PathBuf {
    let here = path.ancestors().find(|folder| folder.is_dir());
    here.unwrap_or_else(|| Path::new("/")).to_owned()
}
