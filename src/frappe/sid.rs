//! The secret that a Frappe session is: whoever holds a sid is the user.
//!
//! A [`Sid`] never shows what it holds, neither in logs nor in errors; only [`Sid::expose`] does,
//! for the one header and the one sealed cookie it belongs into. Memory is keyed by its
//! [`SidDigest`], from which no sid can be had again.

use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::names::NotAName;

/// A session of Frappe's. Never `Guest`, which is Frappe's word for *not signed in*
/// (`twofa_cookie_before_otp`), and never anything that could leave its place in a header.
#[derive(Clone)]
pub struct Sid(Arc<(SecretString, SidDigest)>);

impl Sid {
    /// Takes a sid out of a cookie.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let fits = (1..=200).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if fits && text != "Guest" {
            let digest = SidDigest(Sha256::digest(text).into());
            Ok(Self(Arc::new((text.into(), digest))))
        } else {
            Err(NotAName {
                expected: "the sid of a session",
            })
        }
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.0.expose_secret()
    }

    /// What stands for this sid where something is remembered about it.
    #[must_use]
    pub fn digest(&self) -> SidDigest {
        self.0.1
    }
}

impl PartialEq for Sid {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Sid {}

impl fmt::Debug for Sid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sid(…)")
    }
}

/// The SHA-256 of a sid.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SidDigest([u8; 32]);

impl SidDigest {
    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for SidDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SidDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn guest_and_nothing_are_no_sids() {
        assert!(Sid::parse("Guest").is_err());
        assert!(Sid::parse("").is_err());
    }

    #[test]
    fn a_sid_cannot_leave_its_place_in_a_header() {
        for bad in ["a;b", "a b", "a\r\nb", "a,b", "a=b", "ä", "a%3Bb"] {
            assert!(Sid::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_sid_never_appears_in_debug(text in "[a-z0-9]{8,60}") {
            let sid = Sid::parse(&text).unwrap();
            let shown = format!("{sid:?} {:?}", sid.digest());
            prop_assert!(!shown.contains(&text));
            prop_assert_eq!(sid.expose(), text);
        }
    }
}
