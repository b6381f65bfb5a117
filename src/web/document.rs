//! One document of a declared page.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::failure::Failure;
use super::present::{as_of, cell, document_href, late, shown_as_of, span, tone};
use super::ready::{Content, Ready};
use super::session::Session;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use super::{App, archive, files, frame, print};
use crate::frappe::DocumentName;
use crate::meanwhile::meanwhile;
use crate::portal::files::File;
use crate::portal::page::{Field, Kind, Page, PageName, Section};
use crate::portal::value::Value;
use crate::portal::{
    Document, Milestone, Operation, Paper, PaperProblem, Place, Progress, SectionContent, Visit,
};
use crate::views::context::{
    self, Archive, Cell, ChecklistItem, Column, DocumentPage, Fact, FileLink, Link, OperationState,
    SafeHtml, SectionBody, Step, StepState, Table,
};
use crate::views::format;

/// `GET /{page}/{name}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(page): Extension<PageName>,
    Path(name): Path<String>,
    visitor: SignedIn,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&page).ok_or(Failure::NotFound)?;
    // What is the name of nothing is not found, unasked.
    let name = DocumentName::parse(&name).map_err(|_| Failure::NotFound)?;
    let make = |visit: Visit| {
        let (app, session, name) = (&app, &visitor.session, &name);
        let is_json = wanted.is_json();
        async move { made(app, session, &visit, page, name, is_json).await }
    };
    visitor.page(&app, &wanted, make).await
}

async fn made(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    page: &Page,
    name: &DocumentName,
    is_json: bool,
) -> Result<Ready<DocumentPage>, Failure> {
    let around = || {
        let (title, current) = (name.as_str(), Some(page.name.as_str()));
        frame::of_visit(app, session, visit, title, current)
    };
    let around = async { (!is_json).then(around) };
    let (document, frame) = meanwhile(visit.document(page, name), around).await;
    let document = document?;
    let as_of = document.as_of;
    let place = Place::Document(page.name.clone(), document.name.clone());
    let content = match frame {
        None => Content::Json(as_json(page, &document)),
        // Frappe finds names whatever their case; one document has one address.
        Some(_) if document.name != *name => Content::Moved(document_href(page, &document.name)),
        Some(frame) => {
            let several = visit.scope(&page.doctype).customers().len() > 1;
            let zone = app.portal.time_zone();
            let shown = Shown {
                as_of: shown_as_of(app, as_of, document_href(page, &document.name)),
                page,
                zone,
                now: app.portal.site_time(app.clock.now()),
            };
            Content::Html(shown.page(frame, document, several))
        }
    };
    Ok(Ready::new(place, Some(as_of), content))
}

fn as_json(page: &Page, document: &Document<'_>) -> Json {
    let mut fields = Map::new();
    fields.insert(page.customer.to_string(), json!(document.customer));
    for shown in document.status.iter().chain(&document.facts) {
        fields.insert(shown.field.field.to_string(), json!(shown.value));
    }
    let mut sections = Map::new();
    let mut documents: Vec<Json> = Vec::new();
    for (section, content) in &document.sections {
        let content = match content {
            SectionContent::Fields(values) => values
                .iter()
                .map(|(field, value)| (field.field.to_string(), json!(value)))
                .collect::<Map<_, _>>()
                .into(),
            SectionContent::RichText(html) => json!(html),
            SectionContent::Table(columns, rows) => rows
                .iter()
                .map(|row| {
                    columns
                        .iter()
                        .zip(row)
                        .map(|(field, value)| (field.field.to_string(), json!(value)))
                        .collect::<Map<_, _>>()
                        .into()
                })
                .collect::<Vec<Json>>()
                .into(),
            SectionContent::Timeline(milestones) => json!(milestones),
            SectionContent::Operations(operations) => json!(operations),
            SectionContent::Checklist(papers) => {
                documents.extend(papers.iter().map(|paper| json!(paper)));
                continue;
            }
        };
        sections.insert(section.key(), content);
    }
    json!({
        "page": page.name,
        "name": document.name,
        "fields": fields,
        "sections": sections,
        "documents": documents,
        "files": document.files.iter().map(|file| file_as_json(page, document, file)).collect::<Vec<_>>(),
        "details_missing": document.details_missing,
        "as_of": as_of(document.as_of),
        "stale": document.as_of.is_stale(),
    })
}

