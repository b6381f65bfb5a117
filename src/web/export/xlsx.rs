//! XLSX: typed cells, in a temporary file that has no name and goes with whoever holds it.
//!
//! The library writes each row to a file of its own while the rows come, and packs all at the end, so
//! memory stays small however many rows there are. It works on a thread of its own, fed through a
//! narrow channel; when whoever feeds it goes away, it ends and its files are gone. Text is written as
//! text, never as a formula; only numbers, days and moments have types. The same rows at the same time
//! make the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError,
};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use super::table::{About, Cell, Heading};

/// The most UTF-16 units of a cell's text; a longer one is cut, and ends in a sign for that.
const LONGEST_TEXT: usize = 32_767;

/// The most letters of a sheet's name.
const LONGEST_NAME: usize = 31;

/// The second sheet's name.
const ABOUT: &str = "About";

/// About how many bytes a cell takes on its way, beside its text.
const CELL: u64 = 40;

/// What feeds the making of a file.
#[derive(Debug)]
pub struct Feed(Sender<Message>);

#[derive(Debug)]
enum Message {
    Rows(Vec<Vec<Cell>>),
    End(About),
}

/// A file, and how long it is. It stands at its beginning.
#[derive(Debug)]
pub struct Made {
    /// The file.
    pub file: File,
    /// Its bytes.
    pub length: u64,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It would be larger than a file may be.
    #[error("the file would be larger than {0} bytes")]
    TooLarge(u64),
    /// Whoever fed it has gone.
    #[error("nobody waits for the file any more")]
    GivenUp,
    /// The library, or the disk.
    #[error("the file could not be made: {0}")]
    Xlsx(#[from] XlsxError),
    /// The disk.
    #[error("the file could not be written: {0}")]
    Disk(#[from] io::Error),
    /// The thread ended otherwise.
    #[error("the making of the file broke off")]
    BrokeOff,
}

/// Begins a file of at most `most` bytes.
pub fn begin(title: &str, headings: Vec<Heading>, most: u64) -> (Feed, Making) {
    let (sender, receiver) = mpsc::channel(1);
    let name = sheet_name(title);
    let work = tokio::task::spawn_blocking(move || make(&name, &headings, most, receiver));
    (Feed(sender), Making(work))
}

/// A file that is being made.
#[derive(Debug)]
pub struct Making(JoinHandle<Result<Made, Problem>>);

impl Making {
    /// The file, once it is made.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn done(self) -> Result<Made, Problem> {
        self.0.await.unwrap_or(Err(Problem::BrokeOff))
    }
}

impl Feed {
    /// More rows. Whether they are wanted; when not, [`Making::done`] says why.
    pub async fn rows(&self, rows: Vec<Vec<Cell>>) -> bool {
        self.0.send(Message::Rows(rows)).await.is_ok()
    }

    /// These were all. The feed has to be kept until the file is done.
    pub async fn end(&self, about: About) -> bool {
        self.0.send(Message::End(about)).await.is_ok()
    }
}

fn make(
    name: &str,
    headings: &[Heading],
    most: u64,
    mut feed: Receiver<Message>,
) -> Result<Made, Problem> {
    let formats = Formats::new();
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    sheet.set_name(name)?.set_freeze_panes(1, 0)?;
    let mut table = Table {
        sheet,
        formats: &formats,
        widths: Vec::new(),
        rows: 0,
        written: 0,
    };
    table.begin(headings)?;
    let about = loop {
        match feed.blocking_recv() {
            Some(Message::Rows(rows)) => {
                for row in &rows {
                    table.row(row)?;
                }
                if table.written > most {
                    return Err(Problem::TooLarge(most));
                }
            }
            Some(Message::End(about)) => break about,
            None => return Err(Problem::GivenUp),
        }
    };
    table.end(headings)?;
    write_about(workbook.add_worksheet(), &formats, &about)?;
    // The library would take the machine's clock. When the rows were read stands on the second sheet.
    let fixed = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&fixed));
    save(&mut workbook, most, &feed)
}

