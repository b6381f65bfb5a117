//! `quayfront demo`: the whole portal in front of the embedded demo ERP.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use super::serve::{Sources, assemble, limits};
use super::{asked_to_end, begin_log, listen};
use crate::clock::Clock;
use crate::config::{LogFormat, Settings};
use crate::demo::{self, Chaos, DemoAccount, Mail, Site};
use crate::portal::page::Additions;
use crate::web;

/// How often page files are looked at for changes.
const LOOK: Duration = Duration::from_millis(500);

/// How often it is looked whether another phase of chaos begins.
const TICK: Duration = Duration::from_millis(250);

/// The demo's Print Formats.
const PRINTS: Additions = &[
    (
        "transport-jobs",
        include_str!("../../fixtures/demo/pages/transport-jobs.more.toml"),
    ),
    (
        "warehouse-jobs",
        include_str!("../../fixtures/demo/pages/warehouse-jobs.more.toml"),
    ),
];

/// The account that looks them up.
const SERVICE_ACCOUNT: &str = "svc-portal@havenlicht-logistics.example";

/// Serves the demo on loopback until the process is asked to end; with chaos if it has a seed.
///
/// # Errors
/// When the port is taken.
pub async fn run(port: u16, chaos: Option<u64>) -> anyhow::Result<()> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), "--port").await?;
    let address = listener.local_addr()?;
    let erp = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "--port").await?;
    let secret = STANDARD.encode(rand::random::<[u8; 24]>());
    let settings = settings(address, erp.local_addr()?, &secret)?;
    begin_log(LogFormat::Text, "warn")?;
    let clock = Clock::system();
    let site = Site::demo(clock.clone())?;
    // So links in mails lead to the portal, as `host_name` of a real site has to.
    site.set_host_name(&format!("http://{address}"));
    site.set_api_key(SERVICE_ACCOUNT, "demo", &secret);
    let sources = sources();
    let mut app = assemble(&settings, &sources, clock.clone())?;
    // As `quayfront setup` would: what CargoNext ships names a few of the pages.
    let entries = app.portal().pages().entries();
    let rows: Vec<_> = entries
        .map(|entry| (format!("/{}", entry.name()), entry.title()))
        .collect();
    site.name_in_portal_menu(rows.iter().map(|(route, title)| (route.as_str(), *title)));
    tell(&mut std::io::stdout().lock(), address, &site)
        .context("the accounts could not be printed")?;
    tokio::spawn(show_mails(site.watch_mails()));
    if let Some(seed) = chaos {
        say(&format!(
            "\nChaos begins. --chaos={seed} makes the same phases again."
        ));
        tokio::spawn(make_chaos(Arc::clone(&site), clock.clone(), seed));
    }
    let serving_erp = tokio::spawn(demo::serve(erp, site, std::future::pending()));
    let ended = CancellationToken::new();
    let end = ended.clone();
    tokio::spawn(async move {
        asked_to_end().await;
        end.cancel();
    });
    let mut listener = Some(listener);
    loop {
        let listener = match listener.take() {
            Some(listener) => listener,
            None => listen(address, "--port").await?,
        };
        let (changed, ended_too) = (changed(sources.clone()), ended.clone());
        let until = async move {
            tokio::select! {
                () = changed => {}
                () = ended_too.cancelled() => {}
            }
        };
        web::serve(listener, Arc::clone(&app), until, limits(&settings))
            .await
            .context("the server failed")?;
        if ended.is_cancelled() {
            serving_erp.abort();
            return Ok(());
        }
        match assemble(&settings, &sources, clock.clone()) {
            Ok(changed) => app = changed,
            // The pages go on as they were until the file is mended.
            Err(problem) => eprintln!("quayfront: {problem:#}"),
        }
    }
}

/// Prints what the ERP would have sent: the demo's users have neither mailboxes nor apps.
async fn show_mails(mut mails: UnboundedReceiver<Mail>) {
    while let Some(mail) = mails.recv().await {
        say(&mail.to_string());
    }
}

/// Brings one trouble after the other over the ERP, and says which.
async fn make_chaos(site: Arc<Site>, clock: Clock, seed: u64) {
    let mut chaos = Chaos::new(StdRng::seed_from_u64(seed));
    loop {
        if let Some(phase) = chaos.tick(&site, clock.now()) {
            say(&format!("Chaos: {phase}"));
        }
        tokio::time::sleep(TICK).await;
    }
}

/// A line on the terminal. When nobody reads it any more, the demo goes on all the same.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Whoever has the sources at hand sees changed page files, templates and assets at once.
fn sources() -> Sources {
    if !Path::new("templates/layout.html").is_file() {
        return Sources {
            additions: PRINTS,
            ..Sources::default()
        };
    }
    Sources {
        pages: Some("config".into()),
        additions: PRINTS,
        templates: Some("templates".into()),
        reload: true,
    }
}

/// Is ready when a page file has changed.
async fn changed(sources: Sources) {
    let Some(folder) = sources.pages.map(|folder| folder.join("pages")) else {
        return std::future::pending().await;
    };
    let seen = fingerprint(&folder);
    while fingerprint(&folder) == seen {
        tokio::time::sleep(LOOK).await;
    }
}

/// The files of a folder, and when they were changed.
fn fingerprint(folder: &Path) -> BTreeMap<PathBuf, Option<SystemTime>> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .map(|file| {
            let changed = file.metadata().and_then(|file| file.modified()).ok();
            (file.path(), changed)
        })
        .collect()
}

/// The settings of a demo: all defaults, but for where things are. Keys live as long as the process,
/// and so do the demo ERP's sessions.
fn settings(portal: SocketAddr, erp: SocketAddr, secret: &str) -> anyhow::Result<Settings> {
    let key = STANDARD.encode(rand::random::<[u8; 64]>());
    let text = format!(
        "public_url = \"http://{portal}\"\n[site]\nurl = \"http://{erp}\"\ntime_zone = \"Europe/Amsterdam\"\n\
         api_key = \"demo\"\napi_secret = \"{secret}\"\n\
         [session]\nkeys = [\"{key}\"]\n[brand]\nname = \"Havenlicht Logistics\"\n\
         contact = \"service@havenlicht-logistics.example\"\n"
    );
    Ok(Settings::extract("the demo's settings", &text)?)
}

fn tell(out: &mut impl std::io::Write, address: SocketAddr, site: &Site) -> std::io::Result<()> {
    writeln!(
        out,
        "Quayfront is at http://{address}, in front of a demo ERP."
    )?;
    writeln!(out, "Sign in with one of these accounts:\n")?;
    let widest = site
        .accounts()
        .iter()
        .map(|account| account.email.chars().count())
        .max()
        .unwrap_or(0);
    let password = site
        .accounts()
        .iter()
        .map(|account| account.password.chars().count())
        .max()
        .unwrap_or(0);
    let (email, secret, shows) = ("e-mail address", "password", "what it shows");
    writeln!(out, "  {email:widest$}  {secret:password$}  {shows}")?;
    for DemoAccount {
        email,
        password: secret,
        shows,
        ..
    } in site.accounts()
    {
        writeln!(out, "  {email:widest$}  {secret:password$}  {shows}")?;
    }
    writeln!(out, "\nCtrl-C ends it. Nothing is kept.")?;
    out.flush()
}
