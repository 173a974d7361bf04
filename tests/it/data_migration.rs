//! A database from the field: what stood under `files` before there were data sets is one of them afterwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sha2::{Digest, Sha256};
use sqlx::PgPool;

const MIGRATION: &str = "20261128040200_data.sql";

/// Applies the migrations whose names lie in a range.
async fn apply(db: &PgPool, which: impl Fn(&str) -> bool) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> =
        entries.filter(|path| which(path.file_name().unwrap().to_str().unwrap())).collect();
    files.sort();
    for file in files {
        let sql = std::fs::read_to_string(file).unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(db).await.unwrap();
    }
}

#[sqlx::test(migrations = false)]
async fn files_from_before_become_the_first_version_of_a_set(db: PgPool) {
    apply(&db, |name| name < MIGRATION).await;
    let before = "
        INSERT INTO competitions (id, slug, title, summary, timezone, max_team_members, definition_hash)
        SELECT gen_random_uuid(), slug, '{}', '{}', 'UTC', 5, '' FROM unnest(ARRAY['thi', 'trong']) slug;
        INSERT INTO blobs (id, sha256, size)
        SELECT gen_random_uuid(), sha256(name::bytea), length(name) FROM unnest(ARRAY['b', 'aa']) name;
        INSERT INTO competition_files (competition_id, path, position, title, blob_id)
        SELECT c.id, p.path, p.position, '{\"vi\": \"x\", \"en\": \"x\"}', b.id
        FROM competitions c, blobs b, (VALUES ('B.csv', 0, 1), ('a.csv', 1, 2)) p (path, position, size)
        WHERE c.slug = 'thi' AND b.size = p.size";
    sqlx::raw_sql(before).execute(&db).await.unwrap();
    apply(&db, |name| name == MIGRATION).await;

    let files =
        "SELECT f.path, f.size, s.access, v.number FROM data_sets s JOIN data_versions v ON v.set_id = s.id
                 JOIN data_files f ON f.version_id = v.id WHERE s.slug = 'files' ORDER BY f.position";
    let found: Vec<(String, i64, String, i32)> = sqlx::query_as(files).fetch_all(&db).await.unwrap();
    let file = |path: &str, size| (path.to_owned(), size, "public".to_owned(), 1);
    assert_eq!(found, [file("B.csv", 1), file("a.csv", 2)]);
    // An import of the same files must know them again.
    let (first, second) = (Sha256::digest("b").to_vec(), Sha256::digest("aa").to_vec());
    let sums = dautri::data::sums([("B.csv", first.as_slice()), ("a.csv", second.as_slice())]);
    let hash: Vec<u8> =
        sqlx::query_scalar("SELECT content_hash FROM data_versions").fetch_one(&db).await.unwrap();
    assert_eq!(hash, Sha256::digest(sums).to_vec());
}
