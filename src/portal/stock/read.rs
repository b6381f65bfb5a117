//! Reading all bins of a scope and what belongs to them.
//!
//! Everything is asked as the user. Names go in chunks, because many do not fit a request; rows come
//! in pieces. Rows that are not provably of the scope are dropped here, before anything is
//! remembered.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use super::names::{self, field};
use super::owner::Owner;
use super::tree::Tree;
use super::{Item, Quantities, Stock, StockRow};
use crate::frappe::{
    self, CustomerName, DocType, DocumentName, FieldName, Filter, ListQuery, Record,
};
use crate::portal::answers::About;
use crate::portal::as_of::AsOf;
use crate::portal::own::Own;
use crate::portal::pieces::{self, Pieces};
use crate::portal::scope::Scope;
use crate::portal::visit::Visit;

/// How many names one question is limited to.
const CHUNK: usize = 500;

/// All stock of a scope.
pub async fn read(visit: &Visit, scope: &Arc<Scope>) -> Result<Stock, frappe::Error> {
    let source = Source {
        visit,
        scope,
        most: visit.portal.stock_rows.get(),
        masters_as_of: Mutex::new(AsOf::NOTHING),
    };
    let rule = &visit.portal.stock;
    let (items, tree, bins) = if *rule == Owner::Item {
        let (items, tree) = tokio::try_join!(source.own_items(), source.warehouses(rule))?;
        let bins = source
            .bins(&field("item_code"), items.names.keys().cloned().collect())
            .await?;
        (items, tree, bins)
    } else {
        let tree = source.warehouses(rule).await?;
        let own: Vec<_> = tree
            .names()
            .filter(|place| {
                rule.of_warehouse(&tree, place)
                    .is_some_and(|customer| scope.holds(customer))
            })
            .cloned()
            .collect();
        let bins = source.bins(&field("warehouse"), own).await?;
        let items = source.items_of(&bins.records).await?;
        (items, tree, bins)
    };
    let codes = source.ref_codes(&bins.records).await?;
    let is_whole = bins.is_whole && items.is_whole;
    let cut_at = (!is_whole).then_some(source.most);
    let mut joined = Join {
        scope,
        rule,
        items: &items,
        tree: &tree,
        codes: &codes,
        known: BTreeMap::new(),
    };
    let mut rows: Vec<StockRow> = bins
        .records
        .iter()
        .filter_map(|bin| joined.row(bin))
        .collect();
    let dropped = bins.records.len() - rows.len();
    if dropped > 0 {
        tracing::debug!(user = %visit.caller.user, dropped, "bins that are not provably of the scope were dropped");
    }
    rows.sort_by(|one, other| {
        (&one.item.item_code, &one.warehouse).cmp(&(&other.item.item_code, &other.warehouse))
    });
    let tree = named(tree, rule, scope, &rows);
    let as_of = source.masters_as_of();
    Ok(Stock {
        rows,
        tree,
        cut_at,
        as_of,
    })
}

/// The part of the tree that the rows may name: their warehouses and the groups above them, but for
/// those that the rule gives to somebody else.
fn named(mut tree: Tree, rule: &Owner, scope: &Scope, rows: &[StockRow]) -> Tree {
    let own: BTreeSet<&DocumentName> = rows.iter().map(|row| &row.warehouse).collect();
    let mut places: BTreeSet<DocumentName> = own.iter().map(|name| (*name).clone()).collect();
    for warehouse in &own {
        let above = tree.up_from(warehouse).skip(1);
        places.extend(
            above
                .filter(|place| rule.may_name(&tree, place, scope))
                .cloned(),
        );
    }
    tree.keep(&places);
    for warehouse in own {
        tree.add_unknown(warehouse);
    }
    tree
}

/// Items by name, and whether these are all.
struct Items {
    names: BTreeMap<DocumentName, Record>,
    is_whole: bool,
}

impl From<Pieces> for Items {
    fn from(pieces: Pieces) -> Self {
        let names = pieces.records.into_iter().filter_map(|record| {
            let name = DocumentName::parse(record.text(&FieldName::name())?).ok()?;
            Some((name, record))
        });
        Self {
            names: names.collect(),
            is_whole: pieces.is_whole,
        }
    }
}

/// What customers call items: by item and customer.
type RefCodes = BTreeMap<(DocumentName, CustomerName), String>;

struct Source<'a> {
    visit: &'a Visit,
    scope: &'a Arc<Scope>,
    /// How many rows of each kind are read.
    most: u32,
    /// Of when the oldest of the masters is.
    masters_as_of: Mutex<AsOf>,
}

