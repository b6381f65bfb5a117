use cookie::{Cookie, CookieJar};
use proptest::prelude::*;

use super::*;

const FIRST: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
const SECOND: &str = "YWJjZGVmZ2hpamtsbW5vcGFiY2RlZmdoaWprbG1ub3A=";

fn sessions(keys: &[&str]) -> Sessions {
    let keys = SessionKeys::parse(keys.iter().copied()).expect("keys");
    let url = PublicUrl::parse("https://portal.example.com").expect("a URL");
    Sessions::new(
        keys,
        &url,
        Duration::from_hours(8),
        Duration::from_hours(24 * 7),
    )
}

fn now() -> Timestamp {
    "2026-11-22T10:00:00Z".parse().expect("a time")
}

fn session(sid: &str, user: &str, full_name: &str) -> Session {
    Session {
        sid: Sid::parse(sid).expect("a sid"),
        user: UserId::parse(user).expect("a user"),
        full_name: full_name.into(),
        begun: now(),
        seen: now(),
    }
}

fn anna() -> Session {
    session(
        "0123456789abcdef0123456789abcdef0123456789abcdef01234567",
        "anna@acme-foods.example",
        "Anna de Vries",
    )
}

/// The `Cookie` header with which a browser would come back.
fn cookie(set_cookie: &HeaderValue) -> String {
    set_cookie
        .to_str()
        .expect("text")
        .split(';')
        .next()
        .expect("a cookie")
        .to_owned()
}

fn after(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

#[test]
fn what_is_sealed_comes_out_again() {
    let sessions = sessions(&[FIRST]);
    let header = sessions.seal(&anna(), now());
    assert_eq!(sessions.open([cookie(&header).as_str()], now()), Ok(anna()));
    let text = header.to_str().expect("text");
    for attribute in [
        "__Host-quayfront=",
        "HttpOnly",
        "SameSite=Lax",
        "Secure",
        "Path=/",
        "Max-Age=28800",
    ] {
        assert!(text.contains(attribute), "{text}");
    }
    assert!(!text.contains("Domain"), "{text}");
    assert!(
        !text.contains("0123456789abcdef") && !text.contains("anna"),
        "the content is encrypted"
    );
}

#[test]
fn over_plain_http_the_cookie_is_not_secure_and_has_a_plain_name() {
    let url = PublicUrl::parse("http://127.0.0.1:8080").expect("a URL");
    let keys = SessionKeys::parse([FIRST]).expect("keys");
    let sessions = Sessions::new(keys, &url, Duration::from_hours(8), Duration::from_hours(9));
    let text = sessions
        .seal(&anna(), now())
        .to_str()
        .expect("text")
        .to_owned();
    assert!(
        text.starts_with("quayfront=") && !text.contains("Secure"),
        "{text}"
    );
}

#[test]
fn keys_rotate_without_signing_anybody_out() {
    let old = sessions(&[FIRST]).seal(&anna(), now());
    let rotated = sessions(&[SECOND, FIRST]);
    assert!(rotated.open([cookie(&old).as_str()], now()).is_ok());
    let new = rotated.seal(&anna(), now());
    assert_eq!(
        sessions(&[FIRST]).open([cookie(&new).as_str()], now()),
        Err(NoSession::Unreadable),
        "the first key seals"
    );
    assert!(
        sessions(&[SECOND])
            .open([cookie(&new).as_str()], now())
            .is_ok()
    );
}

#[test]
fn a_session_ends_when_it_is_not_used_and_when_it_is_old() {
    let sessions = sessions(&[FIRST]);
    let begun = sessions.seal(&anna(), now());
    assert!(sessions.open([cookie(&begun).as_str()], after(7)).is_ok());
    assert_eq!(
        sessions.open([cookie(&begun).as_str()], after(8)),
        Err(NoSession::Ended)
    );
    let kept_busy = sessions.seal(&anna(), after(24 * 7 - 1));
    assert!(
        kept_busy.to_str().expect("text").contains("Max-Age=3600"),
        "no longer than the absolute end"
    );
    assert_eq!(
        sessions.open([cookie(&kept_busy).as_str()], after(24 * 7)),
        Err(NoSession::Ended)
    );
}

#[test]
fn a_session_that_was_used_in_the_future_has_ended() {
    let sessions = sessions(&[FIRST]);
    let cookie = cookie(&sessions.seal(&anna(), now()));
    let before = |seconds| now() - SignedDuration::from_secs(seconds);
    assert!(
        sessions.open([cookie.as_str()], before(60)).is_ok(),
        "the clocks of two replicas may differ a little"
    );
    assert_eq!(
        sessions.open([cookie.as_str()], before(61)),
        Err(NoSession::Ended),
        "when it was used is not known then"
    );
}

#[test]
fn the_cookie_is_renewed_at_most_once_a_minute() {
    let sessions = sessions(&[FIRST]);
    assert!(
        sessions
            .renewed(&anna(), now() + SignedDuration::from_secs(59))
            .is_none()
    );
    assert!(
        sessions
            .renewed(&anna(), now() + SignedDuration::from_secs(60))
            .is_some()
    );
}

#[test]
fn opened_cookies_are_kept_but_for_headers_that_no_browser_sends() {
    let sessions = sessions(&[FIRST]);
    let sealed = cookie(&sessions.seal(&anna(), now()));
    for (padding, kept) in [(0, 1), (100, 2), (LONGEST_OPENED, 2)] {
        let header = format!("theme={}; {sealed}", "a".repeat(padding));
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(&header).expect("a header"));
        let opened = sessions.of_headers(&headers, now());
        let opened = opened.as_deref().map(|opened| &**opened);
        assert_eq!(opened, Ok(&anna()), "{padding}");
        sessions.opened.run_pending_tasks();
        assert_eq!(sessions.opened.entry_count(), kept, "{padding}");
    }
}

