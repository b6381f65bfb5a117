//! What is no JSON: files, bundles, prints and tables to take away.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::schema::{in_path, parameter, repeated};
use super::{Described, built_in, pages, responses, type_name};
use crate::portal::page::{BuiltIn, Page, Pages};

/// An answer of bytes.
fn bytes(description: &str, kind: &str) -> Value {
    let schema = json!({"type": "string", "contentMediaType": kind});
    json!({"description": description, "content": {kind: {"schema": schema}}})
}

fn operation(
    id: &str,
    summary: &str,
    tag: &str,
    parameters: &[Value],
    ok: Value,
    more: &[StatusCode],
) -> Described {
    Described {
        operation: json!({
            "operationId": id,
            "summary": summary,
            "tags": [tag],
            "parameters": parameters,
            "responses": responses(ok, more),
        }),
        schemas: Vec::new(),
    }
}

/// A list's rows, all of them, as `csv` or `xlsx`.
pub fn export(name: &str, kind: &str, all: &Pages) -> Option<Described> {
    let (media_type, told) = match kind {
        "csv" => ("text/csv", "CSV"),
        "xlsx" => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "XLSX",
        ),
        _ => return None,
    };
    let ok = bytes(
        "All rows, with the filters and the order that were asked for.",
        media_type,
    );
    let refusals: &[StatusCode] = if kind == "xlsx" {
        &[StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY]
    } else {
        &[StatusCode::BAD_REQUEST]
    };
    if BuiltIn::parse(name) == Some(BuiltIn::StockBalance) {
        let title = BuiltIn::StockBalance.title();
        let summary = format!("{title} as {told}");
        let id = format!("exportStockBalance{told}");
        return Some(operation(
            &id,
            &summary,
            title,
            &built_in::stock_filters(),
            ok,
            refusals,
        ));
    }
    let page = all.iter().find(|page| page.name.as_str() == name)?;
    let summary = format!("{} as {told}", page.title);
    let id = format!("export{}{told}", type_name(page));
    Some(operation(
        &id,
        &summary,
        &page.title,
        &pages::filters(page),
        ok,
        refusals,
    ))
}

/// A print, where the page declares any.
pub fn print(page: &Page) -> Option<Described> {
    let first = page.prints.first()?;
    let names: Vec<_> = page
        .prints
        .iter()
        .map(|print| print.name.as_str())
        .collect();
    let schema = json!({"type": "string", "enum": names, "default": first.name});
    let parameters = [
        in_path("name", "Its name."),
        parameter("format", "Which print.", schema),
    ];
    Some(operation(
        &format!("print{}", type_name(page)),
        &format!("{} as PDF", page.one),
        &page.title,
        &parameters,
        bytes("The print.", "application/pdf"),
        &[StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND],
    ))
}

/// All papers of a document.
pub fn bundle(page: &Page) -> Described {
    operation(
        &format!("bundle{}", type_name(page)),
        &format!("All files of one {}", page.one),
        &page.title,
        &[in_path("name", "Its name.")],
        bytes("The files, and an index of them.", "application/zip"),
        &[StatusCode::NOT_FOUND],
    )
}

/// All papers of the documents that are named.
pub fn selection(page: &Page) -> Described {
    operation(
        &format!("bundle{}Selection", type_name(page)),
        &format!("All files of several {}", page.title),
        &page.title,
        &[repeated(
            "name",
            "The documents, by name.",
            json!({"type": "string"}),
        )],
        bytes("The files, and an index of them.", "application/zip"),
        &[StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND],
    )
}

/// One file of a document, of whatever kind.
pub fn file(page: &Page) -> Described {
    let content = json!({"*/*": {}});
    let inline = json!({"type": "string", "enum": ["1"]});
    let mut described = operation(
        &format!("file{}", type_name(page)),
        &format!("A file of one {}", page.one),
        &page.title,
        &[
            in_path("name", "The document's name."),
            in_path("file", "The file's id."),
            parameter("inline", "1: to be shown where that is harmless.", inline),
        ],
        json!({"description": "The file.", "content": content}),
        &[
            StatusCode::BAD_REQUEST,
            StatusCode::NOT_FOUND,
            StatusCode::RANGE_NOT_SATISFIABLE,
        ],
    );
    described.operation["responses"]["206"] =
        json!({"description": "The part of it that Range asks for.", "content": content});
    described
}
