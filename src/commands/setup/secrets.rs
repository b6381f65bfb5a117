//! The files that secrets go to which `setup` makes, each of which only its owner reads.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::admin::plan::KeptKey;
use crate::commands::administrator::Begun;
use crate::config::MissingKeys;
use crate::frappe::{Administrator, Client, ConnectionProblem, ServiceAccount};

/// The file with the secret of webhooks.
const WEBHOOK_SECRET: &str = "quayfront_webhook_secret";
/// The file with the key of the portal's own account.
const API_KEY: &str = "quayfront_api_key";
/// The file with the secret of the portal's own account.
const API_SECRET: &str = "quayfront_api_secret";

/// Which files they are.
#[derive(Debug)]
pub(super) struct Secrets {
    webhooks: PathBuf,
    key: PathBuf,
    secret: PathBuf,
}

/// A secret that was written into a file.
#[derive(Debug)]
pub(super) struct Kept {
    /// Where it is: told at once, because the process may be ended.
    pub(super) told: String,
    /// The lines of the settings that name the file: told at the end.
    pub(super) lines: String,
}

impl Secrets {
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self {
            webhooks: folder.join(WEBHOOK_SECRET),
            key: folder.join(API_KEY),
            secret: folder.join(API_SECRET),
        }
    }

    /// With the key where the settings look for it and it is not.
    pub(super) fn with(self, missing: Option<&MissingKeys>) -> Self {
        let of = |named: fn(&MissingKeys) -> &Option<PathBuf>| {
            missing.and_then(|keys| named(keys).clone())
        };
        Self {
            key: of(|keys| &keys.key).unwrap_or(self.key),
            secret: of(|keys| &keys.secret).unwrap_or(self.secret),
            ..self
        }
    }

    /// The file with the secret of webhooks.
    pub(super) fn of_webhooks(&self) -> &Path {
        &self.webhooks
    }

    /// Asks the site who it is that the key belongs to which was made before, if there is one.
    pub(super) async fn try_key(&self, begun: &Begun) -> anyhow::Result<KeptKey> {
        let (key, secret) = (read(&self.key)?, read(&self.secret)?);
        let (Some(key), Some(secret)) = (key, secret) else {
            return Ok(KeptKey::None);
        };
        let mut connection = begun.connection.clone();
        connection.service = Some(ServiceAccount {
            key,
            secret: SecretString::from(secret),
        });
        let client = match Client::new(connection, begun.survey.clock.clone()) {
            Ok(client) => client,
            // What no request can carry signs nobody in.
            Err(ConnectionProblem::ServiceAccount) => return Ok(KeptKey::Over),
            Err(problem) => return Err(problem.into()),
        };
        let answer = Administrator::with_key(client).user().await;
        Ok(KeptKey::tried(&answer))
    }

    /// Keeps a new secret of webhooks.
    pub(super) fn keep_webhooks(&self, secret: &SecretString) -> anyhow::Result<Kept> {
        let file = self.of_webhooks();
        write(file, secret.expose_secret(), false)?;
        let file = file.display();
        Ok(Kept {
            told: format!("The secret of webhooks is in {file}."),
            lines: format!("[webhooks]\nsecrets = [{{ file = \"{file}\" }}]"),
        })
    }

    /// Keeps a new key, in the place of one that is over.
    pub(super) fn keep_key(&self, key: &str, secret: &SecretString) -> anyhow::Result<Kept> {
        write(&self.key, key, true)?;
        write(&self.secret, secret.expose_secret(), true)?;
        let (of_key, of_secret) = (self.key.display(), self.secret.display());
        Ok(Kept {
            told: format!("    The key is in {of_key}, its secret in {of_secret}."),
            lines: format!(
                "# in the table that is there:\n[site]\napi_key = {{ file = \"{of_key}\" }}\n\
                 api_secret = {{ file = \"{of_secret}\" }}"
            ),
        })
    }
}

fn read(file: &Path) -> anyhow::Result<Option<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(problem) if problem.kind() == ErrorKind::NotFound => Ok(None),
        Err(problem) => Err(problem).with_context(|| format!("cannot read {}", file.display())),
    }
}

/// Writes a secret into a file of its own that only its owner reads. Over one that is there it is
/// written only where that is meant, and then it goes on belonging to whoever it belongs to.
fn write(file: &Path, secret: &str, over: bool) -> anyhow::Result<()> {
    let mut options = fs::OpenOptions::new();
    options
        .write(true)
        .create_new(!over)
        .create(over)
        .truncate(over);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options
        .open(file)
        .with_context(|| format!("cannot write the secret into {}", file.display()))?;
    writeln!(opened, "{secret}")?;
    Ok(())
}
