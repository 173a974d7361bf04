//! SQL of data sets and of acceptances.

pub mod acceptances;
pub mod import;
pub mod sets;
