//! CSV: UTF-8 with a byte order mark, so that spreadsheets know the encoding; RFC 4180.
//!
//! What a spreadsheet would take for a formula gets an apostrophe in front. Numbers stay numbers, with
//! a point and no grouping; days are `2026-11-22` and moments `2026-11-22 14:05:00`. What there is to
//! tell of the rows stands in records after them whose first cell begins with `# `; no row's does.

use csv::{Terminator, Writer, WriterBuilder};

use super::table::{Cell, Heading};

/// What a file begins with, so that its encoding is known.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The text is not to be written: that never happens, as it goes to memory.
pub type Problem = csv::Error;

/// The beginning: the mark and the headings.
pub fn begin(headings: &[Heading]) -> Result<Vec<u8>, Problem> {
    let mut text = BYTE_ORDER_MARK.to_vec();
    let labels = headings.iter().map(|heading| heading.label.as_str());
    text.extend(written(std::iter::once(
        labels
            .enumerate()
            .map(|(at, label)| harmless(label, at == 0))
            .collect(),
    ))?);
    Ok(text)
}

/// Rows.
pub fn rows(rows: &[Vec<Cell>]) -> Result<Vec<u8>, Problem> {
    written(rows.iter().map(|row| {
        row.iter()
            .enumerate()
            .map(|(at, cell)| text(cell, at == 0))
            .collect()
    }))
}

/// Notes, each as long as a row.
pub fn notes(notes: &[String], columns: usize) -> Result<Vec<u8>, Problem> {
    written(notes.iter().map(|note| {
        let mut record = vec![String::new(); columns.max(1)];
        record[0] = format!("# {note}");
        record
    }))
}

fn written(records: impl Iterator<Item = Vec<String>>) -> Result<Vec<u8>, Problem> {
    let mut writer: Writer<Vec<u8>> = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .flexible(true)
        .from_writer(Vec::new());
    for record in records {
        writer.write_record(record)?;
    }
    writer
        .into_inner()
        .map_err(|problem| Problem::from(problem.into_error()))
}

fn text(cell: &Cell, is_first: bool) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => harmless(text, is_first),
        // There is no negative nothing.
        Cell::Number(number, _) => (number + 0.0).to_string(),
        Cell::Date(day) => day.to_string(),
        Cell::DateTime(at) => at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    }
}

/// A text that no spreadsheet takes for a formula, and nobody for a note.
///
/// Where numbers have a comma, spreadsheets take a semicolon for the end of a cell and the comma for
/// nothing; they then do not see that a cell is quoted, and a line or a tab in it ends one too. So what
/// comes after any of these is looked at as well.
pub fn harmless(text: &str, is_first: bool) -> String {
    let mut safe = String::with_capacity(text.len() + 1);
    for (at, part) in text.split_inclusive([';', '\t', '\n', '\r']).enumerate() {
        let is_risky = if at == 0 {
            begins_a_formula(part) || (is_first && part.starts_with('#'))
        } else {
            begins_a_formula(part.trim_start_matches(['\t', '\n', '\r']))
        };
        if is_risky {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}

/// Whether a spreadsheet may take it for a formula: by its first sign, or by the first after what some
/// of them take off. The wide forms count as the others where Chinese and Japanese are written.
fn begins_a_formula(text: &str) -> bool {
    let is_nothing = |sign: char| sign.is_whitespace() || sign.is_control() || sign == '\u{feff}';
    text.starts_with(['\t', '\r', '\n'])
        || text
            .trim_start_matches(is_nothing)
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .from_reader(text)
            .into_records()
            .map(|record| record.unwrap().iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn texts_that_would_be_formulas_are_texts_and_numbers_stay_numbers() {
        for (text, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+31 20 555", "'+31 20 555"),
            ("-5", "'-5"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\t=1", "'\t'=1"),
            ("\rx", "'\rx"),
            (" =1", "' =1"),
            ("＝1", "'＝1"),
            ("PO-5", "PO-5"),
            ("'=1", "'=1"),
            ("# 5", "# 5"),
            ("Łódź; 5 \"m\"", "Łódź; 5 \"m\""),
        ] {
            let cells = vec![Cell::Number(-5.25, 3), Cell::Text(text.to_owned())];
            let text = rows(&[cells]).unwrap();
            assert_eq!(read(&text), [["-5.25", written]]);
        }
    }

    #[test]
    fn a_record_whose_first_cell_begins_with_a_hash_is_a_note() {
        let row = vec![Cell::Text("# no note".to_owned()), Cell::Empty];
        let mut text = rows(&[row]).unwrap();
        text.extend(notes(&["More.".to_owned()], 2).unwrap());
        assert_eq!(read(&text), [["'# no note", ""], ["# More.", ""]]);
    }

    #[test]
    fn lines_end_and_are_quoted_as_rfc_4180_has_it() {
        let heading = |label: &str| Heading {
            label: label.to_owned(),
            width: (1, 2),
        };
        let mut text = begin(&[heading("Job"), heading("Note, long")]).unwrap();
        let row = vec![
            Cell::Text("Ä \"1\"".to_owned()),
            Cell::Text("a\nb".to_owned()),
        ];
        text.extend(rows(&[row]).unwrap());
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "\u{feff}Job,\"Note, long\"\r\n\"Ä \"\"1\"\"\",\"a\nb\"\r\n"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_again_and_begins_no_formula(
            texts in prop::collection::vec("\\PC{0,12}|[=+@\t\r\n \"',#-]{0,6}.{0,6}", 2..5)
        ) {
            let row: Vec<Cell> = texts.iter().cloned().map(Cell::Text).collect();
            // A row comes after the headings: at the very beginning a mark of the encoding is none.
            let first: Vec<Cell> = texts.iter().map(|_| Cell::Text("x".to_owned())).collect();
            let mut read = read(&rows(&[first, row]).unwrap());
            prop_assert_eq!(read.len(), 2);
            read.remove(0);
            for (text, read) in texts.iter().zip(&read[0]) {
                prop_assert_eq!(read.replace('\'', ""), text.replace('\'', ""));
                prop_assert!(!read.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            }
            prop_assert!(!read[0][0].starts_with('#'));
        }

        #[test]
        fn no_cell_is_a_formula_where_cells_end_with_semicolons(
            texts in prop::collection::vec("[a-z;=+@\t\n -]{0,12}", 2..5)
        ) {
            let row: Vec<Cell> = texts.into_iter().map(Cell::Text).collect();
            let written = String::from_utf8(rows(&[row]).unwrap()).unwrap();
            let ends = [';', '\t', '\n', '\r'];
            // A cell that is quoted begins with its quote; what comes after an end within it does not.
            for cell in written.split(ends).skip(1) {
                let seen = cell.trim_start();
                prop_assert!(!seen.starts_with(['=', '+', '-', '@']), "{written:?}");
            }
        }
    }
}
