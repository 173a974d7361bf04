//! The storage itself: what goes in comes out, and nothing half-written is ever there.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{convert::Infallible, path::PathBuf};

use bytes::Bytes;
use dautri::{
    config,
    kernel::ids::BlobId,
    storage::{Blob, LocalCopy, Range, Storage, StorageError, Stored},
};
use futures::{Stream, TryStreamExt, stream};
use sha2::{Digest, Sha256};

use crate::harness::{BucketServer, Place};

struct Site {
    storage: Storage,
    settings: config::Storage,
    root: PathBuf,
    _bucket: Option<BucketServer>,
    _folder: tempfile::TempDir,
}

impl Site {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bucket = match super::STORAGE {
            Place::Folder => None,
            Place::Bucket => Some(BucketServer::start(&folder.path().join("s3")).await),
        };
        let settings = config::Storage {
            folder: folder.path().join("blobs"),
            s3: bucket.as_ref().map(BucketServer::settings),
        };
        let root = bucket.as_ref().map_or_else(|| settings.folder.clone(), BucketServer::folder);
        let storage = Storage::open(&settings).await.unwrap();
        Self { storage, settings, root, _bucket: bucket, _folder: folder }
    }

    fn stored(&self, name: &str) -> usize {
        crate::harness::files_below(&self.root.join(name))
    }

    fn half_written(&self) -> usize {
        crate::harness::files_below(&self.settings.folder.join("tmp"))
    }

    async fn text(&self, blob: BlobId, range: Option<Range>) -> String {
        String::from_utf8(self.bytes(blob, range).await).unwrap()
    }

    async fn bytes(&self, blob: BlobId, range: Option<Range>) -> Vec<u8> {
        let chunks: Vec<Bytes> = self.storage.read(blob, range).await.unwrap().try_collect().await.unwrap();
        chunks.concat()
    }
}

fn chunks(parts: &[&'static str]) -> impl Stream<Item = Result<Bytes, Infallible>> + Unpin + use<> {
    stream::iter(parts.iter().map(|p| Ok(Bytes::from_static(p.as_bytes()))).collect::<Vec<_>>())
}

fn row(stored: &Stored) -> Blob {
    Blob { id: stored.blob, sha256: stored.sha256.to_vec(), size: stored.size }
}

#[tokio::test]
async fn a_blob_comes_back_as_it_went_in_with_its_hash() {
    let site = Site::open().await;
    let stored = site.storage.put(chunks(&["đấu ", "trí"]), 100).await.unwrap();
    assert_eq!(stored.size, 11);
    assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest("đấu trí")));
    assert_eq!(site.text(stored.blob, None).await, "đấu trí");
    assert_eq!(site.text(stored.blob, Some(Range { start: 7, end: 9 })).await, "tr");
    assert_eq!(site.text(stored.blob, Some(Range { start: 3, end: 3 })).await, "");
    let empty = site.storage.put(chunks(&[]), 100).await.unwrap();
    assert_eq!((empty.size, site.text(empty.blob, None).await.as_str()), (0, ""));
    assert_eq!((site.stored("blobs"), site.half_written()), (2, 0));
}

#[tokio::test]
async fn blobs_around_the_size_of_a_part_come_back_byte_for_byte() {
    const MB: usize = 1024 * 1024;
    let site = Site::open().await;
    for length in [8 * MB - 1, 8 * MB, 8 * MB + 1, 17 * MB] {
        let bytes: Vec<u8> = (0..length).map(|n| u8::try_from(n * 31 / 7 % 256).unwrap()).collect();
        let source = Bytes::from(bytes.clone());
        let cut: Vec<_> = (0..length)
            .step_by(999_983)
            .map(|at| Ok::<_, Infallible>(source.slice(at..(at + 999_983).min(length))))
            .collect();
        let stored = site.storage.put(stream::iter(cut), length as u64).await.unwrap();
        assert_eq!(stored.size, i64::try_from(length).unwrap());
        assert_eq!(stored.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)), "{length}");
        assert!(site.bytes(stored.blob, None).await == bytes, "{length}");
        let end = length as u64;
        assert!(site.bytes(stored.blob, Some(Range { start: end - 3, end })).await == bytes[length - 3..]);
    }
}

