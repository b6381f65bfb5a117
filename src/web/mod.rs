//! The portal as a web server: one router, one place for middleware, one file for each kind of page.
//!
//! It turns requests into questions to `portal` and answers into pages (`views`) or JSON, holds the
//! session in a sealed cookie, and sees to it that every failure becomes a page in the site's look
//! or problem details, with a reference that is also in the log.

mod account;
mod address;
mod archive;
mod assets;
mod carried;
mod coding;
mod disposition;
mod document;
mod entry;
mod error_pages;
mod events;
mod export;
mod failure;
mod files;
mod forgot;
mod frame;
mod guard;
mod health;
mod help;
mod home;
mod hooks;
mod known;
mod list;
mod login;
mod logout;
mod making;
mod middleware;
mod negotiate;
mod next;
mod once;
mod openapi;
pub mod operators;
mod pager;
mod passwords;
mod present;
mod print;
mod ready;
mod refresh;
mod refusal;
mod rendered;
mod reset;
mod router;
mod sealed;
mod server;
mod session;
mod shortcut;
mod sign_ins;
mod stock;
mod stream;
mod tries;
mod turns;
mod verify;
mod visitor;
mod wanted;
mod warehousing;

use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use secrecy::SecretString;

use self::assets::CodedAssets;
use self::events::Events;
use self::export::Exports;
use self::files::spool::Spool;
use self::forgot::Paused;
use self::health::Health;
use self::hooks::Hooks;
use self::logout::PendingSignOuts;
use self::once::Attempts;
pub use self::rendered::PageCounts;
use self::rendered::Rendered;
use self::reset::UsedKeys;
pub use self::router::{Route, router, routes};
pub use self::sealed::Keepsakes;
pub use self::server::{Limits, answer, serve, serve_operators};
pub use self::session::Sessions;
use self::session::SignedOut;
use self::sign_ins::SignIns;
use self::tries::Tries;
use self::turns::Turns;
use self::wanted::PageHeaders;
use crate::clock::Clock;
use crate::config::{self, Brand, PublicUrl, SignIn, WebAddress};
use crate::portal::Portal;
use crate::views::Views;

/// What every request can reach. Each field is shared and lives as long as the process.
#[derive(Debug)]
pub struct App {
    /// What customers may see.
    portal: Arc<Portal>,
    /// Templates and assets.
    views: Views,
    /// Assets as they were coded.
    coded_assets: CodedAssets,
    /// The headers that pages have in common.
    page_headers: PageHeaders,
    /// Finished pages.
    rendered: Rendered,
    /// The cookie: how it is sealed, and how long a session lasts.
    sessions: Sessions,
    /// Sids that were signed out here, refused until their absolute end.
    signed_out: SignedOut,
    /// Sign-outs that Frappe has not heard of yet.
    pending_sign_outs: PendingSignOuts,
    /// What else browsers keep for us.
    keepsakes: Keepsakes,
    /// How often passwords, codes and keys were tried.
    tries: Tries,
    /// How many sign-ins there were, and how they ended.
    sign_ins: SignIns,
    /// Attempts at the second factor that are under way or used up.
    attempts: Attempts,
    /// Keys with which a password was set.
    used_keys: UsedKeys,
    /// From where the site sends no more password mails.
    paused_mails: Paused,
    /// The least time after which a sign-in is refused.
    refusal: Duration,
    /// For how long a browser is known to an account.
    known_for: Duration,
    /// Files on their way to visitors.
    downloads: Downloads,
    /// Whether the site answers, and when it last did.
    health: Health,
    /// What webhooks are held against.
    hooks: Hooks,
    /// The streams that tell of changes.
    events: Events,
    /// What decides whose words change something.
    public_url: PublicUrl,
    /// Proxies whose `X-Forwarded-For` is believed.
    trusted_proxies: Vec<IpNet>,
    /// The operator's name and whom to ask.
    brand: Brand,
    /// Where the operator's own documentation for customers is.
    wiki: Option<WebAddress>,
    /// What exports go by, and their turns.
    exports: Exports,
    /// Whether System Users may sign in.
    system_users: bool,
    /// The time.
    clock: Clock,
}

