//! The hash of a seal. Pure.

use sha2::{Digest, Sha256};

use super::model::RecordedAct;

/// What the first seal stands on.
pub const GENESIS: [u8; 32] = [0; 32];

/// SHA-256 over the hash before, the seal's number and the act, as one JSON array: its strings are quoted, so no
/// two acts share a text.
pub fn seal(previous: &[u8], number: i64, act: &RecordedAct) -> [u8; 32] {
    let text = serde_json::json!([
        hex::encode(previous),
        number,
        act.id,
        act.at.timestamp_micros(),
        act.actor,
        act.verb,
        act.competition,
        act.subject_kind,
        act.subject,
        act.reason,
        act.facts,
    ]);
    Sha256::digest(text.to_string().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Timestamp;

    fn act() -> RecordedAct {
        RecordedAct {
            id: 7,
            at: Timestamp::from_timestamp_micros(1_700_000_000_000_001).unwrap(),
            actor: None,
            verb: "team.approved".into(),
            competition: None,
            subject_kind: "team".into(),
            subject: "a".into(),
            reason: String::new(),
            facts: "{}".into(),
        }
    }

    #[test]
    fn every_part_of_an_act_changes_its_seal() {
        let changes: [fn(&mut RecordedAct); 9] = [
            |a| a.id = 8,
            |a| a.at += chrono::TimeDelta::microseconds(1),
            |a| a.actor = Some(uuid::Uuid::nil()),
            |a| a.verb = "team.refused".into(),
            |a| a.competition = Some(uuid::Uuid::nil()),
            |a| a.subject_kind = "user".into(),
            |a| a.subject = "b".into(),
            |a| a.reason = "x".into(),
            |a| a.facts = "{ }".into(),
        ];
        let plain = seal(&GENESIS, 1, &act());
        for (n, alter) in changes.into_iter().enumerate() {
            let mut other = act();
            alter(&mut other);
            assert_ne!(seal(&GENESIS, 1, &other), plain, "change {n}");
        }
        assert_ne!(seal(&GENESIS, 2, &act()), plain);
        assert_ne!(seal(&plain, 1, &act()), plain);
    }

    #[test]
    fn text_cannot_move_from_one_part_to_the_next() {
        let (mut one, mut other) = (act(), act());
        (one.subject, one.reason) = ("a\",\"b".into(), "c".into());
        (other.subject, other.reason) = ("a".into(), "b\",\"c".into());
        assert_ne!(seal(&GENESIS, 1, &one), seal(&GENESIS, 1, &other));
    }
}
