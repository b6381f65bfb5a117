//! What a visitor asks of the stock, parsed at the border.
//!
//! What may be chosen among warehouses, groups and items is known only when the stock is: that is
//! checked in `balance`.

use std::fmt;

use crate::frappe::CustomerName;
use crate::portal::request::{self, BadParameter, PAGE_SIZES};

/// What a visitor asks of the stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct StockRequest {
    /// The customers chosen; all of the scope when there are none.
    pub customers: Vec<CustomerName>,
    /// The warehouses chosen; a group stands for all below it.
    pub warehouses: Vec<String>,
    /// The item groups chosen.
    pub item_groups: Vec<String>,
    /// The items chosen.
    pub items: Vec<String>,
    /// The text searched for, in code, name and the customer's code.
    pub search: Option<String>,
    /// Without rows of which nothing is on hand.
    pub hide_zero: bool,
    /// Only items of which nothing is on hand anywhere.
    pub out_of_stock: bool,
    /// What rows are put together by.
    pub group: Grouping,
    /// The order.
    pub sort: Sort,
    /// The number of the page, from 1; 0 stands for 1.
    pub page: u32,
    /// How many rows a page has.
    pub page_size: PageSize,
}

/// What rows are put together by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// By item, with its warehouses below it.
    #[default]
    Item,
    /// By warehouse, with its items below it.
    Warehouse,
}

impl Grouping {
    const ALL: [Self; 2] = [Self::Item, Self::Warehouse];

    /// As the parameter has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Item => "item",
            Self::Warehouse => "warehouse",
        }
    }
}

/// What decides the order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SortBy {
    /// The item's code.
    #[default]
    ItemCode,
    /// The item's name.
    ItemName,
    /// The warehouse.
    Warehouse,
    /// On hand.
    ActualQty,
    /// Reserved.
    ReservedQty,
    /// Ordered.
    OrderedQty,
    /// Projected.
    ProjectedQty,
}

impl SortBy {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ItemCode,
        Self::ItemName,
        Self::Warehouse,
        Self::ActualQty,
        Self::ReservedQty,
        Self::OrderedQty,
        Self::ProjectedQty,
    ];

    /// As the parameter has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ItemCode => "item_code",
            Self::ItemName => "item_name",
            Self::Warehouse => "warehouse",
            Self::ActualQty => "actual_qty",
            Self::ReservedQty => "reserved_qty",
            Self::OrderedQty => "ordered_qty",
            Self::ProjectedQty => "projected_qty",
        }
    }

    /// Whether it is a number.
    #[must_use]
    pub const fn is_quantity(self) -> bool {
        !matches!(self, Self::ItemCode | Self::ItemName | Self::Warehouse)
    }
}

/// An order, and which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sort {
    /// What decides.
    pub by: SortBy,
    /// Largest first.
    pub descending: bool,
}

impl fmt::Display for Sort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.descending { "-" } else { "" };
        write!(formatter, "{sign}{}", self.by.as_str())
    }
}

/// How many rows a page has: one of [`PAGE_SIZES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PageSize(u32);

impl Default for PageSize {
    fn default() -> Self {
        Self(PAGE_SIZES[0])
    }
}

impl PageSize {
    /// A size that a page may have.
    #[must_use]
    pub fn new(size: u32) -> Option<Self> {
        PAGE_SIZES.contains(&size).then_some(Self(size))
    }

    /// The number of rows.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl StockRequest {
    /// The items of which nothing is on hand.
    #[must_use]
    pub fn out_of_stock() -> Self {
        Self {
            out_of_stock: true,
            page: 1,
            ..Self::default()
        }
    }

    /// What is on hand by warehouse, the largest first.
    #[must_use]
    pub fn by_warehouse() -> Self {
        Self {
            hide_zero: true,
            group: Grouping::Warehouse,
            sort: Sort {
                by: SortBy::ActualQty,
                descending: true,
            },
            page: 1,
            ..Self::default()
        }
    }

    /// Parses the pairs of a query string. Unknown parameters are ignored, and so are empty ones,
    /// because a form sends what was left blank.
    ///
    /// # Errors
    /// With the first parameter whose value is not accepted.
    pub fn parse(pairs: &[(String, String)]) -> Result<Self, BadParameter> {
        let mut request = Self {
            page: 1,
            ..Self::default()
        };
        let mut once: Vec<&str> = Vec::new();
        for (parameter, value) in pairs {
            let (parameter, value) = (parameter.as_str(), value.trim());
            if value.is_empty() {
                continue;
            }
            let many = match parameter {
                "customer" => {
                    let name = request::customer(value)?;
                    request::choose(parameter, value, &mut request.customers, name)?;
                    continue;
                }
                "warehouse" => &mut request.warehouses,
                "item_group" => &mut request.item_groups,
                "item" => &mut request.items,
                _ => {
                    if request.read_single(parameter, value)? {
                        if once.contains(&parameter) {
                            return Err(BadParameter::new(parameter, value, "this parameter once"));
                        }
                        once.push(parameter);
                    }
                    continue;
                }
            };
            request::choose(parameter, value, many, value.to_owned())?;
        }
        request.customers.sort_unstable();
        request.warehouses.sort_unstable();
        request.item_groups.sort_unstable();
        request.items.sort_unstable();
        Ok(request)
    }

