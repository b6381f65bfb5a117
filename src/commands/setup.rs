//! `quayfront setup` and `quayfront link`: a plan first, and changes only after a yes.

use std::io::Write;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;

mod secrets;
mod told;

use self::secrets::{Kept, Secrets};
use self::told::{say, tell_failure, tell_plan};
use super::administrator::{self, Begun, Options, ask};
use crate::admin::check::Grade;
use crate::admin::facts::Facts;
use crate::admin::plan::apply::{Done, Tools, apply};
use crate::admin::plan::{self, Choices, Kind, Step};

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

/// Brings a site to the state that `check` wants; what it plans and what was done is written to `out`.
///
/// # Errors
/// When something cannot be read, or a step fails.
pub async fn setup(
    options: &Options,
    setup: &SetupOptions,
    changing: &Changing,
    out: &mut dyn Write,
) -> anyhow::Result<Grade> {
    // The settings will name these files, and may be read from elsewhere.
    let beside = std::path::absolute(&options.config).context("--config")?;
    let folder = match (&setup.secrets, beside.parent()) {
        (Some(folder), _) => std::path::absolute(folder).context("--secrets")?,
        (None, Some(folder)) => folder.to_path_buf(),
        (None, None) => bail!("--config: found {}; accepted is a file", beside.display()),
    };
    let secrets = Secrets::in_folder(&folder);
    let mut options = options.clone();
    let of_webhooks = secrets.of_webhooks().to_path_buf();
    if of_webhooks.is_file() && !options.webhook_secret.contains(&of_webhooks) {
        options.webhook_secret.push(of_webhooks);
    }
    let begun = administrator::begin(&options, None).await?;
    let secrets = secrets.with(begun.wanted.missing_keys.as_ref());
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
        key: secrets.try_key(&begun).await?,
    };
    let steps = plan::plan(&facts, &begun.wanted, &choices);
    let widened = plan::widened(&facts, &steps);
    if !widened.is_empty() {
        say(
            out,
            &format!(
                "Careful: once role Customer may read more, Frappe shows every customer's documents to {}. \
                 Connect each with quayfront link USER CUSTOMER, or disable him, before this is done; or \
                 leave that out (--without rights).\n",
                widened.join(", ")
            ),
        )?;
    }
    let hears = steps.iter().any(|step| step.kind == Kind::Webhooks);
    let secret = match begun.wanted.secrets.first() {
        Some(secret) => secret.clone(),
        None => SecretString::from(STANDARD.encode(rand::random::<[u8; 32]>())),
    };
    let is_new = begun.wanted.secrets.is_empty();
    let prepare = || {
        if hears && is_new {
            // Before any webhook carries it: what nobody can check any more is worth nothing.
            return secrets.keep_webhooks(&secret).map(Some);
        }
        Ok(None)
    };
    let keep_key = |done: &Done| {
        let Done::Key(key, secret) = done else {
            return Ok(None);
        };
        secrets.keep_key(key, secret).map(Some)
    };
    let outcome = change(&begun, &steps, &secret, changing, prepare, keep_key, out).await;
    let _ = begun.survey.administrator.sign_out().await;
    outcome
}

/// Connects a user to a customer; what it plans and what was done is written to `out`.
///
/// # Errors
/// When they cannot be connected, or a step fails.
pub async fn link(
    options: &Options,
    changing: &Changing,
    user: &str,
    customer: &str,
    first_name: Option<&str>,
    out: &mut dyn Write,
) -> anyhow::Result<Grade> {
    let user = administrator::user(user)?.to_string();
    let begun = administrator::begin(options, None).await?;
    let facts: Facts = begun.survey.read(&begun.wanted).await.context("the site")?;
    let named = user.split('@').next().unwrap_or_default();
    let steps = plan::link::link(&facts, &user, customer, first_name.unwrap_or(named))?;
    // No step of these makes a webhook.
    let secret = SecretString::from("");
    let (nothing, none) = (|| Ok(None), |_: &Done| Ok(None));
    let outcome = change(&begun, &steps, &secret, changing, nothing, none, out).await;
    let _ = begun.survey.administrator.sign_out().await;
    outcome
}

/// Shows the plan, and does it after a yes. What was done is told step by step, so that it is known
/// also when the process is ended midway; the lines for the settings of what `prepare` and `keep` have
/// kept are told at the end, also where a step fails.
async fn change(
    begun: &Begun,
    steps: &[Step],
    webhook_secret: &SecretString,
    changing: &Changing,
    prepare: impl FnOnce() -> anyhow::Result<Option<Kept>>,
    keep: impl Fn(&Done) -> anyhow::Result<Option<Kept>>,
    out: &mut dyn Write,
) -> anyhow::Result<Grade> {
    if steps.is_empty() {
        say(out, "There is nothing to do.")?;
        return Ok(Grade::Good);
    }
    tell_plan(out, steps, &begun.wanted.hook())?;
    if !changing.apply {
        say(out, "\nNothing was changed. --apply does this.")?;
        return Ok(Grade::Warning);
    }
    if !changing.yes && ask(&format!("\nDo these {} steps? Type yes: ", steps.len()))? != "yes" {
        say(out, "Nothing was changed.")?;
        return Ok(Grade::Warning);
    }
    let mut lines: Vec<String> = Vec::new();
    if let Some(Kept { told, lines: new }) = prepare()? {
        say(out, &told)?;
        lines.push(new);
    }
    let tools = Tools {
        webhook_secret: webhook_secret.clone(),
        public_url: begun.wanted.public_url.clone(),
        pause: Duration::from_secs(1),
    };
    for (at, step) in steps.iter().enumerate() {
        let done = apply(&begun.survey, step, &tools).await;
        let kept = match &done {
            Ok(done) => keep(done).map_err(|problem| format!("{problem:#}")),
            Err(problem) => Err(problem.to_string()),
        };
        match kept {
            Ok(kept) => {
                let count = steps.len();
                say(out, &format!("Done {} of {count}: {}", at + 1, step.will))?;
                if let Some(Kept { told, lines: new }) = kept {
                    say(out, &told)?;
                    lines.push(new);
                }
            }
            Err(problem) => {
                tell_failure(out, steps, at, &problem)?;
                tell_lines(out, &lines)?;
                bail!("step {} of {} failed", at + 1, steps.len());
            }
        }
    }
    say(out, "All is done.")?;
    tell_lines(out, &lines)?;
    say(out, "quayfront check says what is left.")?;
    Ok(Grade::Good)
}

/// Tells lines for the settings, if there are any.
fn tell_lines(out: &mut dyn Write, lines: &[String]) -> anyhow::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    say(
        out,
        "\nTo be put into the settings, before the portal is started again:\n",
    )?;
    for line in lines.iter().flat_map(|lines| lines.lines()) {
        say(out, line)?;
    }
    say(out, "")
}
