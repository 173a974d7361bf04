//! Lays out an unpacked bundle so that a definition can name its parts.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use judge_core::{faults::Fault, text::Text};

use super::{
    DefinitionError, Definitions,
    codabench::{self, Bundle, BundleFault, BundleOptions, Parts, STANDARD_IMAGE, Source},
    service::Draft,
};

impl Definitions {
    /// Reads the bundle in `root`, where what it holds as archives is unpacked too.
    pub(super) async fn translate(
        &self,
        root: &Path,
        options: &BundleOptions,
    ) -> Result<Draft, DefinitionError> {
        let mut bundle = codabench::read(root)?;
        let slug = options.slug.clone().or_else(|| codabench::slug(&bundle.title)).ok_or_else(|| {
            BundleFault::new(
                codabench::FILE,
                "title",
                "tên không có chữ Latinh nào để làm địa chỉ; hãy cho tên bằng --slug",
                "no letter of the title can stand in an address; give a name with --slug",
            )
        })?;
        let image = image(&bundle, options)?;
        let mut folders = BTreeMap::new();
        for source in bundle.hidden_sources() {
            if !folders.contains_key(&source.path) {
                folders.insert(source.path.clone(), self.folder_of(root, source).await?);
            }
        }
        publish_inputs(root, &mut bundle)?;
        let no_reference = free_name(root, "no-reference-data");
        if bundle.tasks.iter().any(|task| task.reference_data.is_none()) {
            fs::create_dir(root.join(&no_reference))?;
            fs::write(root.join(&no_reference).join("none.txt"), "")?;
        }
        let parts = Parts { root, folders: &folders, no_reference: &no_reference, image, slug };
        let (definition, notes) = codabench::translate(&bundle, &parts)?;
        Ok(Draft { definition, notes, is_slug_guessed: options.slug.is_none() })
    }

    /// The folder with a source's files: the source itself, or what it holds as an archive.
    async fn folder_of(&self, root: &Path, source: &Source) -> Result<String, DefinitionError> {
        let path = root.join(&source.path);
        if path.is_dir() {
            return if holds_files(&path)? { Ok(source.path.clone()) } else { Err(empty(source)) };
        }
        let stem = Path::new(&source.path).with_extension("");
        let folder = free_name(root, &format!("unpacked/{}", stem.to_string_lossy()));
        let target = root.join(&folder);
        fs::create_dir_all(target.parent().expect("it lies below the root"))?;
        let unpacked = (self.unpack)(path, target.clone()).await.map_err(DefinitionError::Unpacker)?;
        unpacked.map_err(|faults| broken(source, &faults))?;
        if holds_files(&target)? { Ok(folder) } else { Err(empty(source)) }
    }
}

/// The stored image in which the bundle's programs run.
fn image<'a>(bundle: &Bundle, options: &'a BundleOptions) -> Result<&'a str, DefinitionError> {
    if let Some(other) = options.images.keys().find(|name| **name != bundle.docker_image) {
        let wanted = &bundle.docker_image;
        return Err(BundleFault::new(
            codabench::FILE,
            "docker_image",
            format!("gói cần ảnh «{wanted}», không phải «{other}» đã được gán"),
            format!("the bundle asks for the image “{wanted}”, not for “{other}”, which was mapped"),
        )
        .into());
    }
    Ok(options.images.get(&bundle.docker_image).map_or(STANDARD_IMAGE, String::as_str))
}

/// Input data that the bundle gives to contestants too is published from a copy: no public path may be a hidden one.
fn publish_inputs(root: &Path, bundle: &mut Bundle) -> io::Result<()> {
    let inputs: Vec<String> =
        bundle.tasks.iter().filter_map(|task| task.input_data.as_ref()).map(|s| s.path.clone()).collect();
    let mut copies: BTreeMap<String, String> = BTreeMap::new();
    for (source, _) in bundle.phases.iter_mut().flat_map(|phase| &mut phase.files) {
        if !inputs.contains(&source.path) || !root.join(&source.path).is_dir() {
            continue;
        }
        if !copies.contains_key(&source.path) {
            let copy = free_name(root, &format!("public/{}", source.path));
            copy_folder(&root.join(&source.path), &root.join(&copy))?;
            copies.insert(source.path.clone(), copy);
        }
        source.path.clone_from(&copies[&source.path]);
    }
    Ok(())
}

/// Unpacked archives hold plain files and folders only.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn holds_files(folder: &Path) -> io::Result<bool> {
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                return Ok(true);
            }
            folders.push(entry.path());
        }
    }
    Ok(false)
}

/// The path itself, or the path with a number, whatever the bundle holds already.
fn free_name(root: &Path, path: &str) -> String {
    let numbered = (2..).map(|number| format!("{path}-{number}"));
    let mut names = std::iter::once(path.to_owned()).chain(numbered);
    names.find(|name| !root.join(name).exists()).expect("there are more numbers than files")
}

fn empty(source: &Source) -> DefinitionError {
    let path = &source.path;
    source.wrong(format!("«{path}» không có tệp nào"), format!("“{path}” holds no file"))
}

fn broken(source: &Source, faults: &[Fault]) -> DefinitionError {
    let sentences: Vec<Text> = faults.iter().map(Fault::sentence).collect();
    let join = |pick: fn(&Text) -> &str| sentences.iter().map(pick).collect::<Vec<_>>().join(" ");
    let path = &source.path;
    source.wrong(
        format!("«{path}» không giải nén được: {}", join(|text| &text.vi)),
        format!("“{path}” cannot be unpacked: {}", join(|text| &text.en)),
    )
}