    /// Reads a parameter that may stand once; whether it is one.
    fn read_single(&mut self, parameter: &str, value: &str) -> Result<bool, BadParameter> {
        match parameter {
            "q" => self.search = Some(request::search_text(value)?),
            "hide_zero" => self.hide_zero = ticked(parameter, value)?,
            "out_of_stock" => self.out_of_stock = ticked(parameter, value)?,
            "group" => {
                self.group = Grouping::ALL
                    .into_iter()
                    .find(|group| group.as_str() == value)
                    .ok_or_else(|| BadParameter::new(parameter, value, "item or warehouse"))?;
            }
            "sort" => self.sort = sort(value)?,
            "page" => self.page = request::page_number(value)?,
            "page_size" => self.page_size = PageSize(request::page_size(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The request as pairs for all rows: without page and size.
    #[must_use]
    pub fn export_pairs(&self) -> Vec<(&'static str, String)> {
        let all = Self {
            page: 1,
            page_size: PageSize::default(),
            ..self.clone()
        };
        all.pairs()
    }

    /// The request as pairs of a query string; what is plain is left out.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&'static str, String)> = Vec::new();
        let plain = Self::default();
        pairs.extend(
            self.customers
                .iter()
                .map(|customer| ("customer", customer.to_string())),
        );
        for (parameter, chosen) in [
            ("warehouse", &self.warehouses),
            ("item_group", &self.item_groups),
            ("item", &self.items),
        ] {
            pairs.extend(chosen.iter().map(|value| (parameter, value.clone())));
        }
        pairs.extend(self.search.iter().map(|text| ("q", text.clone())));
        if self.hide_zero {
            pairs.push(("hide_zero", "1".to_owned()));
        }
        if self.out_of_stock {
            pairs.push(("out_of_stock", "1".to_owned()));
        }
        if self.group != plain.group {
            pairs.push(("group", self.group.as_str().to_owned()));
        }
        if self.sort != plain.sort {
            pairs.push(("sort", self.sort.to_string()));
        }
        if self.page > 1 {
            pairs.push(("page", self.page.to_string()));
        }
        if self.page_size != plain.page_size {
            pairs.push(("page_size", self.page_size.get().to_string()));
        }
        pairs
    }

    /// Whether anything narrows the stock.
    #[must_use]
    pub const fn is_filtered(&self) -> bool {
        !(self.customers.is_empty()
            && self.warehouses.is_empty()
            && self.item_groups.is_empty()
            && self.items.is_empty()
            && self.search.is_none()
            && !self.hide_zero
            && !self.out_of_stock)
    }

    /// Takes all filters off.
    pub fn clear(&mut self) {
        *self = Self {
            group: self.group,
            sort: self.sort,
            page: 1,
            page_size: self.page_size,
            ..Self::default()
        };
    }
}

/// A ticked box, as HTML sends it when its value is 1.
fn ticked(parameter: &str, value: &str) -> Result<bool, BadParameter> {
    match value {
        "1" => Ok(true),
        "0" => Ok(false),
        _ => Err(BadParameter::new(parameter, value, "1 or 0")),
    }
}

fn sort(value: &str) -> Result<Sort, BadParameter> {
    let (descending, name) = value
        .strip_prefix('-')
        .map_or((false, value), |name| (true, name));
    SortBy::ALL
        .into_iter()
        .find(|by| by.as_str() == name)
        .map(|by| Sort { by, descending })
        .ok_or_else(|| {
            let accepted: Vec<_> = SortBy::ALL.iter().map(|by| by.as_str()).collect();
            let accepted = format!(
                "one of {}, with - in front for descending",
                accepted.join(", ")
            );
            BadParameter::new("sort", value, accepted)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(query: &str) -> Result<StockRequest, BadParameter> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        StockRequest::parse(&pairs)
    }

    #[test]
    fn what_is_not_accepted_is_named() {
        for (query, parameter) in [
            ("page=0", "page"),
            ("page=-1", "page"),
            ("page_size=7", "page_size"),
            ("sort=valuation_rate", "sort"),
            ("sort=-", "sort"),
            ("group=customer", "group"),
            ("hide_zero=yes", "hide_zero"),
            ("out_of_stock=true", "out_of_stock"),
            ("q=a", "q"),
            ("q=aa&q=bb", "q"),
        ] {
            let refused = parse(query).expect_err(query);
            assert_eq!(refused.parameter, parameter, "{query}");
        }
    }

    #[test]
    fn a_parameter_stands_fifty_times_and_no_more() {
        for parameter in ["customer", "warehouse", "item_group", "item"] {
            let query = |times: usize| {
                let pairs = (0..times).map(|at| format!("{parameter}=A{at}"));
                pairs.collect::<Vec<_>>().join("&")
            };
            assert!(parse(&query(50)).is_ok(), "{parameter}");
            let refused = parse(&query(51)).expect_err(parameter);
            assert_eq!(refused.parameter, parameter);
            assert_eq!(refused.accepted, "at most 50 of them");
        }
    }

    proptest! {
        #[test]
        fn a_request_is_the_same_after_it_went_through_an_address(
            query in "((warehouse|item_group|item|customer)=[A-Za-z %/&]{1,8}&|q=[a-z]{2,5}&|hide_zero=1&|sort=-?(actual_qty|warehouse)&|page=[1-9]&|page_size=(50|100)&|group=(item|warehouse)&){0,4}"
        ) {
            if let Ok(request) = parse(&query) {
                let written = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(request.pairs())
                    .finish();
                prop_assert_eq!(parse(&written), Ok(request));
            }
        }

        #[test]
        fn whatever_is_asked_is_answered_without_a_panic(query in any::<String>()) {
            let _ = parse(&query);
        }
    }
}
