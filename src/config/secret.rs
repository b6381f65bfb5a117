//! Secrets in settings: written in place, or in a file of their own. Never printed.

use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use serde::de::{Deserializer, Error, Unexpected};
use serde::{Deserialize, Serialize, Serializer};

/// A secret: the text itself, or `{ file = "…" }`, whose content (trimmed) is the secret.
#[derive(Clone, Debug)]
pub struct SecretSource(SecretString);

impl SecretSource {
    /// The secret.
    #[must_use]
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl Serialize for SecretSource {
    /// That there is one, and nothing of it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("set, and not shown")
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(SecretString),
    File(InFile),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InFile {
    file: PathBuf,
}

impl Written {
    fn read<E: Error>(self) -> Result<SecretString, E> {
        let secret = match self {
            Self::Text(secret) => secret,
            Self::File(InFile { file }) => match std::fs::read_to_string(&file) {
                Ok(content) => SecretString::from(content.trim()),
                Err(problem) => {
                    let found = format!("{}, which cannot be read: {problem}", file.display());
                    return Err(E::invalid_value(
                        Unexpected::Other(&found),
                        &"a readable file with the secret",
                    ));
                }
            },
        };
        if secret.expose_secret().is_empty() {
            return Err(E::invalid_value(
                Unexpected::Other("an empty secret"),
                &ACCEPTED,
            ));
        }
        Ok(secret)
    }
}

const ACCEPTED: &str = "the secret as text, or { file = \"…\" } with the secret in it";

impl<'de> Deserialize<'de> for SecretSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value itself must not stand in the message, so Serde's own account is not used.
        let written = Written::deserialize(deserializer)
            .map_err(|_| D::Error::invalid_value(Unexpected::Other("something else"), &ACCEPTED))?;
        written.read().map(Self)
    }
}

/// The keys that seal the session cookie. The first seals; all of them open.
#[derive(Clone)]
pub struct SessionKeys(Vec<cookie::Key>);

impl std::fmt::Debug for SessionKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionKeys({} of them)", self.0.len())
    }
}

impl SessionKeys {
    const ACCEPTED: &str = "one or more keys of at least 32 random bytes in base64 (`openssl rand -base64 48`), \
         each as text or { file = \"…\" }";

    /// Keys for one run: sessions sealed with them end with the process.
    #[must_use]
    pub fn random() -> Self {
        let bytes: [u8; 64] = rand::random();
        Self(vec![cookie::Key::from(&bytes)])
    }

    /// Keys from base64 text, the sealing one first; `None` if one is too short or not base64.
    pub fn parse<'a>(keys: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let keys = keys
            .into_iter()
            .map(|key| {
                let bytes = STANDARD
                    .decode(key)
                    .or_else(|_| STANDARD_NO_PAD.decode(key))
                    .ok()?;
                (bytes.len() >= 32).then(|| cookie::Key::derive_from(&bytes))
            })
            .collect::<Option<Vec<_>>>()?;
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// The key that seals.
    #[must_use]
    pub fn sealing(&self) -> &cookie::Key {
        &self.0[0]
    }

    /// The keys that open, the sealing one first.
    pub fn opening(&self) -> impl Iterator<Item = &cookie::Key> {
        self.0.iter()
    }
}

impl Serialize for SessionKeys {
    /// How many there are, and nothing of them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{} set, and not shown", self.0.len()))
    }
}

impl<'de> Deserialize<'de> for SessionKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused = |found| D::Error::invalid_value(Unexpected::Other(found), &Self::ACCEPTED);
        let written =
            Vec::<Written>::deserialize(deserializer).map_err(|_| refused("something else"))?;
        let secrets = written
            .into_iter()
            .map(Written::read)
            .collect::<Result<Vec<_>, D::Error>>()?;
        Self::parse(secrets.iter().map(ExposeSecret::expose_secret))
            .ok_or_else(|| refused("no key, or one that is too short or not base64"))
    }
}