fn save(workbook: &mut Workbook, most: u64, feed: &Receiver<Message>) -> Result<Made, Problem> {
    let mut file = Bounded {
        file: BufWriter::new(tempfile::tempfile()?),
        length: 0,
        most,
        feed,
    };
    let saved = workbook.save_to_writer(&mut file);
    if feed.is_closed() {
        return Err(Problem::GivenUp);
    }
    if file.length > most {
        return Err(Problem::TooLarge(most));
    }
    saved?;
    let length = file.length;
    let mut file = file
        .file
        .into_inner()
        .map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(Made { file, length })
}

/// A file that takes so many bytes and no more, and only while somebody waits for it.
struct Bounded<'a> {
    file: BufWriter<File>,
    length: u64,
    most: u64,
    feed: &'a Receiver<Message>,
}

impl Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.length += bytes.len() as u64;
        if self.length > self.most || self.feed.is_closed() {
            return Err(io::Error::other("the file is not wanted"));
        }
        self.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// How cells look.
struct Formats {
    head: Format,
    text: Format,
    date: Format,
    date_time: Format,
    /// By the number of decimals.
    numbers: Vec<Format>,
}

impl Formats {
    fn new() -> Self {
        let decimals = |decimals: usize| match decimals {
            0 => "#,##0".to_owned(),
            decimals => format!("#,##0.{}", "0".repeat(decimals)),
        };
        Self {
            head: Format::new()
                .set_bold()
                .set_align(FormatAlign::Top)
                .set_text_wrap(),
            text: Format::new().set_num_format("@"),
            date: Format::new().set_num_format("yyyy-mm-dd"),
            date_time: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            numbers: (0..=9)
                .map(|number| Format::new().set_num_format(decimals(number)))
                .collect(),
        }
    }

    /// As the page shows it: with at most so many decimals, and no zeros at the end.
    fn number(&self, number: f64, decimals: u8) -> &Format {
        let shown = format!("{number:.0$}", usize::from(decimals.min(9)));
        let fraction = shown.split_once('.').map_or("", |(_, fraction)| fraction);
        &self.numbers[fraction.trim_end_matches('0').len()]
    }
}

/// The first sheet while it is written.
struct Table<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    widths: Vec<u16>,
    rows: u32,
    /// About how many bytes were written.
    written: u64,
}

impl Table<'_> {
    fn begin(&mut self, headings: &[Heading]) -> Result<(), Problem> {
        for (heading, at) in headings.iter().zip(0..) {
            self.sheet
                .write_string_with_format(0, at, &heading.label, &self.formats.head)?;
            let width = heading.label.chars().count() + 2;
            let (least, most) = heading.width;
            self.widths
                .push(u16::try_from(width).unwrap_or(most).clamp(least, most));
        }
        Ok(())
    }

    fn row(&mut self, cells: &[Cell]) -> Result<(), Problem> {
        self.rows += 1;
        for (cell, at) in cells.iter().zip(0..) {
            self.cell(self.rows, at, cell)?;
        }
        Ok(())
    }

    fn cell(&mut self, row: u32, at: u16, cell: &Cell) -> Result<(), Problem> {
        self.written += CELL;
        match cell {
            Cell::Text(text) => self.text(row, at, text)?,
            Cell::Number(number, decimals) if number.is_finite() => {
                let format = self.formats.number(*number, *decimals);
                self.sheet
                    .write_number_with_format(row, at, *number + 0.0, format)?;
            }
            Cell::Empty | Cell::Number(..) => {}
            Cell::Date(day) => match excel_day(*day) {
                Some(at_day) => {
                    self.sheet
                        .write_datetime_with_format(row, at, &at_day, &self.formats.date)?;
                }
                None => self.text(row, at, &day.to_string())?,
            },
            Cell::DateTime(moment) => match excel_moment(*moment) {
                Some(excel) => {
                    let format = &self.formats.date_time;
                    self.sheet
                        .write_datetime_with_format(row, at, &excel, format)?;
                }
                None => self.text(row, at, &moment.strftime("%Y-%m-%d %H:%M:%S").to_string())?,
            },
        }
        Ok(())
    }

    fn text(&mut self, row: u32, at: u16, text: &str) -> Result<(), Problem> {
        let text = fitting(text);
        self.written += text.len() as u64;
        if let Some(width) = self.widths.get_mut(usize::from(at)) {
            let longest = text.lines().map(|line| line.chars().count()).max();
            let wanted = u16::try_from(longest.unwrap_or(0) + 2).unwrap_or(u16::MAX);
            *width = (*width).max(wanted);
        }
        self.sheet
            .write_string_with_format(row, at, text.as_ref(), &self.formats.text)?;
        Ok(())
    }

    fn end(self, headings: &[Heading]) -> Result<(), Problem> {
        for ((width, heading), at) in self.widths.iter().zip(headings).zip(0_u16..) {
            self.sheet
                .set_column_width(at, f64::from((*width).min(heading.width.1)))?;
        }
        let last = u16::try_from(headings.len()).unwrap_or(u16::MAX);
        if self.rows > 0 && last > 0 {
            self.sheet.autofilter(0, 0, self.rows, last - 1)?;
        }
        Ok(())
    }
}

