//! Telling a page that the file which it has asked for has come.
//!
//! A page says that a file is being made from the click on. When the file comes, the page stays, and
//! no script can see a download: so the click puts a random token into the address (`making`), and
//! whatever the answer, a cookie named after the token comes back with it. It lives for a moment, the
//! script takes it away, and nothing is ever decided by it.

use axum::http::{HeaderValue, Uri};

/// The query parameter that holds the token.
pub const PARAMETER: &str = "making";

/// The cookie that hands a token back, if there is one.
pub fn it_has_come(uri: &Uri) -> Option<HeaderValue> {
    uri.query().and_then(cookie)
}

/// The cookie for the token in a query: 16 to 32 hexadecimal digits, and nothing else.
fn cookie(query: &str) -> Option<HeaderValue> {
    let (_, token) =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == PARAMETER)?;
    let is_token = (16..=32).contains(&token.len())
        && token
            .bytes()
            .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit));
    let cookie = format!("quayfront-made-{token}=1; Path=/; Max-Age=60; SameSite=Strict");
    is_token.then(|| HeaderValue::from_str(&cookie).ok())?
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_comes_back_and_anything_else_does_not() {
        let told = |query| cookie(query).map(|cookie| cookie.to_str().expect("ASCII").to_owned());
        assert_eq!(
            told("q=x&making=0123456789abcdef").as_deref(),
            Some("quayfront-made-0123456789abcdef=1; Path=/; Max-Age=60; SameSite=Strict")
        );
        for bad in [
            "",
            "making=",
            "making=0123",
            "making=0123456789ABCDEF",
            "making=0123456789abcdef%3B",
        ] {
            assert_eq!(told(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_token_breaks_out_of_its_cookie(token in any::<String>()) {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair(PARAMETER, &token)
                .finish();
            if let Some(cookie) = cookie(&query) {
                prop_assert_eq!(cookie.to_str().expect("ASCII").matches(';').count(), 3);
            }
        }
    }
}
