//! A list: the rows of a page of it, how many there are, and of when.

mod rows;
mod way;

use std::num::NonZeroU32;
use std::sync::Arc;

pub use self::rows::ListRows;
pub(super) use self::way::{fill_in, legs_query, shown_route};
use super::Error;
use super::answers::own_doctype;
use super::as_of::AsOf;
use super::own::Own;
use super::page::{Field, Fixed, Page, PageFile};
use super::request::ListRequest;
use super::scope::Scope;
use super::value::{self, Fields};
use super::view::Within;
use super::visit::Visit;
use crate::frappe::{CustomerName, DocumentName, FieldName, Filter, ListQuery, Order, Record};

/// A page of a list.
#[derive(Clone, Debug)]
pub struct List {
    /// The rows.
    pub rows: Vec<Row>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// The customers whose rows these are: those chosen, or all of the user's.
    pub customers: Vec<CustomerName>,
    /// The customers one may choose from.
    pub choices: Vec<CustomerName>,
    /// Whether the view that was chosen is whole: false when a bound has left documents out that
    /// may be in it too.
    pub is_whole: bool,
    /// When Frappe was asked; of several answers, the oldest.
    pub as_of: AsOf,
}

/// A row: the declared fields that it was asked for, and nothing else.
#[derive(Clone, Debug)]
pub struct Row {
    /// Whose it is.
    pub customer: CustomerName,
    /// The declared fields, by name.
    pub fields: Fields,
    /// Its name.
    pub name: DocumentName,
}

impl Row {
    /// The row with the fields that are shown of it, as the page declares them; `None` when it is not
    /// of this scope.
    pub(super) fn read<'a>(
        record: &Record,
        page: &PageFile,
        scope: &Scope,
        shown: impl IntoIterator<Item = &'a Field>,
    ) -> Option<Self> {
        let (customer, name) = Self::of(record, page, scope)?;
        let fields = Fields::read(record, shown);
        Some(Self {
            customer,
            fields,
            name,
        })
    }

    /// Whose a row is, and what it is called; `None` as above.
    fn of(record: &Record, page: &PageFile, scope: &Scope) -> Option<(CustomerName, DocumentName)> {
        let customer = customer_of(record, page, scope)?;
        let name = DocumentName::parse(record.text(&FieldName::name())?).ok()?;
        Some((customer, name))
    }
}

/// The customer of a record, if it is one of the scope's.
pub(super) fn customer_of(record: &Record, page: &PageFile, scope: &Scope) -> Option<CustomerName> {
    scope.find(record.text(&page.customer)?).cloned()
}

/// Frappe's filters for the customers of a scope and what the page filters always.
pub(super) fn base_filters(page: &PageFile, scope: &Scope) -> Vec<Filter> {
    let customers = scope
        .customers()
        .map(|customer| customer.as_str().to_owned());
    let mut filters = vec![Filter::one_of(page.customer.clone(), customers)];
    filters.extend(page.fixed.iter().filter_map(Fixed::filter));
    filters
}

/// The fields asked for in a row of which these are shown: they, its name, and whose it is.
pub(super) fn row_fields<'a>(
    page: &PageFile,
    shown: impl IntoIterator<Item = &'a Field>,
) -> Vec<FieldName> {
    let mut fields = value::asked_for(shown);
    for needed in [FieldName::name(), page.customer.clone()] {
        if !fields.contains(&needed) {
            fields.push(needed);
        }
    }
    fields
}

/// Whose rows a visitor asks for, and in which view of them.
pub(super) struct Narrowed {
    /// The user's scope.
    pub whole: Arc<Scope>,
    /// The part of it that was chosen.
    pub chosen: Arc<Scope>,
    /// The view that was chosen.
    pub within: Option<Within>,
}

impl Visit {
    /// What a visitor asks for, once it is his to ask.
    pub(super) async fn narrowed(
        &self,
        page: &Page,
        request: &ListRequest,
    ) -> Result<Narrowed, Error> {
        let whole = self.scope_of(page)?;
        let chosen = whole
            .narrowed(&request.customers)
            .ok_or(Error::OutsideScope)
            .map(Arc::new)?;
        self.readable(&page.doctype)?;
        let within = match request.chosen_view(page) {
            Some(view) => {
                let is_searched = request.search.is_some();
                Some(
                    self.within(page, &whole, &chosen, view, is_searched)
                        .await?,
                )
            }
            None => None,
        };
        Ok(Narrowed {
            whole,
            chosen,
            within,
        })
    }

    /// A page of a list.
    ///
    /// # Errors
    /// When the user has no customers or chose another's, may not read the DocType, or Frappe does
    /// not answer.
    pub async fn list(&self, page: &Page, request: &ListRequest) -> Result<List, Error> {
        let begun = self.list_rows(page, request).await?;
        let rest = self.rest_of(&begun).await?;
        let rows = begun.rows();
        Ok(begun.complete(rows, &rest))
    }

