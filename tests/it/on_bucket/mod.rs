//! The tests that have to do with storage once more, with the blobs in an S3 bucket.

use crate::harness::Place;

pub const STORAGE: Place = Place::Bucket;

#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../data.rs"]
mod data;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../definitions.rs"]
mod definitions;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../downloads.rs"]
mod downloads;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../export.rs"]
mod export;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../judging.rs"]
mod judging;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../storage.rs"]
mod storage;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../tus.rs"]
mod tus;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../upkeep.rs"]
mod upkeep;
#[expect(clippy::duplicate_mod, reason = "the same claims must hold for a bucket")]
#[path = "../uploads.rs"]
mod uploads;
