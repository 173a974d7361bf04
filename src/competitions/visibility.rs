//! What of a phase its readers see. The one place that decides it. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::{Phase, PrivateBoard};
use crate::kernel::Timestamp;

/// Who sees what of a phase besides its organizers, who see everything but logs that nobody sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Visibility {
    pub board: BoardVisibility,
    pub scores: ScoreVisibility,
    pub logs: LogVisibility,
}

impl Visibility {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether teams would read from the board what is kept from them elsewhere.
    pub fn board_tells_hidden_scores(&self) -> bool {
        use {BoardVisibility as B, ScoreVisibility as S};
        match self.scores {
            S::AtOnce => false,
            S::AfterEnd => matches!(self.board, B::Everyone | B::Participants),
            S::Hidden => self.board != B::Organizers,
        }
    }
}

/// Who sees the board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BoardVisibility {
    #[default]
    Everyone,
    /// Members of the competition's teams.
    Participants,
    Organizers,
    /// Everybody, once the phase is over.
    AfterEnd,
}

/// When a team sees its own scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScoreVisibility {
    #[default]
    AtOnce,
    AfterEnd,
    Hidden,
}

/// Who sees what programs printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogVisibility {
    /// A team its own program's, organizers all.
    #[default]
    Own,
    /// Organizers all, teams nothing.
    Organizers,
    /// Nobody anything.
    None,
}

/// Who looks at a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Stranger,
    /// A member of a team of the competition.
    Participant,
    Organizer,
}

/// What a reader sees of a phase now: of everybody's board, and of their own team's submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that is seen or not")]
pub struct Sight {
    pub organizer: bool,
    pub board: bool,
    pub private_board: bool,
    /// The board stands as it was at this moment.
    pub frozen_at: Option<Timestamp>,
    /// Scores of a submission, on the public split and on the private one.
    pub scores: bool,
    pub private_scores: bool,
    /// What the team's program printed, and what the scorer did.
    pub prediction_log: bool,
    pub scorer_log: bool,
}

pub fn sight(phase: &Phase, reader: Reader, now: Timestamp) -> Sight {
    let organizer = reader == Reader::Organizer;
    let over = phase.ends_at <= now;
    let Visibility { board, scores, logs } = phase.visibility;
    let private_is_open = organizer
        || match phase.board.private {
            PrivateBoard::Always => true,
            PrivateBoard::AfterEnd => over,
            PrivateBoard::Organizers => false,
        };
    let board = organizer
        || match board {
            BoardVisibility::Everyone => true,
            BoardVisibility::Participants => reader == Reader::Participant,
            BoardVisibility::Organizers => false,
            BoardVisibility::AfterEnd => over,
        };
    let scores = organizer
        || match scores {
            ScoreVisibility::AtOnce => true,
            ScoreVisibility::AfterEnd => over,
            ScoreVisibility::Hidden => false,
        };
    Sight {
        organizer,
        board,
        private_board: board && private_is_open,
        frozen_at: phase.freeze_at.filter(|at| !organizer && *at <= now),
        scores,
        private_scores: scores && private_is_open,
        prediction_log: match logs {
            LogVisibility::Own => true,
            LogVisibility::Organizers => organizer,
            LogVisibility::None => false,
        },
        // It could give the truth away.
        scorer_log: organizer && logs != LogVisibility::None,
    }
}

#[cfg(test)]
mod tests {
    use judge_core::text::Text;

    use super::*;
    use crate::{
        competitions::model::{BoardRules, Counts, Malformed, OverTasks},
        kernel::ids::{PhaseId, TrackId},
    };

    const READERS: [Reader; 3] = [Reader::Stranger, Reader::Participant, Reader::Organizer];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    /// A phase that ends at 200.
    fn phase(visibility: Visibility, private: PrivateBoard) -> Phase {
        Phase {
            id: PhaseId::new(),
            track_id: TrackId::new(),
            slug: "main".into(),
            title: Text::default(),
            starts_at: at(100),
            ends_at: at(200),
            attempts_daily: None,
            attempts_total: None,
            max_running: None,
            malformed: Malformed::default(),
            practice: false,
            visibility,
            board: BoardRules {
                columns: Vec::new(),
                counts: Counts::Best,
                tie_breakers: Vec::new(),
                private,
                over_tasks: OverTasks::Mean,
                final_picks: None,
            },
            freeze_at: Some(at(150)),
            hand_ins_paused: None,
            judging_paused: None,
            requires: None,
            advanced_at: None,
        }
    }