fn file_as_json(page: &Page, document: &Document<'_>, file: &File) -> Json {
    let details = file.details.as_ref();
    json!({
        "id": file.id,
        "name": file.name,
        "href": files::href(page, &document.name, file),
        "content_type": file.media().content_type,
        "size": details.and_then(|details| details.size),
        "added": details.and_then(|details| details.added),
    })
}

/// A document on its way to becoming a page.
struct Shown<'a> {
    as_of: context::AsOf,
    page: &'a Page,
    zone: &'a TimeZone,
    now: jiff::civil::DateTime,
}

impl Shown<'_> {
    fn page(self, frame: context::Frame, document: Document<'_>, several: bool) -> DocumentPage {
        let cell_of = |shown: &crate::portal::Shown<'_>| {
            cell(&shown.value, shown.field, self.page, self.zone)
        };
        let links: Vec<(&File, FileLink)> = document
            .files
            .iter()
            .map(|file| (file, self.file(&document.name, file)))
            .collect();
        DocumentPage {
            frame,
            archive: (!links.is_empty()).then(|| Archive {
                files: links.len(),
                href: archive::href(self.page, &document.name),
            }),
            files: links
                .iter()
                .filter(|(file, _)| !file.is_of_a_paper)
                .map(|(_, link)| link.clone())
                .collect(),
            files_missing: document.files_missing,
            back: Link {
                text: self.page.title.clone(),
                href: frame::href(self.page),
            },
            kind: self.page.one.clone(),
            name: document.name.to_string(),
            status: document.status.as_ref().map(cell_of).unwrap_or_default(),
            customer: several.then(|| document.customer.to_string()),
            facts: document
                .facts
                .iter()
                .map(|shown| Fact::new(&shown.field.label, cell_of(shown)))
                .filter(|fact| fact.cell != Cell::Empty)
                .collect(),
            sections: document
                .sections
                .into_iter()
                .map(|(section, content)| self.section(section, content, &links))
                .collect(),
            details_missing: document.details_missing,
            prints: print::links(self.page, &document.name),
            as_of: self.as_of,
        }
    }

    fn file(&self, document: &DocumentName, file: &File) -> FileLink {
        let media = file.media();
        let href = files::href(self.page, document, file);
        let details = file.details.as_ref();
        FileLink {
            name: file.name.to_string(),
            kind: media.label.to_owned(),
            size: details.and_then(|details| details.size).map(format::size),
            added: details
                .and_then(|details| details.added)
                .map(|at| format::day(at.date())),
            show_href: media.is_shown.then(|| format!("{href}?inline=1")),
            href,
        }
    }

    fn section(
        &self,
        section: &Section,
        content: SectionContent<'_>,
        files: &[(&File, FileLink)],
    ) -> context::Section {
        let body = match content {
            SectionContent::Fields(values) => SectionBody::Fields {
                facts: values
                    .iter()
                    .map(|(field, value)| {
                        Fact::new(&field.label, cell(value, field, self.page, self.zone))
                    })
                    .filter(|fact| fact.cell != Cell::Empty)
                    .collect(),
            },
            SectionContent::RichText(html) => SectionBody::RichText {
                html: SafeHtml::from_sanitised(html),
            },
            SectionContent::Table(columns, rows) => SectionBody::Table {
                table: self.table(&columns, &rows),
                more: None,
            },
            SectionContent::Timeline(milestones) => SectionBody::Timeline {
                steps: milestones
                    .iter()
                    .map(|milestone| self.step(milestone))
                    .collect(),
            },
            SectionContent::Operations(operations) => SectionBody::Operations {
                operations: operations
                    .iter()
                    .map(|operation| self.operation(operation))
                    .collect(),
            },
            SectionContent::Checklist(papers) => SectionBody::Checklist {
                items: papers
                    .iter()
                    .map(|paper| {
                        let file = files
                            .iter()
                            .find(|(file, _)| paper.file.as_ref() == Some(&file.id));
                        self.paper(paper, file.map(|(_, link)| link.clone()))
                    })
                    .collect(),
            },
        };
        context::Section {
            title: section.title().to_owned(),
            id: section.key(),
            body,
        }
    }

    fn table(&self, columns: &[&Field], rows: &[Vec<Value>]) -> Table {
        let heads = columns.iter().map(|field| {
            if field.kind == Kind::Number {
                Column::numeric(&field.label)
            } else {
                Column::new(&field.label)
            }
        });
        let cells = |row: &Vec<Value>| -> Vec<Cell> {
            row.iter()
                .zip(columns)
                .map(|(value, field)| cell(value, field, self.page, self.zone))
                .collect()
        };
        let rows = rows.iter().map(|row| context::Row::from(cells(row)));
        Table::new(heads.collect(), rows.collect())
    }

    fn step(&self, milestone: &Milestone) -> Step {
        let (state, state_text) = match (milestone.state, milestone.late) {
            (Progress::Done, _) => (StepState::Completed, "Completed"),
            (Progress::Running, false) => (StepState::Started, "Started"),
            (Progress::NotStarted, false) => (StepState::Planned, "Planned"),
            (Progress::Running, true) => (StepState::Late, "Started"),
            (Progress::NotStarted, true) => (StepState::Late, "Not started"),
        };
        Step {
            title: milestone.milestone.clone(),
            state,
            state_text: state_text.to_owned(),
            late: milestone.late.then(|| {
                late(
                    milestone.planned_end,
                    milestone.actual_end.unwrap_or(self.now),
                )
            }),
            planned: span(milestone.planned_start, milestone.planned_end, self.zone),
            actual: span(milestone.actual_start, milestone.actual_end, self.zone),
            note: None,
        }
    }

    fn operation(&self, operation: &Operation) -> context::Operation {
        let (state, state_text) = match operation.state {
            Progress::NotStarted => (OperationState::NotStarted, "Not started"),
            Progress::Running => (OperationState::Running, "Running"),
            Progress::Done => (OperationState::Done, "Done"),
        };
        let number = |number: Option<f64>| {
            number
                .map(|number| format::number(number, 3))
                .unwrap_or_default()
        };
        context::Operation {
            title: operation.operation.clone(),
            description: None,
            state,
            state_text: state_text.to_owned(),
            quantity: Cell::quantity(
                number(operation.quantity),
                operation.unit.clone().unwrap_or_default(),
            ),
            start: operation.start.map(|at| format::moment(at, self.zone)),
            end: operation.end.map(|at| format::moment(at, self.zone)),
            hours: Cell::quantity(number(operation.hours), "h"),
        }
    }

    fn paper(&self, paper: &Paper, file: Option<FileLink>) -> ChecklistItem {
        let status = paper.status.as_deref().unwrap_or_default();
        let problem = paper.problem.map(|problem| match problem {
            PaperProblem::Missing => "Missing",
            PaperProblem::Overdue => "Overdue",
            PaperProblem::Expired => "Expired",
            PaperProblem::Rejected => "Rejected",
        });
        let dates = [
            ("Due", paper.date_required),
            ("Received", paper.date_received),
            ("Verified", paper.date_verified),
            ("Good until", paper.expiry_date),
        ];
        let title = paper
            .document_name
            .clone()
            .or_else(|| paper.document_type.clone())
            .unwrap_or_else(|| "Document".to_owned());
        ChecklistItem {
            kind: paper.document_type.clone().filter(|kind| *kind != title),
            title,
            number: paper.document_number.clone(),
            status: Cell::status(status, tone(self.page.tone(status))),
            required: paper.is_required,
            // Where the status says it already, it is not said twice.
            problem: problem
                .filter(|problem| *problem != status)
                .map(str::to_owned),
            dates: dates
                .into_iter()
                .filter_map(|(label, day)| {
                    let context::Moment { iso, text } = format::day(day?);
                    Some(Fact::new(label, Cell::Date { iso, text }))
                })
                .collect(),
            file,
        }
    }
}
