//! What Frappe answered about customers' data, remembered.
//!
//! The key of an answer is the user, his whole scope and the question, so that an answer serves
//! nobody else and nobody whose scope has changed. Rows are held against the scope *before* they
//! are remembered: what is in here may be shown to whoever has the key. One memory serves one
//! portal, and so one site.

use std::sync::Arc;
use std::time::Duration;

use super::Error;
use super::pieces::{self, Pieces};
use super::proof::Visit;
use super::scope::Scope;
use super::stock::Stock;
use crate::cache::{Aged, Memory, Weigh};
use crate::clock::Clock;
use crate::frappe::{
    self, Attachment, CountQuery, DocType, DocumentName, FileDetails, ListQuery, Record, UserId,
};

/// A question about customers' data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Question {
    List(Arc<ListQuery>),
    /// All rows, up to a bound.
    All(Arc<ListQuery>, u32),
    Count(Arc<CountQuery>),
    Document(DocType, DocumentName, Attachments),
    /// What the service account knows of the files of a document.
    FileDetails(DocType, DocumentName),
    Stock,
}

/// Whether a document is asked for with what hangs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attachments {
    Wanted,
    NotWanted,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    user: UserId,
    scope: Arc<Scope>,
    question: Question,
}

#[derive(Debug)]
enum Answer {
    Rows(Vec<Record>),
    All(Pieces),
    Count(u64),
    /// A document, and what hangs on it where that was asked for and told.
    Document(Box<Record>, Option<Vec<Attachment>>),
    FileDetails(Vec<(DocumentName, FileDetails)>),
    Stock(Stock),
}

impl Weigh for Key {
    fn weight(&self) -> usize {
        let question = match &self.question {
            Question::List(query) | Question::All(query, _) => format!("{query:?}").len(),
            Question::Count(query) => format!("{query:?}").len(),
            Question::Document(doctype, name, _) | Question::FileDetails(doctype, name) => {
                doctype.as_str().len() + name.as_str().len()
            }
            Question::Stock => 0,
        };
        let scope: usize = self
            .scope
            .customers()
            .map(|customer| 48 + customer.as_str().len())
            .sum();
        200 + question + scope
    }
}

impl Weigh for Answer {
    fn weight(&self) -> usize {
        match self {
            Self::Rows(rows) | Self::All(Pieces { records: rows, .. }) => {
                48 + rows.iter().map(Record::size).sum::<usize>()
            }
            Self::Count(_) => 16,
            Self::Document(record, attachments) => {
                let attachments = attachments.iter().flatten().map(Attachment::size);
                48 + record.size() + attachments.sum::<usize>()
            }
            Self::FileDetails(details) => {
                details.iter().map(|(id, _)| 96 + id.as_str().len()).sum()
            }
            Self::Stock(stock) => 48 + stock.size(),
        }
    }
}

/// Rows, and when they were asked for.
#[derive(Clone, Debug)]
pub struct Rows(Aged<Answer>);

impl Rows {
    pub fn records(&self) -> &[Record] {
        match &*self.0.value {
            Answer::Rows(rows) | Answer::All(Pieces { records: rows, .. }) => rows,
            _ => &[],
        }
    }

    /// Whether a bound has left rows out.
    pub fn is_cut(&self) -> bool {
        matches!(&*self.0.value, Answer::All(pieces) if !pieces.is_whole)
    }

    pub const fn asked_at(&self) -> jiff::Timestamp {
        self.0.asked_at
    }
}

/// A document, and when it was asked for.
#[derive(Clone, Debug)]
pub struct Whole(Aged<Answer>);

impl Whole {
    pub fn record(&self) -> Option<&Record> {
        match &*self.0.value {
            Answer::Document(record, _) => Some(record),
            _ => None,
        }
    }

    /// What hangs on it; `None` where that was not asked for, or not told.
    pub fn attachments(&self) -> Option<&[Attachment]> {
        match &*self.0.value {
            Answer::Document(_, attachments) => attachments.as_deref(),
            _ => None,
        }
    }

    pub const fn asked_at(&self) -> jiff::Timestamp {
        self.0.asked_at
    }
}

/// The stock of a scope, and when it was asked for.
#[derive(Clone, Debug)]
pub struct Held(Aged<Answer>);

impl Held {
    pub fn stock(&self) -> Option<&Stock> {
        match &*self.0.value {
            Answer::Stock(stock) => Some(stock),
            _ => None,
        }
    }

    pub const fn asked_at(&self) -> jiff::Timestamp {
        self.0.asked_at
    }
}

/// The memory of a portal.
#[derive(Debug)]
pub struct Answers(Memory<Key, Answer>);

impl Answers {
    pub fn new(bytes: u64, longest: Duration, clock: Clock) -> Self {
        Self(Memory::new(bytes, longest, clock))
    }

    /// Rows of a list; those that `belongs` refuses are dropped before anybody sees them.
    pub async fn rows(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        belongs: impl Fn(&Record) -> bool,
    ) -> Result<Rows, frappe::Error> {
        let query = Arc::new(query);
        let key = key(visit, scope, Question::List(Arc::clone(&query)));
        let ask = async {
            let mut rows = visit.portal.client.list(&visit.caller, &query).await?;
            keep_own(visit, &query.doctype, &mut rows, belongs);
            Ok(Answer::Rows(rows))
        };
        self.0
            .get(key, visit.portal.times.list, ask)
            .await
            .map(Rows)
    }