fn write_about(sheet: &mut Worksheet, formats: &Formats, about: &About) -> Result<(), Problem> {
    sheet.set_name(ABOUT)?;
    let wrapped = Format::new()
        .set_num_format("@")
        .set_text_wrap()
        .set_align(FormatAlign::Top);
    for ((label, text), row) in about.iter().zip(0..) {
        sheet.write_string_with_format(row, 0, label, &formats.head)?;
        sheet.write_string_with_format(row, 1, fitting(text).as_ref(), &wrapped)?;
    }
    sheet.set_column_width(0, 18)?.set_column_width(1, 80)?;
    Ok(())
}

/// A text that a cell can hold.
fn fitting(text: &str) -> std::borrow::Cow<'_, str> {
    if text.len() <= LONGEST_TEXT || text.encode_utf16().count() <= LONGEST_TEXT {
        return text.into();
    }
    let mut room = LONGEST_TEXT - 1;
    let kept: String = text
        .chars()
        .take_while(|sign| {
            let fits = room >= sign.len_utf16();
            room = room.saturating_sub(sign.len_utf16());
            fits
        })
        .collect();
    format!("{kept}…").into()
}

/// Days that spreadsheets know: from 1900 on.
fn excel_day(day: Date) -> Option<ExcelDateTime> {
    let part = |number: i8| u8::try_from(number).ok();
    let year = u16::try_from(day.year()).ok()?;
    ExcelDateTime::from_ymd(year, part(day.month())?, part(day.day())?).ok()
}

fn excel_moment(moment: DateTime) -> Option<ExcelDateTime> {
    let part = |number: i8| u8::try_from(number).ok();
    let hour = u16::try_from(moment.hour()).ok()?;
    excel_day(moment.date())?
        .and_hms(hour, part(moment.minute())?, f64::from(moment.second()))
        .ok()
}

