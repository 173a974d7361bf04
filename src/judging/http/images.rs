use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Judging;
use crate::{
    accounts::CurrentUser,
    judging::model::ImageItem,
    kernel::ids::UploadId,
    web::{ApiJson, Problem, problem::ProblemBody},
};

/// Lists the sandbox images that this server has.
#[utoipa::path(get, path = "/images", tag = "images", operation_id = "list_images",
    responses((status = 200, body = Vec<ImageItem>)))]
pub async fn list(State(judging): State<Judging>) -> Result<Json<Vec<ImageItem>>, Problem> {
    Ok(Json(judging.images().await?))
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct NewImage {
    /// What tasks call it: lower-case letters, digits and hyphens.
    name: String,
    /// A finished upload of an archive as `docker save` writes it.
    upload: UploadId,
}

/// Stores a sandbox image, or a newer archive under the same name.
#[utoipa::path(post, path = "/images", tag = "images", operation_id = "put_image", request_body = NewImage,
    responses((status = 201, body = ImageItem), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "`bad-image` or `invalid`")))]
pub async fn put(
    State(judging): State<Judging>,
    CurrentUser(person): CurrentUser,
    ApiJson(new): ApiJson<NewImage>,
) -> Result<(StatusCode, Json<ImageItem>), Problem> {
    if !person.is_admin() {
        return Err(Problem::forbidden());
    }
    let image = judging.put_image(person.user, &new.name, new.upload).await?;
    Ok((StatusCode::CREATED, Json(image)))
}
