//! Words about new passwords.

use secrecy::{ExposeSecret, SecretString};

use crate::frappe::{Advice, PasswordAdvice};
use crate::views::context::Problem;

/// What is told of one longer than [`crate::frappe::LONGEST_NEW_PASSWORD`].
pub const TOO_LONG: &str = "That password is longer than we can take: at most 128 characters, please. Four or five words that do not belong together are plenty.";

/// Whether a new password was typed, twice the same.
///
/// # Errors
/// What is wrong, in words.
pub fn check_pair(new: &SecretString, again: &SecretString) -> Result<(), &'static str> {
    if new.expose_secret().is_empty() {
        return Err("Please type a new password.");
    }
    if new.expose_secret() != again.expose_secret() {
        return Err("The two new passwords are not the same. Please type both again.");
    }
    Ok(())
}

/// What is told of a weak password.
pub fn weak(advice: &PasswordAdvice) -> Problem {
    let text = if advice.is_empty() {
        "That password is too easy to guess. A longer one would be better: three or four words that do not belong together."
    } else {
        "That password is too easy to guess."
    };
    Problem {
        text: text.to_owned(),
        details: advice
            .iter()
            .map(|advice| sentence(advice).to_owned())
            .collect(),
    }
}

const fn sentence(advice: Advice) -> &'static str {
    match advice {
        Advice::Common => "It is one of the passwords that everybody tries first.",
        Advice::LikeCommon => "It is much like a password that everybody tries.",
        Advice::SingleWord => "A single word is easy to guess.",
        Advice::Names => "Names are easy to guess.",
        Advice::KeyboardPattern => "Keys that lie next to each other are easy to guess.",
        Advice::Repeats => "Saying the same again and again makes it longer, but hardly better.",
        Advice::Sequence => "Sequences such as abc or 6543 are easy to guess.",
        Advice::Dates => "Dates and years are easy to guess.",
        Advice::Capitals => "Capitals alone do not make it much better.",
        Advice::Substitutions => "Nor do digits or signs in the place of letters, as @ for a.",
        Advice::MoreWords => "Add a word or two, the less common the better.",
    }
}
