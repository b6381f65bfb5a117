//! Limits of our own on tries at passwords, codes and keys, below Frappe's.
//!
//! Frappe locks an account at the eleventh wrong try within a minute, from wherever it was tried
//! (`login_locked_out_wrong_password`), and an address at the eleventh, whatever it tried
//! (`login_ip_locked_right_password`). So anybody could lock out anybody. Here less than that gets
//! through, and what does is shared out, so that one who tries keeps as few others out as can be:
//!
//! - Only what Frappe counts stays counted: a right password gives its place back. What costs without
//!   being counted there, as codes that are sent and passwords that are weighed, has limits too.
//! - At one account, one address has fewer tries than all together, so an attacker at one address
//!   leaves some to the owner at another.
//! - A browser that an account was signed in with before holds a sealed cookie that says so
//!   ([`super::known`]), and has tries of its own at that account and from its address. An attacker
//!   with many addresses can use up all others, and these not.
//! - The owner at a new browser, while an attacker with many addresses is at his account, has to wait:
//!   Frappe would lock him out too, and everybody else who is him.
//!
//! The address has its say first, and whoever is refused for his touches no account: the counters of
//! accounts are so many, and one address cannot make those of others be forgotten.
//!
//! Accounts are told apart by what was typed, so it is the same for those that exist and those that
//! do not. Nothing is kept but in this process, see [`bucket`] for how much.

mod bucket;
mod network;

use std::time::Duration;

use self::bucket::Bucket;
pub use self::network::Network;
use crate::clock::Clock;
use crate::config::SignIn;
use crate::frappe::{SidDigest, UserId};

/// What was typed as a user, as far as it can be one.
///
/// Frappe finds a user as its database compares, where case does not count, nor accents, nor
/// characters that are not seen (`login_uppercase_email`). Two spellings of one account would have
/// two limits, so only visible ASCII is taken, in which case alone is to be folded: Frappe's own
/// e-mail addresses are no more than that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed(String);

impl Typed {
    /// The longest name that Frappe has.
    const LONGEST: usize = 140;

    /// What was typed, without the spaces around it; `None` where no user can be called so.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        let fits = (1..=Self::LONGEST).contains(&text.len()) && text.bytes().all(visible);
        fits.then(|| Self(text.to_owned()))
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is how a user is called.
    pub fn is(&self, user: &UserId) -> bool {
        self.0.eq_ignore_ascii_case(user.as_str())
    }

    fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

/// All limits.
#[derive(Debug)]
pub struct Tries {
    account: Bucket,
    account_known: Bucket,
    account_from_address: Bucket,
    address: Bucket,
    address_known: Bucket,
    codes: Bucket,
    codes_known: Bucket,
    second_factors: Bucket,
    second_factors_known: Bucket,
    old_passwords: Bucket,
    old_passwords_user: Bucket,
    reset_keys: Bucket,
    reset_mails_for: Bucket,
    reset_mails_from: Bucket,
}

impl Tries {
    /// Limits of which nothing is used yet.
    pub fn new(settings: &SignIn, clock: &Clock) -> Self {
        let bucket = |allowance| Bucket::new(allowance, clock.clone());
        Self {
            account: bucket(settings.account),
            account_known: bucket(settings.account_known),
            account_from_address: bucket(settings.account_from_address),
            address: bucket(settings.address),
            address_known: bucket(settings.address_known),
            codes: bucket(settings.codes),
            codes_known: bucket(settings.codes),
            second_factors: bucket(settings.second_factors),
            second_factors_known: bucket(settings.second_factors),
            old_passwords: bucket(settings.old_passwords),
            old_passwords_user: bucket(settings.old_passwords_user),
            reset_keys: bucket(settings.reset_keys),
            reset_mails_for: bucket(settings.reset_mails),
            reset_mails_from: bucket(settings.reset_mails),
        }
    }

    /// A password is to be tried; `known` says whether the browser is one of the account's.
    pub fn password(
        &self,
        account: &Typed,
        network: Network,
        known: bool,
    ) -> Result<Try<'_>, TooMany> {
        let (account, address) = (account.key(), network.to_string());
        let both = format!("{account}\n{address}");
        let mut place = Try::default();
        place.take_one_of(
            known.then_some([(&self.address_known, address.as_str())].as_slice()),
            &[(&self.address, address.as_str())],
        )?;
        place.take_one_of(
            known.then_some([(&self.account_known, account.as_str())].as_slice()),
            &[
                (&self.account, account.as_str()),
                (&self.account_from_address, both.as_str()),
            ],
        )?;
        Ok(place)
    }

