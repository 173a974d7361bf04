//! What is stored against what the database knows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::Duration;

use bytes::Bytes;
use dautri::{
    config,
    kernel::ids::BlobId,
    storage::{self, Findings, Storage, Upkeep},
};
use futures::stream;
use sqlx::PgPool;

use crate::harness::{BucketServer, Place};

struct Site {
    storage: Storage,
    upkeep: Upkeep,
    db: PgPool,
    _bucket: Option<BucketServer>,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn open(db: PgPool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bucket = match super::STORAGE {
            Place::Folder => None,
            Place::Bucket => Some(BucketServer::start(&folder.path().join("s3")).await),
        };
        let settings = config::Storage {
            folder: folder.path().join("blobs"),
            s3: bucket.as_ref().map(BucketServer::settings),
        };
        let storage = Storage::open(&settings).await.unwrap();
        let upkeep = Upkeep::new(db.clone(), Storage::attach(&settings).unwrap());
        Self { storage, upkeep, db, _bucket: bucket, _folder: folder }
    }

    async fn bytes(&self, text: &'static str) -> storage::Stored {
        let source = stream::iter([Ok::<_, std::convert::Infallible>(Bytes::from_static(text.as_bytes()))]);
        self.storage.put(source, 100).await.unwrap()
    }

    async fn blob(&self, text: &'static str) -> BlobId {
        let stored = self.bytes(text).await;
        storage::insert(&mut self.db.acquire().await.unwrap(), &stored).await.unwrap();
        stored.blob
    }

    /// Something that the database knows to be in use.
    async fn used(&self, text: &'static str) -> BlobId {
        let blob = self.blob(text).await;
        sqlx::query("INSERT INTO images (name, image_id, blob_id) VALUES ($1, 'sha256:0', $2)")
            .bind(text)
            .bind(blob.0)
            .execute(&self.db)
            .await
            .unwrap();
        blob
    }

    async fn check(&self) -> Findings {
        // What was just made counts as old.
        self.upkeep.check(Duration::ZERO).await.unwrap()
    }
}

#[sqlx::test(migrations = "./migrations")]
async fn a_storage_that_fits_has_nothing_to_say(db: PgPool) {
    let site = Site::open(db).await;
    site.used("ảnh").await;
    assert_eq!(site.check().await, Findings::default());
}

#[sqlx::test(migrations = "./migrations")]
async fn what_is_gone_damaged_unused_or_stray_is_named_and_only_the_useless_is_removed(db: PgPool) {
    let site = Site::open(db).await;
    let whole = site.used("nguyên").await;
    let gone = site.used("mất").await;
    site.storage.remove(gone).await.unwrap();
    let damaged = site.used("hỏng").await;
    sqlx::query("UPDATE blobs SET size = size + 1 WHERE id = $1")
        .bind(damaged.0)
        .execute(&site.db)
        .await
        .unwrap();
    let unused = site.blob("thừa").await;
    let stray = site.bytes("lạc").await;

    let found = site.check().await;
    assert_eq!(
        (&found.missing[..], &found.damaged[..], &found.unused[..]),
        (&[gone][..], &[damaged][..], &[unused][..])
    );
    assert_eq!(found.strays.len(), 1, "{found:?}");
    assert!(found.strays[0].ends_with(&stray.blob.0.simple().to_string()), "{found:?}");
    assert_eq!(found.reclaimable, "thừa".len() as u64 + "lạc".len() as u64);

    assert_eq!(site.upkeep.remove(&found).await.unwrap(), 2);
    let after = site.check().await;
    assert_eq!((&after.missing[..], &after.damaged[..]), (&[gone][..], &[damaged][..]));
    assert_eq!((after.unused.len(), after.strays.len(), after.reclaimable), (0, 0, 0));
    assert!(site.storage.read(whole, None).await.is_ok());
}

#[sqlx::test(migrations = "./migrations")]
async fn what_a_running_request_may_be_using_is_left_alone(db: PgPool) {
    let site = Site::open(db).await;
    site.blob("mới").await;
    site.bytes("đang ghi").await;
    let found = site.upkeep.check(Duration::from_hours(1)).await.unwrap();
    assert_eq!(found, Findings::default());
}

#[sqlx::test(migrations = "./migrations")]
async fn a_blob_that_came_into_use_after_the_check_stays(db: PgPool) {
    let site = Site::open(db).await;
    let blob = site.blob("thừa").await;
    let found = site.check().await;
    assert_eq!(found.unused, [blob]);
    sqlx::query("INSERT INTO images (name, image_id, blob_id) VALUES ('a', 'sha256:0', $1)")
        .bind(blob.0)
        .execute(&site.db)
        .await
        .unwrap();
    assert_eq!(site.upkeep.remove(&found).await.unwrap(), 0);
    assert!(site.storage.read(blob, None).await.is_ok());
}
