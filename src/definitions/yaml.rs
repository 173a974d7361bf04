//! YAML with errors in both languages.

use judge_core::text::Text;
use serde::de::DeserializeOwned;
use serde_saphyr::{Error, Location};

/// Reads one document, within the parser's own limits on depth, aliases and size.
///
/// The error names line and column, and carries no full stop.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Text> {
    serde_saphyr::from_str(text).map_err(|error| reason(&error))
}

fn reason(error: &Error) -> Text {
    let error = error.without_snippet();
    let place = error.location().filter(|place| *place != Location::UNKNOWN);
    let vi = match place {
        Some(place) => format!("dòng {}, cột {}: {}", place.line(), place.column(), vietnamese(error)),
        None => vietnamese(error),
    };
    Text::new(vi, error.to_string().trim_end_matches('.').to_owned())
}

/// What organizers meet while they write a definition; the rest is named in the parser's own words.
fn vietnamese(error: &Error) -> String {
    match error {
        Error::Eof { .. } => "tệp trống hoặc kết thúc giữa chừng".to_owned(),
        Error::MultipleDocuments { .. } => "tệp chứa nhiều tài liệu YAML, chỉ được có một".to_owned(),
        Error::SerdeUnknownField { field, expected, .. } => {
            format!("không có trường «{field}»; các trường được nhận: {}", expected.join(", "))
        }
        Error::SerdeMissingField { field, .. } => format!("thiếu trường «{field}»"),
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            format!("«{variant}» không hợp lệ; các giá trị được nhận: {}", expected.join(", "))
        }
        Error::SerdeInvalidType { unexpected, expected, .. }
        | Error::SerdeInvalidValue { unexpected, expected, .. } => {
            format!("sai kiểu: cần {expected}, đang là {unexpected}")
        }
        Error::InvalidScalar { ty, .. } => format!("giá trị không đọc được ở kiểu {ty}"),
        Error::Unexpected { expected, .. } => format!("sai kiểu: cần {expected}"),
        Error::DuplicateMappingKey { key, .. } => {
            format!("khoá «{}» có mặt hai lần", key.as_deref().unwrap_or("?"))
        }
        Error::UnknownAnchor { .. } => "nhắc tới một neo (anchor) không có".to_owned(),
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            "quá lớn, lồng quá sâu hoặc dùng quá nhiều bí danh (alias)".to_owned()
        }
        other => format!("YAML không hợp lệ ({other})"),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its reading is tested")]
    struct Small {
        version: u32,
        title: String,
    }

    #[test]
    fn the_reason_names_line_and_field_in_both_languages() {
        let of = |text: &str| parse::<Small>(text).unwrap_err();
        let unknown = of("version: 1\ntitle: x\ncolour: red\n");
        assert!(unknown.vi.starts_with("dòng 3, cột "), "{}", unknown.vi);
        assert!(unknown.vi.contains("không có trường «colour»"), "{}", unknown.vi);
        assert!(unknown.en.contains("colour") && unknown.en.contains("line 3"), "{}", unknown.en);
        let missing = of("version: 1\n");
        assert!(missing.vi.contains("thiếu trường «title»"), "{}", missing.vi);
        let wrong = of("version: many\ntitle: x\n");
        assert!(wrong.vi.starts_with("dòng 1, cột "), "{}", wrong.vi);
        assert!(!wrong.en.ends_with('.') && !wrong.en.contains('\n'), "{}", wrong.en);
    }
}
