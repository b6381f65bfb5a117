//! What the demo ERP prints on: A4 with a letterhead, a title, and labelled lines.
//!
//! The text in it is not compressed, so that a test can look for words. What Helvetica has no sign
//! for is a question mark.

use std::collections::VecDeque;

use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

/// The lines that fit on a page, and the letters on a line.
const LINES: usize = 40;
const WIDTH: usize = 78;

const PLAIN: Name<'static> = Name(b"R");
const BOLD: Name<'static> = Name(b"B");

/// What is to be printed.
pub(super) struct Paper<'a> {
    pub(super) title: &'a str,
    pub(super) number: &'a str,
    pub(super) letterhead: Option<&'a str>,
    pub(super) language: &'a str,
    pub(super) lines: Vec<(String, String)>,
}

/// The paper as a PDF.
pub(super) fn pdf(paper: &Paper<'_>) -> Vec<u8> {
    let mut pages = pages(&paper.lines);
    let count = pages.len();
    let mut next = 1;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, info, plain, bold) = (Ref::new(1), id(), id(), id(), id());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog)
        .lang(TextStr(paper.language))
        .pages(tree);
    pdf.document_info(info)
        .title(TextStr(&format!("{} {}", paper.title, paper.number)))
        .producer(TextStr("Quayfront demo"));
    for (font, name) in [(plain, Name(b"Helvetica")), (bold, Name(b"Helvetica-Bold"))] {
        pdf.type1_font(font)
            .base_font(name)
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let mut kids = Vec::new();
    for number in 1..=count {
        let (page, content) = (id(), id());
        kids.push(page);
        let lines = pages.pop_front().unwrap_or_default();
        let mut writer = pdf.page(page);
        writer
            .parent(tree)
            .media_box(Rect::new(0.0, 0.0, 595.0, 842.0))
            .contents(content);
        let mut resources = writer.resources();
        let mut fonts = resources.fonts();
        fonts.pair(PLAIN, plain).pair(BOLD, bold);
        fonts.finish();
        resources.finish();
        writer.finish();
        pdf.stream(content, &drawn(paper, &lines, number, count));
    }
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(kids).count(count);
    pdf.finish()
}

/// A line as it is drawn: a label or nothing, and a piece of the value.
type Line = (String, String);

fn pages(lines: &[(String, String)]) -> VecDeque<Vec<Line>> {
    let mut drawn: Vec<Line> = Vec::new();
    for (label, value) in lines {
        let letters: Vec<char> = value
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .collect();
        for (at, piece) in letters.chunks(WIDTH).enumerate() {
            let label = if at == 0 { label.as_str() } else { "" };
            drawn.push((label.to_owned(), piece.iter().collect()));
        }
    }
    let mut pages: VecDeque<_> = drawn.chunks(LINES).map(<[Line]>::to_vec).collect();
    if pages.is_empty() {
        pages.push_back(Vec::new());
    }
    pages
}

fn drawn(paper: &Paper<'_>, lines: &[Line], number: usize, count: usize) -> Vec<u8> {
    let mut content = Content::new();
    let mut write = |x: f32, y: f32, size: f32, font: Name<'_>, text: &str| {
        content
            .begin_text()
            .set_font(font, size)
            .next_line(x, y)
            .show(Str(&signs(text)))
            .end_text();
    };
    if let Some(letterhead) = paper.letterhead {
        write(48.0, 800.0, 9.0, PLAIN, letterhead);
    }
    write(48.0, 760.0, 18.0, BOLD, paper.title);
    write(48.0, 738.0, 12.0, PLAIN, paper.number);
    let mut y = 706.0;
    for (label, value) in lines {
        write(48.0, y, 9.0, BOLD, label);
        write(180.0, y, 9.0, PLAIN, value);
        y -= 16.0;
    }
    let foot = format!("{number} / {count}");
    write(48.0, 36.0, 8.0, PLAIN, &foot);
    write(
        90.0,
        36.0,
        8.0,
        PLAIN,
        "Sample document of a demonstration. All names are invented.",
    );
    content.finish().to_vec()
}

/// Windows-1252, as far as it is Latin-1, and a few signs more.
fn signs(text: &str) -> Vec<u8> {
    let sign = |letter: char| match letter {
        '€' => 0x80,
        '…' => 0x85,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        ' '..='~' | '\u{a0}'..='\u{ff}' => u8::try_from(letter).unwrap_or(b'?'),
        _ => b'?',
    };
    text.chars().map(sign).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_papers_have_several_pages_and_empty_ones_have_one() {
        let paper = |lines: usize| Paper {
            title: "Summary",
            number: "TRJ-1",
            letterhead: None,
            language: "en",
            lines: vec![("Notes".to_owned(), "Größe (L) \\ №".to_owned()); lines],
        };
        for (lines, pages) in [(0, "1 / 1"), (40, "1 / 1"), (41, "2 / 2")] {
            let pdf = pdf(&paper(lines));
            assert!(pdf.starts_with(b"%PDF-"));
            let text = String::from_utf8_lossy(&pdf);
            assert!(text.contains(pages), "{lines}: {text}");
        }
    }
}
