//! Live events and wake-ups inside the server's process.
//!
//! Purpose: tell browsers what changed, and waiting workers that there is something to do.
//! Invariants: an event is published after its transaction committed; it carries a version or a piece of log,
//! never a private figure; a slow reader misses events and is told to load anew, it never slows a writer.
//! Neighbours: features publish; `web/` knows nothing of it; `events/stream.rs` writes server-sent events for
//! whoever has decided which topics the reader may follow.

mod bus;
pub mod stream;

pub use bus::{Bus, Event, EventId, Following, Replay, Topic};
