//! Cursor paging: a page says where the next one begins; nothing is counted and nothing is skipped.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

/// One page of a list, newest first unless the call says otherwise.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Hand this back as `cursor` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A place in a list ordered by time and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: Timestamp,
    pub id: Uuid,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cursor is not one that this server gave out")]
pub struct BadCursor;

impl Cursor {
    /// Before everything: the first page of a list that runs from new to old.
    pub const START: Cursor = Cursor { at: Timestamp::MAX_UTC, id: Uuid::max() };

    pub fn encode(self) -> String {
        format!("{}-{}", self.at.timestamp_micros(), self.id.simple())
    }

    pub fn decode(text: &str) -> Result<Self, BadCursor> {
        let (micros, id) = text.rsplit_once('-').ok_or(BadCursor)?;
        let micros: i64 = micros.parse().map_err(|_| BadCursor)?;
        Ok(Self {
            at: Timestamp::from_timestamp_micros(micros).ok_or(BadCursor)?,
            id: Uuid::try_parse(id).map_err(|_| BadCursor)?,
        })
    }
}

impl<T> Page<T> {
    /// Makes a page of `rows`, which hold one row more than `limit` where there is a next page.
    pub fn of(mut rows: Vec<T>, limit: usize, cursor: impl Fn(&T) -> Cursor) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| cursor(row).encode()) } else { None };
        Self { items: rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_to_the_microsecond() {
        let cursor =
            Cursor { at: Timestamp::from_timestamp_micros(1_700_000_000_123_456).unwrap(), id: Uuid::max() };
        assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for text in ["", "-", "abc", "12-zz", "99999999999999999999-00000000000000000000000000000000"] {
            assert_eq!(Cursor::decode(text), Err(BadCursor), "{text}");
        }
    }

    #[test]
    fn only_a_full_page_has_a_next_one() {
        let cursor = |n: &i64| Cursor { at: Timestamp::from_timestamp_micros(*n).unwrap(), id: Uuid::nil() };
        assert!(Page::of(vec![1, 2], 2, cursor).next.is_none());
        let page = Page::of(vec![1, 2, 3], 2, cursor);
        assert_eq!(page.items, [1, 2]);
        assert_eq!(Cursor::decode(&page.next.unwrap()).unwrap().at.timestamp_micros(), 2);
    }
}
