//! Whether a client wants a page or JSON.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether the client prefers JSON to HTML. Whoever names neither gets a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let (mut data, mut page) = (0.0_f32, 0.0_f32);
    let accepted = headers.get_all(ACCEPT);
    let entries = accepted
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    for entry in entries {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_one_of = |types: &[&str]| types.iter().any(|one| one.eq_ignore_ascii_case(name));
        let liked = if is_one_of(&PAGE) {
            &mut page
        } else if is_one_of(&DATA) {
            &mut data
        } else {
            continue;
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
        *liked = liked.max(weight.unwrap_or(1.0));
    }
    data > page
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
