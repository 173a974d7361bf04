//! Dates as bundles write them. Pure.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime, Offset as _, TimeZone as _, Utc};

/// `1-2-2026` has the month first, as on Codabench; `2026-01-02` the year. A time of day and an offset are kept;
/// without an offset it is UTC, without a time midnight. `None`: there is no such moment.
pub fn parse(text: &str) -> Option<DateTime<FixedOffset>> {
    let text = text.trim();
    let end = text.find(|c: char| c == 'T' || c == 't' || c.is_whitespace()).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let date = day(date)?;
    let rest = rest.trim_start_matches(['T', 't']).trim();
    let (time, offset) = if rest.is_empty() { (NaiveTime::MIN, utc()) } else { clock(rest)? };
    offset.from_local_datetime(&date.and_time(time)).single()
}

fn utc() -> FixedOffset {
    Utc.fix()
}

fn day(text: &str) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['-', '/']).collect();
    let [a, b, c] = parts[..] else { return None };
    if parts.iter().any(|part| !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, a, b) };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

fn clock(text: &str) -> Option<(NaiveTime, FixedOffset)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(text.len());
    let (time, zone) = text.split_at(end);
    let formats = ["%H:%M:%S%.f", "%H:%M"];
    let time = formats.iter().find_map(|format| NaiveTime::parse_from_str(time, format).ok())?;
    Some((time, offset(zone.trim())?))
}

fn offset(text: &str) -> Option<FixedOffset> {
    if text.is_empty() || ["z", "utc", "gmt"].contains(&text.to_lowercase().as_str()) {
        return Some(utc());
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        1 | 2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok().filter(|m| *m < 60)?;
    FixedOffset::east_opt(sign * minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(date: &str) -> String {
        parse(date).map_or("none".to_owned(), |date| date.to_rfc3339())
    }

    #[test]
    fn the_month_stands_first_unless_the_year_does() {
        assert_eq!(text("1-2-2026"), "2026-01-02T00:00:00+00:00");
        assert_eq!(text("12/31/2026"), "2026-12-31T00:00:00+00:00");
        assert_eq!(text("2026-01-02"), "2026-01-02T00:00:00+00:00");
    }

    #[test]
    fn time_of_day_and_offset_are_kept() {
        assert_eq!(text("2020-01-15 18:53:00+00:00"), "2020-01-15T18:53:00+00:00");
        assert_eq!(text("2026-01-02T23:59:59.5+07:00"), "2026-01-02T23:59:59.500+07:00");
        assert_eq!(text("2026-01-02 08:00 +0700"), "2026-01-02T08:00:00+07:00");
        assert_eq!(text("2026-01-02 08:00:00 -3"), "2026-01-02T08:00:00-03:00");
        assert_eq!(text("2026-01-02T08:00:00Z"), "2026-01-02T08:00:00+00:00");
        assert_eq!(text("1-2-2026 8:05"), "2026-01-02T08:05:00+00:00");
        assert_eq!(text("2026-01-02 08:00:00 UTC"), "2026-01-02T08:00:00+00:00");
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for date in [
            "09-31-2026",
            "13-1-2026",
            "2026-02-30",
            "",
            "soon",
            "1-2-26",
            "1-2",
            "2026-01-02 25:00",
            "2026-01-02 8",
            "2026-01-02T08:00:00 ICT",
            "2026-01-02 08:00+07:99",
            "2026-01-02 08:00+é",
            "+1-2-2026",
            "99999-1-1",
        ] {
            assert_eq!(text(date), "none", "{date}");
        }
    }
}
