//! What the commands for administrators share: the administrator's credentials, which are asked for
//! or read from a file and not kept, and what is asked of the site with them.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use secrecy::SecretString;

use super::serve::{Sources, connection, owner};
use crate::admin::survey::{SIGN_IN_ADDRESS, Survey};
use crate::admin::wanted::Wanted;
use crate::clock::Clock;
use crate::config::Settings;
use crate::frappe::{Administrator, Caller, Client, Connection, ServiceAccount, SignIn, UserId};
use crate::portal::page::Pages;

/// What every one of these commands takes.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// The portal's settings.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// The administrator's account: a file with an API key and secret as KEY:SECRET, or with a user
    /// and a password in two lines. Asked for when left out.
    #[arg(long, value_name = "FILE")]
    pub account: Option<PathBuf>,
    /// Files with further secrets of webhooks, beside those of the settings.
    #[arg(long, value_name = "FILE")]
    pub webhook_secret: Vec<PathBuf>,
}

/// What a command begins with.
#[derive(Debug)]
pub struct Begun {
    /// Who asks, and of which site.
    pub survey: Survey,
    /// How the portal reaches the site.
    pub connection: Connection,
    /// What the portal wants.
    pub wanted: Wanted,
    /// Where a check leaves what it found, for the operators' page.
    pub report: Option<PathBuf>,
}

enum Account {
    Key(ServiceAccount),
    Password(String, SecretString),
}

/// Reads settings, pages and credentials, and signs in.
///
/// # Errors
/// When one of them is wrong, or the site refuses.
pub async fn begin(options: &Options, outside: Option<&str>) -> anyhow::Result<Begun> {
    let (settings, missing_keys) = Settings::load_without_missing_keys(&options.config)?;
    let pages = Pages::load(
        &settings.pages.menu,
        Sources::of(&settings).pages.as_deref(),
    )?;
    // Those of the settings first: what is signed from now on is signed as the portal knows it.
    let known = settings.webhooks.secrets.iter();
    let known = known.map(|secret| Ok(secret.secret().clone()));
    let of_files = options.webhook_secret.iter().map(|file| secret_in(file));
    let secrets = known
        .chain(of_files)
        .collect::<anyhow::Result<Vec<SecretString>>>()?;
    let mut wanted = Wanted::of(&settings, &pages, owner(&settings.stock), secrets);
    wanted.missing_keys = missing_keys;
    let clock = Clock::system();
    let connection = connection(&settings)?;
    let portal = Client::new(connection.clone(), clock.clone()).context("site")?;
    let outside = match outside {
        Some(url) => {
            let parsed = url.parse().with_context(|| format!("--frappe: found {url:?}; accepted is an address, as \"https://erp.example.com\""))?;
            Some((
                url.to_owned(),
                Client::new(Connection::site(parsed), clock.clone())?,
            ))
        }
        None => None,
    };
    let account = match &options.account {
        Some(file) => account_in(file)?,
        None => ask_for_account()?,
    };
    let (administrator, signed_in) = administrator(connection.clone(), account, &clock).await?;
    let survey = Survey {
        administrator,
        signed_in,
        portal,
        outside,
        clock,
    };
    Ok(Begun {
        survey,
        connection,
        wanted,
        report: settings.operators.check_report,
    })
}

async fn administrator(
    mut connection: Connection,
    account: Account,
    clock: &Clock,
) -> anyhow::Result<(Administrator, bool)> {
    match account {
        Account::Key(key) => {
            connection.service = Some(key);
            let client = Client::new(connection, clock.clone()).context("the API key")?;
            Ok((Administrator::with_key(client), false))
        }
        Account::Password(user, password) => {
            connection.service = None;
            let client = Client::new(connection, clock.clone())?;
            let session = sign_in(&client, &user, &password).await?;
            Ok((Administrator::with_session(client, session), true))
        }
    }
}

