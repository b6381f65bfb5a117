//! HTML: typed contexts in, pages out.
//!
//! [`Views`] holds the templates and the assets, those built in and those that an operator's folder
//! replaces. It promises that everything is compiled and tried with samples before the first page
//! is asked for, that every value is escaped, and that a value which is not there is an error.
//! It knows nothing of HTTP, of Frappe, or of who may see what: what it is given, it shows.

pub mod context;
pub mod format;

mod assets;
mod engine;
mod markup;
mod samples;
mod sources;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use minijinja::value::Serde;

pub use assets::Asset;
pub use context::Page;

use context::{Part, SafeHtml};
use engine::Engine;
use sources::{Fingerprint, Sources};

/// What replaces the templates and assets that are built in.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// A folder laid out like `templates/`; each file in it replaces the one of the same path.
    pub folder: Option<PathBuf>,
    /// Whether files that change are seen at the next rendering; otherwise they are read once.
    pub reload: bool,
}

/// The templates and the assets, ready to be used. Shared by all requests.
#[derive(Debug)]
pub struct Views {
    overrides: Overrides,
    current: RwLock<Current>,
}

#[derive(Debug, Clone)]
struct Current {
    fingerprint: Fingerprint,
    engine: Arc<Engine>,
    version: u64,
}

impl Views {
    /// Reads and compiles everything, and renders every sample of every page once.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read, when a template is missing or broken, when one asks for
    /// something that its page does not have, or for an asset that there is not.
    pub fn new(overrides: Overrides) -> Result<Self, ViewsError> {
        let sources = Sources::read(overrides.folder.as_deref())?;
        let engine = Engine::new(&sources)?;
        engine.try_samples()?;
        for file in sources.unused() {
            let file = file.display();
            tracing::warn!(%file, "no template names this file, and none has its path: it changes nothing");
        }
        Ok(Self {
            current: RwLock::new(Current {
                fingerprint: sources.fingerprint,
                engine: Arc::new(engine),
                version: 0,
            }),
            overrides,
        })
    }

    /// The page as HTML.
    ///
    /// # Errors
    ///
    /// When the template fails, which after [`Views::new`] only a value can bring about that no
    /// sample has, or a file that changed since.
    pub fn render<P: Page>(&self, page: &P) -> Result<String, ViewsError> {
        self.engine()?
            .render(P::TEMPLATE, minijinja::Value::from(Serde(page)))
    }

    /// A part of a page, made ahead; `None` where its template fails, which the page will tell.
    pub fn part<P: Part>(&self, part: &P) -> Option<SafeHtml> {
        let told = minijinja::Value::from(Serde(part));
        let html = self.engine().ok()?.part(P::TEMPLATE, P::MACRO, told);
        html.map(SafeHtml::from_template)
    }

    /// The address of the icons; `None` where the templates are broken, which the page will tell.
    pub(in crate::views) fn sprite(&self) -> Option<Arc<str>> {
        Some(self.engine().ok()?.sprite())
    }

    /// The asset at an address, given without its leading `/assets/`: `app-0123456789ab.css`.
    ///
    /// The address holds a part of the content's hash, so what it answers never changes.
    #[must_use]
    pub fn asset(&self, path: &str) -> Option<Asset> {
        self.engine().ok()?.assets().get(path)
    }

    /// Which version of the templates is current: the same number, the same pages.
    #[must_use]
    pub fn version(&self) -> u64 {
        if self.overrides.reload {
            // What is broken is said where it is rendered.
            let _ = self.engine();
        }
        self.current().version
    }

    /// What is current; with `reload`, read again when a file has changed.
    fn engine(&self) -> Result<Arc<Engine>, ViewsError> {
        if !self.overrides.reload {
            return Ok(Arc::clone(&self.current().engine));
        }
        let sources = Sources::read(self.overrides.folder.as_deref())?;
        let current = self.current().clone();
        if sources.fingerprint == current.fingerprint {
            return Ok(current.engine);
        }
        let engine = Arc::new(Engine::new(&sources)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Current {
            fingerprint: sources.fingerprint,
            engine: Arc::clone(&engine),
            version: current.version + 1,
        };
        Ok(engine)
    }

    fn current(&self) -> RwLockReadGuard<'_, Current> {
        self.current.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ViewsError {
    /// The folder that replaces templates could not be read.
    #[error("cannot read the templates in {}", path.display())]
    Folder {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A template is broken, or asks for something that is not there.
    #[error("{file}, line {line}: {reason}")]
    Template {
        /// The file, below `templates/`, or in full where the folder replaces it.
        file: String,
        /// The line in it, from 1; 0 when none can be named.
        line: usize,
        /// What is wrong.
        reason: String,
    },
    /// A page has no template.
    #[error("there is no template {name}")]
    Missing {
        /// Its path below `templates/`.
        name: &'static str,
    },
}

impl ViewsError {
    /// The same, saying with which sample of a page it was found.
    fn with_sample(mut self, sample: &str) -> Self {
        if let Self::Template { reason, .. } = &mut self {
            *reason = format!("{reason} (found with the sample “{sample}”)");
        }
        self
    }
}
