//! The pages of the portal: the files that ship inside the binary and those of the operator, and
//! what is added to them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use rust_embed::RustEmbed;

use super::check::{self, PageError};
use super::{BuiltIn, Entry, Page, PageName, extract};
use crate::config::ConfigError;
use crate::frappe::{DocType, Extract};

#[derive(RustEmbed)]
#[folder = "config/pages/"]
struct Shipped;

/// What is added to page files: TOML for the end of one, by the name of its page.
pub type Additions = &'static [(&'static str, &'static str)];

/// The pages, in the order of the menu.
#[derive(Clone, Debug)]
pub struct Pages {
    entries: Vec<Entry>,
    /// What is read of a document of each DocType that is declared.
    extracts: HashMap<DocType, Arc<Extract>>,
}

impl Pages {
    /// Reads the pages that `menu` names: from `folder` where it has the file, else the shipped one,
    /// each with what `folder` adds to it (`NAME.more.toml`).
    ///
    /// # Errors
    /// When a file is missing or wrong, with its name and the key.
    pub fn load(menu: &[String], folder: Option<&Path>) -> Result<Self, PageError> {
        Self::load_with(menu, folder, &[])
    }

    /// The same, with more additions.
    ///
    /// # Errors
    /// When a file is missing or wrong, with its name and the key.
    pub fn load_with(
        menu: &[String],
        folder: Option<&Path>,
        additions: Additions,
    ) -> Result<Self, PageError> {
        let mut entries: Vec<Entry> = Vec::new();
        for stem in menu {
            if entries.iter().any(|entry| entry.name() == stem) {
                return Err(PageError::told(
                    "the settings",
                    "pages.menu",
                    &format!("{stem} twice"),
                    "each page once",
                ));
            }
            if let Some(page) = BuiltIn::parse(stem) {
                entries.push(Entry::BuiltIn(page));
                continue;
            }
            let (mut file, mut text) = read(stem, folder)?;
            add(&mut file, &mut text, stem, folder)?;
            for (_, more) in additions.iter().filter(|(page, _)| page == stem) {
                text.extend(["\n", more]);
            }
            let page = Page {
                name: check::name(&file, stem)?,
                declared: check::parse(&file, &text)?,
            };
            entries.push(Entry::Declared(Box::new(page)));
        }
        Ok(Self::of(entries))
    }

    fn of(entries: Vec<Entry>) -> Self {
        let mut pages = Self {
            entries,
            extracts: HashMap::new(),
        };
        let declared = || pages.iter();
        let extracts = declared().map(|page| {
            let same = declared().filter(|other| other.doctype == page.doctype);
            let extract = extract::of(same.map(|same| &same.declared));
            (page.doctype.clone(), Arc::new(extract))
        });
        pages.extracts = extracts.collect();
        pages
    }

    /// What is read of a document: what its pages declare. Nothing of what has no page.
    #[must_use]
    pub fn extract(&self, doctype: &DocType) -> Arc<Extract> {
        self.extracts.get(doctype).cloned().unwrap_or_default()
    }

    /// All entries, in the order of the menu.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The declared pages, in the order of the menu.
    pub fn iter(&self) -> impl Iterator<Item = &Page> {
        self.entries.iter().filter_map(|entry| match entry {
            Entry::Declared(page) => Some(&**page),
            Entry::BuiltIn(_) => None,
        })
    }

    /// Whether a built-in page is in the menu.
    #[must_use]
    pub fn has(&self, page: BuiltIn) -> bool {
        self.entries
            .iter()
            .any(|entry| matches!(entry, Entry::BuiltIn(built_in) if *built_in == page))
    }

    /// The declared page of that name.
    #[must_use]
    pub fn get(&self, name: &PageName) -> Option<&Page> {
        self.iter().find(|page| page.name == *name)
    }

    /// The entry of that name.
    #[must_use]
    pub fn entry(&self, name: &PageName) -> Option<&Entry> {
        self.entries().find(|entry| entry.is(name))
    }

    /// The DocTypes that the pages show, each once.
    #[must_use]
    pub fn doctypes(&self) -> Vec<&DocType> {
        let mut doctypes: Vec<_> = self.iter().map(|page| &page.doctype).collect();
        doctypes.sort();
        doctypes.dedup();
        doctypes
    }
}

/// Adds the operator's `NAME.more.toml`, if there is one: whole tables, such as `[[print]]`.
fn add(
    file: &mut String,
    text: &mut String,
    stem: &str,
    folder: Option<&Path>,
) -> Result<(), PageError> {
    let Some(folder) = folder else {
        return Ok(());
    };
    let path = folder.join("pages").join(format!("{stem}.more.toml"));
    if path.is_file() {
        let more = std::fs::read_to_string(&path)
            .map_err(|problem| ConfigError::unreadable(&path, &problem))?;
        text.extend(["\n", more.as_str()]);
        file.extend([" with ", path.display().to_string().as_str()]);
    }
    Ok(())
}

fn read(stem: &str, folder: Option<&Path>) -> Result<(String, String), PageError> {
    let relative = format!("{stem}.toml");
    if let Some(folder) = folder {
        let path = folder.join("pages").join(&relative);
        if path.is_file() {
            let text = std::fs::read_to_string(&path)
                .map_err(|problem| ConfigError::unreadable(&path, &problem))?;
            return Ok((path.display().to_string(), text));
        }
    }
    let shipped = Shipped::get(&relative).ok_or_else(|| {
        let known: Vec<String> = Shipped::iter()
            .map(|file| file.trim_end_matches(".toml").to_owned())
            .chain(BuiltIn::ALL.map(|page| page.name().to_owned()))
            .collect();
        PageError::told(
            "the settings",
            "pages.menu",
            stem,
            &format!(
                "{}, or a file pages/{relative} in pages.folder",
                known.join(", ")
            ),
        )
    })?;
    let text = String::from_utf8_lossy(&shipped.data).into_owned();
    Ok((format!("config/pages/{relative}"), text))
}
