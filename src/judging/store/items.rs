//! What evaluations' scores are made of.

use std::collections::BTreeMap;

use judge_core::protocol::{Item, Split};
use sqlx::{PgConnection, types::Json};

use crate::kernel::ids::EvaluationId;

pub async fn insert(conn: &mut PgConnection, evaluation: EvaluationId, items: &[Item]) -> sqlx::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let splits: Vec<String> = items.iter().map(|item| item.split.as_str().to_owned()).collect();
    let names: Vec<String> = items.iter().map(|item| item.item.clone()).collect();
    let values: Vec<f64> = items.iter().map(|item| item.value).collect();
    let figures: Vec<Json<&BTreeMap<String, f64>>> = items.iter().map(|item| Json(&item.figures)).collect();
    sqlx::query!(
        "INSERT INTO evaluation_items (evaluation_id, split, item, value, figures, position)
         SELECT $1, * FROM unnest($2::text[], $3::text[], $4::float8[], $5::jsonb[]) WITH ORDINALITY",
        evaluation.0,
        &splits,
        &names,
        &values,
        &figures as _
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An evaluation's items as the scorer listed them: the public split's, and with `private` the private one's too.
pub async fn read(
    conn: &mut PgConnection,
    evaluation: EvaluationId,
    private: bool,
) -> sqlx::Result<Vec<Item>> {
    let rows = sqlx::query!(
        r#"SELECT split, item, value, figures AS "figures: Json<BTreeMap<String, f64>>"
           FROM evaluation_items WHERE evaluation_id = $1 AND ($2 OR split = 'public')
           ORDER BY split DESC, position"#,
        evaluation.0,
        private
    )
    .fetch_all(conn)
    .await?;
    let item = |split: &str, item, value, figures: Json<BTreeMap<String, f64>>| Item {
        item,
        split: if split == "public" { Split::Public } else { Split::Private },
        value,
        figures: figures.0,
    };
    Ok(rows.into_iter().map(|r| item(&r.split, r.item, r.value, r.figures)).collect())
}
