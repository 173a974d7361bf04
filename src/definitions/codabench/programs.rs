//! The commands of a bundle's own programs.

use std::{fs, path::Path};

use judge_core::codabench::{self, LONGEST_METADATA, METADATA_FILES, Part};

use super::{super::DefinitionError, BundleFault, Source};

/// The words with which the program in `folder`, which `source` names, is started.
pub fn command(
    root: &Path,
    folder: &str,
    source: &Source,
    part: Part,
) -> Result<Vec<String>, DefinitionError> {
    let found = METADATA_FILES.iter().find(|name| root.join(folder).join(name).is_file());
    let Some(name) = found else {
        return Err(source.wrong(
            format!("chương trình «{}» không có metadata.yaml hay metadata", source.path),
            format!("the program “{}” has neither metadata.yaml nor metadata", source.path),
        ));
    };
    let path = root.join(folder).join(name);
    let file = format!("{}/{name}", source.path);
    let wrong = |vi: &str, en: &str| DefinitionError::from(BundleFault::new(&file, "command", vi, en));
    if fs::metadata(&path)?.len() > LONGEST_METADATA {
        return Err(wrong("tệp quá dài", "the file is too long"));
    }
    let text =
        fs::read_to_string(&path).map_err(|_| wrong("tệp không phải UTF-8", "the file is no UTF-8 text"))?;
    let command = codabench::command_in(&text).map_err(|reason| {
        DefinitionError::from(BundleFault::new(
            &file,
            "command",
            format!("không đọc được: {reason}"),
            format!("it cannot be read: {reason}"),
        ))
    })?;
    let command = command.ok_or_else(|| wrong("thiếu khoá này", "this key is missing"))?;
    codabench::words(&command, part).ok_or_else(|| {
        wrong("dấu nháy trong lệnh chưa được đóng", "a quotation mark in the command is not closed")
    })
}
