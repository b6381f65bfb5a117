//! The files of a document, one at a time.
//!
//! A file goes to the visitor as it comes from Frappe: the first bytes at once, a few pieces held,
//! whatever its size, and no longer than he reads. Where Frappe breaks off, so does the download, so
//! that it looks broken. What a browser is told about it comes from the name alone (`portal::files`);
//! it is saved unless a PDF or a picture is asked for with `inline=1`. Parts of a file (`Range`) come
//! from the [`spool`], for Frappe gives none.

mod ranges;
pub mod spool;

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::Response;

use self::spool::{SpoolKey, Unspooled};
use super::App;
use super::disposition::Disposition;
use super::failure::Failure;
use super::stream::{self, Left, Sink};
use super::turns::Turn;
use super::visitor::SignedIn;
use crate::frappe::{DocumentName, FileBytes};
use crate::portal::Visit;
use crate::portal::files::File;
use crate::portal::page::{Page, PageName};
use crate::portal::request::BadParameter;

/// How much of what is held is sent at once.
const PIECE: usize = 64 << 10;

/// What a file may do in a browser that shows it: nothing. Not `sandbox`, in which Chromium's viewer
/// of PDF does not start.
pub(super) const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; base-uri 'none'; frame-ancestors 'none'");

/// `GET` and `HEAD /{page}/{name}/files/{file}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(page): Extension<PageName>,
    Path((name, id)): Path<(String, String)>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&page).ok_or(Failure::NotFound)?;
    let name = DocumentName::parse(&name).map_err(|_| Failure::NotFound)?;
    let id = DocumentName::parse(&id).map_err(|_| Failure::NotFound)?;
    let is_inline = is_inline(&pairs)?;
    let visit = visitor.visit(&app).await?;
    let (document, file) = visit.file(page, &name, &id).await?;
    let answer = Answer {
        app: &app,
        visit: &visit,
        key: SpoolKey::new(&visit, page, &document.name, &file),
        is_inline: is_inline && file.media().is_shown,
        file,
    };
    if method == Method::HEAD {
        answer.head().await
    } else {
        Box::pin(answer.get(&headers)).await
    }
}

fn is_inline(pairs: &[(String, String)]) -> Result<bool, BadParameter> {
    let said = pairs.iter().rev().find(|(name, _)| name == "inline");
    match said.map(|(_, value)| value.as_str()) {
        None | Some("") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(BadParameter::new("inline", other, "1, or nothing")),
    }
}

/// A file on its way to becoming an answer.
struct Answer<'a> {
    app: &'a Arc<App>,
    visit: &'a Visit,
    file: File,
    key: SpoolKey,
    is_inline: bool,
}

impl Answer<'_> {
    async fn head(&self) -> Result<Response, Failure> {
        let downloads = &self.app.downloads;
        let turn = downloads.turns.take(&self.visit.caller().user)?;
        if let Some(spooled) = downloads.spool.fresh(&self.key) {
            return Ok(self.finish(ranges::whole(&spooled, turn)));
        }
        let length = self.visit.length(&self.file).await?;
        // A body whose length is not known: one that is empty would say that the file is.
        let (_, body) = stream::body(downloads.stall);
        Ok(self.finish(self.streamed(length, body)))
    }

    async fn get(&self, headers: &HeaderMap) -> Result<Response, Failure> {
        let downloads = &self.app.downloads;
        let turn = downloads.turns.take(&self.visit.caller().user)?;
        let (begun, bytes) = if let Some(range) = ranges::asked(headers)
            && self.may_be_spooled()
        {
            let spooled = downloads
                .spool
                .get(self.key.clone(), self.visit.open(&self.file))
                .await;
            match spooled {
                Ok(spooled) => {
                    return Ok(self.finish(ranges::part(&spooled, &range, headers, turn)));
                }
                Err(Unspooled::Large { begun, rest }) => (begun, *rest),
                Err(Unspooled::Failed(error)) => return Err(error.into()),
            }
        } else if let Some(spooled) = downloads.spool.fresh(&self.key) {
            return Ok(self.finish(ranges::whole(&spooled, turn)));
        } else {
            (Bytes::new(), self.visit.open(&self.file).await?)
        };
        let length = bytes.length();
        let (sink, body) = stream::body(downloads.stall);
        tokio::spawn(pass_on(begun, bytes, sink, turn));
        Ok(self.finish(self.streamed(length, body)))
    }

    /// Whether parts of the file are given, as far as its length is known beforehand.
    fn may_be_spooled(&self) -> bool {
        let known = self.file.details.and_then(|details| details.size);
        known.is_none_or(|size| size <= self.app.downloads.spool.largest())
    }

    /// The whole file, as it comes.
    fn streamed(&self, length: Option<u64>, body: Body) -> Response {
        let mut answer = Response::new(body);
        let is_small = length.is_none_or(|length| length <= self.app.downloads.spool.largest());
        let ranges = if is_small && self.may_be_spooled() {
            HeaderValue::from_static("bytes")
        } else {
            HeaderValue::from_static("none")
        };
        let headers = answer.headers_mut();
        headers.insert(ACCEPT_RANGES, ranges);
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        answer
    }

    /// Says what it is and what it may do.
    fn finish(&self, mut answer: Response) -> Response {
        if answer.status() == StatusCode::RANGE_NOT_SATISFIABLE {
            return answer;
        }
        let disposition = if self.is_inline {
            Disposition::Inline
        } else {
            Disposition::Attachment
        };
        let headers = answer.headers_mut();
        let kind = HeaderValue::from_static(self.file.media().content_type);
        headers.insert(CONTENT_TYPE, kind);
        headers.insert(
            CONTENT_DISPOSITION,
            disposition.named(self.file.name.as_str()),
        );
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        answer
    }
}

/// Passes bytes on as they come, until they end, break off, or nobody wants them any more. The
/// turn is the user's until then.
async fn pass_on(mut begun: Bytes, mut bytes: FileBytes, sink: Sink, turn: Turn) {
    let passed = async {
        while !begun.is_empty() {
            let piece = begun.split_to(begun.len().min(PIECE));
            sink.send(piece).await?;
        }
        loop {
            let next = tokio::select! {
                next = bytes.next() => next,
                () = sink.left() => return Err(Left),
            };
            match next {
                Ok(Some(piece)) => sink.send(piece).await?,
                Ok(None) => return sink.end().await,
                Err(outage) => {
                    tracing::warn!(%outage, "a file broke off on its way");
                    return Ok(());
                }
            }
        }
    };
    if passed.await.is_err() {
        tracing::debug!("a visitor left a download");
    }
    drop(turn);
}

/// The address of a file.
pub fn href(page: &Page, document: &DocumentName, file: &File) -> String {
    let document = super::present::document_href(page, document);
    format!(
        "{document}/files/{}",
        super::present::segment(file.id.as_str())
    )
}
