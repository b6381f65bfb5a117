//! What a visitor asks of a list, parsed at the border.
//!
//! A query string becomes a [`ListRequest`], in which every field is a declared one and every value
//! a choice among declared ones, a date, or the text of a search; or it becomes a
//! [`BadParameter`] that says which parameter was wrong and what would be right. Nothing is guessed
//! and nothing else is passed on. Unknown parameters are ignored, and so are empty ones, because a
//! form sends what was left blank.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::page::{PageFile, SortKey, View, ViewName};
use crate::frappe::{CustomerName, FieldName};

/// The sizes that a page may have.
pub const PAGE_SIZES: [u32; 3] = [20, 50, 100];

/// The last page that is looked for: no list has so many rows.
const LAST_PAGE: u32 = 1_000_000;

/// What a visitor asks of a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListRequest {
    /// The preset chosen; all rows when there is none.
    pub view: Option<ViewName>,
    /// The customers chosen; all of the scope when there are none.
    pub customers: Vec<CustomerName>,
    /// The values chosen, by field.
    pub choices: BTreeMap<FieldName, Vec<String>>,
    /// The days chosen, by field.
    pub dates: BTreeMap<FieldName, Days>,
    /// The text searched for.
    pub search: Option<String>,
    /// The order.
    pub sort: SortKey,
    /// The number of the page, from 1.
    pub page: u32,
    /// How many rows a page has.
    pub page_size: u32,
}

/// Days, with one end or both, which are included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Days {
    /// The first.
    pub from: Option<Date>,
    /// The last.
    pub to: Option<Date>,
}

/// A parameter whose value is none of the accepted ones.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter}: {found:?} is not accepted; accepted is {accepted}")]
pub struct BadParameter {
    /// The parameter.
    pub parameter: String,
    /// What was found, shortened.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
}

impl BadParameter {
    /// This parameter, what was found, and what is accepted.
    #[must_use]
    pub fn new(parameter: &str, found: &str, accepted: impl Into<String>) -> Self {
        const LONGEST: usize = 60;
        let mut shown: String = found.chars().take(LONGEST).collect();
        if shown.len() < found.len() {
            shown.push('…');
        }
        Self {
            parameter: parameter.to_owned(),
            found: shown,
            accepted: accepted.into(),
        }
    }
}

impl ListRequest {
    /// The view of this page that was chosen.
    #[must_use]
    pub fn chosen_view<'a>(&self, page: &'a PageFile) -> Option<&'a View> {
        page.view(self.view.as_ref()?.as_str())
    }

    /// What a visitor gets who asks for nothing in particular.
    #[must_use]
    pub fn plain(page: &PageFile) -> Self {
        Self {
            view: None,
            customers: Vec::new(),
            choices: BTreeMap::new(),
            dates: BTreeMap::new(),
            search: None,
            sort: page.order.clone(),
            page: 1,
            page_size: PAGE_SIZES[0],
        }
    }

    /// Whether it leaves out rows of its view and customers.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        !self.choices.is_empty() || !self.dates.is_empty() || self.search.is_some()
    }

    /// Parses the pairs of a query string.
    ///
    /// # Errors
    /// With the first parameter whose value is not accepted.
    pub fn parse(page: &PageFile, pairs: &[(String, String)]) -> Result<Self, BadParameter> {
        let mut request = Self::plain(page);
        let mut once: Vec<&str> = Vec::new();
        for (parameter, value) in pairs {
            let parameter = parameter.as_str();
            let value = value.trim();
            if value.is_empty() {
                continue;
            }
            if let Some(filter) = page.filter(parameter).filter(|filter| !filter.is_date()) {
                let choice = filter
                    .choices
                    .iter()
                    .find(|choice| *choice == value)
                    .ok_or_else(|| {
                        BadParameter::new(
                            parameter,
                            value,
                            format!("one of {}", filter.choices.join(", ")),
                        )
                    })?;
                let chosen = request.choices.entry(filter.field.clone()).or_default();
                if !chosen.contains(choice) {
                    chosen.push(choice.clone());
                }
                continue;
            }
            if parameter == "customer" {
                request.choose_customer(value)?;
                continue;
            }
            if request.read_single(page, parameter, value)? {
                if once.contains(&parameter) {
                    return Err(BadParameter::new(parameter, value, "this parameter once"));
                }
                once.push(parameter);
            }
        }
        for (field, days) in &request.dates {
            if let Days {
                from: Some(from),
                to: Some(to),
            } = days
                && from > to
            {
                let parameter = format!("{field}_to");
                return Err(BadParameter::new(
                    &parameter,
                    &to.to_string(),
                    format!("{from} or a later day"),
                ));
            }
        }
        for chosen in request.choices.values_mut() {
            chosen.sort_unstable();
        }
        request.customers.sort_unstable();
        Ok(request)
    }

    fn choose_customer(&mut self, value: &str) -> Result<(), BadParameter> {
        let name = customer(value)?;
        choose("customer", value, &mut self.customers, name)
    }

    /// Reads a parameter that may stand once; whether it is one.
    fn read_single(
        &mut self,
        page: &PageFile,
        parameter: &str,
        value: &str,
    ) -> Result<bool, BadParameter> {
        match parameter {
            "view" => self.view = Some(view_name(page, value)?),
            "q" => self.search = Some(search_text(value)?),
            "sort" => self.sort = sort_key(page, value)?,
            "page" => self.page = page_number(value)?,
            "page_size" => self.page_size = page_size(value)?,
            _ => {
                let Some((field, is_end)) = date_parameter(page, parameter) else {
                    return Ok(false);
                };
                let day = day(value)
                    .ok_or_else(|| BadParameter::new(parameter, value, "a day, as 2026-11-22"))?;
                let days = self.dates.entry(field).or_default();
                if is_end {
                    days.to = Some(day);
                } else {
                    days.from = Some(day);
                }
            }
        }
        Ok(true)
    }

    /// The request as pairs of a query string; what is plain is left out.
    #[must_use]
    pub fn pairs(&self, page: &PageFile) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        let mut add =
            |parameter: &str, value: &str| pairs.push((parameter.to_owned(), value.to_owned()));
        if let Some(view) = &self.view {
            add("view", view.as_str());
        }
        for customer in &self.customers {
            add("customer", customer.as_str());
        }
        for (field, chosen) in &self.choices {
            for choice in chosen {
                add(field.as_str(), choice);
            }
        }
        for (field, days) in &self.dates {
            if let Some(from) = days.from {
                add(&format!("{field}_from"), &from.to_string());
            }
            if let Some(to) = days.to {
                add(&format!("{field}_to"), &to.to_string());
            }
        }
        if let Some(search) = &self.search {
            add("q", search);
        }
        if self.sort != page.order {
            add("sort", &self.sort.to_string());
        }
        if self.page != 1 {
            add("page", &self.page.to_string());
        }
        if self.page_size != PAGE_SIZES[0] {
            add("page_size", &self.page_size.to_string());
        }
        pairs
    }

    /// The same pairs for all rows: without page and size.
    #[must_use]
    pub fn export_pairs(&self, page: &PageFile) -> Vec<(String, String)> {
        let all = Self {
            page: 1,
            page_size: PAGE_SIZES[0],
            ..self.clone()
        };
        all.pairs(page)
    }

    /// Whether anything narrows the list, or the view of it that was chosen.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        !(self.choices.is_empty()
            && self.dates.is_empty()
            && self.search.is_none()
            && self.customers.is_empty())
    }
}