    /// All rows of a question, read in pieces, up to `most`; order, start and length of the query
    /// are not regarded. Those that `belongs` refuses are dropped before anybody sees them.
    pub async fn all_rows(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        most: u32,
        belongs: impl Fn(&Record) -> bool,
    ) -> Result<Rows, frappe::Error> {
        let query = Arc::new(query);
        let key = key(visit, scope, Question::All(Arc::clone(&query), most));
        let ask = async {
            let client = &visit.portal.client;
            let ask = |piece: ListQuery| async move { client.list(&visit.caller, &piece).await };
            let mut read = pieces::read(&query, most, ask).await?;
            keep_own(visit, &query.doctype, &mut read.records, belongs);
            Ok(Answer::All(read))
        };
        self.0
            .get(key, visit.portal.times.list, ask)
            .await
            .map(Rows)
    }

    /// How many rows there are.
    pub async fn count(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: CountQuery,
    ) -> Result<(u64, jiff::Timestamp), frappe::Error> {
        let query = Arc::new(query);
        let key = key(visit, scope, Question::Count(Arc::clone(&query)));
        let ask = async {
            visit
                .portal
                .client
                .count(&visit.caller, &query)
                .await
                .map(Answer::Count)
        };
        let answer = self.0.get(key, visit.portal.times.list, ask).await?;
        let count = if let Answer::Count(count) = &*answer.value {
            *count
        } else {
            0
        };
        Ok((count, answer.asked_at))
    }

    /// A document; one that `belongs` refuses is not found, and not remembered.
    pub async fn document(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        doctype: &DocType,
        name: &DocumentName,
        wanted: Attachments,
        belongs: impl Fn(&Record) -> bool,
    ) -> Result<Whole, frappe::Error> {
        let key = key(
            visit,
            scope,
            Question::Document(doctype.clone(), name.clone(), wanted),
        );
        let ask = async {
            let (record, attachments) = match wanted {
                Attachments::Wanted => with_attachments(visit, doctype, name).await?,
                Attachments::NotWanted => {
                    let client = &visit.portal.client;
                    (client.document(&visit.caller, doctype, name).await?, None)
                }
            };
            if belongs(&record) {
                Ok(Answer::Document(Box::new(record), attachments))
            } else {
                Err(frappe::Error::NotFound)
            }
        };
        self.0
            .get(key, visit.portal.times.document, ask)
            .await
            .map(Whole)
    }

    /// What the service account knows of these files, which were proved to hang on this document of
    /// the user's.
    pub async fn file_details(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        doctype: &DocType,
        name: &DocumentName,
        files: &[&DocumentName],
    ) -> Result<Vec<(DocumentName, FileDetails)>, frappe::Error> {
        let key = key(
            visit,
            scope,
            Question::FileDetails(doctype.clone(), name.clone()),
        );
        let ask = async {
            let client = &visit.portal.client;
            let details = client.file_details(doctype, name, files).await?;
            Ok::<_, frappe::Error>(Answer::FileDetails(details))
        };
        let answer = self.0.get(key, visit.portal.times.document, ask).await?;
        match &*answer.value {
            Answer::FileDetails(details) => Ok(details.clone()),
            _ => Ok(Vec::new()),
        }
    }

    /// All stock of a scope, as `ask` reads it.
    pub async fn stock(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        ask: impl Future<Output = Result<Stock, frappe::Error>>,
    ) -> Result<Held, frappe::Error> {
        let key = key(visit, scope, Question::Stock);
        let ask = async { ask.await.map(Answer::Stock) };
        self.0
            .get(key, visit.portal.times.list, ask)
            .await
            .map(Held)
    }
}

/// A document with what hangs on it. A site on which the desk's question for it breaks, through a
/// script of its own, say, still shows the document.
async fn with_attachments(
    visit: &Visit,
    doctype: &DocType,
    name: &DocumentName,
) -> Result<(Record, Option<Vec<Attachment>>), frappe::Error> {
    let (client, caller) = (&visit.portal.client, &visit.caller);
    match client
        .document_with_attachments(caller, doctype, name)
        .await
    {
        Ok((record, attachments)) => Ok((record, Some(attachments))),
        Err(problem @ (frappe::Error::Invalid | frappe::Error::Unexpected(_))) => {
            tracing::warn!(%doctype, %problem, "the attachments of a document cannot be read (frappe.desk.form.load.getdoc); its files are not shown");
            Ok((client.document(caller, doctype, name).await?, None))
        }
        Err(problem) => Err(problem),
    }
}

/// Drops rows that are not of the scope, and says so.
fn keep_own(
    visit: &Visit,
    doctype: &DocType,
    rows: &mut Vec<Record>,
    belongs: impl Fn(&Record) -> bool,
) {
    let asked = rows.len();
    rows.retain(|row| belongs(row));
    if rows.len() < asked {
        let dropped = asked - rows.len();
        tracing::warn!(user = %visit.caller.user, %doctype, dropped, "Frappe answered rows outside the scope; they were dropped");
    }
}

fn key(visit: &Visit, scope: &Arc<Scope>, question: Question) -> Key {
    Key {
        user: visit.caller.user.clone(),
        scope: Arc::clone(scope),
        question,
    }
}

/// A refusal of the page's own DocType means that the page is unreadable for this user.
pub async fn own_doctype<T>(
    visit: &Visit,
    doctype: &DocType,
    answer: Result<T, frappe::Error>,
) -> Result<T, Error> {
    match answer {
        Err(frappe::Error::Forbidden) => {
            visit.portal.exposure.learn(visit, doctype, false).await;
            Err(Error::Unreadable)
        }
        answer => Ok(answer?),
    }
}
