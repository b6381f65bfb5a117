//! All rows of a question, read in pieces.
//!
//! Each piece begins after the last name of the one before, so that rows that come and go meanwhile
//! move nothing: no row is read twice, and none is missed that was there all the time. A bound keeps
//! it finite, and whoever reads is told when it was hit.

use std::num::NonZeroU32;

use crate::frappe::{self, FieldName, Filter, ListQuery, Outage, Record};

/// How many rows are asked for at once.
const PIECE: u32 = 2_000;

/// Rows of a question: all of them, or the first up to a bound.
#[derive(Debug, Default, PartialEq)]
pub struct Pieces {
    /// The rows, in the order of their names.
    pub records: Vec<Record>,
    /// Whether these are all.
    pub is_whole: bool,
}

/// Reads the rows of `query` until there are no more, or more than `most`. Its order, start and
/// length are not regarded.
///
/// # Errors
/// When a piece fails, or Frappe's pieces do not follow each other.
pub async fn read<Asked>(
    query: &ListQuery,
    most: u32,
    ask: impl Fn(ListQuery) -> Asked,
) -> Result<Pieces, frappe::Error>
where
    Asked: Future<Output = Result<Vec<Record>, frappe::Error>>,
{
    let mut read = Pieces::default();
    let mut last: Option<String> = None;
    loop {
        let piece = piece(query, last.as_deref());
        let length = piece.length.get() as usize;
        let mut records = ask(piece).await?;
        let is_last = records.len() < length;
        let name = records
            .last()
            .and_then(|record| record.text(&FieldName::name()))
            .map(str::to_owned);
        // A site that answers the same piece again would be asked forever.
        if name.is_some() && name == last {
            return Err(Outage::Broken.into());
        }
        read.records.append(&mut records);
        if read.records.len() > most as usize {
            read.records.truncate(most as usize);
            return Ok(read);
        }
        if is_last {
            read.is_whole = true;
            return Ok(read);
        }
        last = Some(name.ok_or(Outage::Broken)?);
    }
}

/// The piece of `query` that begins after `last`.
fn piece(query: &ListQuery, last: Option<&str>) -> ListQuery {
    let mut piece = ListQuery {
        order: Vec::new(),
        start: 0,
        length: NonZeroU32::new(PIECE).unwrap_or(NonZeroU32::MIN),
        ..query.clone()
    };
    piece
        .filters
        .extend(last.map(|last| Filter::greater(FieldName::name(), last)));
    piece
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::Mutex;

    use serde_json::json;

    use super::*;
    use crate::frappe::DocType;

    fn query() -> ListQuery {
        let doctype = DocType::parse("Bin").expect("a DocType");
        ListQuery::new(doctype, Vec::new(), NonZeroU32::MIN)
    }

    fn rows(from: usize, to: usize) -> Vec<Record> {
        (from..to)
            .filter_map(|at| Record::from_json(json!({"name": format!("{at:06}")})))
            .collect()
    }

    /// What Frappe would answer that has `all` rows; the pieces are written down.
    async fn read_of(all: usize, most: u32) -> (Pieces, Vec<ListQuery>) {
        let asked = Mutex::new(Vec::new());
        let read = read(&query(), most, |piece: ListQuery| {
            let mut asked = asked.lock().expect("not poisoned");
            let from = asked.len() * PIECE as usize;
            asked.push(piece);
            ready(Ok(rows(from, all.min(from + PIECE as usize))))
        })
        .await
        .expect("rows");
        (read, asked.into_inner().expect("not poisoned"))
    }

    #[tokio::test]
    async fn pieces_begin_after_the_last_name_of_the_one_before() {
        let (read, asked) = read_of(4_500, 20_000).await;
        assert!(read.is_whole);
        assert_eq!(read.records.len(), 4_500);
        let begins: Vec<_> = asked.iter().map(|piece| piece.filters.clone()).collect();
        let after = |name: &str| vec![Filter::greater(FieldName::name(), name)];
        assert_eq!(begins, [vec![], after("001999"), after("003999")]);
        assert!(asked.iter().all(|piece| piece.start == 0));
    }

    #[tokio::test]
    async fn the_bound_is_told_when_it_is_hit_and_not_when_it_is_met() {
        for (all, most, found, is_whole) in [
            (0, 10, 0, true),
            (10, 10, 10, true),
            (11, 10, 10, false),
            (2_000, 2_000, 2_000, true),
            (4_000, 4_000, 4_000, true),
            (4_001, 4_000, 4_000, false),
        ] {
            let (read, _) = read_of(all, most).await;
            assert_eq!((read.records.len(), read.is_whole), (found, is_whole));
        }
    }

    #[tokio::test]
    async fn a_site_that_repeats_itself_is_not_asked_forever() {
        let read = read(&query(), u32::MAX, |_: ListQuery| {
            ready(Ok(rows(0, PIECE as usize)))
        })
        .await;
        assert!(matches!(read, Err(frappe::Error::Unavailable(_))));
    }
}
