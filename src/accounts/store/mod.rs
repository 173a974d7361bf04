//! All SQL of accounts, one file for each thing that is stored.

pub mod codes;
pub mod consents;
pub mod evidence;
pub mod export;
pub mod links;
pub mod mailbox;
pub mod profiles;
pub mod sessions;
pub mod tokens;
pub mod users;
