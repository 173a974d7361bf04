//! The same container, run by hand with `docker run`.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::ensure;
use judge_core::limits::Limits;

use crate::{process, surroundings::Surroundings};

/// As the worker's first slot has it.
const UID: u32 = 64_100;
const NAME: &str = "dautri-bench-by-hand";

/// A prepared `docker run` of one sample.
#[derive(Debug)]
pub struct ByHand {
    docker: PathBuf,
    host: String,
    image: String,
    program: PathBuf,
    input: PathBuf,
    output: PathBuf,
}

impl ByHand {
    /// `image`: the engine's id of an image that it has already.
    pub fn prepare(around: &Surroundings, image: String, sample: &str) -> anyhow::Result<Self> {
        let folder = around.work.join("by-hand");
        fs::create_dir_all(&folder)?;
        let (program, input) = (folder.join("program"), folder.join("input"));
        let digits = around.repo.join("datasets/digits");
        process::copy_folder(&digits.join("samples").join(sample).join("submission"), &program)?;
        process::copy_folder(&digits.join("hidden/input"), &input)?;
        let (docker, host) = (around.docker.clone(), around.docker_host.clone());
        Ok(Self { docker, host, image, program, input, output: folder.join("output") })
    }

    /// From the start of the command to its end. Making and removing what it needs is not counted.
    pub fn run(&self) -> anyhow::Result<Duration> {
        fs::create_dir(&self.output)?;
        std::os::unix::fs::chown(&self.output, Some(UID), Some(UID))?;
        let mut run = self.command();
        let start = Instant::now();
        process::output(&mut run, None)?;
        let took = start.elapsed();
        ensure!(self.output.join("predictions.csv").is_file(), "the program by hand wrote no predictions");
        process::output(self.docker().args(["rm", NAME]), None)?;
        fs::remove_dir_all(&self.output)?;
        Ok(took)
    }

    fn docker(&self) -> Command {
        let mut docker = Command::new(&self.docker);
        docker.args(["--host", &self.host]);
        docker
    }

    /// The walls that the worker builds, word for word.
    fn command(&self) -> Command {
        let limits = Limits::default();
        let bind = |source: &PathBuf, target, more| {
            format!("type=bind,source={},target={target}{more}", source.display())
        };
        let mut run = self.docker();
        run.args([
            "run",
            "--name",
            NAME,
            "--init",
            "--network",
            "none",
            "--read-only",
            "--hostname",
            "sandbox",
        ])
        .args(["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--ipc", "private"])
        .args(["--log-driver", "none", "--no-healthcheck", "--shm-size", "4m"])
        .args(["--user", &format!("{UID}:{UID}"), "--pids-limit", &limits.pids.to_string()])
        .args(["--memory", &limits.memory_bytes.to_string()])
        .args(["--memory-swap", &limits.memory_bytes.to_string()])
        .args(["--cpus", &(f64::from(limits.cpu_milli) / 1000.0).to_string()])
        .args(["--ulimit", "core=0", "--ulimit", "nofile=1024"])
        .args(["--ulimit", &format!("fsize={}", limits.output_bytes + 4096)])
        .args(["--tmpfs", &format!("/tmp:{}", scratch(&limits))])
        .args(["--mount", &bind(&self.program, "/app/program", ",readonly")])
        .args(["--mount", &bind(&self.input, "/app/input_data", ",readonly")])
        .args(["--mount", &bind(&self.output, "/app/output", "")])
        .args(["--workdir", "/app/program", "--env", "HOME=/tmp", "--env", "TMPDIR=/tmp"])
        .args(["--env", "LANG=C.UTF-8", "--env", "PYTHONUNBUFFERED=1"])
        .args(["--env", "PYTHONDONTWRITEBYTECODE=1", "--env", "OMP_NUM_THREADS=1"])
        .args(["--env", "OPENBLAS_NUM_THREADS=1", "--env", "MKL_NUM_THREADS=1"])
        .args([
            "--entrypoint",
            "python3",
            &self.image,
            "predict.py",
            "/app/input_data",
            "/app/output",
        ]);
        run
    }
}

fn scratch(limits: &Limits) -> String {
    let size = limits.scratch_bytes;
    format!("rw,nosuid,nodev,size={size},nr_inodes=10000,mode=0700,uid={UID},gid={UID}")
}
