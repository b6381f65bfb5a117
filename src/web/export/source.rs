//! Where the rows come from: a list, in pieces, or the stock, which is read whole.

use std::vec;

use super::table::{self, About, Cell, Heading};
use crate::frappe::CustomerName;
use crate::portal::page::{BuiltIn, Page};
use crate::portal::request::ListRequest;
use crate::portal::stock::{StockRequest, StockRow};
use crate::portal::{AsOf, Error, Export, Told, Visit};
use crate::views::format;
use crate::web::{App, list, stock as stock_page};

/// How many rows of the stock go at once.
const PIECE: usize = 1_000;

/// Rows on their way out.
#[derive(Debug)]
pub struct Source {
    /// What they are.
    pub title: String,
    /// The columns.
    pub headings: Vec<Heading>,
    about: About,
    as_of: String,
    given: u64,
    has_choice: bool,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    List(Box<Export>),
    Stock {
        visit: Box<Visit>,
        customers: Vec<CustomerName>,
        rows: vec::IntoIter<(StockRow, String)>,
        told: Told,
    },
}

impl Source {
    /// The rows of a list.
    ///
    /// # Errors
    /// As of the list itself.
    pub async fn list(
        app: &App,
        visit: &Visit,
        page: &Page,
        request: &ListRequest,
    ) -> Result<Self, Error> {
        let export = visit.export(page, request, app.exports.rows).await?;
        let mut about = beginning(&page.title, export.customers());
        about.extend(list::in_words(page, request));
        let as_of = table::as_of(export.as_of(), app.portal.time_zone());
        about.push(("As of".to_owned(), as_of.clone()));
        let has_choice = export.has_choice();
        Ok(Self {
            title: page.title.clone(),
            headings: table::headings(page, has_choice),
            about,
            as_of,
            given: 0,
            has_choice,
            rows: Rows::List(Box::new(export)),
        })
    }

    /// The rows of the stock, in the order of their groups.
    ///
    /// # Errors
    /// As of the stock's page.
    pub async fn stock(app: &App, visit: &Visit, request: &StockRequest) -> Result<Self, Error> {
        let balance = visit.whole_balance(request).await?;
        let title = BuiltIn::StockBalance.title().to_owned();
        let all = visit.stock_scope()?;
        let mut about = beginning(&title, balance.customers.iter());
        about.extend(stock_page::in_words(app, request, &balance));
        let as_of = table::as_of(balance.as_of.at, app.portal.time_zone());
        about.push(("As of".to_owned(), as_of.clone()));
        let mut told = Told {
            cut_at: balance.cut_at,
            kept_since: Some(balance.as_of)
                .filter(AsOf::is_kept)
                .map(|as_of| as_of.at),
            ..Told::default()
        };
        let most = app.exports.rows;
        let mut rows: Vec<_> = balance
            .groups
            .into_iter()
            .flat_map(|group| group.rows)
            .collect();
        if rows.len() > most as usize {
            rows.truncate(most as usize);
            told.cut_at = Some(most);
        }
        let has_choice = all.customers().len() > 1;
        Ok(Self {
            title,
            headings: table::stock_headings(has_choice),
            about,
            as_of,
            given: 0,
            has_choice,
            rows: Rows::Stock {
                visit: Box::new(visit.clone()),
                customers: balance.customers,
                rows: rows.into_iter(),
                told,
            },
        })
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    /// When the session or its scope has ended, or Frappe does not answer.
    pub async fn piece(&mut self) -> Result<Option<Vec<Vec<Cell>>>, Error> {
        let has_choice = self.has_choice;
        let rows: Vec<Vec<Cell>> = match &mut self.rows {
            Rows::List(export) => {
                let Some(rows) = export.piece().await? else {
                    return Ok(None);
                };
                let page = export.page();
                rows.iter()
                    .map(|row| table::cells(page, row, has_choice))
                    .collect()
            }
            Rows::Stock {
                visit,
                customers,
                rows,
                ..
            } => {
                **visit = visit.proved_again(Visit::stock_scope, customers).await?;
                rows.take(PIECE)
                    .map(|(row, warehouse)| table::stock_cells(&row, &warehouse, has_choice))
                    .collect()
            }
        };
        self.given += rows.len() as u64;
        Ok((!rows.is_empty()).then_some(rows))
    }

    /// What there is to tell of the rows, once there are no more.
    pub fn notes(&self) -> Vec<String> {
        let told = match &self.rows {
            Rows::List(export) => export.told(),
            Rows::Stock { told, .. } => *told,
        };
        table::notes(told, &self.as_of)
    }

    /// What is said of the rows, once there are no more.
    pub fn about(&self) -> About {
        let mut about = self.about.clone();
        about.push(("Rows".to_owned(), format::whole(self.given)));
        about.extend(
            self.notes()
                .into_iter()
                .map(|note| ("Note".to_owned(), note)),
        );
        about
    }

    /// How many rows were given out.
    pub const fn given(&self) -> u64 {
        self.given
    }
}

fn beginning<'a>(title: &str, customers: impl Iterator<Item = &'a CustomerName>) -> About {
    let customers: Vec<&str> = customers.map(CustomerName::as_str).collect();
    vec![
        ("List".to_owned(), title.to_owned()),
        ("Customers".to_owned(), customers.join("\n")),
    ]
}
