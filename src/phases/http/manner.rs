use serde::Deserialize;
use utoipa::ToSchema;

use crate::phases::model::Manner;

/// Why, and who is told.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Because {
    /// 1 to 1,000 characters. Everybody may read it.
    reason: String,
    /// Whether the members of all teams are told; yes where absent.
    #[serde(default = "yes")]
    notice: bool,
}

fn yes() -> bool {
    true
}

impl Because {
    pub fn manner(self, force: bool) -> Manner {
        Manner { reason: self.reason, notice: self.notice, force }
    }
}
