//! What a template would take long to write, as HTML: cells and the rows of tables, of which a page
//! has hundreds, their headings, moments, and icons.
//!
//! Every text is escaped here.

mod table;

use std::fmt::{Result, Write};

pub use self::table::{heading, headings, rows, rows_but};
use super::context::{Cell, Moment, Span};

/// A dash for people who see, and a word for those who listen.
pub const NOTHING: &str = r#"<span class="nothing"><span aria-hidden="true">–</span><span class="visually-hidden">none</span></span>"#;

/// The name of a row that is ticked, or a value, that is shorter stays on one line.
const KEPT: usize = 24;

/// Words of fewer letters than this are not broken in a table.
const WHOLE: usize = 60;

/// One value.
pub fn cell(out: &mut impl Write, cell: &Cell, sprite: &str) -> Result {
    match cell {
        Cell::Empty => out.write_str(NOTHING),
        Cell::Text { text } => escaped(out, text),
        Cell::Code { text } => span(out, &["code"], letters(text) < KEPT, text),
        Cell::Link { text, href } => {
            out.write_str("<a href=\"")?;
            escaped(out, href)?;
            out.write_str("\">")?;
            escaped(out, text)?;
            out.write_str("</a>")
        }
        Cell::Status { text, tone } => {
            let classes = ["chip tone-", tone.word()];
            span(out, &classes, letters(text) < KEPT, text)
        }
        Cell::Date { iso, text } | Cell::DateTime { iso, text } => moment(out, iso, text),
        Cell::Number { text, unit } => {
            out.write_str("<span class=\"number")?;
            let letters = letters(text) + unit.as_deref().map_or(0, letters);
            keep(out, letters < KEPT)?;
            out.write_str("\">")?;
            escaped(out, text)?;
            if let Some(unit) = unit {
                out.write_str(" <span class=\"unit\">")?;
                escaped(out, unit)?;
                out.write_str("</span>")?;
            }
            out.write_str("</span>")
        }
        Cell::Flag { yes: true } => {
            out.write_str("<span class=\"flag flag-yes\">")?;
            icon(out, sprite, "check")?;
            out.write_str("Yes</span>")
        }
        Cell::Flag { yes: false } => out.write_str("<span class=\"flag\">No</span>"),
        Cell::Route { from, to } => {
            let filled = [from, to].map(|place| place.as_deref().filter(|place| !place.is_empty()));
            route(out, filled)
        }
        Cell::Multiline { text } => span(out, &["multiline"], false, text),
    }
}

/// A text with classes, which are written one after the other as they are.
fn span(out: &mut impl Write, classes: &[&str], is_kept: bool, text: &str) -> Result {
    out.write_str("<span class=\"")?;
    for class in classes {
        out.write_str(class)?;
    }
    keep(out, is_kept)?;
    out.write_str("\">")?;
    escaped(out, text)?;
    out.write_str("</span>")
}

/// A day or a moment, in the site's time.
pub fn moment(out: &mut impl Write, iso: &str, text: &str) -> Result {
    out.write_str("<time class=\"when\" datetime=\"")?;
    escaped(out, iso)?;
    out.write_str("\">")?;
    escaped(out, text)?;
    out.write_str("</time>")
}

/// From one moment to another; either may be open.
pub fn time_span(out: &mut impl Write, Span { from, to }: &Span) -> Result {
    let end = |out: &mut _, end: &Moment| moment(out, &end.iso, &end.text);
    match (from, to) {
        (Some(from), Some(to)) => {
            end(out, from)?;
            out.write_str(
                r#" <span aria-hidden="true">–</span><span class="visually-hidden">to</span> "#,
            )?;
            end(out, to)
        }
        (Some(from), None) => {
            out.write_str("from ")?;
            end(out, from)
        }
        (None, Some(to)) => {
            out.write_str("until ")?;
            end(out, to)
        }
        (None, None) => out.write_str(NOTHING),
    }
}

fn route(out: &mut impl Write, [from, to]: [Option<&str>; 2]) -> Result {
    fn end(out: &mut impl Write, place: Option<&str>) -> Result {
        match place {
            Some(place) => escaped(out, place),
            None => out.write_str("<span class=\"nothing\">not known</span>"),
        }
    }
    if from.is_none() && to.is_none() {
        return out.write_str(NOTHING);
    }
    out.write_str("<span class=\"route\"><span class=\"visually-hidden\">From </span><span>")?;
    end(out, from)?;
    out.write_str(
        "</span> <span class=\"route-to\"><span class=\"route-arrow\" aria-hidden=\"true\">→</span>\
         <span class=\"visually-hidden\"> to </span> ",
    )?;
    end(out, to)?;
    out.write_str("</span></span>")
}

