//! What the rules of registration must fulfil.

use std::collections::HashSet;

use super::{Checked, unique, wrong};
use crate::{
    definitions::model::{Definition, DivisionDefinition},
    teams::form::{Field, FieldKind, LONGEST_TEXT, MOST_CHOICES, MOST_FIELDS},
};

/// Words that head columns of team spreadsheets; a field of such a key could not be told from them.
const TAKEN: &[&str] = &["team", "division", "state", "member", "email", "leader", "unit", "joined"];

pub(super) fn check(definition: &Definition) -> Checked {
    let teams = &definition.teams;
    members("teams", teams.min_members, teams.max_members)?;
    definition.divisions.iter().try_for_each(|d| division(definition, d))?;
    let registration = &definition.registration;
    if let (Some(opens), Some(closes)) = (registration.opens, registration.closes)
        && opens >= closes
    {
        return Err(wrong("registration", "đóng trước khi mở", "it closes before it opens"));
    }
    if registration.fields.len() > MOST_FIELDS {
        return Err(wrong(
            "registration.fields",
            format!("tối đa {MOST_FIELDS} mục"),
            format!("at most {MOST_FIELDS} are allowed"),
        ));
    }
    unique("registration.fields", registration.fields.iter().map(|f| f.key.as_str()), false)?;
    registration.fields.iter().try_for_each(field)
}

fn members(place: &str, min: i32, max: i32) -> Checked {
    if !(1..=100).contains(&max) {
        return Err(wrong(
            format!("{place}.max_members"),
            "phải từ 1 đến 100",
            "it must lie between 1 and 100",
        ));
    }
    if !(1..=max).contains(&min) {
        return Err(wrong(
            format!("{place}.min_members"),
            "phải từ 1 đến `max_members`",
            "it must lie between 1 and `max_members`",
        ));
    }
    Ok(())
}

fn division(definition: &Definition, division: &DivisionDefinition) -> Checked {
    let min = division.min_members.unwrap_or(definition.teams.min_members);
    let max = division.max_members.unwrap_or(definition.teams.max_members);
    members(&format!("divisions.{}", division.slug), min, max)
}

fn field(field: &Field) -> Checked {
    let place = format!("registration.fields.{}", field.key);
    if TAKEN.contains(&field.key.as_str()) {
        let vi = "khoá này là tên cột của bảng tính các đội; hãy chọn khoá khác";
        return Err(wrong(place, vi, "this key heads a column of team spreadsheets; choose another"));
    }
    if field.title.vi.trim().is_empty() || field.title.en.trim().is_empty() {
        return Err(wrong(
            format!("{place}.title"),
            "cần tiêu đề bằng cả hai thứ tiếng",
            "it needs a title in both languages",
        ));
    }
    if field.max_length.is_some() && field.kind != FieldKind::Text {
        return Err(wrong(
            format!("{place}.max_length"),
            "chỉ `text` mới có độ dài",
            "only `text` has a length",
        ));
    }
    if field.max_length.is_some_and(|length| !(1..=LONGEST_TEXT).contains(&length)) {
        return Err(wrong(
            format!("{place}.max_length"),
            format!("phải từ 1 đến {LONGEST_TEXT}"),
            format!("it must lie between 1 and {LONGEST_TEXT}"),
        ));
    }
    choices(&place, field)
}

fn choices(place: &str, field: &Field) -> Checked {
    let place = format!("{place}.choices");
    if field.kind != FieldKind::Choice {
        return if field.choices.is_empty() {
            Ok(())
        } else {
            Err(wrong(place, "chỉ `choice` mới có lựa chọn", "only `choice` has choices"))
        };
    }
    if !(1..=MOST_CHOICES).contains(&field.choices.len()) {
        return Err(wrong(
            place,
            format!("cần từ 1 đến {MOST_CHOICES} lựa chọn"),
            format!("1 to {MOST_CHOICES} are needed"),
        ));
    }
    let mut seen = HashSet::new();
    for choice in &field.choices {
        if choice.value.is_empty() || choice.value.len() > 200 || choice.value.contains(char::is_control) {
            let vi = "một giá trị có từ 1 đến 200 ký tự trên một dòng";
            return Err(wrong(place, vi, "a value has 1 to 200 characters on one line"));
        }
        if !seen.insert(&choice.value) {
            let value = &choice.value;
            return Err(wrong(place, format!("{value} có mặt hai lần"), format!("{value} is there twice")));
        }
    }
    Ok(())
}
