//! What users may change about themselves: language and time zone.
//!
//! Frappe lets a Website User write nearly every field of his own User, a new password without the
//! old one among them (`own_user_put_new_password`). So this question is made of the two fields
//! that it may carry, and of nothing else.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    client::{Caller, Client},
    error::Error,
    names::{DocumentName, NotAName},
    question::Body,
};

/// What to change; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language that Frappe speaks with the user (`own_user_put_language`).
    pub language: Option<LanguageCode>,
    /// The time zone that Frappe counts the user's hours in (`own_user_put_time_zone`).
    pub time_zone: Option<TimeZoneName>,
}

/// A Language as Frappe names one: `en`, `pt-BR`, `zh-TW`. Whether the site has it, the site says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct LanguageCode(String);

impl LanguageCode {
    /// Takes 2 to 20 ASCII letters, digits, hyphens and underscores, a letter first.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let fits = (2..=20).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAName {
                expected: "a language: 2 to 20 letters, digits, hyphens and underscores",
            })
        }
    }

    /// The code as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LanguageCode {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        Self::parse(&text)
    }
}

/// A time zone by its name in the IANA database: `Europe/Amsterdam`. Frappe stores whatever text it
/// is given, and fails later on one that it does not know, so a name is looked up first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeZoneName(String);

impl TimeZoneName {
    /// Takes a name that the time zone database knows, and spells it as the database does.
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        jiff::tz::TimeZone::get(text)
            .ok()
            .and_then(|zone| Some(Self(zone.iana_name()?.to_owned())))
            .ok_or(NotAName {
                expected: "a time zone, such as Europe/Amsterdam",
            })
    }

    /// The name as the database spells it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Client {
    /// Changes the caller's own User: these fields alone, and nothing is asked where there are none.
    /// A language that the site does not have is [`Error::Invalid`].
    pub async fn set_preferences(
        &self,
        caller: &Caller,
        preferences: &Preferences,
    ) -> Result<(), Error> {
        let language = preferences.language.as_ref().map(LanguageCode::as_str);
        let time_zone = preferences.time_zone.as_ref().map(TimeZoneName::as_str);
        let fields: Map<String, Value> = [("language", language), ("time_zone", time_zone)]
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_owned(), value?.into())))
            .collect();
        if fields.is_empty() {
            return Ok(());
        }
        let name = DocumentName::parse(caller.user.as_str()).map_err(|_| Error::NotFound)?;
        // Beside a JSON body Frappe reads no other parameters, `_lang` included; and no text of
        // this answer is read.
        let path = vec!["api", "resource", "User", name.as_str()];
        self.ask(caller, path, Body::Put(fields.into())).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_a_short_code() {
        for good in ["en", "de", "pt-BR", "zh-TW", "es_PE"] {
            assert_eq!(LanguageCode::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "e",
            "-en",
            "e n",
            "dé",
            "en/..",
            "Loading...",
            &"e".repeat(21),
        ] {
            assert!(LanguageCode::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_time_zone_is_one_that_the_database_knows() {
        for good in ["Europe/Amsterdam", "America/New_York", "UTC"] {
            assert_eq!(TimeZoneName::parse(good).unwrap().as_str(), good);
        }
        assert_eq!(
            TimeZoneName::parse("europe/amsterdam").unwrap().as_str(),
            "Europe/Amsterdam"
        );
        for bad in ["", "Mars/Olympus", "../etc/passwd", "+02:00"] {
            assert!(TimeZoneName::parse(bad).is_err(), "{bad:?}");
        }
    }
}
