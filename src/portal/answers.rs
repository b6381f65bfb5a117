//! What Frappe answered about customers' data, remembered.
//!
//! The key of an answer is the user, what Frappe permits him, his whole scope and the question, so
//! that an answer serves nobody else and nobody whose scope or permissions have changed. Rows are held
//! against the scope *before* they are remembered: what is in here may be shown to whoever has the key.
//! One memory serves one portal, and so one site.
//!
//! An answer has three ages. Fresh, it is served as it is; stale, at once, while one question behind
//! the visitor's back refreshes it; expired, only while Frappe cannot be reached. A refusal, whoever
//! runs into it, takes what was remembered away.

mod asking;
mod kept;

use std::sync::Arc;

use foldhash::quality::RandomState;

pub use asking::judge;
use kept::Key;
pub(super) use kept::{Answer, Question};
pub use kept::{Attachments, Held, Rows, Taken, Whole};

use super::Error;
use super::as_of::AsOf;
use super::census::{self, Census};
use super::own::{Own, keep_own, learn};
use super::pieces::{self, Pieces};
use super::scope::Scope;
use super::stock::Stock;
use super::visit::Visit;
use crate::cache::{Behind, Figures, Memory, Room, Sequence};
use crate::clock::Clock;
use crate::frappe::{
    self, Attachment, CountQuery, DocType, DocumentName, Extract, FileDetails, ListQuery, Record,
};

/// What rows are about, which decides for how long they are good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What goes on: documents and their parts.
    Work,
    /// What it is done with and seldom changes: items, warehouses.
    Masters,
}

/// The memory of a portal.
#[derive(Debug)]
pub struct Answers {
    memory: Memory<Key, Answer>,
    /// What is stale is refreshed behind everybody's back, and comes after what somebody waits for.
    behind: Behind<Key>,
    hasher: RandomState,
}

impl Answers {
    /// A memory with so much room, of which so many answers are refreshed at the same time.
    pub fn new(room: Room, refreshes: usize, clock: Clock, sequence: Sequence) -> Self {
        Self {
            memory: Memory::new(room, clock, sequence),
            behind: Behind::new(refreshes),
            hasher: RandomState::default(),
        }
    }

    /// What is remembered.
    pub fn figures(&self) -> Figures {
        self.memory.figures()
    }

    /// Rows of a list; those that are not `own` are dropped before anybody sees them.
    pub async fn rows(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        own: Own,
    ) -> Result<Rows, frappe::Error> {
        let query = Arc::new(query);
        let question = Question::List(Arc::clone(&query));
        self.some_rows(visit, scope, query, question, own).await
    }

    /// The row of one document, or none; as [`Self::rows`].
    pub async fn row(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        name: &DocumentName,
        own: Own,
    ) -> Result<Rows, frappe::Error> {
        let query = Arc::new(query);
        let question = Question::Row(Arc::clone(&query), name.clone());
        self.some_rows(visit, scope, query, question, own).await
    }

    async fn some_rows(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: Arc<ListQuery>,
        question: Question,
        own: Own,
    ) -> Result<Rows, frappe::Error> {
        let ask = |visit: Visit| async move {
            let number = visit.portal.marks.sequence().current();
            let mut rows = visit.portal.client.list(&visit.caller, &query).await?;
            let answered = rows.len();
            keep_own(&visit, &query.doctype, &mut rows, &own, number);
            Ok(Answer::Rows(rows, answered))
        };
        let ages = visit.portal.times.list;
        self.get(visit, scope, question, &ages, ask).await.map(Rows)
    }

    /// All rows of a question, read in pieces, up to `most`; order, start and length of the query
    /// are not regarded. Those that are not `own` are dropped before anybody sees them.
    pub async fn all_rows(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        most: u32,
        own: Own,
        about: About,
    ) -> Result<Rows, frappe::Error> {
        let query = Arc::new(query);
        let question = Question::All(Arc::clone(&query), most);
        let ask = move |visit: Visit| async move {
            let read = read_all(&visit, &query, most, &own).await?;
            Ok(Answer::All(read))
        };
        let times = &visit.portal.times;
        let ages = match about {
            About::Work => times.list,
            About::Masters => times.master,
        };
        self.get(visit, scope, question, &ages, ask).await.map(Rows)
    }

    /// The census that a question gives; documents that are not `own` are dropped before.
    pub async fn census(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: ListQuery,
        own: Own,
    ) -> Result<Taken, frappe::Error> {
        let query = Arc::new(query);
        let question = Question::Census(Arc::clone(&query));
        let ask = move |visit: Visit| async move {
            let read = read_all(&visit, &query, census::DOCUMENTS, &own).await?;
            Ok(Answer::Census(Census::of(&read, &query.fields)))
        };
        let ages = visit.portal.times.list;
        let census = self.get(visit, scope, question, &ages, ask).await;
        census.map(Taken)
    }

    /// Whether such a census is remembered, so that nobody would wait for it.
    pub fn has_census(&self, visit: &Visit, scope: &Arc<Scope>, query: ListQuery) -> bool {
        self.has(visit, scope, Question::Census(Arc::new(query)))
    }

    /// The same of such a number.
    pub fn has_count(&self, visit: &Visit, scope: &Arc<Scope>, query: &CountQuery) -> bool {
        self.has(visit, scope, Question::Count(Arc::new(query.clone())))
    }

