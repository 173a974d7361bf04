//! Rendered boards, kept until the phase's next change.
//!
//! A reader must never see a board older than the last commit. So a phase has a version; a rendered board is
//! kept under the version that was current before it was read from the database, and nothing is kept while a
//! commit is under way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;

use super::model::{Split, View};
use crate::{competitions::model::PhaseContext, kernel::ids::PhaseId};

/// What decides who sees which board of a phase.
#[derive(Debug)]
pub struct Setting {
    pub phase: PhaseContext,
    /// Slugs of the competition's divisions.
    pub divisions: Vec<String>,
}

/// What of a phase a rendered board shows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub split: Split,
    pub view: View,
    pub division: Option<String>,
    /// With the columns that organizers alone see.
    pub whole: bool,
}

/// A board as it goes over the wire.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub body: Bytes,
    pub gzipped: Bytes,
    pub etag: String,
}

#[derive(Debug, Clone, Default)]
pub struct Cache(Arc<Mutex<HashMap<PhaseId, Slot>>>);

#[derive(Debug, Default)]
struct Slot {
    version: u64,
    changing: u32,
    setting: Option<Arc<Setting>>,
    boards: HashMap<Key, Arc<Rendered>>,
}

impl Slot {
    fn clear(&mut self) {
        self.setting = None;
        self.boards.clear();
    }
}

/// A place in a phase's history, to be handed back with what was rendered since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version(u64);

/// While this lives, the phase's boards are read from the database each time.
#[derive(Debug)]
#[must_use = "hold it until the transaction has ended"]
pub struct Change {
    cache: Cache,
    phase: PhaseId,
}

impl Cache {
    pub fn begin_change(&self, phase: PhaseId) -> Change {
        self.with(phase, |slot| {
            slot.changing += 1;
            slot.clear();
        });
        Change { cache: self.clone(), phase }
    }

    /// Forgets all boards, because something on them changed that is no result.
    pub fn forget_all(&self) {
        for slot in self.0.lock().unwrap_or_else(PoisonError::into_inner).values_mut() {
            slot.version += 1;
            slot.clear();
        }
    }

    /// The version to keep under what is read from now on.
    pub fn version(&self, phase: PhaseId) -> Version {
        self.look(phase, |_| None::<()>).expect_err("nothing was looked for")
    }

    pub fn get(&self, phase: PhaseId, key: &Key) -> Option<Arc<Rendered>> {
        self.look(phase, |slot| slot.boards.get(key).cloned()).ok()
    }

    /// Keeps a board unless the phase has changed since the version.
    pub fn keep(&self, phase: PhaseId, key: Key, version: Version, board: Arc<Rendered>) {
        self.with(phase, |slot| {
            if slot.changing == 0 && Version(slot.version) == version {
                slot.boards.insert(key, board);
            }
        });
    }

    /// The kept setting, or the version to keep a new one under.
    pub fn setting(&self, phase: PhaseId) -> Result<Arc<Setting>, Version> {
        self.look(phase, |slot| slot.setting.clone())
    }

    /// Keeps a setting unless the phase has changed since the version.
    pub fn keep_setting(&self, phase: PhaseId, version: Version, setting: &Arc<Setting>) {
        self.with(phase, |slot| {
            if slot.changing == 0 && Version(slot.version) == version {
                slot.setting = Some(Arc::clone(setting));
            }
        });
    }

    /// Looks without making a slot, so that made-up ids take no memory.
    fn look<T>(&self, phase: PhaseId, find: impl FnOnce(&Slot) -> Option<T>) -> Result<T, Version> {
        let phases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = phases.get(&phase).ok_or(Version(0))?;
        find(slot).ok_or(Version(slot.version))
    }

    fn with<T>(&self, phase: PhaseId, act: impl FnOnce(&mut Slot) -> T) -> T {
        let mut phases = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(phases.entry(phase).or_default())
    }
}

impl Drop for Change {
    fn drop(&mut self) {
        self.cache.with(self.phase, |slot| {
            slot.changing -= 1;
            slot.version += 1;
            slot.clear();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key { split: Split::Public, view: View::Live, division: None, whole: false }
    }

    fn rendered() -> Arc<Rendered> {
        Arc::new(Rendered { body: Bytes::new(), gzipped: Bytes::new(), etag: String::new() })
    }

    #[test]
    fn a_board_read_before_a_commit_is_not_kept_after_it() {
        let (cache, phase) = (Cache::default(), PhaseId::new());
        let version = cache.version(phase);
        drop(cache.begin_change(phase));
        cache.keep(phase, key(), version, rendered());
        assert!(cache.get(phase, &key()).is_none());
    }

    #[test]
    fn nothing_is_kept_while_a_commit_is_under_way() {
        let (cache, phase) = (Cache::default(), PhaseId::new());
        let change = cache.begin_change(phase);
        let version = cache.version(phase);
        cache.keep(phase, key(), version, rendered());
        assert!(cache.get(phase, &key()).is_none());
        drop(change);
        cache.keep(phase, key(), version, rendered());
        assert!(cache.get(phase, &key()).is_none(), "the version has moved on");
    }

    #[test]
    fn a_quiet_phase_serves_its_kept_board() {
        let (cache, phase) = (Cache::default(), PhaseId::new());
        let version = cache.version(phase);
        cache.keep(phase, key(), version, rendered());
        assert!(cache.get(phase, &key()).is_some());
        assert!(cache.get(PhaseId::new(), &key()).is_none());
    }
}
