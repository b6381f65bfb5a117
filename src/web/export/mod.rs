//! Lists and the stock, to be taken away: CSV, which begins at once, and XLSX, which is made first.
//!
//! The same parameters, filters and checks as the page; all rows, whatever page was asked for. What
//! goes wrong before the first byte is a page like any other failure; after it, the connection is cut,
//! so that nothing cut short looks whole. Whoever leaves ends the work for him.

mod csv;
mod source;
mod table;
mod xlsx;

use std::io::Read as _;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

pub use self::csv::harmless;
use self::source::Source;
use super::disposition::Disposition;
use super::failure::Failure;
use super::stream::{self, Left, Sink};
use super::turns::{Turn, Turns};
use super::visitor::SignedIn;
use super::{App, frame};
use crate::config;
use crate::portal;
use crate::portal::page::PageName;
use crate::portal::request::ListRequest;
use crate::portal::stock::StockRequest;
use crate::views::context;

/// How many bytes of a file are read at once.
const CHUNK: u64 = 256 << 10;

/// What exports go by.
#[derive(Debug)]
pub struct Exports {
    /// The most rows of one.
    pub rows: u32,
    /// How long one may take.
    pub longest: std::time::Duration,
    /// The most bytes of a file that is made.
    file: u64,
    turns: Turns,
}

impl Exports {
    /// As the operator has it.
    pub fn new(settings: &config::Exports) -> Self {
        Self {
            rows: settings.rows,
            longest: settings.longest,
            file: settings.file.bytes(),
            turns: Turns::new(settings.at_once, settings.each_user),
        }
    }
}

/// The form of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Comma-separated values.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// What its addresses and files end in.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The form that an address asks for.
    pub fn of_path(path: &str) -> Option<Self> {
        let (_, suffix) = path.rsplit_once('.')?;
        Self::ALL.into_iter().find(|form| form.suffix() == suffix)
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// The ways to all rows of the page at `path`, with what is asked of it.
pub fn links<K: AsRef<str>, V: AsRef<str>>(
    path: &str,
    pairs: &[(K, V)],
) -> Vec<context::ExportLink> {
    let link = |form: Form, label: &str| context::ExportLink {
        label: label.to_owned(),
        href: frame::with_query(
            format!("{path}.{}", form.suffix()),
            pairs.iter().map(|(name, value)| (name, value)),
        ),
        is_made_first: form == Form::Xlsx,
    };
    vec![link(Form::Csv, "CSV"), link(Form::Xlsx, "Excel")]
}

/// `GET /{page}.csv`, `GET /{page}.xlsx`
pub async fn list(
    State(app): State<Arc<App>>,
    Extension(name): Extension<PageName>,
    Extension(form): Extension<Form>,
    method: Method,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&name).ok_or(Failure::NotFound)?;
    let request = ListRequest::parse(page, &pairs)?;
    let visit = visitor.visit(&app).await?;
    let turn = turn(&app, &visitor, &method)?;
    let source = Source::list(&app, &visit, page, &request).await?;
    Taken {
        app,
        visitor,
        form,
        source,
    }
    .answer(turn)
    .await
}

/// `GET /stock-balance.csv`, `GET /stock-balance.xlsx`
pub async fn stock(
    State(app): State<Arc<App>>,
    Extension(form): Extension<Form>,
    method: Method,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let request = StockRequest::parse(&pairs)?;
    let visit = visitor.visit(&app).await?;
    let turn = turn(&app, &visitor, &method)?;
    let source = Source::stock(&app, &visit, &request).await?;
    Taken {
        app,
        visitor,
        form,
        source,
    }
    .answer(turn)
    .await
}

/// A turn for who wants more than the headers.
fn turn(app: &App, visitor: &SignedIn, method: &Method) -> Result<Option<Turn>, Failure> {
    if *method == Method::HEAD {
        return Ok(None);
    }
    let turn = app.exports.turns.take(&visitor.caller.user);
    Ok(Some(turn.map_err(Failure::NoTurn)?))
}