    /// How many rows there are.
    pub async fn count(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        query: CountQuery,
    ) -> Result<(u64, AsOf), frappe::Error> {
        let query = Arc::new(query);
        let question = Question::Count(Arc::clone(&query));
        let ask = |visit: Visit| async move {
            let count = visit.portal.client.count(&visit.caller, &query).await;
            count.map(Answer::Count)
        };
        let ages = visit.portal.times.list;
        let answer = self.get(visit, scope, question, &ages, ask).await?;
        let count = if let Answer::Count(count) = &*answer.value {
            *count
        } else {
            0
        };
        Ok((count, (&answer).into()))
    }

    /// A document, of which its pages' part is read; one that is not `own` is not found, and not
    /// remembered.
    pub async fn document(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        doctype: &DocType,
        name: &DocumentName,
        wanted: Attachments,
        own: Own,
    ) -> Result<Whole, frappe::Error> {
        let question = Question::Document(doctype.clone(), name.clone(), wanted);
        let (doctype, name) = (doctype.clone(), name.clone());
        let extract = visit.portal.pages.extract(&doctype);
        let ask = move |visit: Visit| async move {
            let number = visit.portal.marks.sequence().current();
            let (record, attachments) = match wanted {
                Attachments::Wanted => with_attachments(&visit, &doctype, &name, &extract).await?,
                Attachments::NotWanted => {
                    let (client, caller) = (&visit.portal.client, &visit.caller);
                    let document = client.document(caller, &doctype, &name, &extract);
                    (document.await?, None)
                }
            };
            if own.holds(&record) {
                learn(&visit, &doctype, &record, &own, number);
                Ok(Answer::Document(Box::new(record), attachments))
            } else {
                Err(frappe::Error::NotFound)
            }
        };
        let ages = visit.portal.times.document;
        self.get(visit, scope, question, &ages, ask)
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
        let files: Vec<DocumentName> = files.iter().map(|file| (*file).clone()).collect();
        let question = Question::FileDetails(doctype.clone(), name.clone(), files.clone());
        let (doctype, name) = (doctype.clone(), name.clone());
        let ask = |visit: Visit| async move {
            let files: Vec<&DocumentName> = files.iter().collect();
            let client = &visit.portal.client;
            let details = client.file_details(&doctype, &name, &files).await?;
            Ok(Answer::FileDetails(details))
        };
        let ages = visit.portal.times.document;
        let answer = self.get(visit, scope, question, &ages, ask).await?;
        match &*answer.value {
            Answer::FileDetails(details) => Ok(details.clone()),
            _ => Ok(Vec::new()),
        }
    }

    /// All stock of a scope, as `ask` reads it.
    pub async fn stock<Asked>(
        &self,
        visit: &Visit,
        scope: &Arc<Scope>,
        ask: impl FnOnce(Visit) -> Asked,
    ) -> Result<Held, frappe::Error>
    where
        Asked: Future<Output = Result<Stock, frappe::Error>> + Send + 'static,
    {
        let ask = |visit: Visit| {
            let asked = ask(visit);
            async move { asked.await.map(Answer::Stock) }
        };
        let ages = visit.portal.times.list;
        self.get(visit, scope, Question::Stock, &ages, ask)
            .await
            .map(Held)
    }
}

/// Reads all rows of a question, those that are the scope's own.
async fn read_all(
    visit: &Visit,
    query: &ListQuery,
    most: u32,
    own: &Own,
) -> Result<Pieces, frappe::Error> {
    let (client, caller) = (&visit.portal.client, &visit.caller);
    let ask = |piece: ListQuery| async move { client.list(caller, &piece).await };
    let number = visit.portal.marks.sequence().current();
    let mut read = pieces::read(query, most, ask).await?;
    keep_own(visit, &query.doctype, &mut read.records, own, number);
    Ok(read)
}

/// A document with what hangs on it. A site on which the desk's question for it breaks, through a
/// script of its own, say, still shows the document.
async fn with_attachments(
    visit: &Visit,
    doctype: &DocType,
    name: &DocumentName,
    extract: &Extract,
) -> Result<(Record, Option<Vec<Attachment>>), frappe::Error> {
    let (client, caller) = (&visit.portal.client, &visit.caller);
    match client
        .document_with_attachments(caller, doctype, name, extract)
        .await
    {
        Ok((record, attachments)) => Ok((record, Some(attachments))),
        Err(problem @ (frappe::Error::Invalid | frappe::Error::Unexpected(_))) => {
            tracing::warn!(%doctype, %problem, "the attachments of a document cannot be read (frappe.desk.form.load.getdoc); its files are not shown");
            let document = client.document(caller, doctype, name, extract);
            Ok((document.await?, None))
        }
        Err(problem) => Err(problem),
    }
}

/// A refusal of the page's own DocType means that the page is unreadable for this user.
pub fn own_doctype<T>(
    visit: &Visit,
    doctype: &DocType,
    answer: Result<T, frappe::Error>,
) -> Result<T, Error> {
    match answer {
        Err(frappe::Error::Forbidden) => {
            visit.learn_unreadable(doctype);
            Err(Error::Unreadable)
        }
        answer => Ok(answer?),
    }
}
