//! The warehouse at a glance: jobs, orders and stock, each counted from the rows that its own list
//! shows.
//!
//! Counts are made here from the pages' censuses: `frappe.client.get_count` ignores
//! permissions (`client_get_count`), and SQL functions in `fields`, on which `group_by_count` builds,
//! are refused by version 16.

use std::collections::BTreeMap;

use futures::future::join_all;

use super::Error;
use super::as_of::AsOf;
use super::attention::{Attention, FirstRows};
use super::census::{Census, counted_by};
use super::page::{BuiltIn, Entry, FilterField, Page, PageName};
use super::parts::{Part, Parts};
use super::stock::Balance;
use super::visit::Visit;

/// Which pages make up the warehouse. Those that are not in the menu are left out.
#[derive(Clone, Debug, Default)]
pub struct Warehousing {
    /// The page of its jobs.
    pub jobs: Option<PageName>,
    /// The pages of its orders.
    pub orders: Vec<PageName>,
}

/// The warehouse at a glance.
#[derive(Debug)]
pub struct Overview<'page> {
    /// Its jobs.
    pub jobs: Option<Part<Tally<'page>>>,
    /// What its jobs' views find: what is late, what is being worked on.
    pub views: Vec<Attention<'page>>,
    /// Its orders.
    pub orders: Vec<Part<Tally<'page>>>,
    /// Its stock, by warehouse, without what is zero.
    pub stock: Option<Part<Balance>>,
}

impl Overview<'_> {
    /// Of when it is; of several answers, the oldest.
    #[must_use]
    pub fn as_of(&self) -> Option<AsOf> {
        let tallies = self.jobs.iter().chain(&self.orders);
        let views = self.views.iter();
        let stock = self.stock.as_ref().and_then(Part::known);
        tallies
            .filter_map(|part| Some(part.known()?.as_of))
            .chain(views.filter_map(|view| Some(view.found.known()?.as_of)))
            .chain(stock.map(|balance| balance.as_of))
            .reduce(AsOf::and)
    }
}

/// How many documents of a page there are, by what its first filters choose.
#[derive(Clone, Debug)]
pub struct Tally<'page> {
    /// The page.
    pub page: &'page Page,
    /// The filters that it is counted by: one, or two.
    pub by: Vec<&'page FilterField>,
    /// How many there are of each combination of choices that occurs.
    pub counts: BTreeMap<Vec<String>, u64>,
    /// How many there are in all.
    pub total: u64,
    /// Whether these are all: false when a bound has left documents out.
    pub is_whole: bool,
    /// When Frappe was asked.
    pub as_of: AsOf,
}

impl Tally<'_> {
    /// How many have these choices: one for each filter, or for the first alone.
    #[must_use]
    pub fn count(&self, choices: &[&str]) -> u64 {
        self.counts
            .iter()
            .filter(|(counted, _)| {
                choices
                    .iter()
                    .zip(counted.iter())
                    .all(|(choice, counted)| choice == counted)
            })
            .map(|(_, count)| count)
            .sum()
    }
}

impl Visit {
    /// Whether the user has any part of the warehouse.
    pub(super) fn has_warehousing(&self) -> bool {
        let Warehousing { jobs, orders } = &self.portal.warehousing;
        let mut pages = jobs
            .iter()
            .chain(orders)
            .filter_map(|page| self.portal.pages.get(page));
        pages.any(|page| self.has_declared(page)) || self.has_stock()
    }

    /// The warehouse at a glance. Parts that the user may not read are left out.
    ///
    /// # Errors
    /// When the session has ended, or nothing at all could be read because Frappe does not answer.
    pub async fn warehousing(&self) -> Result<Overview<'_>, Error> {
        self.warehousing_scope()?;
        let menu = self.entries();
        let page_of = |name: &PageName| {
            menu.iter().find_map(|entry| match entry {
                Entry::Declared(page) if page.name == *name => Some(&**page),
                _ => None,
            })
        };
        let warehousing = &self.portal.warehousing;
        let jobs = warehousing.jobs.as_ref().and_then(page_of);
        let orders: Vec<&Page> = warehousing.orders.iter().filter_map(page_of).collect();
        let has_stock = menu
            .iter()
            .any(|entry| matches!(entry, Entry::BuiltIn(BuiltIn::StockBalance)));
        let count_jobs = async {
            match jobs {
                Some(page) => Some(self.tally(page, 2).await),
                None => None,
            }
        };
        // Tiles with a number: no rows.
        let look_into_views = async {
            match jobs {
                Some(page) => Some(
                    self.found_in(page, page.views.iter().collect(), FirstRows::None)
                        .await,
                ),
                None => None,
            }
        };
        let read_stock = async {
            if has_stock {
                Some(self.stock_by_warehouse().await)
            } else {
                None
            }
        };
        let (tally, found, counted, stock) = tokio::join!(
            count_jobs,
            look_into_views,
            join_all(
                orders
                    .iter()
                    .map(|page| async move { self.tally(page, 1).await })
            ),
            read_stock,
        );
        let mut parts = Parts::of(self);
        let jobs = match (jobs, tally) {
            (Some(page), Some(tally)) => parts.take(&page.title, tally)?,
            _ => None,
        };
        let views = match found {
            Some(found) => found.known(&mut parts)?,
            None => Vec::new(),
        };
        let mut known_orders = Vec::new();
        for (page, tally) in orders.into_iter().zip(counted) {
            known_orders.extend(parts.take(&page.title, tally)?);
        }
        let stock = match stock {
            Some(stock) => parts.take(BuiltIn::StockBalance.title(), stock)?,
            None => None,
        };
        parts.make_up(Overview {
            jobs,
            views,
            orders: known_orders,
            stock,
        })
    }

    /// Counts a page's documents by its first filters that are choices, at most `filters` of them.
    async fn tally<'page>(&self, page: &'page Page, filters: usize) -> Result<Tally<'page>, Error> {
        let scope = self.scope_of(page)?;
        self.readable(&page.doctype)?;
        let by: Vec<&FilterField> = counted_by(page).take(filters).collect();
        let taken = self.census(page, &scope).await?;
        let census = taken.census();
        let mut counts: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for line in census.into_iter().flat_map(Census::lines) {
            let choices = by.iter().map(|filter| {
                let declared = page.fields().find(|field| field.field == filter.field);
                let text = line.value(&filter.field).shown();
                declared
                    .and_then(|field| field.names.get(&text).cloned())
                    .unwrap_or(text)
            });
            *counts.entry(choices.collect()).or_default() += 1;
        }
        Ok(Tally {
            page,
            by,
            as_of: taken.as_of().telling(&counts),
            counts,
            total: census.map_or(0, Census::len) as u64,
            is_whole: census.is_some_and(Census::is_whole),
        })
    }
}