#[test]
fn another_cookies_value_is_not_a_session() {
    let sessions = sessions(&[FIRST]);
    let key = SessionKeys::parse([FIRST]).expect("keys");
    let mut jar = CookieJar::new();
    jar.private_mut(key.sealing())
        .add(Cookie::new("quayfront", "{}"));
    let value = jar.get("quayfront").expect("a cookie").value().to_owned();
    let moved = format!("__Host-quayfront={value}");
    assert_eq!(
        sessions.open([moved.as_str()], now()),
        Err(NoSession::Unreadable),
        "the seal holds the name too"
    );
    assert_eq!(
        sessions.open(["theme=dark"], now()),
        Err(NoSession::Missing)
    );
}

#[test]
fn the_cookie_stays_well_under_four_kilobytes() {
    let long = session(
        &"f".repeat(56),
        &format!("{}@example.com", "u".repeat(120)),
        &"Ж".repeat(500),
    );
    assert!(sessions(&[FIRST]).seal(&long, now()).len() < 1_200);
}

proptest! {
    #[test]
    fn any_session_comes_out_as_it_went_in(sid in "[0-9a-f]{20,60}", user in "[a-z]{1,40}@[a-z]{1,20}\\.example", name in "\\PC{0,60}") {
        let sessions = sessions(&[FIRST]);
        let session = session(&sid, &user, &name);
        let header = sessions.seal(&session, now());
        prop_assert_eq!(sessions.open([cookie(&header).as_str()], now()), Ok(session));
    }

    #[test]
    fn a_cookie_that_was_changed_anywhere_is_no_session(at in 0usize..200, put in "[A-Za-z0-9+/]") {
        let sessions = sessions(&[FIRST]);
        let sealed = cookie(&sessions.seal(&anna(), now()));
        let start = "__Host-quayfront=".len();
        let at = start + at % (sealed.len() - start);
        prop_assume!(&sealed[at..=at] != put.as_str());
        let changed = format!("{}{put}{}", &sealed[..at], &sealed[at + 1..]);
        prop_assert!(sessions.open([changed.as_str()], now()).is_err());
    }

    #[test]
    fn any_cookie_header_is_read_without_panic(header in "\\PC{0,200}") {
        let _ = sessions(&[FIRST]).open([header.as_str(), &format!("__Host-quayfront={header}")], now());
    }
}
