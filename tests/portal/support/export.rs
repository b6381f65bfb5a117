//! What was exported, opened by readers that are not the portal's.

use std::io::{Cursor, Read as _};

use calamine::{Data, Range, Reader as _, Xlsx};

use super::Answer;

/// A CSV file's records, the headings first, without its mark.
pub fn csv_records(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = bytes
        .strip_prefix("\u{feff}".as_bytes())
        .expect("a byte order mark");
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text)
        .into_records()
        .map(|record| {
            let record = record.expect("as many fields as headings");
            record.iter().map(str::to_owned).collect()
        })
        .collect()
}

/// The values of a column, by its heading, of records that are no notes.
pub fn column(records: &[Vec<String>], heading: &str) -> Vec<String> {
    let at = records[0]
        .iter()
        .position(|label| label == heading)
        .unwrap_or_else(|| panic!("no {heading} in {:?}", records[0]));
    records
        .iter()
        .skip(1)
        .filter(|record| !record[0].starts_with("# "))
        .map(|record| record[at].clone())
        .collect()
}

/// A workbook's two sheets.
pub fn sheets(bytes: &[u8]) -> (Range<Data>, Range<Data>) {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let names = book.sheet_names();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        assert!(book.worksheet_formula(name).expect("a sheet").is_empty());
    }
    let mut sheet = |name: &str| book.worksheet_range(name).expect("a sheet");
    (sheet(&names[0]), sheet(&names[1]))
}

/// A workbook's rows as CSV would have them.
pub fn as_records(sheet: &Range<Data>) -> Vec<Vec<String>> {
    let rows = sheet.rows();
    rows.map(|row| row.iter().map(as_text).collect()).collect()
}

/// A cell as CSV would have it.
pub fn as_text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) => number.to_string(),
        Data::DateTime(moment) => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            // Whether it is a day or a moment, the format says, and the value does not.
            if (hour, minute, second) == (0, 0, 0) {
                date
            } else {
                format!("{date} {hour:02}:{minute:02}:{second:02}")
            }
        }
        other => panic!("no cell of ours: {other:?}"),
    }
}

/// What the second sheet says under a word.
pub fn about(sheet: &Range<Data>, word: &str) -> Vec<String> {
    sheet
        .rows()
        .filter(|row| as_text(&row[0]) == word)
        .map(|row| as_text(&row[1]))
        .collect()
}

/// Whether an answer is a workbook.
pub fn is_workbook(answer: &Answer) -> bool {
    answer.header("content-type").contains("spreadsheetml")
}

/// All that a workbook holds, as text: every file in it, with the cells' numbers as they are read,
/// since a day is a number there which may read like a price.
pub fn unpacked_workbook(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
    let mut all = String::new();
    for at in 0..archive.len() {
        let mut text = String::new();
        let mut file = archive.by_index(at).expect("a file");
        file.read_to_string(&mut text).expect("text");
        let mut parts = text.split("<v>");
        all.push_str(parts.next().unwrap_or_default());
        for part in parts {
            all.push_str(part.split_once("</v>").map_or(part, |(_, rest)| rest));
            all.push(' ');
        }
    }
    let (rows, about) = sheets(bytes);
    for record in as_records(&rows).into_iter().chain(as_records(&about)) {
        all.push_str(&record.join("\n"));
        all.push('\n');
    }
    all.replace("&lt;", "<").replace("&gt;", ">")
}
