//! A document as a PDF, in one of the formats that its page declares.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::disposition::Disposition;
use super::failure::Failure;
use super::files::POLICY;
use super::present::document_href;
use super::visitor::SignedIn;
use crate::frappe::DocumentName;
use crate::portal::page::{Page, PageName, Print};
use crate::portal::request::BadParameter;
use crate::portal::{self, NotPrinted};
use crate::views::context::Making;

/// `GET /{page}/{name}/print.pdf`
///
/// HEAD proves the document and prints nothing: that would be dear, and for nobody.
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(page): Extension<PageName>,
    Path(name): Path<String>,
    method: Method,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&page).ok_or(Failure::NotFound)?;
    let name = DocumentName::parse(&name).map_err(|_| Failure::NotFound)?;
    let print = chosen(page, &pairs)?;
    let visit = visitor.visit(&app).await?;
    let name = visit.printable(page, &name).await?;
    let file_name = if page.prints.len() > 1 {
        format!("{name} {}.pdf", print.name)
    } else {
        format!("{name}.pdf")
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/pdf"),
        ),
        (
            header::CONTENT_DISPOSITION,
            Disposition::Inline.named(&file_name),
        ),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    if method == Method::HEAD {
        return Ok(headers.into_response());
    }
    // One at a time, so that one user leaves some to the others.
    let _turn = app.downloads.prints.take(&visit.caller().user)?;
    match visit.print(page, &name, print).await {
        Ok(pdf) => Ok((headers, pdf.into_bytes()).into_response()),
        Err(portal::Error::NotPrinted(reason)) => {
            if let NotPrinted::Failed(reason) = &reason {
                tracing::error!(page = %page.name, format = %print.format, reason, "a document could not be printed");
            }
            Err(Failure::NotPrinted(reason))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// The print that was asked for: by its name, or the page's first.
fn chosen<'page>(page: &'page Page, pairs: &[(String, String)]) -> Result<&'page Print, Failure> {
    let first = page.prints.first().ok_or(Failure::NotFound)?;
    let mut asked = pairs
        .iter()
        .filter(|(parameter, value)| parameter == "format" && !value.is_empty());
    let Some((_, wanted)) = asked.next() else {
        return Ok(first);
    };
    let named = page
        .prints
        .iter()
        .find(|print| print.name.as_str() == wanted);
    named.filter(|_| asked.next().is_none()).ok_or_else(|| {
        let accepted: Vec<_> = page
            .prints
            .iter()
            .map(|print| print.name.as_str())
            .collect();
        BadParameter::new("format", wanted, format!("one of {}", accepted.join(", "))).into()
    })
}

/// The links that print a document.
pub fn links(page: &Page, name: &DocumentName) -> Vec<Making> {
    let address = format!("{}/print.pdf", document_href(page, name));
    let link = |(at, print): (usize, &Print)| Making {
        label: print.label.clone(),
        href: if at == 0 {
            address.clone()
        } else {
            format!("{address}?format={}", print.name)
        },
        said: "The PDF is being made. This may take a moment.".to_owned(),
    };
    page.prints.iter().enumerate().map(link).collect()
}
