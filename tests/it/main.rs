//! One binary for all integration tests of the server.

mod accounts;
mod architecture;
mod bad_input;
mod boards;
mod bundles;
mod checks;
mod consent;
mod data;
mod data_client;
mod data_migration;
mod definitions;
mod downloads;
mod events;
mod export;
mod harness;
mod judging;
mod letters;
mod limits;
mod merging;
mod on_bucket;
mod openapi;
mod people;
mod phases;
mod privacy;
mod records;
mod registration;
mod rulings;
mod sandbox;
mod scopes;
mod sheets;
mod site;
mod storage;
mod teams;
mod tus;
mod upkeep;
mod uploads;

/// Where the tests of this binary keep blobs, but for those of `on_bucket`.
pub const STORAGE: harness::Place = harness::Place::Folder;
