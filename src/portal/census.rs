//! The census of a page: all documents of a user with the few fields that its views and numbers go
//! by, and those that the start page shows.
//!
//! One question answers how many documents there are, which of them are in which view, and which come
//! first; asked view by view and number by number it would be many. As Frappe decides on a view's
//! conditions in a list, so they are decided on here. Who has many documents has many rows in it, and
//! nearly all of them say the same few things: each is held once.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use jiff::civil::Date;

use super::Error;
use super::answers::{Taken, own_doctype};
use super::list::base_filters;
use super::own::Own;
use super::page::{Condition, Field, FilterField, PageFile, Scalar, SortKey, View};
use super::pieces::Pieces;
use super::scope::Scope;
use super::value;
use super::visit::Visit;
use crate::frappe::{FieldName, Held, ListQuery, Record};

/// The most documents that are read for it.
pub(super) const DOCUMENTS: u32 = 20_000;

/// By how many of its filters a page is counted.
const FILTERS: usize = 2;

/// All documents of a user, with what was asked of each.
#[derive(Debug, PartialEq)]
pub struct Census {
    /// The fields that were told of every document.
    fields: Box<[FieldName]>,
    /// The names of all documents, one after the other, and where each ends.
    names: Box<str>,
    ends: Box<[u32]>,
    /// Each different value.
    values: Box<[Held]>,
    /// Which value it is, document by document and field by field.
    cells: Box<[u32]>,
    is_whole: bool,
}

/// A document in a census.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    census: &'a Census,
    at: usize,
}

impl Census {
    /// What these rows say of these fields. A field that Frappe does not tell of every document,
    /// because the user may not read it, is left out: it is not the same as an empty one.
    pub fn of(rows: &Pieces, fields: &[FieldName]) -> Self {
        let records = &rows.records;
        let is_told = |field: &&FieldName| records.iter().all(|record| record.has(field));
        let fields: Box<[FieldName]> = fields.iter().filter(is_told).cloned().collect();
        let (mut names, mut ends) = (String::new(), Vec::new());
        let mut known: HashMap<&Held, u32> = HashMap::new();
        let (mut values, mut cells) = (Vec::new(), Vec::new());
        for record in records {
            names.push_str(record.text(&FieldName::name()).unwrap_or_default());
            ends.push(number(names.len()));
            for field in &fields {
                let value = record.value(field).unwrap_or(&Held::Nothing);
                let at = *known.entry(value).or_insert_with(|| {
                    values.push(value.clone());
                    number(values.len() - 1)
                });
                cells.push(at);
            }
        }
        Self {
            fields,
            names: names.into(),
            ends: ends.into(),
            values: values.into(),
            cells: cells.into(),
            is_whole: rows.is_whole,
        }
    }

    /// Whether these are all documents: false when a bound has left some out.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// How many documents there are.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// The documents, in the order of their names as Frappe has it.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        (0..self.len()).map(|at| Line { census: self, at })
    }

    /// The documents in the order of a list, the first first.
    pub fn sorted(&self, by: &SortKey) -> Vec<Line<'_>> {
        let mut sorted: Vec<_> = self.lines().collect();
        sorted.sort_by(|one, other| {
            let order = one
                .value(&by.field)
                .order(other.value(&by.field))
                .then_with(|| one.name().cmp(other.name()));
            if by.descending {
                order.reverse()
            } else {
                order
            }
        });
        sorted
    }

    /// Whether it tells which documents are in a view, as far as that is up to the view's conditions.
    pub fn tells(&self, view: &View) -> bool {
        let mut conditions = view.all.iter().chain(&view.any);
        self.is_whole && conditions.all(|condition| self.knows(condition.field()))
    }

    /// The bytes that it takes, roughly.
    pub fn size(&self) -> usize {
        let values: usize = self.values.iter().map(Held::heap).sum();
        let fields = self.fields.iter();
        let fields: usize = fields.map(|field| TEXT + field.as_str().len()).sum();
        size_of::<Self>()
            + fields
            + self.names.len()
            + size_of_val(&*self.ends)
            + size_of_val(&*self.values)
            + values
            + size_of_val(&*self.cells)
    }

    fn knows(&self, field: &FieldName) -> bool {
        field.as_str() == "name" || self.fields.contains(field)
    }
}

