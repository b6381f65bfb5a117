//! The key of the portal's own account where its files are not there: not made yet, or not any more.
//! The portal itself does not start then; administrators' commands do, for `setup` makes a new one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::Env;

use super::Settings;
use super::error::ConfigError;

/// The keys of the settings that make up the account.
const KEYS: [&str; 2] = ["site.api_key", "site.api_secret"];

/// The files of the account's key, of which at least one is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingKeys {
    /// The file that `site.api_key` names, if it names one.
    pub key: Option<PathBuf>,
    /// The file that `site.api_secret` names, if it names one.
    pub secret: Option<PathBuf>,
    /// What is not there: the key of the settings, and the file.
    pub missing: Vec<(&'static str, PathBuf)>,
}

impl MissingKeys {
    fn of(layers: &Figment) -> Option<Self> {
        let [key, secret] = KEYS.map(|name| {
            let file = layers.find_value(&format!("{name}.file")).ok()?;
            file.into_string().map(PathBuf::from)
        });
        let files = KEYS.into_iter().zip([&key, &secret]);
        let missing: Vec<_> = files
            .filter_map(|(name, file)| Some((name, file.clone()?)))
            .filter(|(_, file)| is_missing(file))
            .collect();
        (!missing.is_empty()).then_some(Self {
            key,
            secret,
            missing,
        })
    }
}

fn is_missing(file: &Path) -> bool {
    let found = std::fs::metadata(file);
    found.is_err_and(|problem| problem.kind() == ErrorKind::NotFound)
}

impl Settings {
    /// Reads settings as [`Settings::load`] does, but for the key of the portal's own account: where a
    /// file of it is not there, it is as if the settings had none.
    ///
    /// # Errors
    /// As for [`Settings::load`].
    pub fn load_without_missing_keys(
        file: &Path,
    ) -> Result<(Self, Option<MissingKeys>), ConfigError> {
        let (name, text) = Self::read(file)?;
        let mut layers = Self::layers(&name, &text, Env::prefixed("QUAYFRONT_"));
        let missing = MissingKeys::of(&layers);
        if missing.is_some() {
            // What else the settings say of an account is to be looked at as if it were there.
            for key in KEYS {
                layers = layers.merge((key, "not there"));
            }
        }
        let mut settings = Self::of_layers(&name, &layers)?;
        settings.relative_to(file.parent().unwrap_or_else(|| Path::new(".")));
        if missing.is_some() {
            settings.site.api_key = None;
            settings.site.api_secret = None;
        }
        Ok((settings, missing))
    }
}
