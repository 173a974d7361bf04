//! Changes in words, for notices. Pure.

use chrono_tz::Tz;
use judge_core::text::Text;
use serde_json::Value;

use super::model::FieldChange;
use crate::kernel::Timestamp;

/// `kết thúc: 28-11-2026 23:59 (Asia/Ho_Chi_Minh); …`
pub fn changes(fields: &[FieldChange], zone: &str) -> Text {
    let lines: Vec<Text> = fields.iter().map(|field| change(field, zone)).collect();
    let join = |pick: fn(&Text) -> &str| lines.iter().map(pick).collect::<Vec<_>>().join("; ");
    Text::new(join(|t| &t.vi), join(|t| &t.en))
}

fn change(change: &FieldChange, zone: &str) -> Text {
    if let Some(paused) = change.new.as_bool() {
        return match (change.field.as_str(), paused) {
            ("hand_ins_paused", true) => Text::new("tạm dừng nhận bài", "hand-ins are paused"),
            ("hand_ins_paused", false) => Text::new("nhận bài trở lại", "hand-ins go on"),
            (_, true) => Text::new("tạm dừng chấm bài", "judging is paused"),
            (_, false) => Text::new("chấm bài trở lại", "judging goes on"),
        };
    }
    match change.field.as_str() {
        "visibility" => {
            return Text::new(
                "đổi việc ai thấy bảng, điểm và nhật ký",
                "who sees board, scores and logs has changed",
            );
        }
        "private_board" => {
            return Text::new("đổi việc ai thấy điểm phần kín", "who sees the private scores has changed");
        }
        _ => {}
    }
    let (vi, en) = match change.field.as_str() {
        "starts_at" => ("bắt đầu", "starts"),
        "ends_at" => ("kết thúc", "ends"),
        "freeze_at" => ("đóng băng bảng xếp hạng", "the board is frozen"),
        "attempts_daily" => ("lượt nộp mỗi ngày", "attempts per day"),
        "attempts_total" => ("tổng số lượt nộp", "attempts in all"),
        _ => ("số bài được chờ chấm cùng lúc", "submissions on their way at once"),
    };
    let value = value(&change.new, zone);
    Text::new(format!("{vi}: {}", value.vi), format!("{en}: {}", value.en))
}

fn value(value: &Value, zone: &str) -> Text {
    let at = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let shown = match (at, zone.parse::<Tz>()) {
        (Some(at), Ok(tz)) => format!("{} ({zone})", at.with_timezone(&tz).format("%d-%m-%Y %H:%M:%S")),
        _ if value.is_null() => return Text::new("không có", "none"),
        _ => value.to_string(),
    };
    Text::new(shown.clone(), shown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(field: &str, new: Value) -> Text {
        changes(&[FieldChange { field: field.to_owned(), old: Value::Null, new }], "Asia/Ho_Chi_Minh")
    }

    #[test]
    fn times_are_told_in_the_competitions_zone() {
        let at: Timestamp = "2026-11-28T16:59:59Z".parse().unwrap();
        let text = said("ends_at", json!(at));
        assert_eq!(text.vi, "kết thúc: 28-11-2026 23:59:59 (Asia/Ho_Chi_Minh)");
        assert_eq!(said("freeze_at", Value::Null).en, "the board is frozen: none");
        assert_eq!(said("attempts_daily", json!(3)).en, "attempts per day: 3");
    }

    #[test]
    fn pauses_are_told_in_words() {
        assert_eq!(said("hand_ins_paused", json!(true)).en, "hand-ins are paused");
        assert_eq!(said("judging_paused", json!(false)).vi, "chấm bài trở lại");
    }
}
