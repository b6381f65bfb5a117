//! Where one goes after signing in: back to where one was, and never elsewhere.

/// Pages that nobody who has just signed in wants to see.
const LEADS_NOWHERE: [&str; 7] = [
    "/login",
    "/login/verify",
    "/logout",
    "/password/forgot",
    "/password/reset",
    "/update-password",
    "/refresh",
];

/// One of our own paths, or nothing: never another host, however it is written.
pub fn own_path(next: &str) -> Option<String> {
    let base = url::Url::parse("https://portal.invalid/").ok()?;
    let plain = next.starts_with('/')
        && next.len() <= 2_000
        && !next
            .chars()
            .any(|letter| letter.is_control() || letter == '\\');
    let joined = base
        .join(next)
        .ok()
        .filter(|joined| plain && joined.origin() == base.origin())?;
    let path = joined.path();
    // The parser has taken dot segments out, so what is left might begin with two slashes.
    if path.starts_with("//") || LEADS_NOWHERE.contains(&path) {
        return None;
    }
    Some(
        joined
            .query()
            .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_is_led_back_to_our_own_paths_only() {
        for (next, own) in [
            (
                "/transport-jobs?status=Closed&page=2",
                Some("/transport-jobs?status=Closed&page=2"),
            ),
            ("/transport-jobs/TRJ%2F1", Some("/transport-jobs/TRJ%2F1")),
            ("/", Some("/")),
            ("", None),
            ("https://evil.example/", None),
            ("//evil.example/", None),
            ("/\\evil.example/", None),
            ("\\\\evil.example", None),
            ("/.//evil.example", None),
            ("/x/..//evil.example", None),
            ("/\t/evil.example", None),
            ("javascript:alert(1)", None),
            ("transport-jobs", None),
            ("/login?next=/login", None),
            ("/logout", None),
            ("/update-password?key=secret", None),
        ] {
            assert_eq!(own_path(next).as_deref(), own, "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn wherever_one_is_led_a_browser_stays_here(next in "[/\\\\.a-z:@?#\\t]{0,16}") {
            if let Some(path) = own_path(&next) {
                let here = url::Url::parse("https://portal.example.com/login").expect("a URL");
                prop_assert_eq!(here.join(&path).expect("a path").origin(), here.origin());
            }
        }
    }
}
