//! The index of an archive: a CSV with a line for each file, and what became of it.

use jiff::civil::DateTime;

use crate::portal::files::File;
use crate::portal::{Document, Paper, SectionContent};
use crate::web::export::harmless;

/// An index that is being written.
#[derive(Debug)]
pub struct Index {
    lines: csv::Writer<Vec<u8>>,
}

impl Index {
    /// An index with its headings.
    pub fn new() -> Self {
        let mut index = Self {
            lines: csv::WriterBuilder::new()
                .terminator(csv::Terminator::CRLF)
                .from_writer("\u{feff}".as_bytes().to_vec()),
        };
        index.line([
            "Document", "As of", "File", "Type", "Paper", "Number", "Status", "Bytes", "Result",
        ]);
        index
    }

    /// A file that is in the archive, under this name, whole.
    pub fn file(
        &mut self,
        document: &Document<'_>,
        as_of: DateTime,
        file: &File,
        name: &str,
        bytes: u64,
    ) {
        self.about(document, as_of, file, name, &bytes.to_string(), "complete");
    }

    /// A file that could not be read.
    pub fn unreadable(
        &mut self,
        document: &Document<'_>,
        as_of: DateTime,
        file: &File,
        name: &str,
    ) {
        self.about(document, as_of, file, name, "", "could not be read");
    }

    /// A document of which there are no files, and why.
    pub fn without_files(&mut self, document: &Document<'_>, as_of: DateTime, why: &str) {
        let name = document.name.as_str();
        self.line([name, &told(as_of), "", "", "", "", "", "", why]);
    }

    /// The index as a file.
    pub fn finish(self) -> Vec<u8> {
        self.lines.into_inner().unwrap_or_default()
    }

    fn about(
        &mut self,
        document: &Document<'_>,
        as_of: DateTime,
        file: &File,
        name: &str,
        bytes: &str,
        result: &str,
    ) {
        let paper = papers(document).find(|paper| paper.file.as_ref() == Some(&file.id));
        let of_paper = |text: fn(&Paper) -> &Option<String>| {
            paper
                .and_then(|paper| text(paper).as_deref())
                .unwrap_or_default()
        };
        self.line([
            document.name.as_str(),
            &told(as_of),
            name,
            of_paper(|paper| &paper.document_type),
            of_paper(|paper| &paper.document_name),
            of_paper(|paper| &paper.document_number),
            of_paper(|paper| &paper.status),
            bytes,
            result,
        ]);
    }

    fn line(&mut self, cells: [&str; 9]) {
        // Into a vector nothing fails to be written.
        let _ = self
            .lines
            .write_record(cells.map(|cell| harmless(cell, false)));
    }
}

/// A moment on the site's clock, as exports write it.
fn told(moment: DateTime) -> String {
    moment.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn papers<'a>(document: &'a Document<'_>) -> impl Iterator<Item = &'a Paper> {
    document
        .sections
        .iter()
        .flat_map(|(_, content)| match content {
            SectionContent::Checklist(papers) => papers.as_slice(),
            _ => &[],
        })
}
