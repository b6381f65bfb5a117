//! The name of a file that is sent, as RFC 6266 and RFC 8187 write it.

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands unescaped in an extended value: RFC 8187's `attr-char`.
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

/// `Content-Disposition` of a file that is shown. The name is told twice: in letters that every
/// client takes, and as it is.
pub fn inline(name: &str) -> HeaderValue {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '"' | '\\' | '/' | '%' => '_',
            letter if letter.is_ascii_graphic() || letter == ' ' => letter,
            _ => '_',
        })
        .collect();
    let whole = utf8_percent_encode(name, EXTENDED);
    HeaderValue::from_str(&format!(
        "inline; filename=\"{plain}\"; filename*=UTF-8''{whole}"
    ))
    .unwrap_or(HeaderValue::from_static("inline"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_told_plainly_and_as_it_is() {
        for (name, expected) in [
            (
                "TRJ000000648.pdf",
                "inline; filename=\"TRJ000000648.pdf\"; filename*=UTF-8''TRJ000000648.pdf",
            ),
            (
                "Größe 1/2 \"№\".pdf",
                "inline; filename=\"Gr__e 1_2 ___.pdf\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%201%2F2%20%22%E2%84%96%22.pdf",
            ),
        ] {
            assert_eq!(inline(name).to_str().expect("ASCII"), expected);
        }
    }

    proptest! {
        #[test]
        fn no_name_breaks_out_of_its_header(name in any::<String>()) {
            let written = inline(&name);
            let text = written.to_str().expect("ASCII");
            prop_assert_eq!(text.matches('"').count(), 2);
            prop_assert!(!text.contains(['\r', '\n']));
        }
    }
}
