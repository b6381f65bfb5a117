//! `quayfront serve --config FILE`: the portal in front of a real site.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use secrecy::ExposeSecret as _;

use super::{asked_to_end, begin_log, listen};
use crate::cache::Ages;
use crate::clock::Clock;
use crate::config::{self, Settings, StockOwner};
use crate::frappe::{Client, Connection, ServiceAccount, SiteName, Timeouts};
use crate::portal::menu::PagesOfCustomers;
use crate::portal::page::{Additions, PageName, Pages};
use crate::portal::stock::Owner;
use crate::portal::{self, Portal, Rules, Times, Warehousing};
use crate::views::{Overrides, Views};
use crate::web::operators::Operators;
use crate::web::{self, App, Keepsakes, Limits, Parts, Sessions};

/// Serves until the process is asked to end.
///
/// # Errors
/// When the settings, pages or templates are wrong, or the address cannot be listened on.
pub async fn run(config: &Path) -> anyhow::Result<()> {
    let settings = Settings::load(config)?;
    begin_log(settings.log.format, &settings.log.filter)?;
    let app = assemble(&settings, &Sources::of(&settings), Clock::system())?;
    let listener = listen(settings.listen.address, "listen.address").await?;
    tracing::info!(address = %settings.listen.address, public_url = %settings.public_url, "listening");
    let limits = limits(&settings);
    let operators = match settings.operators.listen {
        Some(address) => Some(listen(address, "operators.listen").await?),
        None => None,
    };
    if let Some(listener) = operators {
        let address = listener.local_addr().context("operators.listen")?;
        tracing::info!(%address, "listening for operators");
        let operators = Operators::new(Arc::clone(&app), &settings, address);
        tokio::spawn(web::serve_operators(
            listener,
            operators,
            asked_to_end(),
            limits,
        ));
    }
    web::serve(listener, app, asked_to_end(), limits)
        .await
        .context("the server failed")
}

/// What the server allows.
#[must_use]
pub const fn limits(settings: &Settings) -> Limits {
    Limits {
        connections: settings.listen.connections,
        patience: settings.listen.shutdown_timeout,
        stall: settings.files.stall,
    }
}

/// Where page files and templates come from, beside those in the binary.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// A folder with `pages/` in it.
    pub pages: Option<PathBuf>,
    /// What is added to page files.
    pub additions: Additions,
    /// A folder like `templates/`.
    pub templates: Option<PathBuf>,
    /// Whether templates and assets that change are seen at once.
    pub reload: bool,
}

impl Sources {
    /// The operator's folder, as the settings name it.
    #[must_use]
    pub fn of(settings: &Settings) -> Self {
        let folder = settings.pages.folder.clone();
        let templates = folder.as_ref().map(|folder| folder.join("templates"));
        Self {
            pages: folder,
            additions: &[],
            templates: templates.filter(|folder| folder.is_dir()),
            reload: false,
        }
    }
}

/// Puts the portal together from its settings.
///
/// # Errors
/// When pages or templates are wrong.
pub fn assemble(settings: &Settings, sources: &Sources, clock: Clock) -> anyhow::Result<Arc<App>> {
    let pages = Pages::load_with(
        &settings.pages.menu,
        sources.pages.as_deref(),
        sources.additions,
    )?;
    prints_can_be_looked_up(&pages, settings)?;
    let views = Views::new(Overrides {
        folder: sources.templates.clone(),
        reload: sources.reload,
    })?;
    let client = Client::new(connection(settings)?, clock.clone()).context("site")?;
    let memory = &settings.memory;
    let ages = |fresh| Ages::new(fresh, memory.stale, memory.kept);
    let times = Times {
        proof: settings.session.proof,
        proof_kept: settings.memory.kept,
        list: ages(settings.memory.list),
        document: ages(settings.memory.document),
        master: ages(settings.memory.master),
        readable: settings.memory.readable,
    };
    let zone = settings.site.time_zone.zone().clone();
    let portal = Portal::new(
        client,
        pages,
        times,
        zone,
        Rules {
            stock: owner(&settings.stock),
            stock_rows: settings.stock.rows,
            warehousing: warehousing(&settings.warehousing)?,
            customers: PagesOfCustomers::of(&settings.pages),
            origin: settings.public_url.origin(),
        },
        portal::Limits {
            bytes: memory.answers().bytes,
            user_bytes: memory.answers().user_bytes,
            warm_up: settings.site.warm_up,
            refreshes_in_flight: settings.site.refreshes_in_flight,
            hears_changes: !settings.webhooks.secrets.is_empty(),
            refreshes: settings.webhooks.refreshes,
            refresh_queue: settings.webhooks.refresh_queue,
        },
        clock,
    );
    let session = &settings.session;
    Ok(App::new(Parts {
        portal,
        views,
        rendered: memory.rendered(),
        sessions: Sessions::new(
            session.keys.clone(),
            &settings.public_url,
            session.idle,
            session.absolute,
        ),
        keepsakes: Keepsakes::new(&session.keys, &settings.public_url),
        webhook_secrets: settings
            .webhooks
            .secrets
            .iter()
            .map(|secret| secret.secret().clone())
            .collect(),
        sign_in: settings.sign_in.clone(),
        public_url: settings.public_url.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        brand: settings.brand.clone(),
        exports: settings.exports.clone(),
        wiki: settings.wiki.address.clone(),
        system_users: session.system_users,
        files: settings.files.clone(),
        events: settings.events.clone(),
        document_fresh: settings.memory.document,
    }))
}

