//! What is wrong with the settings, in one message: the file (or variable), the key, what was
//! found, what is accepted.

use std::path::Path;

use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Map};
use figment::{Figment, Metadata, Profile, Provider};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// Reads TOML into its form; `name` is what errors call it.
    ///
    /// # Errors
    /// When the text is not TOML or not of that form.
    pub fn read_toml<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, Self> {
        Figment::from(Named::new(name, Toml::string(text)))
            .extract()
            .map_err(|problem| Self::wrong(name, problem))
    }

    /// A file that cannot be read.
    #[must_use]
    pub fn unreadable(file: &Path, problem: &std::io::Error) -> Self {
        Self(format!(
            "{}: the file cannot be read: {problem}; accepted is a TOML file as those in config/",
            file.display()
        ))
    }

    /// A value that contradicts another, or what only the reader of the key can tell.
    #[must_use]
    pub fn contradiction(place: &str, key: &str, found: &str, accepted: &str) -> Self {
        Self(format!(
            "{place}: {key}: found {found}; accepted is {accepted}"
        ))
    }

    /// Turns Figment's account into one line; `file` is named where no layer set the key.
    #[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
    pub(super) fn wrong(file: &str, problem: figment::Error) -> Self {
        let place = problem
            .metadata
            .as_ref()
            .map_or_else(|| file.to_owned(), |layer| layer.name.to_string());
        let mut path = problem.path.clone();
        let told = match &problem.kind {
            Kind::MissingField(field) => {
                path.push(field.to_string());
                "found nothing; this key has no default, config/quayfront.toml explains it"
                    .to_owned()
            }
            Kind::UnknownField(field, known) => {
                path.retain(|part| part != field);
                path.push(field.clone());
                format!("found an unknown key; accepted are {}", known.join(", "))
            }
            Kind::UnknownVariant(found, known) => {
                format!("found {found:?}; accepted is one of {}", known.join(", "))
            }
            Kind::InvalidType(found, accepted) | Kind::InvalidValue(found, accepted) => {
                format!("found {found}; accepted is {accepted}")
            }
            other => other.to_string(),
        };
        let variable = place.contains("environment");
        let key = if variable {
            format!("QUAYFRONT_{}", path.join("__").to_uppercase())
        } else {
            path.join(".")
        };
        let place = if variable {
            "the environment"
        } else {
            place.as_str()
        };
        if key.is_empty() {
            Self(format!("{place}: {told}"))
        } else {
            Self(format!("{place}: {key}: {told}"))
        }
    }
}

/// A layer with a name of its own, so that errors can tell where a value came from.
pub(super) struct Named<P> {
    name: String,
    provider: P,
}

impl<P> Named<P> {
    pub(super) fn new(name: impl Into<String>, provider: P) -> Self {
        Self {
            name: name.into(),
            provider,
        }
    }
}

impl<P: Provider> Provider for Named<P> {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::error::Result<Map<Profile, Dict>> {
        self.provider.data()
    }
}