fn view_name(page: &PageFile, value: &str) -> Result<ViewName, BadParameter> {
    page.view(value)
        .map(|view| view.name.clone())
        .ok_or_else(|| {
            let names: Vec<_> = page.views.iter().map(|view| view.name.as_str()).collect();
            let accepted = if names.is_empty() {
                "no value: this list has no views".to_owned()
            } else {
                format!("one of {}", names.join(", "))
            };
            BadParameter::new("view", value, accepted)
        })
}

pub(super) fn page_number(value: &str) -> Result<u32, BadParameter> {
    whole_number(value)
        .filter(|number| (1..=LAST_PAGE).contains(number))
        .ok_or_else(|| BadParameter::new("page", value, format!("a number from 1 to {LAST_PAGE}")))
}

pub(super) fn page_size(value: &str) -> Result<u32, BadParameter> {
    whole_number(value)
        .filter(|number| PAGE_SIZES.contains(number))
        .ok_or_else(|| BadParameter::new("page_size", value, "20, 50 or 100"))
}

/// How often a parameter may stand that may stand several times: more than anybody ticks by hand, and
/// few enough that an address which holds them all may be written for each of them.
const MOST_CHOSEN: usize = 50;

/// Adds a value that may be chosen beside others.
pub(super) fn choose<T: PartialEq>(
    parameter: &str,
    value: &str,
    chosen: &mut Vec<T>,
    one: T,
) -> Result<(), BadParameter> {
    if chosen.contains(&one) {
        return Ok(());
    }
    if chosen.len() == MOST_CHOSEN {
        let accepted = format!("at most {MOST_CHOSEN} of them");
        return Err(BadParameter::new(parameter, value, accepted));
    }
    chosen.push(one);
    Ok(())
}

pub(super) fn customer(value: &str) -> Result<CustomerName, BadParameter> {
    CustomerName::parse(value)
        .map_err(|_| BadParameter::new("customer", value, "the name of one of your customers"))
}

pub(super) fn search_text(value: &str) -> Result<String, BadParameter> {
    let length = value.chars().count();
    if !(2..=100).contains(&length) || value.chars().any(char::is_control) {
        return Err(BadParameter::new("q", value, "2 to 100 characters"));
    }
    Ok(value.to_owned())
}

fn sort_key(page: &PageFile, value: &str) -> Result<SortKey, BadParameter> {
    SortKey::parse(value)
        .filter(|key| page.sortable().any(|field| field.field == key.field))
        .ok_or_else(|| {
            let accepted: Vec<_> = page.sortable().map(|field| field.field.as_str()).collect();
            BadParameter::new(
                "sort",
                value,
                format!(
                    "one of {}, with - in front for descending",
                    accepted.join(", ")
                ),
            )
        })
}

fn date_parameter(page: &PageFile, parameter: &str) -> Option<(FieldName, bool)> {
    let (field, is_end) = match parameter.strip_suffix("_to") {
        Some(field) => (field, true),
        None => (parameter.strip_suffix("_from")?, false),
    };
    page.filter(field)
        .filter(|filter| filter.is_date())
        .map(|filter| (filter.field.clone(), is_end))
}

/// Digits and nothing else: no sign, no space, no exponent.
fn whole_number(value: &str) -> Option<u32> {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| value.parse().ok())?
}

/// A day as HTML's date field sends it. Jiff would take more (times, week dates).
fn day(value: &str) -> Option<Date> {
    let plain = value.len() == 10
        && value
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-');
    plain.then(|| value.parse().ok())?
}

#[cfg(test)]
mod tests;
