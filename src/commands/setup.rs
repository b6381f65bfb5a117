//! `quayfront setup` and `quayfront link`: a plan first, and changes only after a yes.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};

use super::administrator::{self, Begun, Options, ask};
use super::printable;
use crate::admin::check::Grade;
use crate::admin::facts::Facts;
use crate::admin::plan::apply::{Done, Failed, Tools, apply};
use crate::admin::plan::{self, Choices, Kind, Step};

/// The file with the secret of webhooks.
const WEBHOOK_SECRET: &str = "quayfront_webhook_secret";
/// The file with the key of the portal's own account.
const API_KEY: &str = "quayfront_api_key";
/// The file with the secret of the portal's own account.
const API_SECRET: &str = "quayfront_api_secret";

/// What both commands take about changing.
#[derive(Clone, Debug, clap::Args)]
pub struct Changing {
    /// Do what is planned, after a yes.
    #[arg(long)]
    pub apply: bool,
    /// The yes, for who cannot be asked.
    #[arg(long, requires = "apply")]
    pub yes: bool,
}

/// What `setup` takes besides.
#[derive(Clone, Debug, clap::Args)]
pub struct SetupOptions {
    /// Kinds of steps to leave out: account, rights, user-permissions, menu, webhooks.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = kind)]
    pub without: Vec<Kind>,
    /// The address of the portal's own account; nobody has to receive mail there.
    #[arg(long, value_name = "EMAIL")]
    pub service_account: Option<String>,
    /// Where secrets that are made are written to, each into a file of its own that only its owner
    /// reads. The folder of the settings when left out.
    #[arg(long, value_name = "FOLDER")]
    pub secrets: Option<PathBuf>,
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::parse(text).ok_or_else(|| {
        let names = Kind::NAMED.map(|(name, _)| name).join(", ");
        format!("accepted are {names}")
    })
}

/// Brings a site to the state that `check` wants.
///
/// # Errors
/// When something cannot be read, or a step fails.
pub async fn setup(
    options: &Options,
    setup: &SetupOptions,
    changing: &Changing,
) -> anyhow::Result<Grade> {
    let settings_folder = options.config.parent().unwrap_or_else(|| Path::new("."));
    let folder = setup
        .secrets
        .clone()
        .unwrap_or_else(|| settings_folder.to_path_buf());
    let mut options = options.clone();
    let webhook_file = folder.join(WEBHOOK_SECRET);
    if webhook_file.is_file() && !options.webhook_secret.contains(&webhook_file) {
        options.webhook_secret.push(webhook_file.clone());
    }
    let begun = administrator::begin(&options, None).await?;
    let facts = begun.survey.read(&begun.wanted).await.context("the site")?;
    let choices = Choices {
        without: setup.without.clone(),
        account: setup.service_account.clone().unwrap_or_else(|| {
            let host = begun
                .wanted
                .public_url
                .split("://")
                .last()
                .unwrap_or_default();
            let host = host.split(':').next().unwrap_or_default();
            format!("quayfront@{host}")
        }),
        has_key: folder.join(API_SECRET).is_file(),
    };
    let steps = plan::plan(&facts, &begun.wanted, &choices);
    let hears = steps.iter().any(|step| step.kind == Kind::Webhooks);
    let secret = match begun.wanted.secrets.first() {
        Some(secret) => secret.clone(),
        None => SecretString::from(STANDARD.encode(rand::random::<[u8; 32]>())),
    };
    let is_new = begun.wanted.secrets.is_empty();
    let prepare = || {
        if hears && is_new {
            // Before any webhook carries it: what nobody can check any more is worth nothing.
            keep(&webhook_file, secret.expose_secret())?;
            say(&format!(
                "The secret of webhooks is in {}: put that file into webhooks.secrets of the settings, and start the portal again.",
                webhook_file.display()
            ))?;
        }
        Ok(())
    };
    let outcome = change(&begun, &steps, &secret, changing, prepare, |done| {
        if let Done::Key(key, secret) = done {
            keep(&folder.join(API_KEY), key)?;
            keep(&folder.join(API_SECRET), secret.expose_secret())?;
            say(&format!(
                "  In the settings: [site] api_key = \"{key}\", api_secret = {{ file = \"{}\" }}",
                folder.join(API_SECRET).display()
            ))?;
        }
        Ok(())
    })
    .await;
    let _ = begun.survey.administrator.sign_out().await;
    outcome
}

