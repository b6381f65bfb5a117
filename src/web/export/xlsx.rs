//! XLSX: typed cells, in a temporary file that has no name and goes with whoever holds it.
//!
//! The library writes each row to a file of its own while the rows come, and packs all at the end, so
//! memory stays small however many rows there are. It works on a thread of its own, fed through a
//! narrow channel; when whoever feeds it goes away, it ends and its files are gone. Text is written as
//! text, never as a formula; only numbers, days and moments have types. The same rows at the same time
//! make the same bytes.

mod sheets;

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};
use sheets::{Formats, Table, write_about};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;

use super::table::{About, Cell, Heading};

/// The most letters of a sheet's name.
const LONGEST_NAME: usize = 31;

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
