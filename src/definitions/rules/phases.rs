//! What a phase requires, shows and lets teams choose.

use super::{Checked, wrong};
use crate::{
    competitions::model::Counts,
    definitions::model::{PhaseDefinition, TrackDefinition},
};

pub fn check(place: &str, track: &TrackDefinition, phase: &PhaseDefinition) -> Checked {
    let picks = phase.board.final_picks;
    if picks.is_some_and(|picks| !(1..=100).contains(&picks) || phase.board.counts == Counts::Last) {
        return Err(wrong(
            format!("{place}.board.final_picks"),
            "phải từ 1 đến 100, và cần `counts: best`",
            "it lies between 1 and 100, and needs `counts: best`",
        ));
    }
    if phase.visibility.board_tells_hidden_scores() {
        return Err(wrong(
            format!("{place}.visibility"),
            "bảng xếp hạng sẽ cho các đội thấy điểm mà `scores` giấu; hãy giấu cả bảng",
            "the board would show teams the scores that `scores` hides; hide the board as well",
        ));
    }
    requirement(&format!("{place}.requires"), track, phase)
}

/// What a phase requires is another one, no practice, and never in a circle.
fn requirement(place: &str, track: &TrackDefinition, phase: &PhaseDefinition) -> Checked {
    let Some(required) = &phase.requires else { return Ok(()) };
    if required.top < 1 {
        return Err(wrong(place, "`top` phải từ 1 trở lên", "`top` is at least 1"));
    }
    let find = |slug: &str| track.phases.iter().find(|p| p.slug == slug);
    let slug = &required.phase;
    let Some(earlier) = find(slug) else {
        return Err(wrong(
            place,
            format!("phần thi không có vòng {slug}"),
            format!("the track has no phase {slug}"),
        ));
    };
    if earlier.practice {
        return Err(wrong(
            place,
            format!("{slug} là vòng luyện tập: không đội nào vào vòng sau từ đó"),
            format!("{slug} is for practice: nobody advances from it"),
        ));
    }
    let mut next = Some(earlier);
    // A chain without a circle has ended after as many steps as there are phases.
    for _ in &track.phases {
        next = next.and_then(|p| p.requires.as_ref()).and_then(|r| find(&r.phase));
    }
    if next.is_some() {
        return Err(wrong(
            place,
            "các vòng đòi hỏi nhau thành vòng tròn",
            "the phases require each other in a circle",
        ));
    }
    Ok(())
}