/// What the allocator takes for a text beside its bytes, roughly.
const TEXT: usize = 16;

/// A place; nobody has so many documents that it does not fit.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl<'a> Line<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        let end = |at: usize| self.census.ends[at] as usize;
        let begin = self.at.checked_sub(1).map_or(0, end);
        &self.census.names[begin..end(self.at)]
    }

    /// What stands in one of its fields; nothing in one that is not known.
    pub fn value(self, field: &FieldName) -> Scalar<'a> {
        if field.as_str() == "name" {
            return Scalar::of_text(self.name());
        }
        let fields = &self.census.fields;
        let place = fields.iter().position(|known| known == field);
        place.map_or(Scalar::Nothing, |place| {
            let cell = self.census.cells[self.at * fields.len() + place];
            Scalar::of(&self.census.values[cell as usize])
        })
    }

    /// Its customer, if it is one of the scope's.
    pub fn is_of(self, page: &PageFile, scope: &Scope) -> bool {
        let customer = self.value(&page.customer).text();
        customer.is_some_and(|customer| scope.find(customer).is_some())
    }

    /// All that is known of it.
    pub fn record(self) -> Record {
        let fields = &self.census.fields;
        let cells = &self.census.cells[self.at * fields.len()..];
        let values = fields.iter().zip(cells);
        let values = values.map(|(field, cell)| {
            let value = &self.census.values[*cell as usize];
            (field.as_str().into(), value.clone())
        });
        let name = (
            FieldName::name().as_str().into(),
            Held::Text(self.name().into()),
        );
        values.chain([name]).collect()
    }

    /// Whether the conditions of a view hold for it.
    pub fn is_in(self, view: &View, today: Date) -> bool {
        let holds = |condition: &Condition| condition.holds(self.value(condition.field()), today);
        view.all.iter().all(holds) && (view.any.is_empty() || view.any.iter().any(holds))
    }
}

/// The filters that a page is counted by: its first ones that are choices.
pub(super) fn counted_by(page: &PageFile) -> impl Iterator<Item = &FilterField> {
    let choices = page.filters.iter().filter(|filter| !filter.is_date());
    choices.take(FILTERS)
}

/// What the start page shows of the first documents of a page's views.
pub(super) fn shown_on_start(page: &PageFile) -> impl Iterator<Item = &Field> {
    let on_start = page.views.iter().filter(|view| view.attention);
    on_start.flat_map(|view| page.shown(view).into_iter().chain(&page.status))
}