/// Connects a user to a customer.
///
/// # Errors
/// When they cannot be connected, or a step fails.
pub async fn link(
    options: &Options,
    changing: &Changing,
    user: &str,
    customer: &str,
    first_name: Option<&str>,
) -> anyhow::Result<Grade> {
    let user = administrator::user(user)?.to_string();
    let begun = administrator::begin(options, None).await?;
    let facts: Facts = begun.survey.read(&begun.wanted).await.context("the site")?;
    let named = user.split('@').next().unwrap_or_default();
    let steps = plan::link::link(&facts, &user, customer, first_name.unwrap_or(named))?;
    // No step of these makes a webhook.
    let secret = SecretString::from("");
    let outcome = change(&begun, &steps, &secret, changing, || Ok(()), |_| Ok(())).await;
    let _ = begun.survey.administrator.sign_out().await;
    outcome
}

/// Shows the plan, and does it after a yes. What was done is told step by step.
async fn change(
    begun: &Begun,
    steps: &[Step],
    webhook_secret: &SecretString,
    changing: &Changing,
    prepare: impl FnOnce() -> anyhow::Result<()>,
    mut done_with: impl FnMut(&Done) -> anyhow::Result<()>,
) -> anyhow::Result<Grade> {
    if steps.is_empty() {
        say("There is nothing to do.")?;
        return Ok(Grade::Good);
    }
    for (at, step) in steps.iter().enumerate() {
        say(&format!(
            "{}. {}\n   Now:  {}\n   Why:  {}\n   Undo: {}",
            at + 1,
            step.will,
            step.is,
            step.why,
            step.undo
        ))?;
    }
    if !changing.apply {
        say("\nNothing was changed. --apply does this.")?;
        return Ok(Grade::Warning);
    }
    if !changing.yes && ask(&format!("\nDo these {} steps? Type yes: ", steps.len()))? != "yes" {
        say("Nothing was changed.")?;
        return Ok(Grade::Warning);
    }
    prepare()?;
    let tools = Tools {
        webhook_secret: webhook_secret.clone(),
        public_url: begun.wanted.public_url.clone(),
        pause: Duration::from_secs(1),
    };
    for (at, step) in steps.iter().enumerate() {
        match apply(&begun.survey, step, &tools).await {
            Ok(done) => {
                say(&format!(
                    "Done {} of {}: {}",
                    at + 1,
                    steps.len(),
                    step.will
                ))?;
                done_with(&done)?;
            }
            Err(problem) => {
                tell_failure(steps, at, &problem)?;
                bail!("step {} of {} failed", at + 1, steps.len());
            }
        }
    }
    say("All is done. quayfront check says what is left.")?;
    Ok(Grade::Good)
}

fn tell_failure(steps: &[Step], at: usize, problem: &Failed) -> anyhow::Result<()> {
    let step = &steps[at];
    say(&format!(
        "\nFailed {} of {}: {}\n  {problem}\n  It may have been done in part. To undo it: {}",
        at + 1,
        steps.len(),
        step.will,
        step.undo
    ))?;
    if at > 0 {
        say("Done before it, and how to undo it, the last first:")?;
        for step in steps[..at].iter().rev() {
            say(&format!("  {}. {}", step.will, step.undo))?;
        }
    }
    for step in &steps[at + 1..] {
        say(&format!("Not begun: {}", step.will))?;
    }
    say("Run the command again to go on from here: what is done is not done twice.")
}

/// Writes a secret into a file of its own that only its owner reads.
fn keep(file: &Path, secret: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options
        .open(file)
        .with_context(|| format!("cannot write the secret into {}", file.display()))?;
    writeln!(opened, "{secret}")?;
    Ok(())
}

fn say(line: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", printable(line))?;
    Ok(())
}
