//! Warm before the first click: what a user will most likely look at, fetched once he has signed in.
//!
//! It is done behind everybody's back and last: for so many users at the same time and no more, one
//! page after the other with rests as long as the page took, and never while the site has enough to
//! do. Whoever is not served so waits for his pages as he always did.

use std::sync::Arc;

use tokio::time::Instant;

use super::attention::FirstRows;
use super::page::{BuiltIn, Entry};
use super::request::ListRequest;
use super::stock::StockRequest;
use super::{Error, Portal, Visit};

impl Portal {
    /// Fetches the start page and the first page of each list of a user, if there is room for it.
    pub fn warm_up(self: &Arc<Self>, visit: &Visit) {
        let Ok(room) = Arc::clone(&self.warming).try_acquire_owned() else {
            tracing::debug!(user = %visit.caller.user, "nothing is fetched ahead: there is no room");
            return;
        };
        let visit = visit.clone();
        self.background.spawn(async move {
            if let Err(problem) = fetch(&visit).await {
                // Whoever asks for the page runs into it and is told.
                tracing::debug!(user = %visit.caller.user, %problem, "not fetched ahead");
            }
            drop(room);
        });
    }
}

async fn fetch(visit: &Visit) -> Result<(), Error> {
    let is_busy = || visit.portal.client.is_busy();
    if is_busy() {
        return Ok(());
    }
    visit.attention(FirstRows::Shown).await?;
    for entry in visit.entries() {
        if is_busy() {
            return Ok(());
        }
        let began = Instant::now();
        let fetched = match entry {
            Entry::Declared(page) => {
                let plain = ListRequest::plain(page);
                visit.list(page, &plain).await.map(drop)
            }
            Entry::BuiltIn(BuiltIn::StockBalance) => {
                visit.balance(&StockRequest::default()).await.map(drop)
            }
            // It is no list, and as dear as all of them.
            Entry::BuiltIn(BuiltIn::WarehousingPortal) => continue,
        };
        match fetched {
            Err(Error::Unreadable | Error::NoCustomers) => {}
            fetched => fetched?,
        }
        tokio::time::sleep(began.elapsed()).await;
    }
    Ok(())
}