/// What bounds the files that are on their way to visitors.
#[derive(Debug)]
struct Downloads {
    /// How many files each user has under way.
    turns: Turns,
    /// How many archives are made at the same time; one for a user.
    archives: Turns,
    /// The print that each user may have under way.
    prints: Turns,
    /// How long a visitor may read nothing.
    stall: Duration,
    /// How many documents one archive may be of.
    largest_selection: usize,
    /// Files of which parts were asked for.
    spool: Spool,
}

/// What a server is made of.
#[derive(Debug)]
pub struct Parts {
    /// What customers may see.
    pub portal: Arc<Portal>,
    /// Templates and assets.
    pub views: Views,
    /// How much is remembered of finished pages.
    pub rendered: config::Portion,
    /// The session's cookie.
    pub sessions: Sessions,
    /// The other cookies.
    pub keepsakes: Keepsakes,
    /// The secrets of webhooks.
    pub webhook_secrets: Vec<SecretString>,
    /// How many wrong passwords, codes and keys there may be.
    pub sign_in: SignIn,
    /// The address customers type.
    pub public_url: PublicUrl,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The operator's name and whom to ask.
    pub brand: Brand,
    /// Where the operator's own documentation for customers is.
    pub wiki: Option<WebAddress>,
    /// What is taken away as CSV and XLSX.
    pub exports: config::Exports,
    /// Whether System Users may sign in.
    pub system_users: bool,
    /// Files on their way to visitors.
    pub files: config::Files,
    /// Streams that tell of changes.
    pub events: config::Events,
    /// How long documents are fresh, and so what is kept of their files.
    pub document_fresh: Duration,
}

impl App {
    /// Puts a server together.
    #[must_use]
    pub fn new(parts: Parts) -> Arc<Self> {
        let clock = parts.portal.clock().clone();
        Arc::new(Self {
            signed_out: SignedOut::new(parts.sessions.absolute()),
            pending_sign_outs: PendingSignOuts::default(),
            tries: Tries::new(&parts.sign_in, &clock),
            sign_ins: SignIns::new(clock.clone()),
            attempts: Attempts::default(),
            used_keys: UsedKeys::new(),
            paused_mails: Paused::new(clock.clone()),
            exports: Exports::new(&parts.exports),
            refusal: parts.sign_in.refusal,
            known_for: parts.sign_in.known_for,
            coded_assets: CodedAssets::default(),
            page_headers: PageHeaders::new(&parts.public_url),
            rendered: Rendered::new(parts.rendered),
            keepsakes: parts.keepsakes,
            health: Health::new(clock.clone()),
            hooks: Hooks::new(parts.webhook_secrets, clock.clone()),
            events: Events::new(&parts.events),
            downloads: Downloads {
                // All together are bounded by what may come from the site.
                turns: Turns::new(usize::MAX, parts.files.in_flight_user),
                archives: Turns::new(parts.files.archives_in_flight, 1),
                prints: Turns::new(usize::MAX, 1),
                stall: parts.files.stall,
                largest_selection: parts.files.largest_selection,
                spool: Spool::new(&parts.files, parts.document_fresh, clock.clone()),
            },
            portal: parts.portal,
            views: parts.views,
            sessions: parts.sessions,
            public_url: parts.public_url,
            trusted_proxies: parts.trusted_proxies,
            brand: parts.brand,
            wiki: parts.wiki,
            system_users: parts.system_users,
            clock,
        })
    }

    /// How often pages were served as they were remembered, and how often one was made.
    #[must_use]
    pub fn page_counts(&self) -> PageCounts {
        self.rendered.counts()
    }

    /// What customers may see.
    #[must_use]
    pub const fn portal(&self) -> &Arc<Portal> {
        &self.portal
    }

    /// How many streams of events there are.
    #[must_use]
    pub fn streams(&self) -> usize {
        self.events.count()
    }
}
