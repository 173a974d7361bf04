//! A part of a data set as one tar archive, written while it is sent.
//!
//! The same files give the same bytes: names, sizes and contents count, times and owners do not.

use std::io;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream, stream::BoxStream};

use crate::storage::{Blob, Storage};

const BLOCK: u64 = 512;
/// Two empty blocks end an archive.
const END: u64 = EMPTY.len() as u64;
/// As many empty bytes as an archive ends with; the beginning of them fills a block.
static EMPTY: [u8; 1024] = [0; 1024];

/// An archive that is yet to be written, and how long it will be.
#[derive(Debug)]
pub struct Archive {
    files: Vec<(String, Blob)>,
    pub length: u64,
}

impl Archive {
    pub fn of(files: Vec<(String, Blob)>) -> io::Result<Self> {
        let mut length = END;
        for (path, blob) in &files {
            let size = size(blob);
            length += head(path, size)?.len() as u64 + size + padding(size) as u64;
        }
        Ok(Self { files, length })
    }

    /// Streams the archive; a file is opened when its turn comes.
    pub fn stream(self, storage: Storage) -> BoxStream<'static, io::Result<Bytes>> {
        let files = stream::iter(self.files).then(move |(path, blob)| {
            let storage = storage.clone();
            async move {
                let head = head(&path, size(&blob))?;
                let padding = Bytes::from_static(&EMPTY).slice(..padding(size(&blob)));
                let bytes = storage.read(blob.id, None).await.map_err(io::Error::other)?;
                let head = stream::once(async move { Ok(head) });
                Ok::<_, io::Error>(head.chain(bytes).chain(stream::once(async move { Ok(padding) })))
            }
        });
        let end = stream::once(async { Ok(Bytes::from_static(&EMPTY)) });
        files.try_flatten().chain(end).boxed()
    }
}

fn size(blob: &Blob) -> u64 {
    u64::try_from(blob.size).expect("the database checks that sizes are not negative")
}

/// How many bytes fill a file's last block.
fn padding(size: u64) -> usize {
    usize::try_from((BLOCK - size % BLOCK) % BLOCK).expect("less than a block")
}

/// The blocks before a file: its header, and its name where that is long.
fn head(path: &str, size: u64) -> io::Result<Bytes> {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(0);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, path, io::empty())?;
    let mut blocks = builder.into_inner()?;
    blocks.truncate(blocks.len() - EMPTY.len());
    Ok(blocks.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_head_and_its_padding_make_an_archive_that_others_read() {
        let long = format!("{}ảnh.png", "thư-mục/".repeat(30));
        let mut bytes = Vec::new();
        for (path, content) in [("a.csv", "1,2\n"), (long.as_str(), ""), ("b", &"x".repeat(512))] {
            let size = content.len() as u64;
            bytes.extend(head(path, size).unwrap());
            bytes.extend(content.as_bytes());
            bytes.extend(vec![0; padding(size)]);
        }
        bytes.extend(EMPTY);
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            found.push((entry.path().unwrap().to_str().unwrap().to_owned(), text));
        }
        let expected = [
            ("a.csv".to_owned(), "1,2\n".to_owned()),
            (long, String::new()),
            ("b".to_owned(), "x".repeat(512)),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_file_of_whole_blocks_needs_no_padding() {
        assert_eq!([0, 1, 511, 512, 513].map(padding), [0, 511, 1, 0, 511]);
    }
}