impl Source<'_> {
    /// Asks for rows that change all the time.
    async fn work(&self, query: ListQuery, most: u32) -> Result<Pieces, frappe::Error> {
        let visit = self.visit;
        let ask = |piece| async move { visit.portal.client.list(&visit.caller, &piece).await };
        pieces::read(&query, most, ask).await
    }

    /// Rows that seldom change, which are remembered for themselves and longer.
    async fn masters(
        &self,
        query: ListQuery,
        most: u32,
        own: Own,
    ) -> Result<Pieces, frappe::Error> {
        let (answers, about) = (&self.visit.portal.answers, About::Masters);
        let rows = answers
            .all_rows(self.visit, self.scope, query, most, own, about)
            .await?;
        let mut oldest = self
            .masters_as_of
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *oldest = oldest.and(rows.as_of());
        Ok(Pieces {
            records: rows.records().to_vec(),
            is_whole: !rows.is_cut(),
        })
    }

    fn masters_as_of(&self) -> AsOf {
        *self
            .masters_as_of
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows whose `by` is one of `names`, asked for in chunks of names.
    async fn by_names(
        &self,
        query: &ListQuery,
        by: &FieldName,
        names: Vec<DocumentName>,
        about: About,
    ) -> Result<Pieces, frappe::Error> {
        let mut all = Pieces {
            records: Vec::new(),
            is_whole: true,
        };
        for chunk in names.chunks(CHUNK) {
            let left = (self.most as usize).saturating_sub(all.records.len());
            let mut query = query.clone();
            query.filters.push(Filter::one_of(
                by.clone(),
                chunk.iter().map(|name| name.as_str().to_owned()),
            ));
            let most = u32::try_from(left).unwrap_or(self.most);
            let own = Own::named(by.clone(), chunk.iter().map(DocumentName::as_str));
            let mut pieces = match about {
                About::Masters => self.masters(query, most, own).await?,
                About::Work => {
                    let mut pieces = self.work(query, most).await?;
                    pieces.records.retain(|row| own.holds(row));
                    pieces
                }
            };
            all.records.append(&mut pieces.records);
            if !pieces.is_whole {
                all.is_whole = false;
                break;
            }
        }
        Ok(all)
    }

    /// The items that name a customer of the scope.
    async fn own_items(&self) -> Result<Items, frappe::Error> {
        let customers = self
            .scope
            .customers()
            .map(|customer| customer.as_str().to_owned());
        let mut query = item_query();
        query.filters = vec![Filter::one_of(field("customer"), customers)];
        let own = Own::of_customers(field("customer"), self.scope);
        Ok(self.masters(query, self.most, own).await?.into())
    }

    /// The items of these bins.
    async fn items_of(&self, bins: &[Record]) -> Result<Items, frappe::Error> {
        let read = self
            .by_names(
                &item_query(),
                &FieldName::name(),
                item_codes(bins),
                About::Masters,
            )
            .await?;
        Ok(read.into())
    }

    async fn bins(
        &self,
        by: &FieldName,
        names: Vec<DocumentName>,
    ) -> Result<Pieces, frappe::Error> {
        let fields = [
            "item_code",
            "warehouse",
            "actual_qty",
            "reserved_qty",
            "ordered_qty",
            "projected_qty",
            "stock_uom",
        ];
        self.by_names(&query(names::bin(), &fields), by, names, About::Work)
            .await
    }

    /// All warehouses that the user may read: the tree above the rows' own is found in them. Without
    /// them there is no tree, and stock that belongs to whoever provides the items can still be shown.
    async fn warehouses(&self, rule: &Owner) -> Result<Tree, frappe::Error> {
        let mut query = query(
            names::warehouse(),
            &["warehouse_name", "parent_warehouse", "is_group"],
        );
        query.fields.extend(rule.warehouse_field().cloned());
        match self.masters(query, self.most, Own::any()).await {
            Ok(read) => Ok(Tree::of(&read.records, rule.warehouse_field())),
            Err(frappe::Error::Forbidden) if *rule == Owner::Item => Ok(Tree::default()),
            // 417 `DataError` (`filter_unknown_field`): the operator has named a field that is none.
            Err(frappe::Error::Invalid) if rule.warehouse_field().is_some() => {
                let field = rule.warehouse_field().map_or("", FieldName::as_str);
                Err(frappe::Error::Unexpected(format!(
                    "stock.warehouse_field: found {field:?}; accepted is a field of the site's Warehouse"
                )))
            }
            Err(problem) => Err(problem),
        }
    }

    /// What the customers call the items of these bins: of the shared child rows
    /// (`item_customer_detail_child_other`) those of the scope's customers.
    async fn ref_codes(&self, bins: &[Record]) -> Result<RefCodes, frappe::Error> {
        let (customer, code) = (field("customer_name"), field("ref_code"));
        let mut query = query(
            names::item_customer_detail(),
            &["parent", "customer_name", "ref_code"],
        );
        query.parent = Some(names::item());
        query.filters = vec![
            Filter::equals(FieldName::parenttype(), names::item().as_str()),
            Filter::one_of(
                customer.clone(),
                self.scope
                    .customers()
                    .map(|customer| customer.as_str().to_owned()),
            ),
        ];
        let read = match self
            .by_names(
                &query,
                &FieldName::parent(),
                item_codes(bins),
                About::Masters,
            )
            .await
        {
            // They are extra: the rows answer without them.
            Err(frappe::Error::Forbidden | frappe::Error::Invalid) => return Ok(BTreeMap::new()),
            read => read?,
        };
        let codes = read.records.iter().filter_map(|row| {
            let item = DocumentName::parse(row.text(&FieldName::parent())?).ok()?;
            let customer = self.scope.find(row.text(&customer)?)?.clone();
            Some(((item, customer), row.text(&code)?.to_owned()))
        });
        Ok(codes.collect())
    }
}