/// What is asked of each document of a page.
fn fields(page: &PageFile) -> Vec<FieldName> {
    let views = page.views.iter();
    let of_views = views.flat_map(|view| view.all.iter().chain(&view.any));
    let mut fields = vec![page.customer.clone()];
    let others = of_views
        .map(Condition::field)
        .chain(counted_by(page).map(|filter| &filter.field))
        .chain([&page.order.field])
        .cloned()
        .chain(value::asked_for(shown_on_start(page)));
    for field in others {
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    fields
}

fn query(page: &PageFile, scope: &Scope) -> ListQuery {
    let mut query = ListQuery::new(page.doctype.clone(), fields(page), NonZeroU32::MIN);
    query.filters = base_filters(page, scope);
    query
}

impl Visit {
    /// The census of a page; `whole` is the user's scope there. However customers are chosen among,
    /// it is the same question, and what is remembered answers it.
    ///
    /// # Errors
    /// When the user may not read the DocType, or Frappe does not answer.
    pub(super) async fn census(&self, page: &PageFile, whole: &Arc<Scope>) -> Result<Taken, Error> {
        let own = Own::documents(page, whole);
        let answers = &self.portal.answers;
        let census = answers.census(self, whole, query(page, whole), own).await;
        own_doctype(self, &page.doctype, census)
    }

    /// Whether it is remembered, so that nobody would wait for it.
    pub(super) fn has_census(&self, page: &PageFile, whole: &Arc<Scope>) -> bool {
        let answers = &self.portal.answers;
        answers.has_census(self, whole, query(page, whole))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::frappe::CustomerName;
    use crate::portal::page::{Page, Pages};

    fn page() -> Page {
        let pages = Pages::load(&["transport-jobs".to_owned()], None).expect("the shipped page");
        pages.iter().next().expect("one page").clone()
    }

    fn census(page: &PageFile, rows: Vec<Value>, is_whole: bool) -> Census {
        let records = Record::rows_from_json(rows).expect("rows");
        Census::of(&Pieces { records, is_whole }, &fields(page))
    }

    fn job(name: &str, status: &str, scheduled: Option<&str>, booked: &str) -> Value {
        json!({
            "name": name, "customer": "Acme Foods", "status": status, "sla_status": "On Track",
            "scheduled_date": scheduled, "booking_date": booked,
        })
    }

    fn names<'a>(lines: impl IntoIterator<Item = Line<'a>>) -> Vec<&'a str> {
        lines.into_iter().map(Line::name).collect()
    }

    #[test]
    fn a_census_tells_what_is_in_a_view_and_what_comes_first() {
        let page = page();
        let late = page.view("late").expect("a view");
        let census = census(
            &page,
            vec![
                job("A", "In Progress", Some("2026-11-20"), "2026-11-01"),
                job("B", "Completed", Some("2026-11-20"), "2026-11-03"),
                job("C", "Submitted", Some("2026-11-22"), "2026-11-02"),
                job("D", "Submitted", None, "2026-11-02"),
                job("E", "Reopened", Some("2026-11-21"), "2026-11-02"),
            ],
            true,
        );
        assert!(census.tells(late));
        let today = date(2026, 11, 22);
        let in_view = census.lines().filter(|line| line.is_in(late, today));
        assert_eq!(names(in_view), ["A", "E"]);
        assert_eq!(
            names(census.sorted(&page.order)),
            ["B", "E", "D", "C", "A"],
            "the latest first, and of those of one day the last name"
        );
        let scope = |customer: &str| -> Scope {
            let customer = CustomerName::parse(customer).expect("a customer");
            [customer].into_iter().collect()
        };
        let of = |customer| {
            census
                .lines()
                .all(|line| line.is_of(&page, &scope(customer)))
        };
        assert!(of("Acme Foods") && !of("acme foods"));
    }

    #[test]
    fn a_field_that_frappe_does_not_tell_is_not_taken_for_an_empty_one() {
        let page = page();
        let [late, under_way] = ["late", "under-way"].map(|view| page.view(view).expect("a view"));
        let mut told = job("A", "Submitted", None, "2026-11-01");
        told["scheduled_date"].take();
        let mut untold = job("B", "Submitted", None, "2026-11-01");
        untold.as_object_mut().expect("a row").remove("sla_status");
        let census = census(&page, vec![told, untold], true);
        assert!(!census.tells(late) && census.tells(under_way));
    }

    #[test]
    fn a_census_that_was_cut_tells_of_no_view() {
        let page = page();
        let census = census(
            &page,
            vec![job("A", "Submitted", None, "2026-11-01")],
            false,
        );
        assert!(!page.views.iter().any(|view| census.tells(view)));
    }

    proptest! {
        #[test]
        fn each_document_has_the_values_of_its_row(
            rows in prop::collection::vec(("[A-Z0-9ü]{1,12}", "[a-c]?", prop::option::of(0..4_i64)), 0..40),
        ) {
            let as_json = rows.iter().map(|(name, status, number)| json!({
                "name": name, "customer": "Acme Foods", "status": status, "sla_status": number,
                "scheduled_date": null, "booking_date": "2026-11-01",
            }));
            let census = census(&page(), as_json.collect(), true);
            let field = |name| FieldName::parse(name).expect("a field");
            let (status, number) = (field("status"), field("sla_status"));
            let told: Vec<_> = census
                .lines()
                .map(|line| (line.name(), line.value(&status).shown(), line.value(&number).shown()))
                .collect();
            let expected: Vec<_> = rows
                .iter()
                .map(|(name, status, number)| {
                    (name.as_str(), status.clone(), number.map_or(String::new(), |number| number.to_string()))
                })
                .collect();
            prop_assert_eq!(told, expected);
        }
    }
}
