//! The declared pages: their lists and their documents.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::schema::{
    as_of, count, customers, field, fields, in_path, list as list_of, object, optional,
    optional_text, parameter, partial, reference, repeated, stale, text,
};
use super::{Described, answer, responses, type_name};
use crate::portal::page::{FilterField, Page, Section, Table};
use crate::portal::request::PAGE_SIZES;

/// The list of a page.
pub fn list(page: &Page) -> Described {
    let name = type_name(page);
    let row_name = format!("{name}Row");
    let views: Vec<_> = page.views.iter().map(|view| view.name.as_str()).collect();
    let view = if views.is_empty() {
        json!({"type": "null"})
    } else {
        optional(json!({"enum": views}))
    };
    let schema = object([
        ("page", json!({"const": page.name})),
        ("view", view),
        (
            "complete",
            json!({"type": "boolean", "description": "Whether the view is whole; false when a bound has left rows out."}),
        ),
        ("customers", customers()),
        ("rows", list_of(reference(&row_name))),
        ("total", count("The rows on all pages.")),
        ("page_number", json!({"type": "integer", "minimum": 1})),
        ("page_size", json!({"enum": PAGE_SIZES})),
        ("as_of", as_of()),
        ("stale", stale()),
    ]);
    let mut parameters = filters(page);
    parameters.extend(paging());
    let ok = answer(&page.text, &name);
    Described {
        operation: json!({
            "operationId": format!("list{name}"),
            "summary": page.title,
            "tags": [page.title],
            "parameters": parameters,
            "responses": responses(ok, &[StatusCode::BAD_REQUEST]),
        }),
        schemas: vec![(row_name, row(page)), (name, schema)],
    }
}

/// The number and the size of a page.
pub fn paging() -> [Value; 2] {
    [
        parameter(
            "page",
            "The number of the page.",
            json!({"type": "integer", "minimum": 1, "default": 1}),
        ),
        parameter(
            "page_size",
            "How many rows a page has.",
            json!({"type": "integer", "enum": PAGE_SIZES, "default": PAGE_SIZES[0]}),
        ),
    ]
}

/// What narrows and orders a list.
pub fn filters(page: &Page) -> Vec<Value> {
    let mut parameters = vec![repeated(
        "customer",
        "Only these customers of yours.",
        json!({"type": "string"}),
    )];
    if !page.views.is_empty() {
        let names: Vec<_> = page.views.iter().map(|view| view.name.as_str()).collect();
        let told: Vec<_> = page
            .views
            .iter()
            .map(|view| format!("{}: {}", view.name, view.text))
            .collect();
        let schema = json!({"type": "string", "enum": names});
        parameters.push(parameter("view", &told.join(" "), schema));
    }
    parameters.extend(page.filters.iter().flat_map(filter));
    if !page.search.is_empty() {
        parameters.push(parameter(
            "q",
            "Text to search for.",
            json!({"type": "string", "minLength": 2, "maxLength": 100}),
        ));
    }
    let sorts: Vec<_> = page
        .sortable()
        .flat_map(|field| [field.field.to_string(), format!("-{}", field.field)])
        .collect();
    parameters.push(parameter(
        "sort",
        "The order, with - in front for descending.",
        json!({"type": "string", "enum": sorts, "default": page.order.to_string()}),
    ));
    parameters
}

fn filter(filter: &FilterField) -> Vec<Value> {
    let field = filter.field.as_str();
    if filter.is_date() {
        let day = json!({"type": "string", "format": "date"});
        return vec![
            parameter(
                &format!("{field}_from"),
                &format!("{}: from this day.", filter.label),
                day.clone(),
            ),
            parameter(
                &format!("{field}_to"),
                &format!("{}: to this day.", filter.label),
                day,
            ),
        ];
    }
    let choices = json!({"type": "string", "enum": filter.choices});
    vec![repeated(field, &filter.label, choices)]
}

/// A row of a list, which the start page has too.
pub fn row(page: &Page) -> Value {
    let customer = (page.customer.as_str(), text("Whose it is."));
    object(std::iter::once(customer).chain(fields(&page.columns)))
}

