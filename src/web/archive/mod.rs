//! The papers of a document, or of several, as one ZIP.
//!
//! It begins at once and is sent while it is made: no file is held, and none is waited for before the
//! one in front of it has gone. A file that cannot be read is named in the index, the last entry, and
//! is not the end of the others. One that breaks off in the middle, a session that ends and a site
//! that goes away break the download off: what arrives whole has everything in it that the index says.

mod index;
mod names;
mod writer;

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;

use self::index::Index;
use self::names::Names;
use self::writer::{Length, Writer};
use super::App;
use super::disposition::Disposition;
use super::failure::Failure;
use super::stream::{self, Left};
use super::turns::Turn;
use super::visitor::SignedIn;
use crate::frappe::{self, DocumentName, FileBytes, Outage};
use crate::portal::files::File;
use crate::portal::page::{Page, PageName};
use crate::portal::request::BadParameter;
use crate::portal::{Document, Error, Visit};

/// What the index is called.
const INDEX: &str = "index.csv";

/// How often a file is asked for again while all turns are taken: a queue's deadline each time.
const TRIES: usize = 12;

/// `GET` and `HEAD /{page}/{name}/documents.zip`
pub async fn of_document(
    State(app): State<Arc<App>>,
    Extension(page): Extension<PageName>,
    Path(name): Path<String>,
    visitor: SignedIn,
    method: Method,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&page).ok_or(Failure::NotFound)?;
    let name = DocumentName::parse(&name).map_err(|_| Failure::NotFound)?;
    let visit = visitor.visit(&app).await?;
    let document = visit.document(page, &name).await?;
    if document.files_missing {
        return Err(Failure::Unavailable(Outage::Broken));
    }
    if document.files.is_empty() {
        return Err(Failure::NotFound);
    }
    let name = document.name.clone();
    begin(&app, visit, page, vec![name], &method, Folders::No)
}

/// `GET` and `HEAD /{page}/documents.zip?name=…&name=…`
pub async fn of_selection(
    State(app): State<Arc<App>>,
    Extension(page): Extension<PageName>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
    method: Method,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&page).ok_or(Failure::NotFound)?;
    if page.files.is_none() {
        return Err(Failure::NotFound);
    }
    let names = selected(&pairs, app.downloads.largest_selection)?;
    let visit = visitor.visit(&app).await?;
    let names = visit.own(page, &names).await?;
    begin(&app, visit, page, names, &method, Folders::Yes)
}

/// The documents that were selected, each once.
fn selected(pairs: &[(String, String)], most: usize) -> Result<Vec<DocumentName>, Failure> {
    let mut names: Vec<DocumentName> = Vec::new();
    let chosen = pairs.iter().filter(|(parameter, _)| parameter == "name");
    for (_, name) in chosen {
        let name = DocumentName::parse(name).map_err(|_| Failure::NotFound)?;
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > most {
            let accepted = format!("at most {most} documents at once");
            let found = format!("more than {most}");
            return Err(BadParameter::new("name", &found, accepted).into());
        }
    }
    if names.is_empty() {
        return Err(BadParameter::new("name", "", "one or more documents, each as name=…").into());
    }
    Ok(names)
}

/// Whether the files of each document stand in a folder of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Folders {
    Yes,
    No,
}

/// Begins an archive of documents that are the visitor's.
fn begin(
    app: &Arc<App>,
    visit: Visit,
    page: &Page,
    documents: Vec<DocumentName>,
    method: &Method,
    folders: Folders,
) -> Result<Response, Failure> {
    let file_name = match (folders, documents.as_slice()) {
        (Folders::No, [one]) => format!("{}.zip", names::harmless(one.as_str())),
        _ => format!("{}.zip", page.name),
    };
    let downloads = &app.downloads;
    let turns = (
        downloads.archives.take(&visit.caller().user)?,
        downloads.turns.take(&visit.caller().user)?,
    );
    let (sink, body) = stream::body(downloads.stall);
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(
        CONTENT_DISPOSITION,
        Disposition::Attachment.named(&file_name),
    );
    if *method == Method::HEAD {
        return Ok(answer);
    }
    let making = Making {
        modified: app.portal.site_time(app.clock.now()),
        app: Arc::clone(app),
        visit,
        page: page.name.clone(),
        folders,
        writer: Writer::begin(sink),
        names: Names::with(INDEX),
        index: Index::new(),
        turns: Some(turns),
    };
    tokio::spawn(async move {
        match making.all(documents).await {
            Ok(()) => {}
            Err(Broken::Left(_)) => tracing::debug!("a visitor left an archive"),
            Err(Broken::Failed(problem)) => tracing::warn!(%problem, "an archive broke off"),
        }
    });
    Ok(answer)
}

/// Why an archive is not whole.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Left(#[from] Left),
    #[error(transparent)]
    Failed(#[from] Error),
}

/// An archive that is being made.
struct Making {
    app: Arc<App>,
    visit: Visit,
    page: PageName,
    folders: Folders,
    writer: Writer,
    names: Names,
    index: Index,
    modified: jiff::civil::DateTime,
    turns: Option<(Turn, Turn)>,
}

