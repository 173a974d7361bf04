//! A letter as an Internet message (RFC 5322).

use lettre::{
    Message,
    address::Address,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
};

use super::{MailError, model::Due};

/// Writes the message. Its id is the letter's own, so that a letter that is sent again after a crash is known
/// as the same one.
pub fn compose(from: &Mailbox, letter: &Due) -> Result<Message, MailError> {
    let to: Address = letter.address.parse()?;
    let mut message = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&letter.subject))
        .message_id(Some(format!("<{}@{}>", letter.id, from.email.domain())))
        .header(ContentType::TEXT_PLAIN)
        .body(letter.body.clone())?;
    // Keeps out-of-office programs from answering (RFC 3834).
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
    Ok(message)
}

/// A line break in a subject would begin a header of the writer's choice.
fn one_line(text: &str) -> String {
    text.split(|c: char| c.is_control() || c.is_whitespace())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ids::MailId;

    fn letter(address: &str, subject: &str, body: &str) -> Due {
        Due {
            id: MailId::new(),
            address: address.into(),
            subject: subject.into(),
            body: body.into(),
            tries: 1,
        }
    }

    fn written(letter: &Due) -> String {
        let from = "Đấu Trí <thi@hcmc.vn>".parse().unwrap();
        String::from_utf8(compose(&from, letter).unwrap().formatted()).unwrap()
    }

    /// The headers, with folded lines joined.
    fn headers(message: &str) -> Vec<String> {
        let head = message.split_once("\r\n\r\n").unwrap().0.replace("\r\n ", " ");
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn vietnamese_is_encoded_and_the_wire_is_ascii() {
        let subject = "Đấu Trí: xác nhận địa chỉ e-mail của bạn để lập đội và nộp bài dự thi";
        let message = written(&letter("lan@truong.edu.vn", subject, "Chào bạn,\n\nMã của bạn: 123456\n"));
        assert!(message.is_ascii(), "{message}");
        assert!(message.lines().all(|line| line.len() <= 998));
        let subject_line = headers(&message).into_iter().find(|h| h.starts_with("Subject: ")).unwrap();
        assert!(subject_line.contains("=?utf-8?"), "{subject_line}");
        let decoded: Vec<u8> =
            subject_line.trim_start_matches("Subject: ").split(' ').flat_map(decoded).collect();
        let decoded = String::from_utf8(decoded).unwrap();
        assert_eq!(decoded.replace(' ', ""), subject.replace(' ', ""));
    }

    /// An encoded word (RFC 2047) as bytes; any other word as it is.
    fn decoded(word: &str) -> Vec<u8> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        match word.strip_prefix("=?utf-8?b?").and_then(|word| word.strip_suffix("?=")) {
            Some(inner) => STANDARD.decode(inner).unwrap(),
            None => word.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_line_break_in_a_subject_begins_no_header() {
        for hostile in [
            "Hi\r\nBcc: evil@x.vn",
            "Hi\nBcc: evil@x.vn",
            "Hi\rBcc: evil@x.vn",
            "Hi\u{85}Bcc: e@x.vn",
            "\r\n\r\nbody",
        ] {
            let message = written(&letter("lan@truong.edu.vn", hostile, "text"));
            let names: Vec<_> =
                headers(&message).iter().map(|h| h.split_once(':').unwrap().0.to_owned()).collect();
            assert!(!names.iter().any(|name| name == "Bcc"), "{message}");
            assert_eq!(names.iter().filter(|name| *name == "Subject").count(), 1);
            assert_eq!(message.split_once("\r\n\r\n").unwrap().1.trim(), "text");
        }
    }

    #[test]
    fn an_address_with_more_in_it_is_no_address() {
        let from: Mailbox = "thi@hcmc.vn".parse().unwrap();
        for address in ["", "lan", "lan@x.vn\r\nBcc: a@b.vn", "a@b.vn, c@d.vn", "<a@b.vn>"] {
            let fault = compose(&from, &letter(address, "s", "b")).unwrap_err();
            assert!(fault.is_final(), "{address:?}");
        }
    }

    #[test]
    fn the_same_letter_has_the_same_id_and_asks_for_no_answer() {
        let letter = letter("lan@truong.edu.vn", "s", "b");
        let head = headers(&written(&letter));
        assert!(head.contains(&format!("Message-ID: <{}@hcmc.vn>", letter.id)), "{head:?}");
        assert!(head.contains(&"Auto-Submitted: auto-generated".to_owned()), "{head:?}");
    }
}
