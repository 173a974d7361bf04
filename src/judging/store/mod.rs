//! All SQL of the judging room, by aggregate.

pub mod cancel;
pub mod evaluations;
pub mod images;
pub mod items;
pub mod logs;
pub mod operations;
pub mod places;
pub mod queue;
pub mod rejudgings;
pub mod rulings;
pub mod workers;
