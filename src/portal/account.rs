//! A user's own account: what of it he may see here, and what he may change.
//!
//! Frappe's User document holds far more than concerns a visitor, and lets its user write nearly all
//! of it (`own_user_doc_website_user`, `own_user_put_new_password`). Three fields of it leave this
//! module, and two go in, each as one of the declared choices or as it is already.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::{Error, Visit};
use crate::frappe::{self, Extract, FieldName, LanguageCode, Preferences, TimeZoneName};

/// What a user may see of his own account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The user's name; may be empty.
    pub full_name: String,
    /// The language as Frappe has it; empty where the site's counts.
    pub language: String,
    /// The time zone as Frappe has it; empty where the site's counts.
    pub time_zone: String,
}

/// What a user wants to be changed, as it was typed or chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted<'form> {
    /// The language.
    pub language: &'form str,
    /// The time zone.
    pub time_zone: &'form str,
}

/// What is not among the choices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// The language.
    Language,
    /// The time zone.
    TimeZone,
}

impl Account {
    /// What has to be changed for the account to be as wanted.
    ///
    /// # Errors
    /// When something is wanted that is neither one of the choices nor as it is already.
    pub fn changes(&self, wanted: &Wanted<'_>) -> Result<Preferences, NoChoice> {
        let mut changes = Preferences::default();
        if wanted.language != self.language {
            let is_one = LANGUAGES.iter().any(|(code, _)| *code == wanted.language);
            let language = LanguageCode::parse(wanted.language).ok().filter(|_| is_one);
            changes.language = Some(language.ok_or(NoChoice::Language)?);
        }
        if wanted.time_zone != self.time_zone {
            let is_one = time_zones().contains(wanted.time_zone);
            let time_zone = TimeZoneName::parse(wanted.time_zone)
                .ok()
                .filter(|_| is_one);
            changes.time_zone = Some(time_zone.ok_or(NoChoice::TimeZone)?);
        }
        Ok(changes)
    }
}

impl Visit {
    /// The user's own account, asked for each time.
    ///
    /// # Errors
    /// When the session has ended, or Frappe cannot be asked.
    pub async fn account(&self) -> Result<Account, Error> {
        self.can_ask()?;
        let parsed = |field: &str| FieldName::parse(field).ok();
        let fields = ["full_name", "language", "time_zone"].map(parsed);
        let mut extract = Extract::default();
        extract.add_fields(fields.iter().flatten().cloned());
        let user = self.portal.client().user(self.caller(), &extract).await?;
        let text = |field: Option<FieldName>| user.text(&field?).map(str::to_owned);
        let [full_name, language, time_zone] = fields.map(|field| text(field).unwrap_or_default());
        Ok(Account {
            full_name,
            language,
            time_zone,
        })
    }

    /// Changes the user's own account.
    ///
    /// # Errors
    /// [`frappe::Error::Invalid`] when the site does not have the language.
    pub async fn set_preferences(&self, changes: &Preferences) -> Result<(), frappe::Error> {
        self.can_ask()?;
        self.portal
            .client()
            .set_preferences(self.caller(), changes)
            .await
    }
}

/// The time zones to choose from: those named after a place, as the IANA database has them, and UTC.
#[must_use]
pub fn time_zones() -> &'static BTreeSet<String> {
    static ZONES: OnceLock<BTreeSet<String>> = OnceLock::new();
    const PARTS: [&str; 10] = [
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    ];
    ZONES.get_or_init(|| {
        jiff::tz::db()
            .available()
            .map(|name| name.as_str().to_owned())
            .filter(|name| {
                let part = name.split_once('/').map_or("", |(part, _)| part);
                name == "UTC" || PARTS.contains(&part)
            })
            .collect()
    })
}

