//! What one step of an evaluation may use.

use serde::{Deserialize, Serialize};

use crate::text::Text;

const MIB: u64 = 1024 * 1024;

/// Limits of one step. Two containers of one step share `wall_ms` and the output's budget; memory, CPU and
/// processes count for each container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Limits {
    /// Wall-clock time of the step, milliseconds.
    pub wall_ms: u64,
    /// CPU time of the step, milliseconds.
    pub cpu_ms: u64,
    /// Memory of one container, bytes, swap included, and with it the pages of what it writes to output and scratch.
    pub memory_bytes: u64,
    /// Share of processors, thousandths of one.
    pub cpu_milli: u32,
    /// Processes and threads of one container.
    pub pids: u32,
    /// What may be written to the output folder, bytes.
    pub output_bytes: u64,
    /// Files and folders that the output folder may hold.
    pub output_files: u32,
    /// Scratch space under `/tmp`, bytes.
    pub scratch_bytes: u64,
    /// What is kept of stdout and stderr, bytes: the first half and the last half of it.
    pub log_bytes: u64,
    /// What the unpacked archive may take, bytes.
    pub unpacked_bytes: u64,
    /// Files and folders that an archive may hold.
    pub unpacked_files: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall_ms: 60_000,
            cpu_ms: 60_000,
            memory_bytes: 512 * MIB,
            cpu_milli: 1_000,
            pids: 64,
            output_bytes: 64 * MIB,
            output_files: 1_000,
            scratch_bytes: 64 * MIB,
            log_bytes: 64 * 1024,
            unpacked_bytes: 512 * MIB,
            unpacked_files: 5_000,
        }
    }
}

/// A limit outside what the platform accepts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("limit {name} is {actual}; it must lie between {min} and {max}")]
pub struct LimitError {
    pub name: &'static str,
    pub actual: u64,
    pub min: u64,
    pub max: u64,
}

impl LimitError {
    /// The reason in both languages, without a full stop.
    pub fn reason(&self) -> Text {
        let Self { name, actual, min, max } = self;
        Text::new(format!("giới hạn {name} là {actual}; phải từ {min} đến {max}"), self.to_string())
    }
}

impl Limits {
    /// Refuses limits that no worker could hold or that would leave a program no room to start.
    pub fn check(&self) -> Result<(), LimitError> {
        let ranges: [(&'static str, u64, u64, u64); 11] = [
            ("wall_ms", self.wall_ms, 100, 24 * 3_600_000),
            ("cpu_ms", self.cpu_ms, 100, 64 * 24 * 3_600_000),
            ("memory_bytes", self.memory_bytes, 16 * MIB, 1024 * 1024 * MIB),
            ("cpu_milli", self.cpu_milli.into(), 50, 256_000),
            ("pids", self.pids.into(), 4, 32_768),
            ("output_bytes", self.output_bytes, 4096, 64 * 1024 * MIB),
            ("output_files", self.output_files.into(), 2, 1_000_000),
            ("scratch_bytes", self.scratch_bytes, 4096, 64 * 1024 * MIB),
            ("log_bytes", self.log_bytes, 1024, 16 * MIB),
            ("unpacked_bytes", self.unpacked_bytes, 4096, 256 * 1024 * MIB),
            ("unpacked_files", self.unpacked_files.into(), 1, 1_000_000),
        ];
        for (name, actual, min, max) in ranges {
            if actual < min || actual > max {
                return Err(LimitError { name, actual, min, max });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        assert_eq!(Limits::default().check(), Ok(()));
    }

    #[test]
    fn a_limit_out_of_range_is_named() {
        let limits = Limits { pids: 1, ..Limits::default() };
        assert_eq!(limits.check(), Err(LimitError { name: "pids", actual: 1, min: 4, max: 32_768 }));
    }
}
