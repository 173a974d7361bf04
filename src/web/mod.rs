//! HTTP without a feature.
//!
//! Purpose: what every feature's `http/` shares: problems, language, paging, downloads, limits.
//! Invariants: knows HTTP, knows no feature; a 5xx is logged once, here, and the client sees a fixed text.
//! Neighbours: below every feature, above `kernel/` and `storage/`.

pub mod download;
pub mod extract;
pub mod lang;
pub mod limits;
pub mod observe;
pub mod problem;

pub use extract::{ApiJson, ApiPath, ApiQuery, PageQuery};
pub use lang::Language;
pub use limits::{Limiter, Rate, TooOften};
pub use problem::{Problem, internal};