/// The languages to choose from: those that Frappe ships, by their own names. Sites may have more.
#[rustfmt::skip]
pub const LANGUAGES: &[(&str, &str)] = &[
    ("af", "Afrikaans"), ("bs", "Bosanski"), ("ca", "Català"), ("cs", "Čeština"), ("da", "Dansk"),
    ("de", "Deutsch"), ("et", "Eesti"), ("en", "English"), ("en-GB", "English (United Kingdom)"),
    ("en-US", "English (United States)"), ("es", "Español"), ("es-AR", "Español (Argentina)"),
    ("es-BO", "Español (Bolivia)"), ("es-CL", "Español (Chile)"), ("es-CO", "Español (Colombia)"),
    ("es-EC", "Español (Ecuador)"), ("es-GT", "Español (Guatemala)"), ("es-MX", "Español (México)"),
    ("es-NI", "Español (Nicaragua)"), ("es-PE", "Español (Perú)"),
    ("es-DO", "Español (República Dominicana)"), ("fr", "Français"), ("hr", "Hrvatski"),
    ("id", "Indonesia"), ("is", "Íslenska"), ("it", "Italiano"), ("rw", "Kinyarwanda"),
    ("sw", "Kiswahili"), ("ku", "Kurdî"), ("lv", "Latviešu"), ("lt", "Lietuvių"), ("hu", "Magyar"),
    ("ms", "Melayu"), ("nl", "Nederlands"), ("no", "Norsk"), ("uz", "Oʻzbek"), ("pl", "Polski"),
    ("pt", "Português"), ("pt-BR", "Português (Brasil)"), ("ro", "Română"), ("sq", "Shqip"),
    ("sk", "Slovenčina"), ("sl", "Slovenščina"), ("sr-BA", "Srpski"), ("fi", "Suomi"),
    ("sv", "Svenska"), ("vi", "Tiếng Việt"), ("tr", "Türkçe"), ("el", "Ελληνικά"),
    ("bg", "Български"), ("mk", "Македонски"), ("ru", "Русский"), ("sr", "Српски"),
    ("uk", "Українська"), ("he", "עברית"), ("ar", "العربية"), ("fa", "فارسی"), ("ps", "پښتو"),
    ("ur", "اردو"), ("am", "አማርኛ"), ("mr", "मराठी"), ("hi", "हिन्दी"), ("bn", "বাংলা"),
    ("gu", "ગુજરાતી"), ("ta", "தமிழ்"), ("te", "తెలుగు"), ("kn", "ಕನ್ನಡ"), ("ml", "മലയാളം"),
    ("si", "සිංහල"), ("th", "ไทย"), ("lo", "ລາວ"), ("bo", "བོད་སྐད་"), ("my", "မြန်မာ"),
    ("km", "ខ្មែរ"), ("ko", "한국어"), ("ja", "日本語"), ("zh", "中文"), ("zh-TW", "繁體中文"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn account(language: &str, time_zone: &str) -> Account {
        Account {
            full_name: "Anna".to_owned(),
            language: language.to_owned(),
            time_zone: time_zone.to_owned(),
        }
    }

    fn wanted<'form>(language: &'form str, time_zone: &'form str) -> Wanted<'form> {
        Wanted {
            language,
            time_zone,
        }
    }

    #[test]
    fn only_what_is_to_be_different_is_changed() {
        let account = account("nl", "Europe/Amsterdam");
        let changes = account.changes(&wanted("nl", "Europe/Amsterdam"));
        assert_eq!(changes, Ok(Preferences::default()));
        let changes = account
            .changes(&wanted("de", "Europe/Amsterdam"))
            .expect("a choice");
        assert_eq!(
            changes.language.as_ref().map(LanguageCode::as_str),
            Some("de")
        );
        assert_eq!(changes.time_zone, None);
    }

    #[test]
    fn what_is_no_choice_is_refused_unless_it_is_so_already() {
        let plain = account("nl", "Europe/Amsterdam");
        for (language, zone, problem) in [
            ("tlh", "Europe/Amsterdam", NoChoice::Language),
            ("", "Europe/Amsterdam", NoChoice::Language),
            ("nl", "Mars/Olympus", NoChoice::TimeZone),
            ("nl", "Etc/GMT+3", NoChoice::TimeZone),
            ("nl", "../../etc/passwd", NoChoice::TimeZone),
            ("nl", "", NoChoice::TimeZone),
        ] {
            assert_eq!(plain.changes(&wanted(language, zone)), Err(problem));
        }
        let odd = account("tlh", "");
        assert_eq!(odd.changes(&wanted("tlh", "")), Ok(Preferences::default()));
    }

    #[test]
    fn every_choice_is_one_that_can_be_made() {
        let account = account("", "");
        for (code, _) in LANGUAGES {
            assert!(account.changes(&wanted(code, "")).is_ok(), "{code}");
        }
        assert!(time_zones().len() > 300 && time_zones().contains("Europe/Amsterdam"));
        for zone in time_zones() {
            assert!(account.changes(&wanted("", zone)).is_ok(), "{zone}");
        }
    }
}