    /// Which of these documents there are, all of them this user's, each in its own spelling and in the
    /// order in which they were named: one question for all.
    ///
    /// # Errors
    /// When one of them is not this user's, or not there, which look the same; or Frappe does not
    /// answer.
    pub async fn own(
        &self,
        page: &Page,
        names: &[DocumentName],
    ) -> Result<Vec<DocumentName>, Error> {
        let scope = self.scope_of(page)?;
        self.readable(&page.doctype)?;
        let length = u32::try_from(names.len()).ok().and_then(NonZeroU32::new);
        let length = length.ok_or(Error::NotFound)?;
        let mut query = ListQuery::new(page.doctype.clone(), row_fields(page, []), length);
        query.filters = base_filters(page, &scope);
        query.filters.push(Filter::one_of(
            FieldName::name(),
            names.iter().map(DocumentName::as_str),
        ));
        let own = Own::documents(page, &scope);
        let rows = self.portal.answers.rows(self, &scope, query, own).await;
        let rows = own_doctype(self, &page.doctype, rows)?;
        let found: Vec<DocumentName> = rows
            .records()
            .iter()
            .filter_map(|record| DocumentName::parse(record.text(&FieldName::name())?).ok())
            .collect();
        let are_all = names.iter().all(|name| found.contains(name));
        if are_all {
            Ok(names.to_vec())
        } else {
            Err(Error::NotFound)
        }
    }
}

/// Frappe's question for what a visitor asks.
pub(super) fn query(
    page: &PageFile,
    scope: &Scope,
    request: &ListRequest,
    within: Option<&Within>,
) -> ListQuery {
    let length = NonZeroU32::new(request.page_size).unwrap_or(NonZeroU32::MIN);
    let fields = row_fields(page, &page.columns);
    let mut query = ListQuery::new(page.doctype.clone(), fields, length);
    query.filters = base_filters(page, scope);
    for (field, chosen) in &request.choices {
        let stored = chosen.iter().flat_map(|shown| page.stored(field, shown));
        query.filters.push(Filter::one_of(field.clone(), stored));
    }
    for (field, days) in &request.dates {
        query
            .filters
            .extend(days.from.map(|from| Filter::at_least(field.clone(), from)));
        query
            .filters
            .extend(days.to.map(|to| Filter::at_most(field.clone(), to)));
    }
    if let Some(text) = &request.search {
        query.any_of = page
            .search
            .iter()
            .map(|field| Filter::contains(field.clone(), text))
            .collect();
    }
    if let Some(within) = within {
        within.narrow(&mut query);
    }
    query.order = vec![Order {
        field: request.sort.field.clone(),
        descending: request.sort.descending,
    }];
    query.start = (request.page - 1).saturating_mul(request.page_size);
    query
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::portal::page::{Kind, Pages};

    fn pages() -> Pages {
        Pages::load(&["transport-jobs".to_owned()], None).expect("the shipped page")
    }

    fn scope() -> Scope {
        let customer = CustomerName::parse("Acme Foods").expect("a customer");
        [customer].into_iter().collect()
    }

    #[test]
    fn a_list_asks_for_what_its_columns_show_and_whose_it_is() {
        let (pages, scope) = (pages(), scope());
        let page = pages.iter().next().expect("one page");
        let request = ListRequest::parse(page, &[]).expect("a request");
        let asked = query(page, &scope, &request, None).fields;
        let shown = page
            .columns
            .iter()
            .filter(|column| column.kind != Kind::Route);
        for field in shown.map(|column| &column.field).chain([&page.customer]) {
            assert!(asked.contains(field), "{field}");
        }
        let is_column =
            |field: &FieldName| page.columns.iter().any(|column| column.field == *field);
        for fact in page.facts.iter().map(|fact| &fact.field) {
            assert_eq!(asked.contains(fact), is_column(fact), "{fact}");
        }
    }

    #[test]
    fn a_row_of_another_customer_is_no_row() {
        let (pages, scope) = (pages(), scope());
        let page = pages.iter().next().expect("one page");
        for (customer, own) in [
            (json!("Acme Foods"), true),
            (json!("Bluefin Seafoods"), false),
            (json!("acme foods"), false),
            (json!("Acme Foods "), false),
            (json!(""), false),
            (json!(null), false),
            (json!(["Acme Foods"]), false),
        ] {
            let record = Record::from_json(json!({"name": "TRJ000000001", "customer": customer}));
            let row = record.and_then(|record| Row::read(&record, page, &scope, &page.columns));
            assert_eq!(row.is_some(), own, "{customer}");
        }
    }
}
