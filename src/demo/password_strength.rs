//! What the site says of a weak password.
//!
//! Frappe asks zxcvbn for a score and turns its reasons into fixed sentences
//! (`frappe/utils/password_strength.py`, `update_password_weak`). This stands in for it: it knows
//! the reasons and the sentences, each with a rule of thumb, and no scores.

/// The ten that everybody tries first.
const TOP_10: [&str; 10] = [
    "123456",
    "password",
    "12345678",
    "qwerty",
    "123456789",
    "12345",
    "1234",
    "111111",
    "1234567",
    "dragon",
];
const TOP_100: [&str; 12] = [
    "hello", "letmein", "monkey", "welcome", "football", "abc123", "master", "secret", "sunshine",
    "princess", "shadow", "superman",
];
const WORDS: [&str; 8] = [
    "container",
    "warehouse",
    "shipping",
    "transport",
    "harbour",
    "customer",
    "elephant",
    "chocolate",
];
const ROWS: [&str; 4] = ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"];
/// Shorter ones need no other reason.
const SHORTEST: usize = 8;

/// The sentences about a password that is too weak; `None` for one that is not.
pub(super) fn weakness(password: &str) -> Option<String> {
    let plain = password.to_lowercase();
    let with_capitals = |warning: &str| match capitals(password) {
        Some(suggestion) => format!("{warning} {suggestion}"),
        None => warning.to_owned(),
    };
    if TOP_10.contains(&plain.as_str()) {
        return Some(with_capitals("This is a top-10 common password."));
    }
    if TOP_100.contains(&plain.as_str()) {
        return Some(with_capitals("This is a top-100 common password."));
    }
    if WORDS.contains(&plain.as_str()) {
        return Some(with_capitals("A word by itself is easy to guess."));
    }
    let letters: Vec<char> = plain.chars().collect();
    let steps: Vec<i64> = letters
        .windows(2)
        .map(|pair| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0])))
        .collect();
    let says = |text: &str| Some(text.to_owned());
    if !steps.is_empty() && steps.iter().all(|step| *step == 0) {
        return says(
            "Repeats like \"aaa\" are easy to guess Let's avoid repeated words and characters",
        );
    }
    if !steps.is_empty()
        && (steps.iter().all(|step| *step == 1) || steps.iter().all(|step| *step == -1))
    {
        return says(" Avoid sequences like abc or 6543 as they are easy to guess");
    }
    if letters.len() > 3 && ROWS.iter().any(|row| row.contains(&plain)) {
        return says(
            "Straight rows of keys are easy to guess Try to use a longer keyboard pattern with more \
             turns",
        );
    }
    if looks_like_a_date(&plain) {
        return says(
            "Dates are often easy to guess. Avoid dates and years that are associated with you.",
        );
    }
    if letters.len() < SHORTEST {
        return says(" Better add a few more letters or another word");
    }
    None
}

/// What does not help: one capital in front, or no small letters at all.
fn capitals(password: &str) -> Option<&'static str> {
    let mut letters = password.chars();
    let first_is_capital = letters
        .next()
        .is_some_and(|first| first.is_ascii_uppercase());
    if first_is_capital && letters.all(|letter| !letter.is_ascii_uppercase()) {
        return Some("Capitalization doesn't help very much.");
    }
    let has_small = password.chars().any(|letter| letter.is_ascii_lowercase());
    (!has_small).then_some("All-uppercase is almost as easy to guess as all-lowercase.")
}

fn looks_like_a_date(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let rest = text.chars().filter(|letter| !letter.is_ascii_digit());
    (6..=8).contains(&digits)
        && rest.clone().count() <= 2
        && rest.into_iter().all(|letter| "-./ ".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_weak_password_is_refused_in_the_recorded_words() {
        assert_eq!(
            weakness("12345").as_deref(),
            Some(
                "This is a top-10 common password. All-uppercase is almost as easy to guess as \
                 all-lowercase."
            )
        );
        assert_eq!(
            weakness("hello").as_deref(),
            Some("This is a top-100 common password.")
        );
    }

    #[test]
    fn each_rule_says_its_own_sentence() {
        for (password, sentence) in [
            ("Password", "Capitalization doesn't help"),
            ("elephant", "A word by itself"),
            ("zzzzzzzzzz", "Repeats like"),
            ("abcdefghij", "Avoid sequences"),
            ("9876543", "Avoid sequences"),
            ("asdfghjkl", "Straight rows of keys"),
            ("24-12-1999", "Dates are often"),
            ("x7!k", "add a few more letters"),
        ] {
            let said = weakness(password).unwrap_or_default();
            assert!(said.contains(sentence), "{password}: {said}");
        }
    }

    #[test]
    fn a_long_password_of_several_words_is_taken() {
        for password in [
            "a-password-of-the-replay-26",
            "quay front 4 harbours",
            "Tr0ub4dor&3",
        ] {
            assert_eq!(weakness(password), None, "{password}");
        }
    }
}
