//! Somebody who looks on: he hears when a question comes and when its answer has gone.
//!
//! What a portal adds to a site's own time, and whether it asks the same twice at once, only the site
//! can tell; benches and tests look through this.

use std::sync::Arc;

use super::server::Request;

/// Hears what comes and goes. Called in the middle of things, so it must be quick.
pub trait Onlooker: Send + Sync {
    /// A request has come; the number comes back when its answer has gone.
    fn came(&self, request: &Request) -> u64;

    /// The answer to a request has gone, or whoever asked has.
    fn went(&self, number: u64);
}

/// Somebody looks on, or nobody.
#[derive(Clone, Default)]
pub(super) struct Looking(Option<Arc<dyn Onlooker>>);

impl Looking {
    pub(super) fn by(onlooker: Arc<dyn Onlooker>) -> Self {
        Self(Some(onlooker))
    }

    /// Until what this gives is dropped, the request is there.
    pub(super) fn at(self, request: &Request) -> Option<Seen> {
        let onlooker = self.0?;
        let number = onlooker.came(request);
        Some(Seen { onlooker, number })
    }
}

/// A request that was seen to come.
pub(super) struct Seen {
    onlooker: Arc<dyn Onlooker>,
    number: u64,
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.onlooker.went(self.number);
    }
}
