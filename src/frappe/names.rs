//! Frappe's names as types, parsed once where they come in.
//!
//! Each promises that what it holds can stand where Frappe expects such a name: in a path, in a
//! list of fields, in a header. None of them says that the thing exists, and none changes what was
//! given: names are kept, and compared, letter by letter. MariaDB compares them without case
//! (`list_customer_wrong_case`, `doc_transport_job_lowercase_name`); what follows from that is
//! for the caller to decide. A clone shares its letters with the name that it is of.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest name that Frappe stores (`name` is a `varchar(140)`), in characters.
const LONGEST: usize = 140;

/// A text that is no such name. Says which kind was expected, not what was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {expected}")]
pub struct NotAName {
    /// What would have been accepted, with its article.
    pub expected: &'static str,
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as it is, if it is such a name.
            pub fn parse(text: &str) -> Result<Self, NotAName> {
                let accepts: fn(&str) -> bool = $accepts;
                if accepts(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(NotAName { expected: $expected })
                }
            }

            /// The name as it was given.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotAName;

            fn try_from(text: String) -> Result<Self, NotAName> {
                Self::parse(&text)
            }
        }

        impl FromStr for $name {
            type Err = NotAName;

            fn from_str(text: &str) -> Result<Self, NotAName> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }

        // A name is ordered and hashed as its letters are, so they find it.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({:?})", stringify!($name), self.0)
            }
        }
    };
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= LONGEST
}

fn has_no_control_characters(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

name!(
    /// The name of a DocType: `Transport Job`.
    DocType,
    "a DocType: 1 to 140 characters without slashes, backticks or control characters, and without spaces at its ends",
    |text| {
        !text.is_empty()
            && text.trim() == text
            && text != "."
            && text != ".."
            && is_short(text)
            && has_no_control_characters(text)
            && !text.contains(['/', '\\', '`'])
    }
);

name!(
    /// The name of a field: small letters, digits and underscores, and nothing else. Frappe executes
    /// `fields` and `order_by` nearly as given (`list_function_sleep`), so nothing else is a field here.
    FieldName,
    "a field name: small letters, digits and underscores",
    |text| {
        !text.is_empty()
            && text.len() <= LONGEST
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    }
);

impl FieldName {
    /// The field `name`, which every document has and no two documents of a DocType share.
    #[must_use]
    pub fn name() -> Self {
        Self("name".into())
    }

    /// The field `parent` of a child table's row: the name of the document that it stands in.
    #[must_use]
    pub fn parent() -> Self {
        Self("parent".into())
    }

    /// The field `parenttype` of a child table's row: that document's DocType.
    #[must_use]
    pub fn parenttype() -> Self {
        Self("parenttype".into())
    }

    /// The field `parentfield` of a child table's row: that document's Table field.
    #[must_use]
    pub fn parentfield() -> Self {
        Self("parentfield".into())
    }

    /// The field `idx` of a child table's row: its place, from 1.
    #[must_use]
    pub fn idx() -> Self {
        Self("idx".into())
    }
}

name!(
    /// The name of a document, which may hold spaces, slashes, quotes, umlauts (`doc_item_slash_name`).
    /// What is empty, `.` or `..`, too long or holds control characters is the name of nothing.
    DocumentName,
    "a document name: 1 to 140 characters without control characters, and neither . nor ..",
    |text| {
        !text.is_empty()
            && text != "."
            && text != ".."
            && is_short(text)
            && has_no_control_characters(text)
    }
);

name!(
    /// The name of an ERPNext Customer. Never empty: an empty customer belongs to nobody.
    CustomerName,
    "a customer: a text that is not empty",
    |text| !text.trim().is_empty()
);

name!(
    /// The name of an ERPNext Customer Group.
    CustomerGroup,
    "a customer group: a text that is not empty",
    |text| !text.trim().is_empty()
);

name!(
    /// The name of a Role.
    RoleName,
    "a role: a text that is not empty",
    |text| !text.trim().is_empty()
);

name!(
    /// A user as Frappe names one: nearly always an e-mail address in small letters. Never Guest,
    /// who is nobody.
    UserId,
    "a user: 1 to 140 characters without spaces at the ends or control characters, and not Guest",
    |text| {
        !text.is_empty()
            && text != "Guest"
            && text.trim() == text
            && is_short(text)
            && has_no_control_characters(text)
    }
);

name!(
    /// The name of a site of a bench, as `X-Frappe-Site-Name` carries it.
    SiteName,
    "a site name: letters, digits, dots, hyphens and underscores",
    |text| {
        !text.is_empty()
            && text.len() <= 255
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_small_letters_digits_and_underscores_and_nothing_else() {
        for good in ["name", "customer_ref_no", "field2", "_user_tags"] {
            assert_eq!(FieldName::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "Name",
            "a.b",
            "a b",
            "a desc",
            "`a`",
            "(select 1)",
            "a,b",
            "naïve",
            "*",
        ] {
            assert!(FieldName::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_document_name_may_hold_what_frappe_allows_and_never_leaves_its_path_segment() {
        for good in [
            "TRJ000000004",
            "a/b",
            "Zoë & Söhne № 7",
            "50% \"off\"",
            "...",
        ] {
            assert_eq!(DocumentName::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a\nb", "a\0", "a\u{7f}"] {
            assert!(DocumentName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(DocumentName::parse(&"ü".repeat(140)).is_ok());
        assert!(DocumentName::parse(&"ü".repeat(141)).is_err());
    }

    #[test]
    fn an_empty_customer_is_no_customer() {
        assert!(CustomerName::parse("").is_err());
        assert!(CustomerName::parse(" \t").is_err());
        assert_ne!(
            CustomerName::parse("Acme Foods").unwrap(),
            CustomerName::parse("acme foods").unwrap()
        );
    }

    #[test]
    fn guest_is_no_user() {
        assert!(UserId::parse("Guest").is_err());
        assert!(UserId::parse("").is_err());
        assert!(UserId::parse("Administrator").is_ok());
    }

    #[test]
    fn names_are_checked_when_they_are_deserialized() {
        assert!(serde_json::from_str::<FieldName>("\"name desc\"").is_err());
        let name: DocType = serde_json::from_str("\"Transport Job\"").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"Transport Job\"");
    }
}
