//! What entries of an archive are called: safe on every system, and no two alike.
//!
//! Windows takes fewer signs than others and knows names that are devices; macOS and Windows do not
//! tell capitals apart, nor an umlaut from its two parts. So names are compared without both, and a
//! second one of a name gets a number.

use std::collections::HashSet;

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::portal::files::FileName;

/// Names of devices on Windows, which no file can have, whatever its ending.
const DEVICES: [&str; 8] = [
    "con", "prn", "aux", "nul", "com", "lpt", "conin$", "conout$",
];

/// The names of one archive.
#[derive(Debug, Default)]
pub struct Names {
    taken: HashSet<String>,
}

impl Names {
    /// The names of an archive in which one is taken.
    pub fn with(name: &str) -> Self {
        Self {
            taken: [compared(name)].into(),
        }
    }

    /// The name of the next entry, in a folder or none.
    pub fn unique(&mut self, folder: Option<&str>, name: &str) -> String {
        let name = harmless(name);
        let in_folder = |name: &str| match folder {
            Some(folder) => format!("{folder}/{name}"),
            None => name.to_owned(),
        };
        let first = in_folder(&name);
        if self.taken.insert(compared(&first)) {
            return first;
        }
        let (stem, ending) = FileName::cleaned(&name)
            .map(|name| {
                let (stem, ending) = name.parts();
                (stem.to_owned(), ending.to_owned())
            })
            .unwrap_or((name, String::new()));
        // There are as many numbers as entries, and one more.
        (2..=u32::MAX)
            .map(|number| in_folder(&format!("{stem} ({number}){ending}")))
            .find(|name| self.taken.insert(compared(name)))
            .unwrap_or(first)
    }
}

/// A name that every system takes, for a file or a folder.
pub fn harmless(name: &str) -> String {
    let cleaned = FileName::cleaned(name);
    let name = cleaned.as_ref().map_or("file", FileName::as_str);
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            '<' | '>' | ':' | '"' | '|' | '?' | '*' => '_',
            other => other,
        })
        .collect();
    let stem = plain.split('.').next().unwrap_or_default().trim_end();
    let device = stem
        .trim_end_matches(|letter: char| letter.is_ascii_digit() || "¹²³".contains(letter))
        .to_ascii_lowercase();
    if DEVICES.contains(&device.as_str()) {
        format!("_{plain}")
    } else {
        plain
    }
}

fn compared(name: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc()
        .normalize(name)
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_safe_on_every_system() {
        for (name, safe) in [
            ("Größe & Maß №1.pdf", "Größe & Maß №1.pdf"),
            ("a:b?c*d.pdf", "a_b_c_d.pdf"),
            ("\"quoted\" <x>.pdf", "_quoted_ _x_.pdf"),
            ("CON", "_CON"),
            ("con.pdf", "_con.pdf"),
            ("Com1.txt", "_Com1.txt"),
            ("LPT².pdf", "_LPT².pdf"),
            ("contract.pdf", "contract.pdf"),
            ("../../x", "_._x"),
            ("..", "file"),
            ("a/b", "a_b"),
        ] {
            assert_eq!(harmless(name), safe, "{name}");
        }
    }

    #[test]
    fn no_two_entries_are_called_alike_on_any_system() {
        let mut names = Names::default();
        let mut unique = |folder, name| names.unique(folder, name);
        assert_eq!(unique(None, "POD.pdf"), "POD.pdf");
        assert_eq!(unique(None, "pod.PDF"), "pod (2).PDF");
        assert_eq!(unique(None, "POD.pdf"), "POD (3).pdf");
        assert_eq!(unique(None, "Gr\u{fc}n"), "Gr\u{fc}n");
        assert_eq!(unique(None, "Gru\u{308}n"), "Gru\u{308}n (2)");
        assert_eq!(unique(Some("TRJ1"), "POD.pdf"), "TRJ1/POD.pdf");
        assert_eq!(unique(Some("TRJ1"), "POD.pdf"), "TRJ1/POD (2).pdf");
    }

    proptest! {
        #[test]
        fn whatever_files_are_called_entries_stay_in_their_folder_and_differ(
            all in prop::collection::vec("\\PC{0,6}|\\.\\./.{0,3}|a|A|a \\(2\\)", 0..12)
        ) {
            let mut names = Names::default();
            let mut seen = HashSet::new();
            for name in all {
                let entry = names.unique(Some("job"), &name);
                let rest = entry.strip_prefix("job/").unwrap().to_owned();
                prop_assert!(!rest.contains(['/', '\\']) && rest != ".." && !rest.is_empty());
                prop_assert!(seen.insert(entry.to_lowercase()));
            }
        }
    }
}