#[tokio::test]
async fn too_many_bytes_and_a_sender_that_breaks_off_leave_nothing_behind() {
    let site = Site::open().await;
    let refused = site.storage.put(chunks(&["1234", "5678"]), 7).await;
    assert!(matches!(refused, Err(StorageError::TooLarge { limit: 7 })));
    assert_eq!(site.storage.put(chunks(&["1234", "567"]), 7).await.unwrap().size, 7);
    let large = Bytes::from(vec![7; 9 * 1024 * 1024]);
    let torn = stream::iter([Ok(large), Err(std::io::Error::other("the line is dead"))]);
    assert!(matches!(site.storage.put(torn, u64::MAX).await, Err(StorageError::Source(_))));
    assert_eq!((site.stored("blobs"), site.half_written()), (1, 0));
}

#[tokio::test]
async fn parts_split_a_stream_at_the_limit_and_assemble_to_the_whole() {
    let site = Site::open().await;
    let mut source = chunks(&["abcde", "fgh"]);
    let mut carry = None;
    let (first, open) = site.storage.put_part(&mut source, &mut carry, 4).await.unwrap();
    let first = first.unwrap();
    assert!((first.size, open) == (4, true));
    let (second, open) = site.storage.put_part(&mut source, &mut carry, 100).await.unwrap();
    let second = second.unwrap();
    assert!((second.size, open) == (4, false));
    let (nothing, open) = site.storage.put_part(&mut source, &mut carry, 100).await.unwrap();
    assert!((nothing, open) == (None, false));
    let parts = [first, second];
    let stored = site.storage.assemble(&parts).await.unwrap();
    assert_eq!(site.text(stored.blob, None).await, "abcdefgh");
    assert_eq!(site.stored("parts"), 2);
    site.storage.remove_parts(&parts).await;
    site.storage.remove_parts(&parts).await;
    assert_eq!((site.stored("parts"), site.half_written()), (0, 0));
    assert!(site.storage.assemble(&parts).await.is_err(), "pieces that are gone make no blob");
    assert_eq!(site.stored("blobs"), 1);
}

#[tokio::test]
async fn a_removed_blob_is_gone_and_removing_it_again_is_no_fault() {
    let site = Site::open().await;
    let stored = site.storage.put(chunks(&["x"]), 100).await.unwrap();
    for _ in 0..2 {
        site.storage.remove(stored.blob).await.unwrap();
    }
    assert!(site.storage.read(stored.blob, None).await.is_err());
    assert_eq!(site.stored("blobs"), 0);
}

#[tokio::test]
async fn a_blob_can_be_had_as_a_file_which_goes_away_if_it_is_a_copy() {
    let site = Site::open().await;
    let stored = site.storage.put(chunks(&["đấu trí"]), 100).await.unwrap();
    let copy = site.storage.local(&row(&stored)).await.unwrap();
    assert_eq!(std::fs::read_to_string(copy.path()).unwrap(), "đấu trí");
    let path = copy.path().to_owned();
    assert_eq!(matches!(copy, LocalCopy::Copy(_)), super::STORAGE == Place::Bucket);
    drop(copy);
    assert_eq!(path.exists(), super::STORAGE == Place::Folder, "{}", path.display());
    assert_eq!(site.text(stored.blob, None).await, "đấu trí");
}

#[tokio::test]
async fn a_copy_that_arrives_changed_is_refused() {
    let site = Site::open().await;
    let stored = site.storage.put(chunks(&["đấu trí"]), 100).await.unwrap();
    let other = Blob { sha256: vec![0; 32], ..row(&stored) };
    let copy = site.storage.local(&other).await;
    match super::STORAGE {
        Place::Folder => assert!(copy.is_ok(), "the file itself is read by those who check it"),
        Place::Bucket => assert!(matches!(copy, Err(StorageError::Changed))),
    }
    assert_eq!(site.half_written(), 0);
}

#[tokio::test]
async fn what_a_crash_left_half_written_is_removed_at_the_next_start() {
    let site = Site::open().await;
    std::fs::write(site.settings.folder.join("tmp/half"), "x").unwrap();
    Storage::open(&site.settings).await.unwrap();
    assert_eq!(site.half_written(), 0);
}

#[tokio::test]
async fn whether_it_takes_writes_is_found_out_by_writing() {
    let mut site = Site::open().await;
    site.storage.check().await.unwrap();
    assert_eq!(site.half_written(), 0);
    if let Some(s3) = &mut site.settings.s3 {
        s3.secret_key = "falsch".to_owned();
        let other = Storage::open(&site.settings).await.unwrap();
        assert!(matches!(other.check().await, Err(StorageError::Bucket(_))));
    } else {
        std::fs::remove_dir_all(site.settings.folder.join("tmp")).unwrap();
        assert!(matches!(site.storage.check().await, Err(StorageError::Io(_))));
    }
}