/// A sheet's name: the title without the signs that no name may have, and never the second sheet's.
fn sheet_name(title: &str) -> String {
    let allowed = title
        .chars()
        .filter(|sign| !sign.is_control() && !"[]:*?/\\".contains(*sign));
    let name: String = allowed.take(LONGEST_NAME).collect();
    let name = name.trim().trim_matches('\'').trim();
    let is_taken = ["", "about", "history"].contains(&name.to_lowercase().as_str());
    if is_taken { "Rows" } else { name }.to_owned()
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use calamine::{Data, Reader as _, Xlsx};

    use super::*;

    fn headings(labels: &[&str]) -> Vec<Heading> {
        labels
            .iter()
            .map(|label| Heading {
                label: (*label).to_owned(),
                width: (8, 60),
            })
            .collect()
    }

    async fn made(rows: Vec<Vec<Cell>>, most: u64) -> Result<Made, Problem> {
        let (feed, making) = begin("Jobs", headings(&["One", "Two"]), most);
        feed.rows(rows).await;
        feed.end(vec![("Title".to_owned(), "Jobs".to_owned())])
            .await;
        let made = making.done().await;
        drop(feed);
        made
    }

    const MOST: u64 = 1 << 20;

    #[tokio::test]
    async fn cells_have_types_and_text_is_text() {
        let texts = [
            "=1+1",
            "-5",
            "0012",
            "Łódź №",
            "a\nb",
            "_x0041_",
            "\u{1}",
            " <&\"> ",
        ];
        let mut rows: Vec<Vec<Cell>> = texts
            .iter()
            .map(|text| vec![Cell::Text((*text).to_owned()), Cell::Empty])
            .collect();
        let day = jiff::civil::date(2026, 11, 22);
        rows.push(vec![Cell::Number(8815.64, 3), Cell::Date(day)]);
        rows.push(vec![
            Cell::DateTime(day.at(14, 5, 9, 0)),
            Cell::Date(jiff::civil::date(1600, 1, 1)),
        ]);
        let made = made(rows, MOST).await.unwrap();
        assert_eq!(made.file.metadata().unwrap().len(), made.length);
        let mut book: Xlsx<_> = Xlsx::new(BufReader::new(made.file)).unwrap();
        assert_eq!(book.sheet_names(), ["Jobs", "About"]);
        assert!(book.worksheet_formula("Jobs").unwrap().is_empty());
        let sheet = book.worksheet_range("Jobs").unwrap();
        for (row, text) in (1..).zip(texts) {
            assert_eq!(sheet.get((row, 0)), Some(&Data::String(text.to_owned())));
        }
        assert_eq!(sheet.get((9, 0)), Some(&Data::Float(8815.64)));
        let moment = |at| match sheet.get(at) {
            Some(Data::DateTime(moment)) => moment.to_ymd_hms_milli(),
            other => panic!("{other:?}"),
        };
        assert_eq!(moment((9, 1)), (2026, 11, 22, 0, 0, 0, 0));
        assert_eq!(moment((10, 0)), (2026, 11, 22, 14, 5, 9, 0));
        assert_eq!(
            sheet.get((10, 1)),
            Some(&Data::String("1600-01-01".to_owned()))
        );
    }

    #[tokio::test]
    async fn the_same_rows_make_the_same_bytes() {
        let mut files = Vec::new();
        for _ in 0..2 {
            let rows = vec![vec![Cell::Text("A".to_owned()), Cell::Number(1.5, 1)]];
            let mut bytes = Vec::new();
            io::copy(&mut made(rows, MOST).await.unwrap().file, &mut bytes).unwrap();
            files.push(bytes);
        }
        assert_eq!(files[0], files[1]);
    }

    #[tokio::test]
    async fn a_file_that_grows_too_large_is_given_up() {
        let rows = vec![vec![Cell::Text("A".repeat(5_000)), Cell::Empty]; 20];
        let problem = made(rows, 50_000).await.unwrap_err();
        assert!(matches!(problem, Problem::TooLarge(50_000)), "{problem}");
    }

    #[tokio::test]
    async fn nobody_who_waits_is_the_end_of_it() {
        let (feed, making) = begin("Jobs", headings(&["One"]), MOST);
        assert!(feed.rows(vec![vec![Cell::Empty]]).await);
        drop(feed);
        assert!(matches!(making.done().await, Err(Problem::GivenUp)));
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut_and_says_so() {
        let long = "🚚".repeat(20_000);
        let cut = fitting(&long);
        assert!(cut.encode_utf16().count() <= LONGEST_TEXT && cut.ends_with("🚚…"));
        assert_eq!(fitting("short"), "short");
    }

    #[test]
    fn a_sheets_name_is_one_that_spreadsheets_take() {
        for (title, name) in [
            ("Transport jobs", "Transport jobs"),
            ("In/Out: [all]", "InOut all"),
            ("'quoted'", "quoted"),
            ("History", "Rows"),
            ("About", "Rows"),
            ("***", "Rows"),
            (
                "A title that is longer than any sheet's name",
                "A title that is longer than any",
            ),
        ] {
            assert_eq!(sheet_name(title), name);
        }
    }
}
