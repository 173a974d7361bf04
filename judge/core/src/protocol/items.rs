//! What scores are made of, item by item, as a report carries it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Items that a report may carry, each split counted.
pub const MOST_ITEMS: usize = 2_000;
/// Bytes of an item's name, and of a figure's.
pub const LONGEST_ITEM_NAME: usize = 200;
/// Figures of one item.
pub const MOST_ITEM_FIGURES: usize = 16;

/// One part of what is scored: a query, a row, an instance. It stands once in each split that it counts in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Item {
    /// Its name within the task, once in a split.
    pub item: String,
    pub split: Split,
    /// Its score; finite.
    pub value: f64,
    /// What else is known of it: name → finite value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, f64>,
}

/// Which of the two boards something counts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Split {
    Public,
    Private,
}

impl Split {
    /// The stable spelling, as in JSON and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Split::Public => "public",
            Split::Private => "private",
        }
    }
}

/// Why a report's items cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ItemsError {
    #[error("there are more than {MOST_ITEMS} items")]
    TooMany,
    #[error("an item's or a figure's name is empty or too long")]
    Name,
    #[error("an item has more than {MOST_ITEM_FIGURES} figures")]
    Figures,
    #[error("a figure is not finite")]
    NotFinite,
    #[error("an item is there twice in one split")]
    Twice,
}

/// Whether a report may carry these items.
pub fn check_items(items: &[Item]) -> Result<(), ItemsError> {
    if items.len() > MOST_ITEMS {
        return Err(ItemsError::TooMany);
    }
    let is_name = |name: &str| !name.is_empty() && name.len() <= LONGEST_ITEM_NAME && !name.contains('\0');
    let mut seen = BTreeSet::new();
    for item in items {
        if !is_name(&item.item) || !item.figures.keys().all(|name| is_name(name)) {
            return Err(ItemsError::Name);
        }
        if item.figures.len() > MOST_ITEM_FIGURES {
            return Err(ItemsError::Figures);
        }
        if !item.value.is_finite() || item.figures.values().any(|value| !value.is_finite()) {
            return Err(ItemsError::NotFinite);
        }
        if !seen.insert((item.split, item.item.as_str())) {
            return Err(ItemsError::Twice);
        }
    }
    Ok(())
}