/// What bins are joined with.
struct Join<'a> {
    scope: &'a Scope,
    rule: &'a Owner,
    items: &'a Items,
    tree: &'a Tree,
    codes: &'a RefCodes,
    /// Items that rows share, by customer and name.
    known: BTreeMap<(CustomerName, DocumentName), Arc<Item>>,
}

impl Join<'_> {
    /// The row of a Bin; `None` where it is not provably of the scope.
    fn row(&mut self, bin: &Record) -> Option<StockRow> {
        let name_of = |of: &'static str| DocumentName::parse(bin.text(&field(of))?).ok();
        let (item_code, warehouse) = (name_of("item_code")?, name_of("warehouse")?);
        // An item that the user may not read may well be another customer's.
        let item = self.items.names.get(&item_code)?;
        let provided_by = item.text(&field("customer"));
        let customer = match self.rule {
            Owner::Item => CustomerName::parse(provided_by?).ok()?,
            rule => rule.of_warehouse(self.tree, &warehouse)?.clone(),
        };
        let is_others = provided_by.is_some_and(|provider| provider != customer.as_str());
        if is_others || !self.scope.holds(&customer) {
            return None;
        }
        let number = |of| bin.number(&field(of)).unwrap_or_default();
        let quantities = Quantities {
            actual_qty: number("actual_qty"),
            reserved_qty: number("reserved_qty"),
            ordered_qty: number("ordered_qty"),
            projected_qty: number("projected_qty"),
        };
        let stock_uom = [bin, item]
            .iter()
            .find_map(|record| record.text(&field("stock_uom")))
            .unwrap_or_default()
            .to_owned();
        let key = (customer.clone(), item_code.clone());
        let text = |of| item.text(&field(of)).map(str::to_owned);
        let item = self
            .known
            .entry(key)
            .or_insert_with_key(|(customer, code)| {
                Arc::new(Item {
                    item_code: code.clone(),
                    item_name: text("item_name"),
                    item_group: text("item_group"),
                    ref_code: self.codes.get(&(code.clone(), customer.clone())).cloned(),
                })
            });
        Some(StockRow {
            customer,
            item: Arc::clone(item),
            warehouse,
            stock_uom,
            quantities,
        })
    }
}

fn item_query() -> ListQuery {
    query(
        names::item(),
        &["item_name", "item_group", "stock_uom", "customer"],
    )
}

fn query(doctype: DocType, fields: &[&'static str]) -> ListQuery {
    let fields = fields.iter().map(|name| field(name)).collect();
    ListQuery::new(doctype, fields, NonZeroU32::MIN)
}

/// The items of bins, each once.
fn item_codes(bins: &[Record]) -> Vec<DocumentName> {
    let code = field("item_code");
    let codes: BTreeSet<DocumentName> = bins
        .iter()
        .filter_map(|bin| DocumentName::parse(bin.text(&code)?).ok())
        .collect();
    codes.into_iter().collect()
}
