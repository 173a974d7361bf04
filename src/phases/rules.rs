//! What organizers may change, and what a change consists of. Pure.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    PhaseError,
    model::{Candidate, FieldChange, Settings, Stops, Wanted},
};
use crate::{
    competitions::{
        model::{Phase, PrivateBoard},
        visibility::{BoardVisibility, ScoreVisibility, Visibility},
    },
    kernel::Timestamp,
};

/// More than any announcement needs.
const LONGEST_REASON: usize = 1000;

/// What arrived before the end may be looked over so long before it is accepted.
pub const SETTLING: Duration = Duration::from_mins(1);

/// A reason without edges of space. It stands in public, so there must be one.
pub fn reason(text: &str) -> Result<String, PhaseError> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > LONGEST_REASON || text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(PhaseError::BadReason { longest: LONGEST_REASON });
    }
    Ok(text.to_owned())
}

/// The settings after a change.
pub fn changed(before: &Settings, wanted: &Wanted) -> Settings {
    Settings {
        starts_at: wanted.starts_at.unwrap_or(before.starts_at),
        ends_at: wanted.ends_at.unwrap_or(before.ends_at),
        freeze_at: wanted.freeze_at.unwrap_or(before.freeze_at),
        attempts_daily: wanted.attempts_daily.unwrap_or(before.attempts_daily),
        attempts_total: wanted.attempts_total.unwrap_or(before.attempts_total),
        max_running: wanted.max_running.unwrap_or(before.max_running),
        visibility: wanted.visibility.unwrap_or(before.visibility),
        private_board: wanted.private_board.unwrap_or(before.private_board),
    }
}

pub fn check(settings: &Settings) -> Result<(), PhaseError> {
    if settings.starts_at >= settings.ends_at {
        return Err(PhaseError::EndsBeforeStart);
    }
    if settings.visibility.board_tells_hidden_scores() {
        return Err(PhaseError::BoardTells);
    }
    let Settings { attempts_daily, attempts_total, max_running, .. } = settings;
    for (field, limit) in
        [("attempts_daily", attempts_daily), ("attempts_total", attempts_total), ("max_running", max_running)]
    {
        if limit.is_some_and(|limit| limit < 1) {
            return Err(PhaseError::LimitTooSmall { field });
        }
    }
    Ok(())
}

/// Whether a change would let teams hand in again after they could see the private scores.
pub fn reopens(before: &Settings, after: &Settings, now: Timestamp) -> bool {
    let Visibility { board, scores, .. } = before.visibility;
    let seen = board != BoardVisibility::Organizers || scores != ScoreVisibility::Hidden;
    before.private_board == PrivateBoard::AfterEnd && seen && before.ends_at <= now && after.ends_at > now
}

/// What differs.
pub fn differences(before: &Settings, after: &Settings) -> Vec<FieldChange> {
    let (old, new) = (fields(before), fields(after));
    old.into_iter()
        .zip(new)
        .filter(|(old, new)| old != new)
        .map(|(old, new)| field(old.0, old.1, new.1))
        .collect()
}