/// Before each print its format is looked up, because Frappe prints every field in place of one that
/// it does not have; and no customer may look it up.
fn prints_can_be_looked_up(pages: &Pages, settings: &Settings) -> anyhow::Result<()> {
    let printing = pages.iter().find(|page| !page.prints.is_empty());
    match printing {
        Some(page) if settings.site.api_key.is_none() => anyhow::bail!(
            "site.api_key: found nothing, while the page {} names a Print Format; accepted is the key \
             of a service account with the role System Manager, which looks the format up before \
             each print: Frappe prints every field, costs too, in place of a format that it does not \
             have",
            page.name
        ),
        _ => Ok(()),
    }
}

/// The rule that says whose stock it is.
pub(super) fn owner(settings: &config::Stock) -> Owner {
    match settings.owner {
        StockOwner::Item => Owner::Item,
        StockOwner::Warehouse => Owner::Warehouse(settings.warehouse_field.clone()),
        StockOwner::Settings => Owner::Settings(settings.warehouses.clone()),
    }
}

/// The pages that make up the warehouse at a glance.
fn warehousing(settings: &config::Warehousing) -> anyhow::Result<Warehousing> {
    let page = |key: &str, name: &str| {
        PageName::parse(name).with_context(|| {
            format!("warehousing.{key}: found {name:?}; accepted is the name of a page")
        })
    };
    let orders = settings.orders.iter().map(|name| page("orders", name));
    Ok(Warehousing {
        jobs: Some(settings.jobs.as_str())
            .filter(|name| !name.is_empty())
            .map(|name| page("jobs", name))
            .transpose()?,
        orders: orders.collect::<anyhow::Result<_>>()?,
    })
}

pub(super) fn connection(settings: &Settings) -> anyhow::Result<Connection> {
    let site = &settings.site;
    let mut connection = Connection::site(site.url.url().clone());
    if let Some(name) = &site.name {
        connection.host = Some(name.parse().with_context(|| {
            format!("site.name: found {name:?}; accepted is the name of the site")
        })?);
        connection.site_name = Some(SiteName::parse(name).with_context(|| {
            format!("site.name: found {name:?}; accepted is the name of the site")
        })?);
    }
    if let (Some(key), Some(secret)) = (&site.api_key, &site.api_secret) {
        connection.service = Some(ServiceAccount {
            key: key.secret().expose_secret().to_owned(),
            secret: secret.secret().clone(),
        });
    }
    connection.timeouts = Timeouts {
        connect: site.connect_timeout,
        read: site.answer_timeout,
        whole: site.answer_timeout,
        print: site.print_timeout,
    };
    connection.max_in_flight = site.in_flight;
    connection.user_in_flight = site.user_in_flight;
    connection.user_per_minute = site.user_per_minute;
    connection.max_sign_ins = site.sign_ins_in_flight;
    connection.max_prints = site.prints_in_flight;
    connection.max_files = settings.files.in_flight;
    connection.queue_deadline = site.queue_deadline;
    connection.max_answer_bytes =
        usize::try_from(site.largest_answer.bytes()).unwrap_or(usize::MAX);
    Ok(connection)
}
