//! `quayfront demo`: the whole portal in front of the embedded demo ERP.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::serve::{assemble, limits};
use super::{asked_to_end, begin_log, listen};
use crate::clock::Clock;
use crate::config::{LogFormat, Settings};
use crate::demo::{self, DemoAccount, Site};
use crate::web;

/// Serves the demo on loopback until the process is asked to end.
///
/// # Errors
/// When the port is taken.
pub async fn run(port: u16) -> anyhow::Result<()> {
    let listener = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), "--port").await?;
    let address = listener.local_addr()?;
    let erp = listen(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), "--port").await?;
    let settings = settings(address, erp.local_addr()?)?;
    begin_log(LogFormat::Text, "warn")?;
    let clock = Clock::system();
    let site = Site::demo(clock.clone())?;
    let app = assemble(&settings, clock, true)?;
    tell(&mut std::io::stdout().lock(), address, &site)
        .context("the accounts could not be printed")?;
    let serving_erp = tokio::spawn(demo::serve(erp, site, std::future::pending()));
    let served = web::serve(listener, app, asked_to_end(), limits(&settings)).await;
    serving_erp.abort();
    served.context("the server failed")
}

/// The settings of a demo: all defaults, but for where things are. Keys live as long as the process,
/// and so do the demo ERP's sessions.
fn settings(portal: SocketAddr, erp: SocketAddr) -> anyhow::Result<Settings> {
    let key = STANDARD.encode(rand::random::<[u8; 64]>());
    // Whoever has the sources at hand sees changed templates and assets at once.
    let folder = if Path::new("templates/layout.html").is_file() {
        "folder = \".\""
    } else {
        ""
    };
    let text = format!(
        "public_url = \"http://{portal}\"\n[site]\nurl = \"http://{erp}\"\ntime_zone = \"Europe/Amsterdam\"\n\
         [session]\nkeys = [\"{key}\"]\n[pages]\n{folder}\n\
         [brand]\nname = \"Havenlicht Logistics\"\n\
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
