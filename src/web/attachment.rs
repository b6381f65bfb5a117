//! `Content-Disposition` of what is taken away (RFC 6266), with its name (RFC 8187).

use axum::http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stands unescaped in an extended value: RFC 8187's `attr-char`.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
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

/// To be kept under this name: as it is for those who read extended names, and in plain letters for
/// those who do not. What no file's name may hold becomes a low line.
pub fn attachment(name: &str) -> HeaderValue {
    let name: String = name
        .chars()
        .map(|sign| {
            if sign.is_control() || "/\\:*?\"<>|".contains(sign) {
                '_'
            } else {
                sign
            }
        })
        .collect();
    let plain: String = name
        .chars()
        .map(|sign| {
            if sign.is_ascii() && sign != '%' {
                sign
            } else {
                '_'
            }
        })
        .collect();
    let mut value = format!("attachment; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        value.extend(utf8_percent_encode(&name, PLAIN));
    }
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_whole_for_those_who_can_read_it_and_harmless_for_all() {
        for (name, value) in [
            (
                "Jobs 2026-11-22.csv",
                "attachment; filename=\"Jobs 2026-11-22.csv\"",
            ),
            (
                "Aufträge №1.csv",
                "attachment; filename=\"Auftr_ge _1.csv\"; filename*=UTF-8''Auftr%C3%A4ge%20%E2%84%961.csv",
            ),
            ("../a\"b\r\n", "attachment; filename=\".._a_b__\""),
        ] {
            assert_eq!(attachment(name), value, "{name}");
        }
    }
}
