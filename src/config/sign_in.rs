//! Limits of the portal's own on tries at passwords, codes and keys, and how they stand to Frappe's.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ConfigError;

/// How many wrong tries there may be. The fields are documented in `config/quayfront.toml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The wrong tries after which the site locks an account, and an address.
    pub site_tries: u32,
    /// The time within which the site counts them.
    #[serde(with = "humantime_serde")]
    pub site_window: Duration,
    /// At one account, from all browsers that it does not know.
    pub account: Allowance,
    /// At one account, from the browsers that it was signed in with before.
    pub account_known: Allowance,
    /// At one account from one address, from browsers that it does not know.
    pub account_from_address: Allowance,
    /// From one address, at all accounts, from browsers that these do not know.
    pub address: Allowance,
    /// From one address, from browsers that were signed in with before.
    pub address_known: Allowance,
    /// Codes of the second factor, at one account.
    pub codes: Allowance,
    /// Second factors begun and not completed, at one account.
    pub second_factors: Allowance,
    /// Old passwords, in one session whose user wants a new one.
    pub old_passwords: Allowance,
    /// Old passwords, in all sessions of one user.
    pub old_passwords_user: Allowance,
    /// Keys of password mails, from one address.
    pub reset_keys: Allowance,
    /// Mails to set a new password, for one account and from one address.
    pub reset_mails: Allowance,
    /// The least time after which a sign-in is refused, counted from when it was asked for.
    #[serde(with = "humantime_serde")]
    pub refusal: Duration,
    /// For how long a browser is known to an account that was signed in with it.
    #[serde(with = "humantime_serde")]
    pub known_for: Duration,
}

/// So many tries at once, and then another one each time.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq)]
#[serde(try_from = "Written")]
pub struct Allowance {
    tries: NonZeroU32,
    #[serde(with = "humantime_serde")]
    then_every: Duration,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    tries: u32,
    #[serde(with = "humantime_serde")]
    then_every: Duration,
}

impl TryFrom<Written> for Allowance {
    type Error = String;

    fn try_from(Written { tries, then_every }: Written) -> Result<Self, String> {
        Self::new(tries, then_every).ok_or_else(|| {
            let time = humantime_serde::re::humantime::format_duration(then_every);
            format!(
                "found {tries} tries, then one every {time}; accepted are 1 to {} tries, then one every 1ms to 1day",
                Self::MOST_TRIES
            )
        })
    }
}

impl Allowance {
    const MOST_TRIES: u32 = 1_000;
    const LONGEST: Duration = Duration::from_hours(24);

    /// An allowance, unless it is none or out of all proportion.
    #[must_use]
    pub fn new(tries: u32, then_every: Duration) -> Option<Self> {
        let sensible = tries <= Self::MOST_TRIES
            && then_every >= Duration::from_millis(1)
            && then_every <= Self::LONGEST;
        let tries = NonZeroU32::new(tries).filter(|_| sensible)?;
        Some(Self { tries, then_every })
    }

    /// How many tries there may be at once.
    #[must_use]
    pub const fn tries(self) -> NonZeroU32 {
        self.tries
    }

    /// After which time there may be another one.
    #[must_use]
    pub const fn then_every(self) -> Duration {
        self.then_every
    }

    /// The most tries that any window of this length can see, its end not included.
    #[must_use]
    pub fn most_within(self, window: Duration) -> u128 {
        let further = window
            .as_nanos()
            .div_ceil(self.then_every.as_nanos())
            .saturating_sub(1);
        u128::from(self.tries.get()) + further
    }
}

impl SignIn {
    const LONGEST_REFUSAL: Duration = Duration::from_secs(10);

    /// What the limits let through together has to stay below what makes the site lock.
    pub(super) fn check(&self, name: &str) -> Result<(), ConfigError> {
        for (key, unknown, known) in [
            ("sign_in.account", self.account, self.account_known),
            ("sign_in.address", self.address, self.address_known),
        ] {
            let most = unknown.most_within(self.site_window) + known.most_within(self.site_window);
            if self.site_tries > 0 && most > u128::from(self.site_tries) {
                let window = humantime_serde::re::humantime::format_duration(self.site_window);
                return Err(ConfigError::contradiction(
                    name,
                    key,
                    &format!("{most} wrong tries within {window}, those of {key}_known included"),
                    &format!(
                        "at most {} (sign_in.site_tries): the site locks beyond that",
                        self.site_tries
                    ),
                ));
            }
        }
        if self.refusal > Self::LONGEST_REFUSAL {
            return Err(ConfigError::contradiction(
                name,
                "sign_in.refusal",
                &humantime_serde::re::humantime::format_duration(self.refusal).to_string(),
                "at most 10s: whoever mistypes waits for that long",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_a_window_can_see_is_what_is_there_at_once_and_what_comes_back_within_it() {
        let minute = Duration::from_mins(1);
        for (tries, seconds, most) in [(5, 30, 6), (3, 60, 3), (3, 61, 3), (3, 20, 5), (1, 1, 60)] {
            let allowance = Allowance::new(tries, Duration::from_secs(seconds)).expect("good");
            assert_eq!(
                allowance.most_within(minute),
                most,
                "{tries}, then every {seconds} s"
            );
        }
    }

    #[test]
    fn nothing_and_everything_are_no_allowances() {
        let second = Duration::from_secs(1);
        assert!(Allowance::new(0, second).is_none());
        assert!(Allowance::new(1_001, second).is_none());
        assert!(Allowance::new(1, Duration::ZERO).is_none());
        assert!(Allowance::new(1, Duration::from_hours(25)).is_none());
    }
}
