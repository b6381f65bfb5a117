//! The rows of tables and their headings.

use std::fmt::{self, Result, Write};
use std::ops::Range;

use super::{KEPT, cell, escaped, has_whole_words, icon, keep, letters};
use crate::views::context::{Cell, Column, Content, Direction, Headings, Row, Written};

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
    let labelled = labelled(&table.headings.columns)?;
    if let Some(Written { late, pieces }) = &table.written {
        let (last, before) = pieces.split_last().ok_or(fmt::Error)?;
        for (piece, row) in before.iter().zip(&table.rows) {
            out.write_str(piece)?;
            values(out, &labelled, row, *late..*late + 1, sprite)?;
        }
        return out.write_str(last);
    }
    for row in &table.rows {
        out.write_str(ROW)?;
        values(out, &labelled, row, 0..labelled.len(), sprite)?;
        out.write_str(ROW_END)?;
    }
    Ok(())
}

/// The same rows but for the cells of one column: what stands before each of these, and after the last
/// one.
pub fn rows_but(
    table: &Content,
    late: usize,
    sprite: &str,
) -> std::result::Result<Vec<String>, fmt::Error> {
    let labelled = labelled(&table.headings.columns)?;
    let mut pieces = vec![String::new()];
    for row in &table.rows {
        let mut piece = pieces.pop().unwrap_or_default();
        piece.push_str(ROW);
        values(&mut piece, &labelled, row, 0..late, sprite)?;
        pieces.push(piece);
        let mut piece = String::with_capacity(2_048);
        values(&mut piece, &labelled, row, late + 1..labelled.len(), sprite)?;
        piece.push_str(ROW_END);
        pieces.push(piece);
    }
    Ok(pieces)
}

const ROW: &str = "<tr role=\"row\">\n";
const ROW_END: &str = "</tr>\n";

/// Columns, each with the part of its cells that is their label. So it is escaped once, however many
/// rows there are.
fn labelled(columns: &[Column]) -> std::result::Result<Vec<(&Column, String)>, fmt::Error> {
    let label = |column: &Column| {
        let mut label = String::with_capacity(column.label.len() + 24);
        label.push_str("\" data-label=\"");
        escaped(&mut label, &column.label)?;
        label.push_str("\">");
        Ok(label)
    };
    let columns = columns.iter();
    columns.map(|column| Ok((column, label(column)?))).collect()
}

/// The cells of a row in these columns.
fn values(
    out: &mut impl Write,
    labelled: &[(&Column, String)],
    row: &Row,
    columns: Range<usize>,
    sprite: &str,
) -> Result {
    // The first status of a row stands at the head of its card.
    let mut cells = labelled.iter().zip(&row.cells);
    let lead = cells
        .position(|((column, _), cell)| !column.primary && matches!(cell, Cell::Status { .. }));
    let cells = labelled.iter().zip(&row.cells).enumerate();
    for (at, ((column, label), value)) in cells.take(columns.end).skip(columns.start) {
        out.write_str(if column.primary {
            "<th scope=\"row\" role=\"rowheader\" class=\"cell-"
        } else {
            "<td role=\"cell\" class=\"cell-"
        })?;
        out.write_str(match column.primary {
            true => "primary",
            false if lead == Some(at) => "lead",
            false => value.kind(),
        })?;
        if column.numeric {
            out.write_str(" numeric")?;
        }
        if has_whole_words(value) {
            out.write_str(" whole-words")?;
        }
        out.write_str(label)?;
        if column.primary {
            primary(out, row, value, sprite)?;
            out.write_str("</th>\n")?;
        } else {
            cell(out, value, sprite)?;
            out.write_str("</td>\n")?;
        }
    }
    Ok(())
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
            let without = names.iter().map(|name| row(name, Cell::Empty)).collect();
            let headings = Headings::ahead(columns.clone(), &views);
            assert!(headings.written.is_some());
            let ahead = TableAhead::new(headings, without, Some(1), &views);
            let ahead = ahead.complete(names.iter().map(|name| way(name)));
            assert!(ahead.content().written.is_some());
            assert_eq!(html(&ahead), html(&whole));
        }
    }
}