/// Why what had begun was not finished.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Left(#[from] Left),
    #[error(transparent)]
    Portal(#[from] portal::Error),
    #[error("the session was signed out")]
    SignedOut,
    #[error("it took too long")]
    TooLong,
    #[error("the text could not be written: {0}")]
    Csv(#[from] csv::Problem),
    #[error("the file could not be read: {0}")]
    File(#[from] std::io::Error),
}

/// Something on its way out.
struct Taken {
    app: Arc<App>,
    visitor: SignedIn,
    form: Form,
    source: Source,
}

impl Taken {
    async fn answer(self, turn: Option<Turn>) -> Result<Response, Failure> {
        let name = self.file_name();
        let form = self.form;
        let (length, body) = match (turn, form) {
            // Of unknown length, which is not nothing.
            (None, _) => (
                None,
                Body::from_stream(futures::stream::pending::<Result<Bytes, Left>>()),
            ),
            (Some(turn), Form::Csv) => (None, self.csv(turn).await?),
            (Some(turn), Form::Xlsx) => {
                let (length, body) = self.xlsx(turn).await?;
                (Some(length), body)
            }
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(form.media_type()),
        );
        headers.insert(
            header::CONTENT_DISPOSITION,
            Disposition::Attachment.named(&name),
        );
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
        // An nginx in front would gather it before it begins.
        headers.insert(
            HeaderName::from_static("x-accel-buffering"),
            HeaderValue::from_static("no"),
        );
        if let Some(length) = length {
            headers.insert(header::CONTENT_LENGTH, length.into());
        }
        Ok(response)
    }

    /// `Transport jobs 2026-11-22.csv`, the day being the site's.
    fn file_name(&self) -> String {
        let zone = self.app.portal.time_zone().clone();
        let today = self.app.clock.now().to_zoned(zone).date();
        let title = self.source.title.replace(['/', '\\'], "-");
        format!("{title} {today}.{}", self.form.suffix())
    }

    /// Begins with the first rows, so that what is wrong at the beginning is said on a page.
    async fn csv(mut self, turn: Turn) -> Result<Body, Failure> {
        let first = self.source.piece().await?;
        let (sink, body) = stream::body(self.app.downloads.stall);
        let app = Arc::clone(&self.app);
        let background = app.portal.background().clone();
        background.spawn(async move {
            let writing = Box::pin(async {
                self.write_csv(first, &sink).await?;
                Ok(self.source.given())
            });
            finish(&app, &sink, writing).await;
            drop(turn);
        });
        Ok(body)
    }

    async fn write_csv(
        &mut self,
        first: Option<Vec<Vec<table::Cell>>>,
        sink: &Sink,
    ) -> Result<(), Broken> {
        let mut text = csv::begin(&self.source.headings)?;
        let mut piece = first;
        while let Some(rows) = piece {
            text.append(&mut csv::rows(&rows)?);
            sink.send(std::mem::take(&mut text)).await?;
            if self.is_signed_out() {
                return Err(Broken::SignedOut);
            }
            piece = self.source.piece().await?;
        }
        let notes = self.source.notes();
        text.append(&mut csv::notes(&notes, self.source.headings.len())?);
        if !text.is_empty() {
            sink.send(text).await?;
        }
        Ok(())
    }

    /// Makes the file, then begins to send it.
    async fn xlsx(mut self, turn: Turn) -> Result<(u64, Body), Failure> {
        let source = &mut self.source;
        let most = self.app.exports.file;
        let (feed, making) = xlsx::begin(&source.title, source.headings.clone(), most);
        let mut is_wanted = true;
        while let Some(rows) = source.piece().await? {
            is_wanted = feed.rows(rows).await;
            if !is_wanted {
                break;
            }
        }
        if is_wanted {
            feed.end(source.about()).await;
        }
        let made = making.done().await;
        drop(feed);
        let xlsx::Made { file, length } = made.map_err(|problem| match problem {
            xlsx::Problem::TooLarge(_) => Failure::TooMuchToExport,
            problem => Failure::Unexpected(problem.to_string()),
        })?;
        if self.is_signed_out() {
            return Err(Failure::SignIn { ended: true });
        }
        let given = self.source.given();
        let (sink, body) = stream::body(self.app.downloads.stall);
        let app = Arc::clone(&self.app);
        let background = app.portal.background().clone();
        background.spawn(async move {
            let sent = async {
                send_file(file, &sink).await?;
                Ok(given)
            };
            finish(&app, &sink, sent).await;
            drop(turn);
        });
        Ok((length, body))
    }

    fn is_signed_out(&self) -> bool {
        self.app.signed_out.holds(&self.visitor.session)
    }
}

/// Waits for `work` as long as the visitor does, and not too long; ends the body when it is done.
async fn finish(app: &App, sink: &Sink, work: impl Future<Output = Result<u64, Broken>>) {
    let done = tokio::select! {
        () = sink.left() => Err(Left.into()),
        done = timeout(app.exports.longest, work) => done.unwrap_or(Err(Broken::TooLong)),
    };
    let done = match done {
        Ok(rows) => sink.end().await.map(|()| rows).map_err(Broken::from),
        Err(problem) => Err(problem),
    };
    match done {
        Ok(rows) => tracing::info!(rows, "exported"),
        Err(Broken::Left(_)) => tracing::info!("an export was left"),
        Err(problem) => tracing::warn!(%problem, "an export broke off"),
    }
}

async fn send_file(file: std::fs::File, sink: &Sink) -> Result<(), Broken> {
    let mut file = file;
    loop {
        let read = tokio::task::spawn_blocking(move || {
            let mut bytes = Vec::new();
            let read = (&mut file).take(CHUNK).read_to_end(&mut bytes);
            read.map(|_| (file, bytes))
        });
        let (same, bytes) = read.await.map_err(std::io::Error::other)??;
        if bytes.is_empty() {
            return Ok(());
        }
        file = same;
        sink.send(bytes).await?;
    }
}
