//! `Content-Disposition`: whether a browser saves or shows a body, and under which name.
//!
//! RFC 6266 with RFC 8187: the name as it is, in UTF-8 and percent-encoded, and in front of it one in
//! plain ASCII for clients that know no better. What comes in is made for an address by nobody, so
//! nothing of it can end the header or begin another parameter.

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// RFC 8187's `attr-char` stands as it is.
const EXTENDED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// What a browser does with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// It saves it.
    Attachment,
    /// It shows it.
    Inline,
}

impl Disposition {
    /// The header's value for a file of this name.
    #[must_use]
    pub fn named(self, name: &str) -> HeaderValue {
        let kind = match self {
            Self::Attachment => "attachment",
            Self::Inline => "inline",
        };
        // A percent sign would be taken for an encoding by some clients.
        let plain: String = name
            .chars()
            .map(|letter| match letter {
                '"' | '\\' | '%' => '_',
                ' '..='~' => letter,
                _ => '_',
            })
            .collect();
        let extended = utf8_percent_encode(name, EXTENDED);
        let value = if plain == name {
            format!("{kind}; filename=\"{plain}\"")
        } else {
            format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{extended}")
        };
        HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;
    use proptest::prelude::*;

    use super::*;

    fn attachment(name: &str) -> String {
        let value = Disposition::Attachment.named(name);
        value.to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn a_plain_name_needs_one_form_and_any_other_two() {
        for (name, header) in [
            ("POD 1.pdf", "attachment; filename=\"POD 1.pdf\""),
            (
                "Größe №1.pdf",
                "attachment; filename=\"Gr__e _1.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%E2%84%961.pdf",
            ),
            (
                "a\"b;c.pdf",
                "attachment; filename=\"a_b;c.pdf\"; filename*=UTF-8''a%22b%3Bc.pdf",
            ),
            (
                "50% 'x'.pdf",
                "attachment; filename=\"50_ 'x'.pdf\"; filename*=UTF-8''50%25%20%27x%27.pdf",
            ),
        ] {
            assert_eq!(attachment(name), header);
        }
        let shown = Disposition::Inline.named("a.pdf");
        assert_eq!(shown, "inline; filename=\"a.pdf\"");
    }

    proptest! {
        #[test]
        fn whatever_the_name_it_comes_back_whole_and_ends_no_header(name in any::<String>()) {
            let header = attachment(&name);
            let plain = header.split('"').nth(1).expect("a name in quotes");
            prop_assert!(plain.bytes().all(|byte| (0x20..0x7f).contains(&byte)));
            if let Some((_, extended)) = header.split_once("filename*=UTF-8''") {
                prop_assert_eq!(percent_decode_str(extended).decode_utf8().unwrap(), name);
                let bad = [';', '"', ' ', ','];
                prop_assert!(!extended.contains(bad));
            } else {
                prop_assert_eq!(plain, name);
            }
        }
    }
}
