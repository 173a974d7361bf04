//! Writes the ZIP archive of an export. Blocks: call it where blocking is allowed.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, BufWriter, Seek as _, SeekFrom, Write as _},
};

use zip::{ZipArchive, ZipWriter};

use super::pack;

/// An archive that grows in a file without a name.
pub struct Archive {
    zip: ZipWriter<BufWriter<File>>,
    /// Two things of a definition may share a file; it is written once.
    written: BTreeSet<String>,
}

impl Archive {
    pub fn create() -> io::Result<Self> {
        Ok(Self { zip: ZipWriter::new(BufWriter::new(tempfile::tempfile()?)), written: BTreeSet::new() })
    }

    pub fn add_text(mut self, path: &str, text: &str) -> io::Result<Self> {
        if self.is_new(path) {
            self.zip.start_file(path, pack::entry_options()).map_err(io::Error::other)?;
            self.zip.write_all(text.as_bytes())?;
        }
        Ok(self)
    }

    pub fn add_file(mut self, path: &str, mut file: File) -> io::Result<Self> {
        if self.is_new(path) {
            let large = file.metadata()?.len() >= u64::from(u32::MAX);
            let options = pack::entry_options().large_file(large);
            self.zip.start_file(path, options).map_err(io::Error::other)?;
            io::copy(&mut file, &mut self.zip)?;
        }
        Ok(self)
    }

    /// What lies below `path`, packed: entries keep their compressed bytes. A file that was packed alone stands
    /// under the path itself.
    pub fn add_folder(mut self, path: &str, packed: File) -> io::Result<Self> {
        let mut packed = ZipArchive::new(packed).map_err(io::Error::other)?;
        let alone = packed.len() == 1;
        for index in 0..packed.len() {
            let entry = packed.by_index_raw(index).map_err(io::Error::other)?;
            let name = entry.name().map_err(io::Error::other)?.into_owned();
            let target = if alone && path.rsplit('/').next() == Some(name.as_str()) {
                path.to_owned()
            } else if path.is_empty() {
                name
            } else {
                format!("{path}/{name}")
            };
            if self.is_new(&target) {
                self.zip.raw_copy_file_rename(entry, target).map_err(io::Error::other)?;
            }
        }
        Ok(self)
    }

    /// The archive, ready to be read, and its size.
    pub fn finish(self) -> io::Result<(File, u64)> {
        let buffer = self.zip.finish().map_err(io::Error::other)?;
        let mut file = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
        let size = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        Ok((file, size))
    }

    fn is_new(&mut self, path: &str) -> bool {
        self.written.insert(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    fn packed(source: &Path) -> File {
        let mut file = tempfile::tempfile().unwrap();
        pack::pack(source, &mut file).unwrap();
        file
    }

    fn bytes(mut file: File) -> Vec<u8> {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn what_is_unpacked_and_packed_again_has_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("truth/deep")).unwrap();
        fs::write(folder.path().join("truth/deep/a.csv"), "1,2\n".repeat(1000)).unwrap();
        fs::write(folder.path().join("truth/ư.txt"), "").unwrap();
        fs::write(folder.path().join("single.csv"), "x").unwrap();
        let archive = Archive::create().unwrap();
        let archive = archive.add_folder("hidden/truth", packed(&folder.path().join("truth"))).unwrap();
        let archive = archive.add_folder("single.csv", packed(&folder.path().join("single.csv"))).unwrap();
        let (file, size) = archive.finish().unwrap();
        assert_eq!(file.metadata().unwrap().len(), size);
        let back = tempfile::tempdir().unwrap();
        ZipArchive::new(file).unwrap().extract(back.path()).unwrap();
        for (before, after) in [("truth", "hidden/truth"), ("single.csv", "single.csv")] {
            let before = packed(&folder.path().join(before));
            assert_eq!(bytes(before), bytes(packed(&back.path().join(after))), "{after}");
        }
    }

    #[test]
    fn a_file_that_two_things_name_is_there_once() {
        let archive = Archive::create().unwrap().add_text("a", "1").unwrap().add_text("a", "1").unwrap();
        assert_eq!(ZipArchive::new(archive.finish().unwrap().0).unwrap().len(), 1);
    }
}
