//! Rules of a board's columns and of metrics' names.

use std::collections::HashSet;

use super::{Checked, wrong};
use crate::competitions::model::Column;

pub fn check(place: &str, columns: &[Column]) -> Checked {
    metric_names(place, columns.iter().map(|c| c.metric.as_str()))?;
    if columns.iter().all(|c| c.hidden) {
        return Err(wrong(
            place,
            "cần ít nhất một cột mà mọi người đều thấy",
            "at least one column that everybody sees is needed",
        ));
    }
    for column in columns {
        let place = format!("{place}.{}", column.metric);
        if column.precision > 12 {
            return Err(wrong(place, "`precision` tối đa là 12", "`precision` is at most 12"));
        }
        let Some(computed) = &column.computed else { continue };
        let reported = |metric: &String| columns.iter().any(|c| c.metric == *metric && c.computed.is_none());
        if computed.of.is_empty() || !computed.of.iter().all(reported) {
            return Err(wrong(
                place,
                "`of` phải nêu các cột của bảng này mà chương trình chấm báo",
                "`of` must name columns of this board that a scorer reports",
            ));
        }
    }
    Ok(())
}

/// Scorers of other platforms name their metrics as they like; tie-breakers' own names are taken.
pub fn metric_names<'a>(place: &str, names: impl Iterator<Item = &'a str>) -> Checked {
    let mut seen = HashSet::new();
    for name in names {
        let length = name.chars().count();
        if !(1..=100).contains(&length) || name.trim() != name || name.chars().any(char::is_control) {
            return Err(wrong(
                place,
                format!("{name:?} phải có từ 1 đến 100 ký tự, không có ký tự ẩn"),
                format!("{name:?} must have 1 to 100 characters, none of them invisible"),
            ));
        }
        if ["earliest", "fewest_entries"].contains(&name) {
            return Err(wrong(
                place,
                format!("{name} là tên của một cách phân hạng khi bằng điểm"),
                format!("{name} is the name of a tie-breaker"),
            ));
        }
        if !seen.insert(name) {
            return Err(wrong(place, format!("{name} có hai lần"), format!("{name} is there twice")));
        }
    }
    Ok(())
}