/// One symbol of the sprite at an address. It always stands beside words, so it says nothing to a
/// screen reader.
pub fn icon(out: &mut impl Write, sprite: &str, name: &str) -> Result {
    out.write_str(
        r#"<svg class="icon" aria-hidden="true" focusable="false" width="20" height="20"><use href=""#,
    )?;
    escaped(out, sprite)?;
    out.write_char('#')?;
    escaped(out, name)?;
    out.write_str(r#""></use></svg>"#)
}

/// The five characters that mean something in HTML. A slash means nothing, and addresses stay
/// readable.
pub fn escaped(out: &mut impl Write, text: &str) -> Result {
    let mut rest = text;
    let means_something = |byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    while let Some(at) = rest.bytes().position(means_something) {
        let (plain, from) = rest.split_at(at);
        out.write_str(plain)?;
        out.write_str(match from.as_bytes()[0] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &from[1..];
    }
    out.write_str(rest)
}

fn keep(out: &mut impl Write, is_kept: bool) -> Result {
    if is_kept {
        out.write_str(" keep")
    } else {
        Ok(())
    }
}

fn has_whole_words(cell: &Cell) -> bool {
    match cell {
        Cell::Text { text } | Cell::Code { text } | Cell::Link { text, .. } => {
            letters(text) < WHOLE
        }
        _ => false,
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::super::context::{Column, Direction, Row, Sort, Table, Tone};
    use super::*;

    fn html(value: &Cell) -> String {
        let mut html = String::new();
        cell(&mut html, value, "/assets/icons.svg").expect("room");
        html
    }

    #[test]
    fn each_kind_of_value_has_its_markup_and_nothing_foreign_leaves_it() {
        let foreign = r#"<b a='1' b="2">&"#;
        let escaped = "&lt;b a=&#39;1&#39; b=&quot;2&quot;&gt;&amp;";
        let date = |text: &str| Cell::Date {
            iso: foreign.to_owned(),
            text: text.to_owned(),
        };
        let route = |from: Option<&str>, to: Option<&str>| Cell::Route {
            from: from.map(str::to_owned),
            to: to.map(str::to_owned),
        };
        for (value, expected) in [
            (Cell::Empty, NOTHING.to_owned()),
            (Cell::text(foreign), escaped.to_owned()),
            (
                Cell::code(foreign),
                format!(r#"<span class="code keep">{escaped}</span>"#),
            ),
            (
                Cell::code("x".repeat(KEPT)),
                format!(r#"<span class="code">{}</span>"#, "x".repeat(KEPT)),
            ),
            (
                Cell::link(foreign, foreign),
                format!(r#"<a href="{escaped}">{escaped}</a>"#),
            ),
            (
                Cell::status(foreign, Tone::Warn),
                format!(r#"<span class="chip tone-warn keep">{escaped}</span>"#),
            ),
            (
                date(foreign),
                format!(r#"<time class="when" datetime="{escaped}">{escaped}</time>"#),
            ),
            (
                Cell::quantity("8", foreign),
                format!(
                    r#"<span class="number keep">8 <span class="unit">{escaped}</span></span>"#
                ),
            ),
            (
                Cell::number(foreign),
                format!(r#"<span class="number keep">{escaped}</span>"#),
            ),
            (
                Cell::Flag { yes: false },
                r#"<span class="flag">No</span>"#.to_owned(),
            ),
            (
                Cell::multiline(foreign),
                format!(r#"<span class="multiline">{escaped}</span>"#),
            ),
            (route(None, Some("")), NOTHING.to_owned()),
        ] {
            assert_eq!(html(&value), expected, "{value:?}");
        }
        let flag = html(&Cell::Flag { yes: true });
        assert!(flag.contains("/assets/icons.svg#check") && flag.ends_with("Yes</span>"));
        let way = html(&route(Some(foreign), None));
        assert!(way.contains(escaped) && way.contains("not known"), "{way}");
    }

    #[test]
    fn a_heading_leads_to_its_order_where_there_is_one() {
        let written = |column: Column| {
            let mut html = String::new();
            heading(&mut html, &column, "/icons.svg").expect("room");
            html
        };
        assert_eq!(
            written(Column::numeric("<b>")),
            r#"<th scope="col" role="columnheader" class="numeric">&lt;b&gt;</th>"#
        );
        let sorted = |label: &str, direction| {
            let href = "/jobs?a&b".to_owned();
            written(Column::new(label).sorted(Sort { href, direction }))
        };
        let unordered = sorted("Job", Direction::None);
        let descending = sorted("Sixteen \"letters\"", Direction::Descending);
        for (html, part) in [
            (
                &unordered,
                r#"><a class="sort sort-none keep" href="/jobs?a&amp;b"><span>Job<"#,
            ),
            (&unordered, "/icons.svg#sort-none"),
            (
                &descending,
                r#" aria-sort="descending"><a class="sort sort-descending" "#,
            ),
            (&descending, "<span>Sixteen &quot;letters&quot;</span>"),
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert!(!unordered.contains("aria-sort"));
    }

    #[test]
    fn a_row_is_ticked_and_led_to_by_the_cell_that_names_it_and_its_first_status_leads() {
        let cells = vec![
            Cell::code("TRJ1"),
            Cell::status("Open", Tone::Info),
            Cell::status("Late", Tone::Bad),
            Cell::number("7"),
        ];
        let columns = vec![
            Column::primary("Job"),
            Column::new("Status"),
            Column::new("SLA"),
            Column::numeric("\"Packages\""),
        ];
        let written = |row: Row| {
            let table = Table::new(columns.clone(), vec![row]);
            let mut html = String::new();
            rows(&mut html, table.content(), "").expect("room");
            html
        };
        let plain = written(cells.clone().into());
        for part in [
            r#"class="cell-primary whole-words" data-label="Job"><span class="code keep">TRJ1"#,
            r#"class="cell-lead" data-label="Status""#,
            r#"class="cell-status" data-label="SLA""#,
            r#"class="cell-number numeric" data-label="&quot;Packages&quot;""#,
        ] {
            assert!(plain.contains(part), "{part} in {plain}");
        }
        assert!(!plain.contains("<a ") && !plain.contains("<input"));
        let linked = written(Row {
            name: Some("TRJ1".to_owned()),
            href: Some("/transport-jobs/TRJ1?a&b".to_owned()),
            cells,
        });
        for part in [
            r#"name="name" value="TRJ1""#,
            r#"<a class="row-link keep" href="/transport-jobs/TRJ1?a&amp;b"><span class="code keep">TRJ1</span></a></th>"#,
        ] {
            assert!(linked.contains(part), "{part} in {linked}");
        }
    }
}
