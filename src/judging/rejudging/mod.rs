//! Rejudging: a chosen set of submissions is judged once more, beside the results that count.
//!
//! | state | means |
//! | --- | --- |
//! | staged | its evaluations wait, none has begun |
//! | judging | some are not judged yet |
//! | ready | all are judged or cancelled: its difference is whole |
//! | applied | its results count, those before are superseded and kept |
//! | dropped | nothing changed; what it made is kept for organizers |
//!
//! Only `applied` and `dropped` are written down; the others follow from the evaluations, so that no crash can leave
//! a state behind that is not so. Which evaluation counts, `leaderboard::counting` says.

mod act;
mod choose;
mod compare;
mod difference;
pub mod model;
mod show;
