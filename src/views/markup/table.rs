//! The rows of tables and their headings.

use std::fmt::{self, Result, Write};
use std::iter;
use std::ops::Range;

use super::{KEPT, cell, escaped, has_whole_words, icon, keep, letters};
use crate::views::context::{Cell, Column, Content, Direction, Headings, Row, Rows, Written};

/// A heading that is shorter stays on one line.
const KEPT_HEADING: usize = 16;

/// The headings of a table, a line each.
pub fn headings(out: &mut impl Write, headings: &Headings, sprite: &str) -> Result {
    if let Some(written) = &headings.written {
        return out.write_str(written);
    }
    headings.columns.iter().try_for_each(|column| {
        heading(out, column, sprite)?;
        out.write_char('\n')
    })
}

/// The heading of a column, with the way to order by it.
pub fn heading(out: &mut impl Write, column: &Column, sprite: &str) -> Result {
    out.write_str(r#"<th scope="col" role="columnheader""#)?;
    if column.numeric {
        out.write_str(r#" class="numeric""#)?;
    }
    let Some(sort) = &column.sort else {
        out.write_char('>')?;
        escaped(out, &column.label)?;
        return out.write_str("</th>");
    };
    let direction = sort.direction.word();
    if sort.direction != Direction::None {
        write!(out, r#" aria-sort="{direction}""#)?;
    }
    write!(out, r#"><a class="sort sort-{direction}"#)?;
    keep(out, letters(&column.label) < KEPT_HEADING)?;
    out.write_str("\" href=\"")?;
    escaped(out, &sort.href)?;
    out.write_str("\"><span>")?;
    escaped(out, &column.label)?;
    out.write_str("</span>")?;
    icon(out, sprite, &format!("sort-{direction}"))?;
    out.write_str("</a></th>")
}

/// The rows of a table. On a phone each of them becomes a card, with the headings beside the values;
/// `role`s keep it a table for screen readers then.
pub fn rows(out: &mut impl Write, table: &Content, sprite: &str) -> Result {
    let columns = &table.headings.columns;
    let rows = match &table.rows {
        Rows::Cells(rows) => rows,
        Rows::Written(Ok(written)) => return completed(out, columns, written, sprite),
        Rows::Written(Err(error)) => return Err(*error),
    };
    let columns = labelled(columns)?;
    for row in rows {
        out.write_str(ROW)?;
        values(out, &columns, row, 0..columns.len(), sprite)?;
        out.write_str(ROW_END)?;
    }
    Ok(())
}

/// What was written ahead, and the cells that were missing.
fn completed(out: &mut impl Write, columns: &[Column], written: &Written, sprite: &str) -> Result {
    let mut rest = 0;
    if let Some(column) = written.late.and_then(|late| columns.get(late)) {
        let column = (column, label(column)?);
        let cells = written.cells.iter().chain(iter::repeat(&Cell::Empty));
        for (place, value) in written.places.iter().zip(cells) {
            out.write_str(written.html.get(rest..*place).ok_or(fmt::Error)?)?;
            opening(out, &column, value, value.kind())?;
            cell(out, value, sprite)?;
            out.write_str(CELL_END)?;
            rest = *place;
        }
    }
    out.write_str(written.html.get(rest..).ok_or(fmt::Error)?)
}

/// The same rows but for the cells of one column, if one is missing.
pub fn rows_but(
    columns: &[Column],
    rows: impl ExactSizeIterator<Item = Row>,
    late: Option<usize>,
    sprite: &str,
) -> std::result::Result<Written, fmt::Error> {
    let columns = labelled(columns)?;
    let count = rows.len();
    // A cell is a short word between its tags and its label, as a rule.
    let mut html = String::with_capacity(160 * columns.len() * count);
    let mut places = Vec::with_capacity(late.map_or(0, |_| count));
    let end = columns.len();
    let (before, after) = late.map_or((end, end), |late| (late, late + 1));
    for row in rows {
        html.push_str(ROW);
        values(&mut html, &columns, &row, 0..before, sprite)?;
        places.extend(late.map(|_| html.len()));
        values(&mut html, &columns, &row, after..end, sprite)?;
        html.push_str(ROW_END);
    }
    Ok(Written {
        html,
        count,
        late,
        places,
        cells: Vec::new(),
    })
}

const ROW: &str = "<tr role=\"row\">\n";
const ROW_END: &str = "</tr>\n";
const CELL_END: &str = "</td>\n";

/// A column, with the part of its cells that is their label.
type Labelled<'a> = (&'a Column, String);

/// Columns with their labels, each of which is so escaped once, however many rows there are.
fn labelled(columns: &[Column]) -> std::result::Result<Vec<Labelled<'_>>, fmt::Error> {
    let columns = columns.iter();
    columns.map(|column| Ok((column, label(column)?))).collect()
}

/// The part of a column's cells that is its label.
fn label(column: &Column) -> std::result::Result<String, fmt::Error> {
    let mut label = String::with_capacity(column.label.len() + 24);
    label.push_str("\" data-label=\"");
    escaped(&mut label, &column.label)?;
    label.push_str("\">");
    Ok(label)
}

/// The cells of a row in these columns.
fn values(
    out: &mut impl Write,
    columns: &[Labelled<'_>],
    row: &Row,
    these: Range<usize>,
    sprite: &str,
) -> Result {
    // The first status of a row stands at the head of its card.
    let mut cells = columns.iter().zip(&row.cells);
    let lead = cells
        .position(|((column, _), cell)| !column.primary && matches!(cell, Cell::Status { .. }));
    let cells = columns.iter().zip(&row.cells).enumerate();
    for (at, (column, value)) in cells.take(these.end).skip(these.start) {
        if column.0.primary {
            opening(out, column, value, "primary")?;
            primary(out, row, value, sprite)?;
            out.write_str("</th>\n")?;
        } else {
            let is_lead = lead == Some(at);
            let kind = if is_lead { "lead" } else { value.kind() };
            opening(out, column, value, kind)?;
            cell(out, value, sprite)?;
            out.write_str(CELL_END)?;
        }
    }
    Ok(())
}

/// The tag before a value, which is in a cell of this kind.
fn opening(
    out: &mut impl Write,
    (column, label): &Labelled<'_>,
    value: &Cell,
    kind: &str,
) -> Result {
    out.write_str(if column.primary {
        "<th scope=\"row\" role=\"rowheader\" class=\"cell-"
    } else {
        "<td role=\"cell\" class=\"cell-"
    })?;
    out.write_str(kind)?;
    if column.numeric {
        out.write_str(" numeric")?;
    }
    if has_whole_words(value) {
        out.write_str(" whole-words")?;
    }
    out.write_str(label)
}

/// The cell that names its row: with a box to tick and the way to the document, where there are such.
fn primary(out: &mut impl Write, row: &Row, value: &Cell, sprite: &str) -> Result {
    if let Some(name) = &row.name {
        out.write_str(
            r#"<label class="row-tick"><input type="checkbox" form="ticked" name="name" value=""#,
        )?;
        escaped(out, name)?;
        out.write_str(r#""><span class="visually-hidden">Papers of "#)?;
        escaped(out, name)?;
        out.write_str("</span></label>")?;
    }
    let Some(href) = &row.href else {
        return cell(out, value, sprite);
    };
    let is_kept = row.name.as_ref().is_some_and(|name| letters(name) < KEPT);
    out.write_str(r#"<a class="row-link"#)?;
    keep(out, is_kept)?;
    out.write_str("\" href=\"")?;
    escaped(out, href)?;
    out.write_str("\">")?;
    cell(out, value, sprite)?;
    out.write_str("</a>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::Views;
    use crate::views::context::{Table, TableAhead};

    #[test]
    fn a_table_that_was_written_ahead_is_the_same_as_one_that_was_not() {
        let columns = ["Job", "<From> to", "Weight"].map(Column::new).to_vec();
        let way = |place: &str| Cell::Route {
            from: Some(place.to_owned()),
            to: None,
        };
        let row = |name: &str, way: Cell| Row {
            name: Some(name.to_owned()),
            href: Some(format!("/jobs/{name}")),
            cells: vec![Cell::code(name), way, Cell::quantity("3", "kg")],
        };
        let views = Views::new(crate::views::Overrides::default()).expect("the templates");
        let html = |table: &Table| {
            let (mut html, sprite) = (String::new(), views.sprite().expect("it is there"));
            let table = table.content();
            headings(&mut html, &table.headings, &sprite).expect("room");
            rows(&mut html, table, &sprite).expect("room");
            html
        };
        for names in [&["A", "B & C", "D"][..], &["A"], &[]] {
            let whole = names.iter().map(|name| row(name, way(name))).collect();
            let whole = Table::new(columns.clone(), whole);
            for late in [Some(1), None] {
                let yet = |name| late.map_or_else(|| way(name), |_| Cell::Empty);
                let headings = Headings::ahead(columns.clone(), &views);
                assert!(headings.written.is_some());
                let rows = names.iter().map(|name| row(name, yet(name)));
                let ahead = TableAhead::new(headings, rows, late, &views);
                let ways = names.iter().map(|name| way(name));
                let ahead = ahead.complete(ways.filter(|_| late.is_some()));
                assert!(matches!(ahead.content().rows, Rows::Written(Ok(_))));
                assert_eq!(html(&ahead), html(&whole));
            }
        }
    }
}
