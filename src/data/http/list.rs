use axum::{Json, extract::State};
use judge_core::text::Text;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Data, show_acceptance::AcceptanceView};
use crate::{
    accounts::MaybeUser,
    data::{
        error,
        model::{Access, Version},
        service::{Listed, Listing},
    },
    kernel::Timestamp,
    web::{ApiPath, Problem, problem::ProblemBody},
};

#[derive(Debug, Serialize, ToSchema)]
pub struct DataView {
    rules: AcceptanceView,
    sets: Vec<SetView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct SetView {
    slug: String,
    title: Text,
    access: Access,
    #[schema(value_type = Option<String>, format = DateTime)]
    visible_from: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    visible_until: Option<Timestamp>,
    /// Whether the caller may read it now.
    readable: bool,
    /// Why not.
    refusal: Option<RefusalView>,
    /// Newest first; those that the caller may read.
    versions: Vec<VersionView>,
    /// For organizers: the definition has it no longer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    dropped: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RefusalView {
    /// The code that a download would be refused with.
    code: &'static str,
    vi: String,
    en: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    number: i32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    files: i64,
    bytes: i64,
    /// For organizers: contestants read it no more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    withdrawn: bool,
}

/// Lists a competition's data sets: what the caller may read, and of the rest why not.
#[utoipa::path(get, path = "/competitions/{slug}/data", tag = "data", operation_id = "list_data",
    params(("slug" = String, Path)),
    responses((status = 200, body = DataView), (status = 404, body = ProblemBody)))]
pub async fn handler(
    State(data): State<Data>,
    MaybeUser(person): MaybeUser,
    ApiPath(slug): ApiPath<String>,
) -> Result<Json<DataView>, Problem> {
    let Listing { sets, rules } = data.list(person.as_ref(), &slug).await?;
    Ok(Json(DataView { rules: rules.into(), sets: sets.into_iter().map(SetView::from).collect() }))
}

impl From<Listed> for SetView {
    fn from(listed: Listed) -> Self {
        let Listed { set, refusal, versions } = listed;
        let refusal = refusal.map(|refusal| {
            let problem = error::refused(refusal);
            let Text { vi, en } = problem.text().clone();
            RefusalView { code: problem.code(), vi, en }
        });
        Self {
            slug: set.slug,
            title: set.title,
            access: set.access,
            visible_from: set.from,
            visible_until: set.until,
            readable: refusal.is_none(),
            refusal,
            versions: versions.into_iter().map(VersionView::from).collect(),
            dropped: set.dropped,
        }
    }
}

impl From<Version> for VersionView {
    fn from(version: Version) -> Self {
        Self {
            number: version.number,
            created_at: version.created_at,
            files: version.files,
            bytes: version.bytes,
            withdrawn: version.withdrawn,
        }
    }
}
