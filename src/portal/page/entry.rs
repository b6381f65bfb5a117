//! What stands in the menu: declared pages and the two that are built in.

use super::{Page, PageName, Tone};

/// An entry of the menu.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A page that a file declares.
    Declared(Box<Page>),
    /// A page that no file could declare, because it puts several DocTypes together.
    BuiltIn(BuiltIn),
}

/// The pages that are built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuiltIn {
    /// Stock by item and warehouse.
    StockBalance,
    /// The warehouse at a glance.
    WarehousingPortal,
}

impl BuiltIn {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::StockBalance, Self::WarehousingPortal];

    /// The name: the last part of its address, and what the settings call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StockBalance => "stock-balance",
            Self::WarehousingPortal => "warehousing-portal",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.name() == name)
    }

    /// The title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::StockBalance => "Stock balance",
            Self::WarehousingPortal => "Warehousing",
        }
    }

    /// One sentence under the title.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::StockBalance => "What you have in our warehouses, by item and by warehouse.",
            Self::WarehousingPortal => "Your jobs, orders and stock in our warehouses at a glance.",
        }
    }

    /// The icon in the menu.
    #[must_use]
    pub const fn icon(self) -> &'static str {
        match self {
            Self::StockBalance => "box",
            Self::WarehousingPortal => "chart",
        }
    }

    /// What the words on it mean, in a sentence for customers.
    #[must_use]
    pub const fn meanings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::StockBalance => &[
                (
                    "On hand",
                    "What lies there now. Below zero, more was booked out than in; that will be put right.",
                ),
                (
                    "Reserved",
                    "What is promised to orders that have not left yet.",
                ),
                ("Ordered", "What is on its way to us."),
                (
                    "Projected",
                    "What will be left: on hand and ordered, less reserved.",
                ),
            ],
            Self::WarehousingPortal => &[],
        }
    }

    /// CargoNext's own route, which leads here.
    #[must_use]
    pub const fn alias(self) -> &'static str {
        match self {
            Self::StockBalance => "stock_balance",
            Self::WarehousingPortal => "warehousing_portal",
        }
    }
}

impl Entry {
    /// The last part of its address.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Declared(page) => page.name.as_str(),
            Self::BuiltIn(page) => page.name(),
        }
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Declared(page) => &page.title,
            Self::BuiltIn(page) => page.title(),
        }
    }

    /// One sentence under the title; may be empty.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Declared(page) => &page.text,
            Self::BuiltIn(page) => page.text(),
        }
    }

    /// The entry of the menu under which it stands together with others of the same group.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        match self {
            Self::Declared(page) => page.group.as_deref(),
            Self::BuiltIn(_) => None,
        }
    }

    /// What the words on it mean, and how good or bad they are where that was declared.
    #[must_use]
    pub fn meanings(&self) -> Vec<(&str, &str, Option<Tone>)> {
        match self {
            Self::Declared(page) => page
                .told_meanings()
                .map(|(word, text)| (word, text, page.tones.get(word).copied()))
                .collect(),
            Self::BuiltIn(page) => {
                let meanings = page.meanings().iter();
                meanings.map(|(word, text)| (*word, *text, None)).collect()
            }
        }
    }

    /// The icon in the menu.
    #[must_use]
    pub fn icon(&self) -> &str {
        match self {
            Self::Declared(page) => &page.icon,
            Self::BuiltIn(page) => page.icon(),
        }
    }

    /// Whether this is the entry of a page of that name.
    #[must_use]
    pub fn is(&self, name: &PageName) -> bool {
        self.name() == name.as_str()
    }
}
