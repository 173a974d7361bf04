use axum::{Json, extract::State};

use crate::{
    oversight::{Oversight, service::ChainHead},
    web::Problem,
};

/// The head of the log's hash chain
///
/// For everybody: who notes it down can later prove that nothing before it was changed
/// (`dautri verify audit --noted HASH`).
#[utoipa::path(
    get,
    path = "/audit/head",
    tag = "oversight",
    responses((status = 200, description = "The last seal.", body = ChainHead))
)]
pub async fn chain_head(State(oversight): State<Oversight>) -> Result<Json<ChainHead>, Problem> {
    Ok(Json(oversight.head().await?))
}
