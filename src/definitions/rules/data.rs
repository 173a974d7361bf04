//! What the sections `data` and `rules` must fulfil beyond their shape. Pure.

use super::{Checked, unique, wrong};
use crate::{
    data::{self, model::Access},
    definitions::{
        data::{DataFileDefinition, MomentDefinition, VisibleDefinition},
        model::Definition,
    },
};

/// Checks everything that needs no file.
pub fn check(definition: &Definition) -> Checked {
    let has_rules = definition.pages.iter().any(|page| page.slug == definition.rules.page);
    if definition.rules.required && !has_rules {
        let page = &definition.rules.page;
        return Err(wrong(
            "rules.page",
            format!("không có trang {page}"),
            format!("there is no page {page}"),
        ));
    }
    unique("data", definition.data.iter().map(|set| set.slug.as_str()), false)?;
    for set in &definition.data {
        let place = format!("data.{}", set.slug);
        if set.slug == data::FILES {
            return Err(wrong(
                place,
                "tên này dành cho mục `files`",
                "this name belongs to the section `files`",
            ));
        }
        if set.access == Access::Rules && !has_rules {
            let page = &definition.rules.page;
            return Err(wrong(
                format!("{place}.access"),
                format!("không có trang {page} để chấp nhận"),
                format!("there is no page {page} that could be accepted"),
            ));
        }
        if set.files.is_empty() {
            return Err(wrong(format!("{place}.files"), "cần ít nhất một tệp", "at least one is needed"));
        }
        visible(&place, definition, &set.visible)?;
        if set.withdrawn.iter().any(|number| *number < 1) {
            return Err(wrong(
                format!("{place}.withdrawn"),
                "phiên bản được đánh số từ 1",
                "versions are numbered from 1",
            ));
        }
        set.files.iter().try_for_each(|entry| file(&place, entry))?;
    }
    Ok(())
}

fn visible(place: &str, definition: &Definition, visible: &VisibleDefinition) -> Checked {
    for (key, moment) in [("from", &visible.from), ("until", &visible.until)] {
        let Some(MomentDefinition::Phase(named)) = moment else { continue };
        let known = named.phase.split_once('/').is_some_and(|(track, phase)| {
            let track = definition.tracks.iter().find(|t| t.slug == track);
            track.is_some_and(|t| t.phases.iter().any(|p| p.slug == phase))
        });
        if !known {
            return Err(wrong(
                format!("{place}.visible.{key}"),
                format!("không có vòng {}; hãy viết phần-thi/vòng", named.phase),
                format!("there is no phase {}; write track/phase", named.phase),
            ));
        }
    }
    match (&visible.from, &visible.until) {
        (Some(MomentDefinition::At(from)), Some(MomentDefinition::At(until))) if from >= until => {
            Err(wrong(format!("{place}.visible"), "kết thúc trước khi bắt đầu", "it ends before it begins"))
        }
        _ => Ok(()),
    }
}

fn file(place: &str, entry: &DataFileDefinition) -> Checked {
    let place = format!("{place}.files.{}", entry.path);
    for mirror in &entry.mirrors {
        let web = mirror.starts_with("https://") || mirror.starts_with("http://");
        if !web || !reqwest::Url::parse(mirror).is_ok_and(|url| url.has_host()) {
            return Err(wrong(
                format!("{place}.mirrors"),
                format!("{mirror} không phải địa chỉ web"),
                format!("{mirror} is no web address"),
            ));
        }
    }
    if !entry.is_elsewhere() {
        return Ok(());
    }
    let hash = entry.sha256.as_deref().and_then(|hash| hex::decode(hash).ok());
    if hash.is_none_or(|hash| hash.len() != 32) || entry.size.is_none_or(|size| size < 0) {
        return Err(wrong(
            place,
            "tệp chỉ có ở máy chủ phụ cần `size` và `sha256`",
            "a file that only mirrors have needs `size` and `sha256`",
        ));
    }
    if entry.mirrors.is_empty() {
        return Err(wrong(
            place,
            "tệp có `size` và `sha256` nằm ở nơi khác: hãy nêu một máy chủ phụ",
            "a file with `size` and `sha256` lies elsewhere: name a mirror",
        ));
    }
    Ok(())
}
