//! What kind of file it is: from a list, by the ending of its name.
//!
//! The type that a browser is told comes from here alone. What could run in a browser (HTML, SVG, XML,
//! scripts) is not in the list and goes out as bytes to be saved; only what is safe to look at is ever
//! shown inline.

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Media {
    /// Its media type.
    pub content_type: &'static str,
    /// What it is called on a page.
    pub label: &'static str,
    /// Whether a browser may show it, when it is asked to.
    pub is_shown: bool,
}

/// What is not in the list.
const BYTES: Media = Media {
    content_type: "application/octet-stream",
    label: "File",
    is_shown: false,
};

/// Endings, types, names, and whether a browser may show it.
const KNOWN: &[(&[&str], &str, &str, bool)] = &[
    (&["pdf"], "application/pdf", "PDF", true),
    (&["png"], "image/png", "Picture", true),
    (&["jpg", "jpeg"], "image/jpeg", "Picture", true),
    (&["gif"], "image/gif", "Picture", true),
    (&["webp"], "image/webp", "Picture", true),
    (&["tif", "tiff"], "image/tiff", "Picture", false),
    (&["heic"], "image/heic", "Picture", false),
    (&["txt", "log"], "text/plain; charset=utf-8", "Text", false),
    (&["csv"], "text/csv; charset=utf-8", "CSV", false),
    (&["doc"], "application/msword", "Word", false),
    (
        &["docx"],
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "Word",
        false,
    ),
    (&["xls"], "application/vnd.ms-excel", "Excel", false),
    (
        &["xlsx"],
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "Excel",
        false,
    ),
    (
        &["odt"],
        "application/vnd.oasis.opendocument.text",
        "Text",
        false,
    ),
    (
        &["ods"],
        "application/vnd.oasis.opendocument.spreadsheet",
        "Spreadsheet",
        false,
    ),
    (&["eml"], "message/rfc822", "E-mail", false),
    (&["msg"], "application/vnd.ms-outlook", "E-mail", false),
    (&["zip"], "application/zip", "ZIP", false),
    (&["json"], "application/json", "JSON", false),
    (&["edi"], "application/EDIFACT", "EDI", false),
    (&["mp4"], "video/mp4", "Film", false),
];

impl Media {
    /// The kind of a file of that name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let Some((_, ending)) = name.rsplit_once('.') else {
            return BYTES;
        };
        let ending = ending.to_ascii_lowercase();
        let known = KNOWN
            .iter()
            .find(|(endings, ..)| endings.contains(&ending.as_str()));
        known.map_or(BYTES, |(_, content_type, label, is_shown)| Self {
            content_type,
            label,
            is_shown: *is_shown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_run_in_a_browser_is_bytes_to_be_saved() {
        for name in [
            "a.html",
            "a.HTM",
            "a.xhtml",
            "a.svg",
            "a.xml",
            "a.js",
            "a.mjs",
            "a.swf",
            "a.hta",
            "a.exe",
            "a",
            "a.",
            "a.pdf.html",
            "pdf",
        ] {
            assert_eq!(Media::of(name), BYTES, "{name}");
        }
        assert!(!KNOWN.iter().any(|(_, kind, ..)| {
            ["html", "xml;", "svg", "script"]
                .iter()
                .any(|bad| kind.contains(bad))
        }));
    }

    #[test]
    fn only_pdf_and_pictures_are_shown() {
        for (name, shown) in [
            ("POD.pdf", true),
            ("photo.PNG", true),
            ("photo.jpeg", true),
            ("list.csv", false),
            ("notes.txt", false),
            ("film.mp4", false),
        ] {
            assert_eq!(Media::of(name).is_shown, shown, "{name}");
        }
    }
}
