//! The texts of the samples, twisted the way a sample wants them.

/// How the texts of a sample are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::views) enum Words {
    /// As they are.
    Usual,
    /// Too long for any column, with and without places to break.
    Longest,
    /// With everything in them that could break out of where they stand.
    Hostile,
}

/// Appended to every text of a hostile sample.
const HOSTILE: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>\
    \"' onfocus=alert(1) {{ 7 * 7 }} {% raw %} &amp; \
    \u{202e}\u{645}\u{631}\u{62d}\u{628}\u{627} \u{1f69a}\u{2600}";

impl Words {
    /// The three ways, and what a sample made with each is called.
    pub const ALL: [(&'static str, Self); 3] = [
        ("usual", Self::Usual),
        ("longest", Self::Longest),
        ("hostile", Self::Hostile),
    ];

    /// A text.
    pub fn say(self, text: &str) -> String {
        match self {
            Self::Usual => text.to_owned(),
            Self::Longest => format!(
                "{text} of the Überseefrachtumschlaggesellschaft Nordwest-Bremerhaven & Söhne \
                 Handels- und Speditionsgesellschaft mbH \
                 {text}-WITHOUT-A-SINGLE-PLACE-TO-BREAK_0123456789"
            ),
            Self::Hostile => format!("{text}{HOSTILE}"),
        }
    }

    /// An address. Whoever makes one encodes what comes from elsewhere; quotes are tried anyway.
    pub fn href(self, path: &str) -> String {
        match self {
            Self::Usual => path.to_owned(),
            Self::Longest => format!("{path}?q={}", "0123456789".repeat(20)),
            Self::Hostile => format!("{path}?q=\"><script>alert(2)</script>'"),
        }
    }

    /// A number with so many digits.
    pub fn count(self, count: u64) -> u64 {
        match self {
            Self::Longest => 1_234_567_890,
            _ => count,
        }
    }
}
