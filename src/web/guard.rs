//! Who may change something: only our own pages.
//!
//! A state change is a POST that passes when `Sec-Fetch-Site` is `same-origin`; where a browser
//! sends none, when `Origin` is the portal's own. So pages carry no token and can be remembered. The
//! one route that is let through is that of webhooks, which are signed and act for nobody.

use axum::extract::Request;
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, Method};

use super::App;
use super::hooks;

/// Whether another site's page sends this, which is refused.
pub fn is_foreign(app: &App, request: &Request) -> bool {
    let changes = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    // Webhooks come from the site, signed.
    let is_signed = request.uri().path() == hooks::PATH && *request.method() == Method::POST;
    changes && !is_signed && !is_own(request.headers(), &app.public_url.origin())
}

fn is_own(headers: &HeaderMap, origin: &str) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin",
        (None, Some(from)) => from == origin,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn only_our_own_pages_change_something() {
        let us = "https://portal.example.com";
        for (headers, own) in [
            (vec![("sec-fetch-site", "same-origin")], true),
            (
                vec![("sec-fetch-site", "same-origin"), ("origin", us)],
                true,
            ),
            (vec![("sec-fetch-site", "same-site"), ("origin", us)], false),
            (
                vec![("sec-fetch-site", "cross-site"), ("origin", us)],
                false,
            ),
            (vec![("sec-fetch-site", "none")], false),
            (vec![("origin", us)], true),
            (
                vec![("origin", "https://portal.example.com.evil.example")],
                false,
            ),
            (vec![("origin", "null")], false),
            (vec![], false),
        ] {
            let map: HeaderMap = headers
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        value.parse().expect("a value"),
                    )
                })
                .collect();
            assert_eq!(is_own(&map, us), own, "{headers:?}");
        }
    }
}
