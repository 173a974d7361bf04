//! The parts that children play.

use std::time::Duration;

use rustix::process::Signal;

use super::{engine, postgres, server, worker};

/// A child's part. Children start in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Engine,
    Database,
    Server,
    Worker,
    Demo,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Engine, Self::Database, Self::Server, Self::Worker, Self::Demo];
    /// Each before those that it needs.
    pub const STOP_ORDER: [Self; 5] = [Self::Demo, Self::Worker, Self::Server, Self::Database, Self::Engine];

    /// Name of its log and of its note in the runtime folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::Engine => "docker",
            Self::Database => "postgres",
            Self::Server => "server",
            Self::Worker => "worker",
            Self::Demo => "demo",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Engine => "Docker engine",
            Self::Database => "PostgreSQL",
            Self::Server => "Server",
            Self::Worker => "Worker",
            Self::Demo => "Demo",
        }
    }

    pub fn stop_signal(self) -> Signal {
        match self {
            // Fast shutdown; SIGTERM would wait for every client to leave.
            Self::Database => Signal::INT,
            _ => Signal::TERM,
        }
    }

    pub fn stop_deadline(self) -> Duration {
        match self {
            Self::Engine => engine::STOP_DEADLINE,
            Self::Database => postgres::STOP_DEADLINE,
            Self::Server => server::STOP_DEADLINE,
            Self::Worker => worker::STOP_DEADLINE,
            Self::Demo => Duration::from_secs(2),
        }
    }
}
