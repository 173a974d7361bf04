//! All SQL of the judging room, by aggregate.

pub mod evaluations;
pub mod images;
pub mod items;
pub mod logs;
pub mod operations;
pub mod queue;
pub mod workers;
