//! What an import tells of what it left out or changed.

use judge_core::text::Text;

/// Keys that one note names; a bundle may hold any number.
const MOST_KEYS: usize = 30;

pub fn logo() -> Text {
    Text::new("Ảnh đại diện của gói không được nhập.", "The bundle's logo is not taken over.")
}

pub fn solutions() -> Text {
    Text::new(
        "Lời giải mẫu (solutions) không được nhập; hãy nộp thử chúng để kiểm tra.",
        "The sample solutions are not taken over; hand them in to try the contest.",
    )
}

pub fn several_submissions(rule: &str) -> Text {
    Text::new(
        format!("Gói cho nhiều bài của một đội lên bảng ({rule}); ở đây bài nộp sau cùng được tính."),
        format!("The bundle shows several submissions of an entrant ({rule}); here the last one counts."),
    )
}

pub fn image(docker: &str, name: &str) -> Text {
    Text::new(
        format!("Ảnh Docker {docker} được thay bằng ảnh đã lưu {name}."),
        format!("The Docker image {docker} is replaced by the stored image {name}."),
    )
}

pub fn open_end(phase: &str) -> Text {
    Text::new(
        format!("Vòng «{phase}» không có ngày kết thúc; ở đây nó kết thúc vào năm 2100."),
        format!("The phase “{phase}” has no end; here it ends in the year 2100."),
    )
}

pub fn no_reference(task: &str) -> Text {
    Text::new(
        format!(
            "Đề «{task}» không có reference_data; chương trình chấm thấy một thư mục chỉ có tệp none.txt."
        ),
        format!(
            "The task “{task}” has no reference_data; its scorer sees a folder that holds only none.txt."
        ),
    )
}

pub fn over_tasks(phase: &str) -> Text {
    Text::new(
        format!("Vòng «{phase}» có nhiều đề; bảng xếp theo trung bình của các đề."),
        format!("The phase “{phase}” has several tasks; its board ranks by their mean."),
    )
}

pub fn unused_task(task: &str) -> Text {
    Text::new(
        format!("Đề «{task}» không thuộc vòng nào nên không được nhập."),
        format!("The task “{task}” belongs to no phase and is not taken over."),
    )
}

pub fn html_page(file: &str) -> Text {
    Text::new(
        format!("Trang {file} là HTML; ở đây trang được hiểu là Markdown."),
        format!("The page {file} is HTML; here pages are read as Markdown."),
    )
}

/// Keys that say something and have no meaning here.
pub fn untouched(keys: &[String]) -> Option<Text> {
    if keys.is_empty() {
        return None;
    }
    let named = keys.iter().take(MOST_KEYS).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = keys.len().saturating_sub(MOST_KEYS);
    let (more_vi, more_en) = match more {
        0 => (String::new(), String::new()),
        more => (format!(" và {more} khoá khác"), format!(" and {more} more")),
    };
    Some(Text::new(
        format!("Không được nhập: {named}{more_vi}."),
        format!("Not taken over: {named}{more_en}."),
    ))
}
