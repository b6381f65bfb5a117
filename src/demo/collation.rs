//! How the site's database compares text: `MariaDB`'s `utf8mb4_unicode_ci`.
//!
//! Case and accents do not count, spaces at the end do not either, and all characters outside the
//! basic plane (emoji) are one and the same. Promises equality, an order and `LIKE` that answer
//! as recorded (`list_customer_wrong_case`, `filter_like*`); the order is exact for Latin text and
//! digits and only approximate for other scripts.

use std::cmp::Ordering;

use icu_normalizer::DecomposingNormalizer;

/// Punctuation in the order of the Unicode collation table, which sorts before digits and letters.
const PUNCTUATION: &str = "\t\n\u{b}\u{c}\r \u{a0}_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$";

/// The characters of `text` as the database sees them: folded, without accents.
fn fold(text: &str) -> Vec<char> {
    let mut folded = Vec::with_capacity(text.len());
    if text.is_ascii() {
        folded.extend(text.chars().map(|character| character.to_ascii_lowercase()));
        return folded;
    }
    for character in DecomposingNormalizer::new_nfd().normalize_iter(text.chars()) {
        match character {
            '\u{300}'..='\u{36f}' => {}
            'ß' | 'ẞ' => folded.extend(['s', 's']),
            'æ' | 'Æ' => folded.extend(['a', 'e']),
            'œ' | 'Œ' => folded.extend(['o', 'e']),
            '\u{10000}'.. => folded.push('\u{fffd}'),
            other => folded.extend(other.to_lowercase()),
        }
    }
    folded
}

fn weight(character: char) -> u32 {
    const DIGITS: u32 = 100;
    const LETTERS: u32 = 200;
    const OTHERS: u32 = 1000;
    let latin = |letter: char| LETTERS + (u32::from(letter) - u32::from('a')) * 4;
    match character {
        'a'..='z' => latin(character),
        '0'..='9' => DIGITS + u32::from(character) - u32::from('0'),
        'đ' | 'ð' => latin('d') + 1,
        'ħ' => latin('h') + 1,
        'ł' => latin('l') + 1,
        'ø' => latin('o') + 1,
        'þ' => latin('z') + 1,
        _ => match PUNCTUATION.chars().position(|known| known == character) {
            Some(place) => u32::try_from(place).unwrap_or_default() + 1,
            None => OTHERS + u32::from(character),
        },
    }
}

/// What `text` is sorted and looked up by. Equal keys are equal names to the database.
pub(super) fn key(text: &str) -> Vec<u32> {
    fold(text.trim_end_matches(' '))
        .into_iter()
        .map(weight)
        .collect()
}

/// Whether `left = right`.
pub(super) fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.trim_end_matches(' '), right.trim_end_matches(' '));
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    fold(left) == fold(right)
}

/// The order of `ORDER BY` and of `<` and `>`.
pub(super) fn compare(left: &str, right: &str) -> Ordering {
    if left.is_ascii() && right.is_ascii() {
        return plain_key(left).cmp(plain_key(right));
    }
    key(left).cmp(&key(right))
}

/// The key of a text in ASCII, without a place for it: names are compared by the million.
fn plain_key(text: &str) -> impl Iterator<Item = u32> {
    text.trim_end_matches(' ')
        .chars()
        .map(|character| weight(character.to_ascii_lowercase()))
}

/// What two texts have in common that are equal to the database.
pub(super) fn folded(text: &str) -> Vec<char> {
    fold(text.trim_end_matches(' '))
}

/// A `LIKE` pattern. `%` and `_` are wildcards everywhere; Frappe doubles a backslash, so that it
/// escapes nothing (`filter_like_percent_literal`).
#[derive(Debug)]
pub(super) struct Pattern(Vec<char>);

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        Self(fold(text))
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let (pattern, text) = (&self.0, fold(text));
        let (mut at_pattern, mut at_text) = (0, 0);
        let mut resume: Option<(usize, usize)> = None;
        while at_text < text.len() {
            match pattern.get(at_pattern) {
                Some('%') => {
                    resume = Some((at_pattern + 1, at_text));
                    at_pattern += 1;
                    continue;
                }
                Some(&wanted) if wanted == '_' || wanted == text[at_text] => {
                    at_pattern += 1;
                    at_text += 1;
                    continue;
                }
                _ => {}
            }
            let Some((after_wildcard, start)) = resume else {
                return false;
            };
            at_pattern = after_wildcard;
            at_text = start + 1;
            resume = Some((after_wildcard, at_text));
        }
        pattern[at_pattern..].iter().all(|&rest| rest == '%')
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_accents_and_trailing_spaces_do_not_count() {
        assert!(equal("ACME Foods ", "acme foods"));
        assert!(equal("Müller & Söhne", "MULLER & SOHNE"));
        assert!(equal("Straße", "strasse"));
        assert!(equal("🚚", "😀"));
        assert!(!equal("Łódź", "Lodz"));
        assert!(!equal(" acme", "acme"));
    }

    proptest! {
        #[test]
        fn the_short_way_for_plain_texts_leads_where_the_long_one_does(
            left in "[ -~]{0,8} {0,2}", right in "[ -~]{0,8} {0,2}"
        ) {
            prop_assert_eq!(compare(&left, &right), key(&left).cmp(&key(&right)));
            prop_assert_eq!(equal(&left, &right), folded(&left) == folded(&right));
        }
    }

    #[test]
    fn punctuation_sorts_before_digits_and_digits_before_letters() {
        let mut names = ["b", "A", "1", "-", "ä", " x"];
        names.sort_by(|left, right| compare(left, right));
        assert_eq!(names, [" x", "-", "1", "A", "ä", "b"]);
    }

    #[test]
    fn like_knows_two_wildcards_and_no_escape() {
        let like = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        assert!(like("%po-1%", "my PO-17"));
        assert!(like("100_ off%", "100% off_100"));
        assert!(like("%%", ""));
        assert!(like("%a%b", "xxaxxb"));
        assert!(!like("a_", "a"));
        assert!(!like(r"100\%", "100%"));
        assert!(like(r"100\%", r"100\x"));
    }
}