async fn sign_in(client: &Client, user: &str, password: &SecretString) -> anyhow::Result<Caller> {
    let mut answer = client.sign_in(user, password, SIGN_IN_ADDRESS).await?;
    if let SignIn::SecondFactor(second) = &answer {
        let code = SecretString::from(rpassword::prompt_password("Code of the second factor: ")?);
        answer = client
            .verify_second_factor(&second.tmp_id, &code, SIGN_IN_ADDRESS)
            .await?;
    }
    match answer {
        SignIn::SignedIn(session) => Ok(Caller {
            sid: session.sid,
            user: session.user,
            address: SIGN_IN_ADDRESS,
        }),
        SignIn::PasswordExpired { .. } => {
            bail!("this password has to be changed first: sign in to the desk once")
        }
        SignIn::SecondFactor(_) | SignIn::Refused => {
            bail!(
                "Frappe refuses this sign-in: a wrong user, password or code, or an account that may sign \
                 in from certain addresses or at certain hours only"
            )
        }
    }
}

fn secret_in(file: &Path) -> anyhow::Result<SecretString> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the secret in {}", file.display()))?;
    Ok(SecretString::from(text.trim()))
}

fn account_in(file: &Path) -> anyhow::Result<Account> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("the account in {}", file.display()))?;
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match lines.as_slice() {
        [one] => match one.split_once(':') {
            Some((key, secret)) => Ok(Account::Key(ServiceAccount {
                key: key.to_owned(),
                secret: SecretString::from(secret),
            })),
            None => bail!("{}: found no colon; accepted is KEY:SECRET", file.display()),
        },
        [user, password] => Ok(Account::Password(
            (*user).to_owned(),
            SecretString::from(*password),
        )),
        other => bail!(
            "{}: found {} lines; accepted are KEY:SECRET in one, or a user and a password in two",
            file.display(),
            other.len()
        ),
    }
}

fn ask_for_account() -> anyhow::Result<Account> {
    if !std::io::stdin().is_terminal() {
        bail!(
            "there is no terminal to ask for the administrator's account: name a file with --account"
        );
    }
    let user = ask("Administrator's user (or API key as KEY:SECRET): ")?;
    if let Some((key, secret)) = user.split_once(':') {
        return Ok(Account::Key(ServiceAccount {
            key: key.to_owned(),
            secret: SecretString::from(secret),
        }));
    }
    let password = rpassword::prompt_password("Password: ")?;
    Ok(Account::Password(user, SecretString::from(password)))
}

/// Asks for a line.
///
/// # Errors
/// When there is nobody to ask.
pub fn ask(question: &str) -> anyhow::Result<String> {
    let mut out = std::io::stderr().lock();
    write!(out, "{question}")?;
    out.flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

/// Whether a text names a user as Frappe does.
///
/// # Errors
/// When it does not.
pub fn user(text: &str) -> anyhow::Result<UserId> {
    UserId::parse(text)
        .with_context(|| format!("found {text:?}; accepted is a user's e-mail address"))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn read(text: &str) -> anyhow::Result<Account> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("account");
        std::fs::write(&file, text).expect("a file");
        account_in(&file)
    }

    #[test]
    fn an_account_is_a_key_with_its_secret_or_a_user_with_his_password() {
        let Ok(Account::Key(key)) = read("0123456789abcde:edcba:9876\n") else {
            panic!("a key");
        };
        assert_eq!(
            (key.key.as_str(), key.secret.expose_secret()),
            ("0123456789abcde", "edcba:9876")
        );
        let Ok(Account::Password(user, password)) = read("Administrator\nof: colons\n\n") else {
            panic!("a user");
        };
        assert_eq!(
            (user.as_str(), password.expose_secret()),
            ("Administrator", "of: colons")
        );
    }

    #[test]
    fn anything_else_is_refused_without_telling_what_it_was() {
        for text in ["", "a-password-alone", "one\ntwo\nthree"] {
            let Err(problem) = read(text) else {
                panic!("{text:?} is no account");
            };
            let told = format!("{problem:#}");
            assert!(
                !told.contains("a-password-alone") && !told.contains("three"),
                "{told}"
            );
        }
    }
}
