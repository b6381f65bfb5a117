//! Whether a client wants a page or JSON.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, HeaderName};

/// Whether the client prefers JSON to HTML. Whoever names neither gets a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let (mut data, mut page) = (0.0_f32, 0.0_f32);
    for (name, parameters) in entries(headers, &ACCEPT) {
        let is_one_of = |types: &[&str]| {
            let mut types = types.iter().map(|one| one.as_bytes());
            types.any(|one| one.eq_ignore_ascii_case(name))
        };
        let liked = if is_one_of(&PAGE) {
            &mut page
        } else if is_one_of(&DATA) {
            &mut data
        } else {
            continue;
        };
        *liked = liked.max(weight(parameters).unwrap_or(1.0));
    }
    data > page
}

/// The entries of a header that lists what a client takes: the name of each, and its parameters. Every
/// page is asked for with two such headers, so they are read as bytes.
pub fn entries<'headers>(
    headers: &'headers HeaderMap,
    of: &HeaderName,
) -> impl Iterator<Item = (&'headers [u8], &'headers [u8])> {
    let values = headers.get_all(of).iter();
    let entries = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    entries.map(|entry| {
        let end = entry.iter().position(|byte| *byte == b';');
        let (name, parameters) = entry.split_at(end.unwrap_or(entry.len()));
        (name.trim_ascii(), parameters)
    })
}

/// The weight among the parameters of an entry (RFC 9110); none where it is missing or no number.
pub fn weight(parameters: &[u8]) -> Option<f32> {
    let mut parameters = parameters
        .split(|byte| *byte == b';')
        .map(<[u8]>::trim_ascii);
    let weight = parameters.find_map(|parameter| parameter.strip_prefix(b"q="))?;
    str::from_utf8(weight).ok()?.trim().parse().ok()
}

const PAGE: [&str; 2] = ["text/html", "application/xhtml+xml"];
const DATA: [&str; 3] = [
    "application/json",
    "application/problem+json",
    // Who waits for events has no use for a page.
    "text/event-stream",
];

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn json_is_for_those_who_prefer_it() {
        for (accept, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/problem+json", true),
            ("text/event-stream", true),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                false,
            ),
            ("text/html;q=0.5, application/json", true),
            ("application/json;q=0.1, text/html", false),
            ("*/*", false),
            ("application/json;q=0", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            assert_eq!(wants_json(&headers), json, "{accept}");
        }
        assert!(!wants_json(&HeaderMap::new()));
    }
}
