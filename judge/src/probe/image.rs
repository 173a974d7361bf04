//! An image made on the spot: the running executable, its dynamic loader and its shared libraries.
//!
//! In the form that `docker save` writes. It is named by the executable's hash, so each build is loaded once.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{data_dir::DataDir, images, sandbox::Engine};

/// Where the executable stands in the image.
pub const EXECUTABLE: &str = "/dautri";

/// Makes sure that the engine has the image, and returns its id.
pub async fn ensure(engine: &Engine, exe: &Path, data: &DataDir) -> Result<String, String> {
    let hashed = exe.to_owned();
    let hash = blocking(move || hash_file(&hashed)).await?;
    let name = format!("dautri-probe:{}", &hash[..16]);
    let find = || async { images::inspect(engine, &name).await.map_err(|error| error.to_string()) };
    if let Some(id) = find().await?.and_then(|image| image.id) {
        return Ok(id);
    }
    let archive = data.incoming().join(format!("probe-{}", Uuid::new_v4().simple()));
    let (exe, target, tag) = (exe.to_owned(), archive.clone(), name.clone());
    let built = blocking(move || build(&exe, &tag, &target)).await;
    let loaded = match built {
        Ok(()) => images::load(engine, &archive).await.map(drop).map_err(|error| error.to_string()),
        Err(error) => Err(error),
    };
    let _ = fs::remove_file(&archive);
    loaded?;
    find()
        .await?
        .and_then(|image| image.id)
        .ok_or_else(|| "the engine did not keep the probe's image".to_owned())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await.expect("making an image does not panic");
    done.map_err(|error| format!("the probe's image could not be made: {error}"))
}

fn hash_file(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    let mut buffer = vec![0; 1024 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex::encode(hash.finalize())),
            read => hash.update(&buffer[..read]),
        }
    }
}

fn build(exe: &Path, name: &str, target: &Path) -> io::Result<()> {
    let layer = target.with_extension("layer");
    let result = build_layer(exe, &layer).and_then(|folders| build_archive(&layer, &folders, name, target));
    let _ = fs::remove_file(&layer);
    result
}

/// Returns the folders that hold shared libraries.
fn build_layer(exe: &Path, layer: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut tar = tar::Builder::new(File::create(layer)?);
    let mut folders = BTreeSet::new();
    append(&mut tar, exe, Path::new(EXECUTABLE))?;
    if let Some(loader) = interpreter(exe)? {
        append(&mut tar, &loader, &loader)?;
        for (library, file) in libraries(&loader, exe)? {
            if library == loader {
                continue;
            }
            append(&mut tar, &file, &library)?;
            folders.extend(library.parent().map(Path::to_owned));
        }
    }
    tar.into_inner()?.sync_data()?;
    Ok(folders)
}

fn append(tar: &mut tar::Builder<File>, from: &Path, to: &Path) -> io::Result<()> {
    let mut file = File::open(from)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(file.metadata()?.len());
    header.set_mode(0o755);
    let inside = to.strip_prefix("/").unwrap_or(to);
    tar.append_data(&mut header, inside, &mut file)
}

fn build_archive(layer: &Path, folders: &BTreeSet<PathBuf>, name: &str, target: &Path) -> io::Result<()> {
    let folders: Vec<String> = folders.iter().map(|folder| folder.display().to_string()).collect();
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let config = serde_json::to_vec(&json!({
        "architecture": architecture,
        "os": "linux",
        "config": {
            "Env": [format!("LD_LIBRARY_PATH={}", folders.join(":"))],
            "Labels": {"dautri.probe": name},
        },
        "rootfs": {"type": "layers", "diff_ids": [format!("sha256:{}", hash_file(layer)?)]},
    }))?;
    let config_name = format!("{}.json", hex::encode(Sha256::digest(&config)));
    let manifest =
        serde_json::to_vec(&json!([{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]))?;
    let mut tar = tar::Builder::new(File::create(target)?);
    append(&mut tar, layer, Path::new("layer.tar"))?;
    for (path, content) in [(config_name.as_str(), config.as_slice()), ("manifest.json", &manifest)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        tar.append_data(&mut header, path, content)?;
    }
    tar.into_inner()?.sync_data()
}

/// The dynamic loader that an executable names; `None` for a static one.
fn interpreter(exe: &Path) -> io::Result<Option<PathBuf>> {
    const PT_INTERP: u32 = 3;
    let mut file = File::open(exe)?;
    let mut header = [0; 64];
    file.read_exact(&mut header)?;
    // ELF, 64 bits, little-endian: what the worker is built for.
    if header[..6] != *b"\x7fELF\x02\x01" {
        return Err(io::Error::other("the executable is no 64-bit little-endian ELF file"));
    }
    let u16_at = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let table = u64::from_le_bytes(header[32..40].try_into().expect("8 bytes"));
    let (entry_size, entries) = (u64::from(u16_at(54)), u64::from(u16_at(56)));
    for number in 0..entries {
        let mut entry = [0; 40];
        file.seek(SeekFrom::Start(table + number * entry_size))?;
        file.read_exact(&mut entry)?;
        if u32::from_le_bytes(entry[..4].try_into().expect("4 bytes")) != PT_INTERP {
            continue;
        }
        let offset = u64::from_le_bytes(entry[8..16].try_into().expect("8 bytes"));
        let size = u64::from_le_bytes(entry[32..40].try_into().expect("8 bytes"));
        let mut path = Vec::new();
        file.seek(SeekFrom::Start(offset))?;
        file.take(size.min(4096)).read_to_end(&mut path)?;
        let path = String::from_utf8_lossy(&path).trim_end_matches('\0').to_owned();
        return Ok(Some(PathBuf::from(path)));
    }
    Ok(None)
}

/// The shared libraries that the loader would take: as they are named, and the file behind.
fn libraries(loader: &Path, exe: &Path) -> io::Result<Vec<(PathBuf, PathBuf)>> {
    let listed = Command::new(loader).arg("--list").arg(exe).output()?;
    let text = String::from_utf8_lossy(&listed.stdout);
    let paths = text.lines().filter_map(|line| {
        // `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f…)`
        let path = line.split_once("=>").map_or(line, |(_, path)| path).trim();
        let path = path.split(" (").next()?;
        path.starts_with('/').then(|| PathBuf::from(path))
    });
    let paths: BTreeSet<PathBuf> = paths.collect();
    paths.into_iter().map(|path| path.canonicalize().map(|file| (path, file))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loader_and_the_libraries_of_this_executable_are_found() {
        let exe = std::env::current_exe().unwrap();
        let loader = interpreter(&exe).unwrap().unwrap();
        assert!(loader.exists());
        let found = libraries(&loader, &exe).unwrap();
        assert!(found.iter().any(|(path, _)| path.ends_with("libc.so.6")), "{found:?}");
    }
}
