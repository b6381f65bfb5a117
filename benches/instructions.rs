//! How many instructions a warm page takes, from the request's head to the last byte of its body.
//!
//! To be run by `benches/instructions.sh`, which has callgrind count within the functions named
//! `warm_…` and nowhere else. One thread does everything, and the clock stands still, so that the
//! counts are the same each time but for the seeds of hash maps.
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, COOKIE, ETAG, HOST, IF_NONE_MATCH};
use axum::http::{HeaderValue, Request, StatusCode};
use quayfront::clock::Clock;
use quayfront::demo::Site;
use quayfront::web;
use tokio::runtime::{Builder, Runtime};

use support::stage::{self, ANNA, Browser, Portal};

/// How often each page is asked for.
const TIMES: usize = 500;

fn main() {
    support::log::begin();
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let clock = Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"));
    let site = Site::demo(clock.clone()).expect("the demo's records");
    let (portal, browser) = runtime.block_on(async {
        let erp = stage::serve_erp(&site).await;
        let portal = Portal::serve(erp, clock, "", "").await;
        let password = stage::password(&site, ANNA);
        let client = Browser::client();
        let browser = Browser::signed_in(&client, portal.address, ANNA, &password).await;
        portal.settled().await;
        (portal, browser)
    });
    let page = Asked {
        runtime,
        router: web::router(&portal.app),
        cookie: HeaderValue::from_str(&browser.cookie_header()).expect("a cookie"),
        portal,
    };
    // Answered and remembered before anything is counted, and once more when all is found out that
    // pages are made of.
    for _ in 0..2 {
        page.ask("/transport-jobs", None);
        page.ask("/transport-jobs/TRJ000000648", None);
        page.runtime.block_on(page.portal.settled());
    }
    let list = page.ask("/transport-jobs", None);
    warm_list(&page);
    warm_document(&page);
    warm_not_modified(&page, &list);
    println!("{TIMES} of each");
}

#[inline(never)]
fn warm_list(page: &Asked) {
    for _ in 0..TIMES {
        page.ask("/transport-jobs", None);
    }
}

#[inline(never)]
fn warm_document(page: &Asked) {
    for _ in 0..TIMES {
        page.ask("/transport-jobs/TRJ000000648", None);
    }
}

#[inline(never)]
fn warm_not_modified(page: &Asked, etag: &HeaderValue) {
    for _ in 0..TIMES {
        page.ask("/transport-jobs", Some(etag));
    }
}

/// Who asks, and whom.
struct Asked {
    runtime: Runtime,
    router: Router,
    cookie: HeaderValue,
    portal: Portal,
}

impl Asked {
    /// Asks for a page, reads it to its end, and says its entity tag.
    fn ask(&self, path: &str, known: Option<&HeaderValue>) -> HeaderValue {
        let mut request = Request::get(path)
            .header(HOST, "portal.example")
            .header(ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8")
            .header(ACCEPT_ENCODING, "gzip, deflate, br")
            .header(COOKIE, &self.cookie);
        if let Some(etag) = known {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let request = request.body(Body::empty()).expect("a request");
        self.runtime.block_on(async {
            let (app, router) = (Arc::clone(&self.portal.app), self.router.clone());
            let answer = web::answer(app, router, request, self.portal.address, None).await;
            let answer = answer.expect("there is always an answer");
            let status = known.map_or(StatusCode::OK, |_| StatusCode::NOT_MODIFIED);
            assert_eq!(answer.status(), status, "{path}");
            let etag = answer.headers()[ETAG].clone();
            let body = to_bytes(answer.into_body(), usize::MAX).await;
            body.expect("a whole body");
            etag
        })
    }
}