fn fields(settings: &Settings) -> [(&'static str, Value); 8] {
    [
        ("starts_at", json!(settings.starts_at)),
        ("ends_at", json!(settings.ends_at)),
        ("freeze_at", json!(settings.freeze_at)),
        ("attempts_daily", json!(settings.attempts_daily)),
        ("attempts_total", json!(settings.attempts_total)),
        ("max_running", json!(settings.max_running)),
        ("visibility", json!(settings.visibility)),
        ("private_board", json!(settings.private_board)),
    ]
}

/// What a pause or its end changes: what is as wanted already is left alone.
pub fn pauses(phase: &Phase, stops: Stops, pause: bool) -> (Stops, Vec<FieldChange>) {
    let turns = |asked: bool, paused: bool| asked && paused != pause;
    let stops = Stops {
        hand_ins: turns(stops.hand_ins, phase.hand_ins_paused.is_some()),
        judging: turns(stops.judging, phase.judging_paused.is_some()),
    };
    let fields = [("hand_ins_paused", stops.hand_ins), ("judging_paused", stops.judging)];
    let fields = fields.into_iter().filter(|(_, turns)| *turns);
    (stops, fields.map(|(name, _)| field(name, json!(!pause), json!(pause))).collect())
}

fn field(field: &str, old: Value, new: Value) -> FieldChange {
    FieldChange { field: field.to_owned(), old, new }
}

/// Tells a ranking from another one.
pub fn fingerprint(ranking: &[Candidate]) -> String {
    let mut hash = Sha256::new();
    for team in ranking.iter().filter(|team| team.advances) {
        hash.update(team.team.0.as_bytes());
        hash.update(team.rank.unwrap_or(0).to_be_bytes());
    }
    hex::encode(&hash.finalize()[..16])
}

/// The ranking with what was decided: a team that was let in advances, whatever its rank, and no other does.
pub fn merged(ranking: Vec<Candidate>, admitted: Vec<Candidate>) -> Vec<Candidate> {
    let mut admitted: Vec<Option<Candidate>> = admitted.into_iter().map(Some).collect();
    let mut take = |team| {
        let place = admitted.iter_mut().find(|place| place.as_ref().is_some_and(|a| a.team == team));
        place.and_then(Option::take)
    };
    let mut teams: Vec<Candidate> = ranking
        .into_iter()
        .map(|ranked| match take(ranked.team) {
            Some(admitted) => Candidate { advances: true, reason: admitted.reason, ..ranked },
            None => Candidate { advances: false, ..ranked },
        })
        .collect();
    teams.extend(admitted.into_iter().flatten());
    teams
}

/// The public record of a decision.
pub fn decided(teams: usize) -> FieldChange {
    field("advanced_teams", Value::Null, json!(teams))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_timestamp(second, 0).unwrap()
    }

    fn settings() -> Settings {
        Settings {
            starts_at: at(100),
            ends_at: at(200),
            freeze_at: Some(at(150)),
            attempts_daily: Some(5),
            attempts_total: None,
            max_running: None,
            visibility: Visibility::default(),
            private_board: PrivateBoard::AfterEnd,
        }
    }

    #[test]
    fn what_is_absent_stays_and_null_takes_away() {
        let wanted: Wanted =
            serde_json::from_value(json!({ "freeze_at": null, "attempts_total": 9, "ends_at": at(300) }))
                .unwrap();
        let after = changed(&settings(), &wanted);
        let expected = Settings { ends_at: at(300), freeze_at: None, attempts_total: Some(9), ..settings() };
        assert_eq!(after, expected);
        assert_eq!(changed(&settings(), &serde_json::from_value(json!({})).unwrap()), settings());
        let names: Vec<String> = differences(&settings(), &after).into_iter().map(|f| f.field).collect();
        assert_eq!(names, ["ends_at", "freeze_at", "attempts_total"]);
        assert_eq!(differences(&after, &after), []);
    }

    #[test]
    fn a_window_without_length_and_a_limit_below_one_are_refused() {
        assert!(check(&settings()).is_ok());
        assert!(check(&Settings { ends_at: at(100), ..settings() }).is_err());
        assert!(check(&Settings { attempts_daily: Some(0), ..settings() }).is_err());
        assert!(check(&Settings { max_running: Some(-1), ..settings() }).is_err());
    }

    #[test]
    fn only_a_phase_whose_private_scores_were_public_is_reopened_with_force() {
        let longer = Settings { ends_at: at(900), ..settings() };
        let reopened =
            |private, now| reopens(&Settings { private_board: private, ..settings() }, &longer, at(now));
        assert!(reopened(PrivateBoard::AfterEnd, 200), "the end belongs to the time after it");
        assert!(!reopened(PrivateBoard::AfterEnd, 199), "it still runs");
        assert!(!reopened(PrivateBoard::Organizers, 500), "nobody saw");
        assert!(!reopened(PrivateBoard::Always, 500), "everybody saw all the time");
        let still_over = Settings { ends_at: at(250), ..settings() };
        assert!(!reopens(&settings(), &still_over, at(500)));
        let visibility = Visibility {
            board: BoardVisibility::Organizers,
            scores: ScoreVisibility::Hidden,
            ..Visibility::default()
        };
        assert!(!reopens(&Settings { visibility, ..settings() }, &longer, at(500)), "nobody saw anything");
    }

    #[test]
    fn a_reason_has_words_and_an_end() {
        assert_eq!(reason("  mất điện \n").unwrap(), "mất điện");
        assert!(reason(" \n ").is_err() && reason("a\0b").is_err());
        assert!(reason(&"ữ".repeat(1000)).is_ok() && reason(&"ữ".repeat(1001)).is_err());
    }
}
