//! All SQL of messages, one file for each thing that is stored.

pub mod announcements;
pub mod people;
pub mod questions;
