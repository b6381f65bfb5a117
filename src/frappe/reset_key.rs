//! The one-time secret that lets whoever holds it set a user's password.
//!
//! It comes out of the address of one of Frappe's mails or out of an expired password's sign-in,
//! and goes back to Frappe once. Like a sid it never shows what it holds.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::names::NotAName;

/// Frappe's own keys are 56 letters and digits; this leaves room for another kind.
const LONGEST: usize = 200;

/// A key to set a new password with (`reset_password_ok`, `forced_reset_login`).
#[derive(Clone)]
pub struct ResetKey(SecretString);

impl ResetKey {
    /// Takes a key out of an address: 1 to 200 visible ASCII characters. Says nothing about whether
    /// Frappe knows it.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let fits =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(NotAName {
                expected: "a key to set a new password with",
            })
        }
    }

    /// The secret itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What stands for this key where it is remembered that it was used.
    #[must_use]
    pub fn digest(&self) -> ResetKeyDigest {
        ResetKeyDigest(Sha256::digest(self.expose()).into())
    }
}

impl fmt::Debug for ResetKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResetKey(…)")
    }
}

/// The SHA-256 of a key. That is what Frappe stores of it too, so it is no secret to set a password
/// with, but it is not shown either.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResetKeyDigest([u8; 32]);

impl ResetKeyDigest {
    /// The digest's bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for ResetKeyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ResetKeyDigest(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_a_short_run_of_visible_ascii() {
        for good in ["a", "deadbeef", "A-b_c.~!", &"k".repeat(200)] {
            assert_eq!(ResetKey::parse(good).unwrap().expose(), good);
        }
        for bad in ["", " ", "a b", "a\nb", "ä", "a\u{7f}", &"k".repeat(201)] {
            assert!(ResetKey::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn two_keys_have_two_digests_and_one_key_has_one() {
        let digest = |text| ResetKey::parse(text).unwrap().digest();
        assert_eq!(digest("deadbeef"), digest("deadbeef"));
        assert_ne!(digest("deadbeef"), digest("deadbeee"));
    }

    proptest! {
        #[test]
        fn a_key_never_appears_in_debug(text in "[a-z0-9]{8,60}") {
            let key = ResetKey::parse(&text).unwrap();
            let shown = format!("{key:?} {:?}", key.digest());
            prop_assert!(!shown.contains(&text));
        }
    }
}
