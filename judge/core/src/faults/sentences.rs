//! What a fault says to people, in both languages.

use super::FaultKind;
use crate::text::Text;

impl FaultKind {
    /// The sentence without the place.
    #[expect(clippy::too_many_lines, reason = "a table of sentences, one arm each")]
    pub fn sentence(&self) -> Text {
        let (vi, en) = match self {
            Self::NotAZip => (
                "tệp này không phải tệp ZIP. Hãy nén thư mục bài làm thành .zip rồi nộp lại.".to_owned(),
                "this is not a ZIP file. Pack your folder as .zip and hand it in again.".to_owned(),
            ),
            Self::CorruptArchive => (
                "tệp ZIP bị hỏng hoặc bị cắt cụt. Hãy nén và tải lên lại.".to_owned(),
                "the ZIP file is corrupt or cut short. Pack it and upload it again.".to_owned(),
            ),
            Self::EmptyFile => ("tệp rỗng.".to_owned(), "the file is empty.".to_owned()),
            Self::EmptyArchive => {
                ("tệp ZIP không chứa tệp nào.".to_owned(), "the ZIP file holds no files.".to_owned())
            }
            Self::UnsafePath { path } => (
                format!("đường dẫn «{path}» đi ra ngoài thư mục hoặc không hợp lệ."),
                format!("the path “{path}” leaves the folder or is not allowed."),
            ),
            Self::LinkEntry { path } => (
                format!("«{path}» là liên kết hoặc tệp đặc biệt; chỉ nhận tệp và thư mục thường."),
                format!("“{path}” is a link or a special file; only plain files and folders are accepted."),
            ),
            Self::DuplicatePath { path } => (
                format!("«{path}» có mặt hai lần (chữ hoa và chữ thường được xem là một)."),
                format!("“{path}” is there twice (upper and lower case count as one)."),
            ),
            Self::TooManyFiles { limit } => (
                format!("có nhiều hơn {limit} tệp; đó là giới hạn."),
                format!("it holds more than {limit} files, which is the limit."),
            ),
            Self::UnpackedTooLarge { limit_bytes } => (
                format!("giải nén ra lớn hơn {}; đó là giới hạn.", mebibytes(*limit_bytes)),
                format!("it unpacks to more than {}, which is the limit.", mebibytes(*limit_bytes)),
            ),
            Self::EncryptedEntry { path } => (
                format!("«{path}» bị đặt mật khẩu. Hãy nén không mật khẩu."),
                format!("“{path}” is encrypted. Pack it without a password."),
            ),
            Self::MissingFile { path } => {
                (format!("thiếu tệp «{path}»."), format!("the file “{path}” is missing."))
            }
            Self::NotUtf8 => (
                "không phải văn bản UTF-8. Hãy lưu tệp ở dạng UTF-8.".to_owned(),
                "it is not UTF-8 text. Save the file as UTF-8.".to_owned(),
            ),
            Self::ByteOrderMark => (
                "tệp bắt đầu bằng dấu BOM. Hãy lưu ở dạng UTF-8 không BOM.".to_owned(),
                "the file begins with a byte-order mark. Save it as UTF-8 without BOM.".to_owned(),
            ),
            Self::WrongHeader { expected, found } => (
                format!("dòng đầu phải là «{}», nhưng là «{}».", expected.join(","), found.join(",")),
                format!("the header must be “{}”, but it is “{}”.", expected.join(","), found.join(",")),
            ),
            Self::WrongFieldCount { expected, found } => (
                format!("cần {expected} cột, nhưng có {found}."),
                format!("{expected} columns are expected, {found} were found."),
            ),
            Self::MissingIds { count, examples } => (
                format!("thiếu {count} dòng, ví dụ id {}.", examples.join(", ")),
                format!("{count} rows are missing, for example id {}.", examples.join(", ")),
            ),
            Self::UnknownId { id } => {
                (format!("id «{id}» không có trong đề."), format!("the id “{id}” is not part of the task."))
            }
            Self::DuplicateId { id, first_line } => (
                format!("id «{id}» đã có ở dòng {first_line}."),
                format!("the id “{id}” already stands in line {first_line}."),
            ),
            Self::BadNumber { column, value } => (
                format!("cột «{column}»: «{value}» không phải là số."),
                format!("column “{column}”: “{value}” is not a number."),
            ),
            Self::NotFinite { column, value } => (
                format!("cột «{column}»: «{value}» không phải số hữu hạn."),
                format!("column “{column}”: “{value}” is not a finite number."),
            ),
            Self::UnknownLabel { column, value } => (
                format!("cột «{column}»: nhãn «{value}» không có trong đề."),
                format!("column “{column}”: the label “{value}” is not one of the task's."),
            ),
            Self::OutOfRange { column, value, min, max } => (
                format!("cột «{column}»: {value} nằm ngoài khoảng từ {min} đến {max}."),
                format!("column “{column}”: {value} lies outside {min} to {max}."),
            ),
            Self::ValueTooLong { column, limit_bytes } => (
                format!("cột «{column}»: giá trị dài hơn {}; đó là giới hạn.", mebibytes(*limit_bytes)),
                format!(
                    "column “{column}”: the value takes more than {}, which is the limit.",
                    mebibytes(*limit_bytes)
                ),
            ),
            Self::RepeatedValue { column, value } => (
                format!("cột «{column}»: «{value}» xuất hiện hai lần trong một ô."),
                format!("column “{column}”: “{value}” stands twice in one cell."),
            ),
            Self::WrongValueCount { column, expected, found } => (
                format!("cột «{column}»: cần {expected} giá trị trong ô này, nhưng có {found}."),
                format!(
                    "column “{column}”: {expected} values are expected in this cell, {found} were found."
                ),
            ),
            Self::NothingRelevant { column } => (
                format!("cột «{column}»: không có mục nào liên quan; mỗi truy vấn cần ít nhất một."),
                format!("column “{column}”: nothing is relevant; each query needs at least one item."),
            ),
            Self::OddRuns { column, numbers } => (
                format!("cột «{column}»: mặt nạ gồm các cặp điểm đầu và độ dài, ô này có {numbers} số."),
                format!(
                    "column “{column}”: a mask is pairs of start and length, here are {numbers} numbers."
                ),
            ),
            Self::BadRun { column, run, pixels } => (
                format!(
                    "cột «{column}»: đoạn «{run}» không hợp lệ; các đoạn phải tăng dần, không chồng nhau, \
                     không rỗng và nằm trong các điểm ảnh từ 1 đến {pixels}."
                ),
                format!(
                    "column “{column}”: the run “{run}” is not allowed; runs must grow, not overlap, \
                     not be empty and lie within pixels 1 to {pixels}."
                ),
            ),
            Self::OtherSplit { id, first_line } => (
                format!("id «{id}» thuộc phần khác với dòng {first_line}."),
                format!("the id “{id}” belongs to another split than in line {first_line}."),
            ),
            Self::MalformedCsv { reason } => (
                format!("CSV không đọc được: {}.", reason.0.vi),
                format!("the CSV cannot be read: {}.", reason.0.en),
            ),
            Self::TooManyFaults { shown } => (
                format!("còn nhiều lỗi nữa; chỉ hiện {shown} lỗi đầu."),
                format!("there are more faults; the first {shown} are shown."),
            ),
            Self::SpreadsheetFile => (
                "đây là bảng tính (Excel), không phải CSV. Hãy xuất ra CSV (UTF-8) rồi nộp lại.".to_owned(),
                "this is a spreadsheet (Excel), not CSV. Export it as CSV (UTF-8) and hand that in."
                    .to_owned(),
            ),
            Self::NotACsvFile => (
                "tên tệp phải kết thúc bằng .csv và trùng với tên truy vấn.".to_owned(),
                "the file's name must be the query's and end in .csv.".to_owned(),
            ),
            Self::FolderMissing { folder } => (
                format!("tệp ZIP phải chứa thư mục «{folder}/», và các tệp CSV nằm ngay trong đó."),
                format!("the ZIP file must hold a folder “{folder}/” with the CSV files directly in it."),
            ),
            Self::OutsideFolder { folder } => (
                format!("tệp này phải nằm ngay trong thư mục «{folder}/»."),
                format!("this file must lie directly in the folder “{folder}/”."),
            ),
            Self::NoAnswers { folder } => (
                format!("thư mục «{folder}/» không có tệp CSV nào của gói truy vấn này."),
                format!("the folder “{folder}/” holds no CSV file of this pack's queries."),
            ),
            Self::UnknownQuery { query } => (
                format!("gói này không có truy vấn «{query}». Tên tệp phải trùng với tên truy vấn."),
                format!("this pack has no query “{query}”. The file must bear the query's name."),
            ),
            Self::TooManyRows { limit, found } => (
                format!("có {found} dòng; nhiều nhất là {limit}."),
                format!("it has {found} rows; {limit} is the limit."),
            ),
            Self::UnquotedComma { found } => (
                format!("cần 3 cột, nhưng có {found}. Câu trả lời có dấu phẩy phải đặt trong dấu ngoặc kép."),
                format!(
                    "3 columns are expected, {found} were found. Put an answer with a comma in double quotes."
                ),
            ),
            Self::WrongEventCount { expected, found } => (
                format!("truy vấn có {expected} sự kiện, nhưng dòng này có {found} khung hình."),
                format!("the query has {expected} events, but this row has {found} frames."),
            ),
            Self::VideoMissing => (
                "thiếu tên video ở cột đầu.".to_owned(),
                "the video's name in the first column is missing.".to_owned(),
            ),
            Self::VideoExtension { video } => (
                format!("tên video «{video}» phải bỏ phần đuôi."),
                format!("write the video's name “{video}” without its extension."),
            ),
            Self::BadFrame { value } => (
                format!(
                    "«{value}» không phải số thứ tự khung hình (số nguyên từ 0). Tệp không có dòng tiêu đề."
                ),
                format!("“{value}” is no frame number (a whole number from 0). The file has no header."),
            ),
            Self::FramesOutOfOrder { earlier, later } => (
                format!("các khung hình phải theo thứ tự thời gian, nhưng {later} đứng sau {earlier}."),
                format!("frames must stand in the order of time, but {later} follows {earlier}."),
            ),
            Self::AnswerTooLong { limit, found } => (
                format!("câu trả lời dài {found} ký tự; nhiều nhất là {limit}."),
                format!("the answer has {found} characters; {limit} is the limit."),
            ),
            Self::MissingQuery { query } => (
                format!("không có tệp cho truy vấn «{query}»; truy vấn này được 0 điểm."),
                format!("there is no file for the query “{query}”; it scores 0."),
            ),
            Self::IgnoredFile => ("tệp này không được đọc.".to_owned(), "this file is not read.".to_owned()),
            Self::ExitCode { exit_code } => (
                format!("chương trình kết thúc với mã {exit_code}. Xem nhật ký để biết vì sao."),
                format!("the program ended with exit code {exit_code}. The log says why."),
            ),
            Self::WallTime { limit_ms } => (
                format!("chạy quá {} giây; đó là giới hạn.", seconds(*limit_ms)),
                format!("ran for more than {} s, which is the limit.", seconds(*limit_ms)),
            ),
            Self::CpuTime { limit_ms } => (
                format!("dùng quá {} giây CPU; đó là giới hạn.", seconds(*limit_ms)),
                format!("used more than {} s of CPU time, which is the limit.", seconds(*limit_ms)),
            ),
            Self::Memory { limit_bytes } => (
                format!("hết bộ nhớ: giới hạn là {}.", mebibytes(*limit_bytes)),
                format!("ran out of memory: {} is the limit.", mebibytes(*limit_bytes)),
            ),
            Self::OutputBytes { limit_bytes } => (
                format!("ghi quá {} vào thư mục kết quả; đó là giới hạn.", mebibytes(*limit_bytes)),
                format!(
                    "wrote more than {} to the output folder, which is the limit.",
                    mebibytes(*limit_bytes)
                ),
            ),
            Self::OutputFiles { limit } => (
                format!("tạo quá {limit} tệp trong thư mục kết quả; đó là giới hạn."),
                format!("made more than {limit} files in the output folder, which is the limit."),
            ),
            Self::NotARegularFile { path } => (
                format!("«{path}» trong thư mục kết quả không phải tệp thường."),
                format!("“{path}” in the output folder is not a plain file."),
            ),
            Self::ScoresMissing => (
                "chương trình chấm không ghi scores.json.".to_owned(),
                "the scorer wrote no scores.json.".to_owned(),
            ),
            Self::ScoresUnreadable { reason } => (
                format!("không đọc được scores.json: {reason}."),
                format!("scores.json cannot be read: {reason}."),
            ),
            Self::MetricMissing { metric } => {
                (format!("thiếu độ đo «{metric}»."), format!("the metric “{metric}” is missing."))
            }
            Self::MetricNotFinite { metric } => (
                format!("độ đo «{metric}» không phải số hữu hạn."),
                format!("the metric “{metric}” is not a finite number."),
            ),
            Self::MetricUndefined { metric, reason } => (
                format!("không tính được độ đo «{metric}»: {}.", reason.0.vi),
                format!("the metric “{metric}” is not defined here: {}.", reason.0.en),
            ),
            Self::Platform { .. } => (
                "hệ thống gặp lỗi; lượt nộp được trả lại và ban tổ chức đã được báo.".to_owned(),
                "the platform failed; the attempt is given back and the organizers are told.".to_owned(),
            ),
        };
        Text { vi, en }
    }
}

fn mebibytes(bytes: u64) -> String {
    const MIB: u64 = 1024 * 1024;
    if bytes.is_multiple_of(MIB) {
        format!("{} MB", bytes / MIB)
    } else {
        format!("{} KB", bytes.div_ceil(1024))
    }
}

fn seconds(ms: u64) -> String {
    if ms.is_multiple_of(1000) { format!("{}", ms / 1000) } else { format!("{}.{:03}", ms / 1000, ms % 1000) }
}