/// A document of a page.
pub fn document(page: &Page) -> Described {
    let name = format!("{}Document", type_name(page));
    let customer = (page.customer.as_str(), text("Whose it is."));
    let shown = fields(page.status.iter().chain(&page.facts));
    let sections: Vec<(String, Value)> = page
        .sections
        .iter()
        .filter_map(|section| Some((section.key(), content(section)?)))
        .collect();
    let sections = sections
        .iter()
        .map(|(key, schema)| (key.as_str(), schema.clone()));
    let schema = object([
        ("page", json!({"const": page.name})),
        ("name", text("Its name, in its own spelling.")),
        ("fields", object(std::iter::once(customer).chain(shown))),
        // A section in which there is nothing is left out.
        ("sections", partial(object(sections))),
        ("documents", list_of(reference("Paper"))),
        ("files", list_of(reference("File"))),
        (
            "details_missing",
            json!({"type": "boolean", "description": "Whether this account may see no more of it than its row of the list."}),
        ),
        ("as_of", as_of()),
        ("stale", stale()),
    ]);
    let ok = answer(&page.one, &name);
    Described {
        operation: json!({
            "operationId": format!("get{}", type_name(page)),
            "summary": page.one,
            "tags": [page.title],
            "parameters": [in_path("name", "Its name.")],
            "responses": responses(ok, &[StatusCode::NOT_FOUND]),
        }),
        schemas: vec![
            (name, schema),
            ("Paper".to_owned(), paper()),
            ("File".to_owned(), file()),
            ("Milestone".to_owned(), milestone()),
            ("Operation".to_owned(), operation()),
        ],
    }
}

/// What a section holds; papers stand elsewhere.
fn content(section: &Section) -> Option<Value> {
    Some(match section {
        Section::Fields { fields: shown, .. } => object(fields(shown)),
        Section::RichText { title, .. } => text(&format!("{title}: HTML, sanitised.")),
        Section::Table(table) => list_of(table_row(table)),
        Section::Timeline(_) => list_of(reference("Milestone")),
        Section::Operations(_) => list_of(reference("Operation")),
        Section::Checklist(_) => return None,
    })
}

/// A row of a table; columns in which no row has anything are left out.
fn table_row(table: &Table) -> Value {
    let linked = table.linked.iter().flat_map(|linked| &linked.columns);
    let columns = table.columns.iter().chain(linked);
    partial(object(
        columns.map(|column| (column.field.as_str(), field(column))),
    ))
}

fn moment(description: &str) -> Value {
    optional_text(&format!(
        "{description}, on the site's clock, as 2026-11-22T14:05:00."
    ))
}

fn day(description: &str) -> Value {
    json!({"type": ["string", "null"], "format": "date", "description": description})
}

fn progress() -> Value {
    json!({"enum": ["not_started", "running", "done"]})
}

fn milestone() -> Value {
    object([
        ("milestone", text("What it is called.")),
        ("state", progress()),
        ("late", json!({"type": "boolean"})),
        ("planned_start", moment("When it should begin")),
        ("planned_end", moment("When it should be over")),
        ("actual_start", moment("When it began")),
        ("actual_end", moment("When it was over")),
    ])
}

fn operation() -> Value {
    let number =
        |description: &str| json!({"type": ["number", "null"], "description": description});
    object([
        ("operation", text("What it is called.")),
        ("state", progress()),
        ("quantity", number("How much of it.")),
        ("unit", optional_text("In which unit.")),
        ("start", moment("When it began")),
        ("end", moment("When it was done")),
        ("hours", number("How many hours it took.")),
    ])
}

fn paper() -> Value {
    object([
        ("document_type", optional_text("The kind of paper.")),
        ("document_name", optional_text("What it is called.")),
        ("document_number", optional_text("Its number.")),
        ("status", optional_text("Where it stands.")),
        ("is_required", json!({"type": "boolean"})),
        ("date_required", day("When it is needed.")),
        ("date_received", day("When it came.")),
        ("date_verified", day("When it was checked.")),
        ("expiry_date", day("Until when it is good.")),
        (
            "file",
            optional_text("The id of its file, where this account may have it."),
        ),
        (
            "problem",
            optional(json!({"enum": ["missing", "overdue", "expired", "rejected"]})),
        ),
    ])
}

fn file() -> Value {
    object([
        ("id", text("What addresses call it.")),
        ("name", text("Its name.")),
        ("href", text("Where it is.")),
        ("content_type", text("What it is sent as.")),
        (
            "size",
            json!({"type": ["integer", "null"], "description": "Its bytes, where that is known."}),
        ),
        (
            "added",
            optional_text("When it was added, where that is known."),
        ),
    ])
}