    /// For stranger, participant and organizer, before and after the end.
    fn seen(visibility: Visibility, private: PrivateBoard, what: fn(Sight) -> bool) -> [[bool; 3]; 2] {
        let phase = phase(visibility, private);
        [at(199), at(200)].map(|now| READERS.map(|reader| what(sight(&phase, reader, now))))
    }

    const NOBODY_ELSE: [bool; 3] = [false, false, true];
    const ALL: [bool; 3] = [true; 3];

    #[test]
    fn the_board_is_seen_by_whom_the_phase_names() {
        for (board, expected) in [
            (BoardVisibility::Everyone, [ALL, ALL]),
            (BoardVisibility::Participants, [[false, true, true]; 2]),
            (BoardVisibility::Organizers, [NOBODY_ELSE; 2]),
            (BoardVisibility::AfterEnd, [NOBODY_ELSE, ALL]),
        ] {
            let visibility = Visibility { board, ..Visibility::default() };
            assert_eq!(seen(visibility, PrivateBoard::Always, |s| s.board), expected, "{board:?}");
            assert_eq!(seen(visibility, PrivateBoard::Always, |s| s.private_board), expected, "{board:?}");
            assert_eq!(
                seen(visibility, PrivateBoard::Organizers, |s| s.private_board),
                [NOBODY_ELSE; 2],
                "{board:?}"
            );
        }
        let open = Visibility::default();
        assert_eq!(seen(open, PrivateBoard::AfterEnd, |s| s.private_board), [NOBODY_ELSE, ALL]);
    }

    #[test]
    fn private_scores_are_never_seen_before_the_public_ones() {
        for (scores, expected) in [
            (ScoreVisibility::AtOnce, [ALL, ALL]),
            (ScoreVisibility::AfterEnd, [NOBODY_ELSE, ALL]),
            (ScoreVisibility::Hidden, [NOBODY_ELSE; 2]),
        ] {
            let visibility = Visibility { scores, ..Visibility::default() };
            assert_eq!(seen(visibility, PrivateBoard::Always, |s| s.scores), expected, "{scores:?}");
            assert_eq!(seen(visibility, PrivateBoard::Always, |s| s.private_scores), expected, "{scores:?}");
        }
    }

    #[test]
    fn a_scorers_log_is_for_organizers_and_a_hidden_one_for_nobody() {
        for (logs, prediction, scorer) in [
            (LogVisibility::Own, ALL, NOBODY_ELSE),
            (LogVisibility::Organizers, NOBODY_ELSE, NOBODY_ELSE),
            (LogVisibility::None, [false; 3], [false; 3]),
        ] {
            let visibility = Visibility { logs, ..Visibility::default() };
            assert_eq!(
                seen(visibility, PrivateBoard::Always, |s| s.prediction_log),
                [prediction; 2],
                "{logs:?}"
            );
            assert_eq!(seen(visibility, PrivateBoard::Always, |s| s.scorer_log), [scorer; 2], "{logs:?}");
        }
    }

    #[test]
    fn organizers_see_past_a_freeze_and_nobody_is_frozen_before_it() {
        let phase = phase(Visibility::default(), PrivateBoard::AfterEnd);
        assert_eq!(sight(&phase, Reader::Participant, at(149)).frozen_at, None);
        assert_eq!(sight(&phase, Reader::Participant, at(150)).frozen_at, Some(at(150)));
        assert_eq!(sight(&phase, Reader::Organizer, at(150)).frozen_at, None);
    }

    #[test]
    fn a_board_that_shows_what_is_hidden_is_a_contradiction() {
        use {BoardVisibility as B, ScoreVisibility as S};
        let tells =
            |board, scores| Visibility { board, scores, ..Visibility::default() }.board_tells_hidden_scores();
        assert!(!tells(B::Everyone, S::AtOnce));
        assert!(tells(B::Participants, S::AfterEnd) && !tells(B::AfterEnd, S::AfterEnd));
        assert!(tells(B::AfterEnd, S::Hidden) && !tells(B::Organizers, S::Hidden));
    }
}
