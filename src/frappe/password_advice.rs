//! Why Frappe holds a password to be too weak, without Frappe's words.
//!
//! Frappe scores passwords with zxcvbn and answers one or more fixed sentences in one text
//! (`update_password_weak`). Each sentence that is known here stands for an [`Advice`]; of what is not
//! known nothing goes further. The sentences are those of `frappe/utils/password_strength.py`, in
//! the language that every question asks for.

/// What would make a password better; empty where Frappe said nothing that is known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PasswordAdvice(Vec<Advice>);

/// One thing that is wrong with a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Advice {
    /// It is one of the passwords that everybody tries.
    Common,
    /// It resembles one of those.
    LikeCommon,
    /// It is a single word.
    SingleWord,
    /// It is, or holds, somebody's name.
    Names,
    /// Its keys lie next to each other.
    KeyboardPattern,
    /// It says the same again and again.
    Repeats,
    /// It counts up or down: abc, 6543.
    Sequence,
    /// It is, or holds, a date or a year.
    Dates,
    /// Capitals alone do not help.
    Capitals,
    /// Nor do digits and signs in the place of letters.
    Substitutions,
    /// It is too short: more words would help.
    MoreWords,
}

/// What each of Frappe's sentences holds that no other does, and what it says.
#[rustfmt::skip]
const SENTENCES: &[(&str, Advice)] = &[
    ("top-10 common password", Advice::Common),
    ("top-100 common password", Advice::Common),
    ("very common password", Advice::Common),
    ("similar to a commonly used password", Advice::LikeCommon),
    ("A word by itself is easy to guess", Advice::SingleWord),
    ("Names and surnames by themselves", Advice::Names),
    ("Common names and surnames", Advice::Names),
    ("keyboard pattern", Advice::KeyboardPattern),
    ("Straight rows of keys", Advice::KeyboardPattern),
    ("Repeats like", Advice::Repeats),
    ("avoid repeated words and characters", Advice::Repeats),
    ("Avoid sequences like", Advice::Sequence),
    ("Recent years are easy to guess", Advice::Dates),
    ("Avoid recent years", Advice::Dates),
    ("years that are associated with you", Advice::Dates),
    ("Dates are often easy to guess", Advice::Dates),
    ("Capitalization doesn't help", Advice::Capitals),
    ("All-uppercase is almost as easy", Advice::Capitals),
    ("Predictable substitutions like", Advice::Substitutions),
    ("add a few more letters or another word", Advice::MoreWords),
    ("Use a few words, avoid common phrases", Advice::MoreWords),
];

impl PasswordAdvice {
    /// Each advice once, in the order of [`Advice`].
    pub fn iter(&self) -> impl Iterator<Item = Advice> {
        self.0.iter().copied()
    }

    /// Whether nothing is known but that the password is too weak.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What a text of Frappe's says.
    pub(super) fn from_text(text: &str) -> Self {
        let known = SENTENCES.iter();
        let said = known.filter(|(sentence, _)| text.contains(sentence));
        said.map(|(_, advice)| *advice).collect()
    }
}

impl FromIterator<Advice> for PasswordAdvice {
    fn from_iter<I: IntoIterator<Item = Advice>>(advice: I) -> Self {
        let mut advice: Vec<Advice> = advice.into_iter().collect();
        advice.sort_unstable();
        advice.dedup();
        Self(advice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<Advice> {
        PasswordAdvice::from_text(text).iter().collect()
    }

    #[test]
    fn each_sentence_of_frappes_says_one_thing() {
        for (text, advice) in [
            ("This is a top-10 common password.", Advice::Common),
            ("This is a top-100 common password.", Advice::Common),
            ("This is a very common password.", Advice::Common),
            (
                "This is similar to a commonly used password.",
                Advice::LikeCommon,
            ),
            ("A word by itself is easy to guess.", Advice::SingleWord),
            (
                "Names and surnames by themselves are easy to guess.",
                Advice::Names,
            ),
            (
                "Common names and surnames are easy to guess.",
                Advice::Names,
            ),
            (
                "Short keyboard patterns are easy to guess Make use of longer keyboard patterns",
                Advice::KeyboardPattern,
            ),
            (
                "Straight rows of keys are easy to guess Try to use a longer keyboard pattern with more turns",
                Advice::KeyboardPattern,
            ),
            (
                "Repeats like \"aaa\" are easy to guess Let's avoid repeated words and characters",
                Advice::Repeats,
            ),
            (
                "Repeats like \"abcabcabc\" are only slightly harder to guess than \"abc\" Try to avoid repeated words and characters",
                Advice::Repeats,
            ),
            (
                " Avoid sequences like abc or 6543 as they are easy to guess",
                Advice::Sequence,
            ),
            (
                "Recent years are easy to guess. Avoid recent years. Avoid years that are associated with you.",
                Advice::Dates,
            ),
            (
                "Dates are often easy to guess. Avoid dates and years that are associated with you.",
                Advice::Dates,
            ),
            ("Capitalization doesn't help very much.", Advice::Capitals),
            (
                "All-uppercase is almost as easy to guess as all-lowercase.",
                Advice::Capitals,
            ),
            (
                "Predictable substitutions like '@' instead of 'a' don't help very much.",
                Advice::Substitutions,
            ),
            (
                " Better add a few more letters or another word",
                Advice::MoreWords,
            ),
            (
                " Use a few words, avoid common phrases. No need for symbols, digits, or uppercase letters.",
                Advice::MoreWords,
            ),
        ] {
            assert_eq!(said(text), [advice], "{text}");
        }
    }

    #[test]
    fn several_sentences_say_several_things_each_once() {
        let text = "This is a top-10 common password. All-uppercase is almost as easy to guess as \
            all-lowercase. Capitalization doesn't help very much.";
        assert_eq!(said(text), [Advice::Common, Advice::Capitals]);
    }

    #[test]
    fn what_is_not_known_says_nothing() {
        assert!(PasswordAdvice::from_text("").is_empty());
        assert!(PasswordAdvice::from_text("Dit wachtwoord is te zwak, Anna").is_empty());
    }
}
