//! What is on the sheets: cells with types and formats, headings, widths, and what the file is about.

use jiff::civil::{Date, DateTime};
use rust_xlsxwriter::{ExcelDateTime, Format, FormatAlign, Worksheet};

use super::super::table::{About, Cell, Heading};
use super::Problem;

/// The most UTF-16 units of a cell's text; a longer one is cut, and ends in a sign for that.
const LONGEST_TEXT: usize = 32_767;

/// The second sheet's name.
const ABOUT: &str = "About";

/// About how many bytes a cell takes on its way, beside its text.
const CELL: u64 = 40;

/// How cells look.
pub(super) struct Formats {
    head: Format,
    text: Format,
    date: Format,
    date_time: Format,
    /// By the number of decimals.
    numbers: Vec<Format>,
}

impl Formats {
    pub(super) fn new() -> Self {
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
pub(super) struct Table<'a> {
    pub(super) sheet: &'a mut Worksheet,
    pub(super) formats: &'a Formats,
    pub(super) widths: Vec<u16>,
    pub(super) rows: u32,
    /// About how many bytes were written.
    pub(super) written: u64,
}

impl Table<'_> {
    pub(super) fn begin(&mut self, headings: &[Heading]) -> Result<(), Problem> {
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

    pub(super) fn row(&mut self, cells: &[Cell]) -> Result<(), Problem> {
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

    pub(super) fn end(self, headings: &[Heading]) -> Result<(), Problem> {
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

pub(super) fn write_about(
    sheet: &mut Worksheet,
    formats: &Formats,
    about: &About,
) -> Result<(), Problem> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_too_long_for_a_cell_is_cut_and_says_so() {
        let long = "🚚".repeat(20_000);
        let cut = fitting(&long);
        assert!(cut.encode_utf16().count() <= LONGEST_TEXT && cut.ends_with("🚚…"));
        assert_eq!(fitting("short"), "short");
    }
}