impl Making {
    async fn all(mut self, documents: Vec<DocumentName>) -> Result<(), Broken> {
        let app = Arc::clone(&self.app);
        let page = app.portal.pages().get(&self.page).ok_or(Error::NotFound)?;
        for name in documents {
            let document = self.document(page, &name).await?;
            self.add(page, &document).await?;
        }
        let index = self.index.finish();
        let length = Length::Known(index.len() as u64);
        self.writer
            .entry(INDEX.to_owned(), length, self.modified)
            .await?;
        self.writer.bytes(index.into()).await?;
        // Whoever has the last bytes may begin the next one.
        self.turns.take();
        self.writer.finish().await?;
        Ok(())
    }

    /// An archive may take long: whose documents these are has to be true of the next one too.
    async fn prove(&mut self) -> Result<(), Error> {
        let caller = self.visit.caller().clone();
        if self.app.signed_out.holds_sid(&caller.sid) {
            return Err(frappe::Error::SignInRequired.into());
        }
        for _ in 1..TRIES {
            match self.app.portal.visit(caller.clone()).await {
                Err(problem) if is_busy(&problem) => {}
                visit => {
                    self.visit = visit?;
                    return Ok(());
                }
            }
        }
        self.visit = self.app.portal.visit(caller).await?;
        Ok(())
    }

    async fn document<'page>(
        &mut self,
        page: &'page Page,
        name: &DocumentName,
    ) -> Result<Document<'page>, Error> {
        self.prove().await?;
        for _ in 1..TRIES {
            match self.visit.document(page, name).await {
                Err(problem) if is_busy(&problem) => {}
                document => return document,
            }
        }
        self.visit.document(page, name).await
    }

    async fn add(&mut self, page: &Page, document: &Document<'_>) -> Result<(), Broken> {
        let folder = match self.folders {
            Folders::Yes => Some(names::harmless(document.name.as_str())),
            Folders::No => None,
        };
        let as_of = self.app.portal.site_time(document.as_of.at);
        if document.files_missing || document.details_missing {
            self.index
                .without_files(document, as_of, "files are not known");
        } else if document.files.is_empty() {
            self.index.without_files(document, as_of, "no files");
        }
        for file in &document.files {
            self.prove().await?;
            if !self.visit.scope(&page.doctype).holds(&document.customer) {
                return Err(Error::NotFound.into());
            }
            let name = self.names.unique(folder.as_deref(), file.name.as_str());
            match self.opened(file).await {
                Ok(bytes) => {
                    let length = self.copy(&name, file, bytes).await?;
                    self.index.file(document, as_of, file, &name, length);
                }
                // One that Frappe does not give, and one at which it breaks, whoever asks for it.
                Err(
                    Error::FileGone
                    | Error::Frappe(frappe::Error::Unexpected(_) | frappe::Error::Invalid),
                ) => self.index.unreadable(document, as_of, file, &name),
                Err(problem) => return Err(problem.into()),
            }
        }
        Ok(())
    }

    /// Opens a file; waits, for an archive that has begun is not to end because others are busy.
    async fn opened(&self, file: &File) -> Result<FileBytes, Error> {
        for _ in 1..TRIES {
            match self.visit.open(file).await {
                Err(problem) if is_busy(&problem) => {}
                opened => return opened,
            }
        }
        self.visit.open(file).await
    }

    /// Copies a file into the archive. How long it is Frappe does not say as a rule; where it ends with
    /// its first piece, that is known before the entry begins.
    async fn copy(&self, name: &str, file: &File, mut bytes: FileBytes) -> Result<u64, Broken> {
        let first = next(&mut bytes).await?;
        let second = match first {
            Some(_) => next(&mut bytes).await?,
            None => None,
        };
        let length = match (bytes.length(), &first, &second) {
            (Some(length), ..) => Length::Known(length),
            (None, _, Some(_)) => Length::Unknown,
            (None, first, None) => {
                Length::Known(first.as_ref().map_or(0, |first| first.len() as u64))
            }
        };
        let added = file.details.and_then(|details| details.added);
        self.writer
            .entry(name.to_owned(), length, added.unwrap_or(self.modified))
            .await?;
        let mut copied = 0;
        for piece in first.into_iter().chain(second) {
            copied += piece.len() as u64;
            self.writer.bytes(piece).await?;
        }
        loop {
            let piece = tokio::select! {
                piece = next(&mut bytes) => piece?,
                () = self.writer.left() => return Err(Left.into()),
            };
            let Some(piece) = piece else {
                return Ok(copied);
            };
            copied += piece.len() as u64;
            self.writer.bytes(piece).await?;
        }
    }
}

/// Whether all turns are taken: an archive that has begun is not to end because others are busy.
const fn is_busy(problem: &Error) -> bool {
    matches!(
        problem,
        Error::Frappe(frappe::Error::Unavailable(Outage::Overloaded))
    )
}

async fn next(bytes: &mut FileBytes) -> Result<Option<Bytes>, Error> {
    let next = bytes.next().await;
    next.map_err(|outage| frappe::Error::from(outage).into())
}

/// The address of the archive of a document.
pub fn href(page: &Page, document: &DocumentName) -> String {
    let document = super::present::document_href(page, document);
    format!("{document}/documents.zip")
}

/// The address of the archive of a selection, without the selection.
pub fn selection_href(page: &Page) -> String {
    format!("/{}/documents.zip", page.name)
}
