//! What a file is called: the name it was uploaded with, made harmless.

use std::fmt;

use serde::Serialize;

use crate::frappe::FilePath;

/// The longest name, in bytes: file systems take 255, and a browser or an archive may add to it.
const LONGEST: usize = 180;

/// The longest ending that is kept when a name is cut.
const LONGEST_ENDING: usize = 12;

/// A file's name as people have it on their disks: umlauts, quotes, `№` and emoji are kept.
///
/// No slashes, no control characters, none that turn the direction of writing (which make `exe.pdf` of
/// `fdp.exe`), none that cannot be seen; no dots or spaces at its ends; never empty, never long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct FileName(String);

impl FileName {
    /// The name that a file was uploaded with; where that is nothing, the last part of its path.
    #[must_use]
    pub fn of(uploaded: &str, path: &FilePath) -> Self {
        let last = path.as_str().rsplit('/').next().unwrap_or_default();
        [uploaded, last]
            .into_iter()
            .find_map(clean)
            .map_or_else(|| Self("file".to_owned()), Self)
    }

    /// The text as such a name; `None` where nothing of it is left.
    #[must_use]
    pub fn cleaned(text: &str) -> Option<Self> {
        clean(text).map(Self)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name in front of its ending, and the ending with its dot; which may be empty.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        parts(&self.0)
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn parts(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= LONGEST_ENDING => name.split_at(dot),
        _ => (name, ""),
    }
}

fn clean(text: &str) -> Option<String> {
    let kept: String = text
        .chars()
        .filter(|letter| !letter.is_control() && !is_unseen(*letter))
        .map(|letter| {
            if matches!(letter, '/' | '\\') {
                '_'
            } else {
                letter
            }
        })
        .collect();
    let is_edge = |letter: char| letter == '.' || letter.is_whitespace();
    let name = kept.trim_matches(is_edge);
    let (stem, ending) = parts(name);
    let mut end = stem.len().min(LONGEST - ending.len());
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = stem[..end].trim_end_matches(is_edge);
    (!stem.is_empty()).then(|| format!("{stem}{ending}"))
}

/// Letters that are not seen, or turn the direction of those around them. The joiner of emoji is
/// kept.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(uploaded: &str) -> String {
        let path = FilePath::parse("/private/files/lies-here.pdf").expect("a path");
        FileName::of(uploaded, &path).to_string()
    }

    #[test]
    fn a_name_is_kept_as_people_wrote_it() {
        for kept in [
            "POD TRJ000000859.pdf",
            "Größe & Maß №1 (final).pdf",
            "Foto \"Übergabe\" 📦 👩‍🚚.png",
            "L'été – 50% #1?.pdf",
            "تسليم.pdf",
            "README",
        ] {
            assert_eq!(name(kept), kept);
        }
    }

    #[test]
    fn tricks_are_taken_out_of_a_name() {
        for (trick, harmless) in [
            ("../../etc/passwd", "_._etc_passwd"),
            ("..\\..\\boot.ini", "_.._boot.ini"),
            ("/", "_"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\0b\r\nc.pdf", "abc.pdf"),
            ("report.pdf\u{200b}.exe ", "report.pdf.exe"),
            (".htaccess", "htaccess"),
            (" . . ", "lies-here.pdf"),
            ("", "lies-here.pdf"),
            ("name.pdf...", "name.pdf"),
        ] {
            assert_eq!(name(trick), harmless, "{trick:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_and_keeps_its_ending() {
        let long = name(&format!("{}.pdf", "ü".repeat(300)));
        assert!(long.len() <= LONGEST && long.ends_with("ü.pdf"), "{long}");
    }

    proptest! {
        #[test]
        fn whatever_it_was_called_a_name_is_one_harmless_part_of_a_path(text in any::<String>()) {
            let name = name(&text);
            prop_assert!(!name.is_empty() && name.len() <= LONGEST + LONGEST_ENDING);
            let bad = ['/', '\\', '\0', '\n', '\r', '\u{202e}'];
            prop_assert!(!name.contains(bad));
            prop_assert!(!name.starts_with('.') && !name.ends_with('.') && name.trim() == name);
        }
    }
}
