//! What accounts write to people. No letter holds anything that a person typed: whoever signs up could
//! otherwise make us send their words to any address.

use judge_core::text::Text;

/// A letter in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub subject: Text,
    pub body: Text,
}

fn words(subject: (&str, &str), vi: &str, en: &str) -> Words {
    let subject = Text::new(format!("Đấu Trí: {}", subject.0), format!("Đấu Trí: {}", subject.1));
    let body = Text::new(format!("{vi}\n\n-- \nĐấu Trí\n"), format!("{en}\n\n-- \nĐấu Trí\n"));
    Words { subject, body }
}

pub fn confirm(link: &str) -> Words {
    words(
        ("xác nhận địa chỉ e-mail", "confirm your e-mail address"),
        &format!(
            "Chào bạn,\n\nĐịa chỉ này vừa được ghi cho một tài khoản trên Đấu Trí. Nếu là bạn, hãy mở liên kết sau \
             để xác nhận (có hiệu lực trong 3 ngày):\n\n{link}\n\nNếu không phải bạn, hãy bỏ qua thư này."
        ),
        &format!(
            "Hello,\n\nThis address was given for an account on Đấu Trí. If that was you, open this link to \
             confirm it (it works for 3 days):\n\n{link}\n\nIf it was not you, ignore this letter."
        ),
    )
}

/// To the parent or guardian whom a pupil named.
pub fn guardian(link: &str) -> Words {
    words(
        ("xin sự đồng ý của cha, mẹ hoặc người giám hộ", "a parent's or guardian's consent"),
        &format!(
            "Kính gửi quý phụ huynh,\n\nMột học sinh dự thi trên Đấu Trí đã ghi địa chỉ này là của cha, mẹ hoặc người \
             giám hộ. Liên kết sau cho biết đó là ai, dữ liệu nào được giữ và để làm gì; ở đó quý vị có thể đồng ý \
             (trong 14 ngày) hoặc rút lại sự đồng ý (bất cứ lúc nào):\n\n{link}\n\nNếu quý vị không biết việc này, hãy \
             bỏ qua thư."
        ),
        &format!(
            "Dear parent or guardian,\n\nA pupil who takes part in a contest on Đấu Trí gave this address as yours. \
             This link shows who it is, which data are kept and what for; there you can agree (for 14 days) or \
             withdraw your consent (at any time):\n\n{link}\n\nIf you know nothing of this, ignore the letter."
        ),
    )
}

/// To the address that is to be replaced.
pub fn address_changes() -> Words {
    words(
        ("địa chỉ e-mail sắp đổi", "your e-mail address is about to change"),
        "Chào bạn,\n\nCó người đã đăng nhập và yêu cầu đổi địa chỉ e-mail của tài khoản này. Địa chỉ mới có hiệu lực \
         khi được xác nhận.\n\nNếu không phải bạn, hãy đổi mật khẩu ngay và kết thúc các phiên đăng nhập khác.",
        "Hello,\n\nSomebody who is logged in asked to change the e-mail address of this account. The new address \
         holds once it is confirmed.\n\nIf it was not you, change your password now and end the other sessions.",
    )
}

pub fn reset(link: &str) -> Words {
    words(
        ("đặt lại mật khẩu", "reset your password"),
        &format!(
            "Chào bạn,\n\nHãy mở liên kết sau để đặt mật khẩu mới (dùng được một lần, trong 1 giờ):\n\n{link}\n\nNếu bạn \
             không yêu cầu, hãy bỏ qua thư này: mật khẩu cũ vẫn dùng được."
        ),
        &format!(
            "Hello,\n\nOpen this link to choose a new password (it works once, for 1 hour):\n\n{link}\n\nIf you did \
             not ask for it, ignore this letter: your password still works."
        ),
    )
}

/// To somebody whom an organizer put into a team.
pub fn enrolled(link: &str) -> Words {
    words(
        ("bạn được ghi danh vào một cuộc thi", "you are enrolled in a competition"),
        &format!(
            "Chào bạn,\n\nBan tổ chức của một cuộc thi trên Đấu Trí đã ghi danh bạn vào một đội. Hãy mở liên kết sau \
             để chọn mật khẩu (dùng được một lần, trong 14 ngày):\n\n{link}\n\nSau đó hãy đăng nhập bằng địa chỉ e-mail \
             này. Nếu liên kết hết hạn, hãy yêu cầu đặt lại mật khẩu."
        ),
        &format!(
            "Hello,\n\nThe organizers of a competition on Đấu Trí put you into a team. Open this link to choose a \
             password (it works once, for 14 days):\n\n{link}\n\nThen log in with this e-mail address. If the link \
             has expired, ask for a password reset."
        ),
    )
}

pub fn password_was_reset() -> Words {
    words(
        ("mật khẩu đã được đặt lại", "your password was reset"),
        "Chào bạn,\n\nMật khẩu của tài khoản đã được đặt lại và mọi phiên đăng nhập đã kết thúc. Mã truy cập (token) vẫn \
         dùng được; hãy thu hồi mã mà bạn không nhận ra.\n\nNếu không phải bạn, hãy yêu cầu đặt lại mật khẩu ngay.",
        "Hello,\n\nThe password of your account was reset and all sessions have ended. API tokens go on working; \
         revoke those that you do not know.\n\nIf it was not you, ask for a reset at once.",
    )
}

pub fn log_in_code(code: &str) -> Words {
    words(
        ("mã đăng nhập", "log-in code"),
        &format!(
            "Chào bạn,\n\nMã đăng nhập của bạn là: {code}\n\nMã dùng được một lần, trong 10 phút. Không đưa mã cho bất kỳ \
             ai. Nếu bạn không yêu cầu, hãy bỏ qua thư này."
        ),
        &format!(
            "Hello,\n\nYour log-in code is: {code}\n\nIt works once, for 10 minutes. Give it to nobody. If you did not \
             ask for it, ignore this letter."
        ),
    )
}
