//! All SQL of accounts, one file for each thing that is stored.

pub mod sessions;
pub mod tokens;
pub mod users;
