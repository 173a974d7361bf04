//! All SQL of accounts, one file for each thing that is stored.

pub mod codes;
pub mod links;
pub mod mailbox;
pub mod sessions;
pub mod tokens;
pub mod users;