    /// A password is to be tried that may turn out right, and so begin a second factor: Frappe sends
    /// a mail or a text message each time, and counts none. It does not count where none was begun,
    /// and no more once the second factor is completed ([`Tries::completed`]).
    pub fn second_factor(&self, account: &Typed, known: bool) -> Result<Try<'_>, TooMany> {
        let account = account.key();
        let mut place = Try::default();
        place.take_one_of(
            known.then_some([(&self.second_factors_known, account.as_str())].as_slice()),
            &[(&self.second_factors, account.as_str())],
        )?;
        Ok(place)
    }

    /// A second factor that was begun is completed.
    pub fn completed(&self, account: &Typed, known: bool) {
        let bucket = if known {
            &self.second_factors_known
        } else {
            &self.second_factors
        };
        bucket.give_back(&account.key());
    }

    /// A code is to be tried, by somebody who knew the password. Frappe counts a wrong one at the
    /// account like a wrong password, and not at the address; and forgets it at the next right
    /// password, which the limit on codes does not.
    pub fn code(&self, account: &Typed, known: bool) -> Result<Try<'_>, TooMany> {
        let account = account.key();
        let mut place = Try::default();
        place.take_one_of(
            Some(&[(&self.account_known, account.as_str())]),
            &[(&self.account, account.as_str())],
        )?;
        place.take_one_of(
            known.then_some([(&self.codes_known, account.as_str())].as_slice()),
            &[(&self.codes, account.as_str())],
        )?;
        Ok(place)
    }

    /// The old password is to be tried, by a user who is signed in. Frappe counts none of these, nor
    /// new ones that it weighed and found too weak. One session has fewer than its user, so that
    /// whoever has stolen one leaves some to the owner in another.
    pub fn old_password(&self, user: &UserId, session: &SidDigest) -> Result<Try<'_>, TooMany> {
        let session = format!("{:02x?}", session.as_bytes());
        let mut place = Try::default();
        place.take_one_of(
            None,
            &[
                (&self.old_passwords, session.as_str()),
                (&self.old_passwords_user, user.as_str()),
            ],
        )?;
        Ok(place)
    }

    /// A key of a mail is to be tried. Frappe counts none of these, nor the weak passwords that came
    /// with them.
    pub fn reset_key(&self, network: Network) -> Result<Try<'_>, TooMany> {
        let mut place = Try::default();
        place.take_one_of(None, &[(&self.reset_keys, &network.to_string())])?;
        Ok(place)
    }

    /// A mail is to be asked for.
    pub fn reset_mail(&self, account: &Typed, network: Network) -> Result<Try<'_>, TooMany> {
        let mut place = Try::default();
        place.take_one_of(None, &[(&self.reset_mails_from, &network.to_string())])?;
        place.take_one_of(None, &[(&self.reset_mails_for, &account.key())])?;
        Ok(place)
    }
}

/// There may be no try now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooMany {
    /// When there may be one again, in whole seconds.
    pub seconds: u64,
}

impl TooMany {
    fn after(wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        Self {
            seconds: seconds.max(1),
        }
    }
}

/// A try that may be made. It counts, unless it is said that it does not: whoever leaves before the
/// answer has tried all the same.
#[derive(Debug, Default)]
#[must_use]
pub struct Try<'limits> {
    taken: Vec<(&'limits Bucket, String)>,
}

impl<'limits> Try<'limits> {
    /// Takes all places of `own`, or else all of `shared`; when there is neither, gives back all
    /// that was taken before.
    fn take_one_of(
        &mut self,
        own: Option<&[(&'limits Bucket, &str)]>,
        shared: &[(&'limits Bucket, &str)],
    ) -> Result<(), TooMany> {
        let Err(own) = own.map_or(Err(Duration::MAX), |own| self.take_all(own)) else {
            return Ok(());
        };
        let Err(shared) = self.take_all(shared) else {
            return Ok(());
        };
        self.give_back_from(0);
        Err(TooMany::after(own.min(shared)))
    }

    /// Takes all of these places, in their order, or none: the first that is refused ends it, and
    /// those after it are not touched.
    fn take_all(&mut self, places: &[(&'limits Bucket, &str)]) -> Result<(), Duration> {
        let before = self.taken.len();
        for (bucket, key) in places {
            if let Err(wait) = bucket.take(key) {
                self.give_back_from(before);
                return Err(wait);
            }
            self.taken.push((bucket, (*key).to_owned()));
        }
        Ok(())
    }

    fn give_back_from(&mut self, first: usize) {
        for (bucket, key) in self.taken.drain(first..) {
            bucket.give_back(&key);
        }
    }

    /// It was no wrong try: the password was right, or nobody has looked at it.
    pub fn does_not_count(mut self) {
        self.give_back_from(0);
    }
}

#[cfg(test)]
mod tests;
