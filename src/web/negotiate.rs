//! Whether a client wants a page or JSON.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT;

/// Whether the client prefers JSON to HTML. Whoever names neither gets a page.
pub fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = || {
        headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
    };
    let weight = |types: &[&str]| {
        accepted()
            .filter_map(|entry| {
                let mut parts = entry.split(';').map(str::trim);
                let name = parts.next()?;
                let weight = parts
                    .find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok())
                    .unwrap_or(1.0);
                let is_one = types.iter().any(|one| one.eq_ignore_ascii_case(name));
                is_one.then_some(weight)
            })
            .fold(0.0_f32, f32::max)
    };
    let data = [
        "application/json",
        "application/problem+json",
        // Who waits for events has no use for a page.
        "text/event-stream",
    ];
    weight(&data) > weight(&["text/html", "application/xhtml+xml"])
}

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
