//! What is asked of a DocType: a list of rows, or their number.
//!
//! A query is a value that can be compared and hashed, so memory can be keyed by it. It promises
//! an order that ends in the unique field `name`, since Frappe makes none of its own and pages would
//! overlap (`list_tiebreak_page1`), and a length of at least one, since 0 means *everything* in
//! version 15 and *nothing* in 16. It says nothing about who asks.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{
    filter::Filter,
    names::{DocType, FieldName},
    record::ALLOCATION,
};

/// One step of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The field that decides.
    pub field: FieldName,
    /// Largest first.
    pub descending: bool,
}

impl Order {
    /// Smallest first.
    #[must_use]
    pub const fn ascending(field: FieldName) -> Self {
        Self {
            field,
            descending: false,
        }
    }

    /// Largest first.
    #[must_use]
    pub const fn descending(field: FieldName) -> Self {
        Self {
            field,
            descending: true,
        }
    }
}

/// Rows of a DocType.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListQuery {
    /// Whose rows.
    pub doctype: DocType,
    /// The fields of each row; `name` is always among those asked for.
    pub fields: Vec<FieldName>,
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// At least one of these holds, if there are any (`or_filters`).
    pub any_of: Vec<Filter>,
    /// What decides the order, the most important first. `name` is added where it is missing.
    pub order: Vec<Order>,
    /// How many rows to leave out.
    pub start: u32,
    /// How many rows at most.
    pub length: NonZeroU32,
    /// For a child table: the DocType whose permission decides. Frappe then gives the rows of *all*
    /// parents (`child_table_with_parent`): filter by parents that were checked.
    pub parent: Option<DocType>,
}

impl ListQuery {
    /// The first `length` rows in the order of their names.
    #[must_use]
    pub const fn new(doctype: DocType, fields: Vec<FieldName>, length: NonZeroU32) -> Self {
        Self {
            doctype,
            fields,
            filters: Vec::new(),
            any_of: Vec::new(),
            order: Vec::new(),
            start: 0,
            length,
            parent: None,
        }
    }

    /// The number of rows that these filters find, whatever the page.
    #[must_use]
    pub fn count(&self) -> CountQuery {
        CountQuery {
            doctype: self.doctype.clone(),
            filters: self.filters.clone(),
            any_of: self.any_of.clone(),
        }
    }

    /// The bytes that it takes, roughly, texts of the heap included.
    #[must_use]
    pub fn size(&self) -> usize {
        let field = |field: &FieldName| size_of_val(field) + ALLOCATION + field.as_str().len();
        let fields: usize = self.fields.iter().map(field).sum();
        let order = self.order.len() * size_of::<Order>();
        let parent = self
            .parent
            .as_ref()
            .map_or(0, |parent| parent.as_str().len());
        let own = size_of::<Self>() + self.doctype.as_str().len();
        own + parent + fields + order + sizes(&self.filters) + sizes(&self.any_of)
    }

    /// `order_by`: the declared fields up to `name`, which decides what they leave open, in the
    /// direction of the last of them.
    pub(super) fn order_by(&self) -> String {
        let mut steps = Vec::with_capacity(self.order.len() + 1);
        let mut last = false;
        for order in &self.order {
            steps.push(step(&order.field, order.descending));
            last = order.descending;
            if order.field.as_str() == "name" {
                return steps.join(", ");
            }
        }
        steps.push(step(&FieldName::name(), last));
        steps.join(", ")
    }

    /// The names of the fields asked for: each once, and `name`.
    pub(super) fn field_names(&self) -> Vec<&str> {
        let mut names = vec!["name"];
        for field in &self.fields {
            if !names.contains(&field.as_str()) {
                names.push(field.as_str());
            }
        }
        names
    }

    /// The parameters of `frappe.client.get_list` and, as texts, of `/api/resource/<DocType>`.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let mut parameters = vec![("fields", json!(self.field_names()))];
        if !self.filters.is_empty() {
            parameters.push(("filters", triples(&self.filters)));
        }
        if !self.any_of.is_empty() {
            parameters.push(("or_filters", triples(&self.any_of)));
        }
        parameters.push(("order_by", json!(self.order_by())));
        parameters.push(("limit_start", json!(self.start)));
        parameters.push(("limit_page_length", json!(self.length)));
        if let Some(parent) = &self.parent {
            parameters.push(("parent", json!(parent.as_str())));
        }
        parameters
    }
}

/// How many rows of a DocType there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountQuery {
    /// Whose rows.
    pub doctype: DocType,
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// At least one of these holds, if there are any (`or_filters`).
    pub any_of: Vec<Filter>,
}

impl CountQuery {
    /// The bytes that it takes, roughly, texts of the heap included.
    #[must_use]
    pub fn size(&self) -> usize {
        let own = size_of::<Self>() + self.doctype.as_str().len();
        own + sizes(&self.filters) + sizes(&self.any_of)
    }

    /// The parameters of `frappe.desk.reportview.get_count`.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let quadruples = |filters: &[Filter]| -> Value {
            filters
                .iter()
                .map(|filter| filter.as_quadruple(&self.doctype))
                .collect()
        };
        let mut parameters = vec![("doctype", json!(self.doctype.as_str()))];
        if !self.filters.is_empty() {
            parameters.push(("filters", quadruples(&self.filters)));
        }
        if !self.any_of.is_empty() {
            parameters.push(("or_filters", quadruples(&self.any_of)));
        }
        parameters
    }
}

fn sizes(filters: &[Filter]) -> usize {
    filters.iter().map(Filter::size).sum()
}

fn step(field: &FieldName, descending: bool) -> String {
    format!("{field} {}", if descending { "desc" } else { "asc" })
}

fn triples(filters: &[Filter]) -> Value {
    filters.iter().map(Filter::as_triple).collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn field() -> impl Strategy<Value = FieldName> {
        "[a-z0-9_]{1,20}".prop_map(|name| FieldName::parse(&name).unwrap())
    }

    fn day() -> impl Strategy<Value = Date> {
        (1_i16..=9999, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| Date::new(year, month, day).unwrap())
    }

    /// A filter beside what Frappe has to read out of it.
    fn filter() -> impl Strategy<Value = (Filter, Value)> {
        prop_oneof![
            (field(), any::<String>()).prop_map(|(field, text)| {
                let parsed = json!([field.as_str(), "=", text]);
                (Filter::equals(field, text), parsed)
            }),
            (field(), any::<String>()).prop_map(|(field, text)| {
                let parsed = json!([field.as_str(), "like", format!("%{text}%")]);
                (Filter::contains(field, &text), parsed)
            }),
            (field(), vec(any::<String>(), 0..4)).prop_map(|(field, texts)| {
                let parsed = json!([field.as_str(), "in", texts]);
                (Filter::one_of(field, texts), parsed)
            }),
            (field(), vec(any::<i64>(), 0..4)).prop_map(|(field, numbers)| {
                let parsed = json!([field.as_str(), "not in", numbers]);
                (Filter::none_of(field, numbers), parsed)
            }),
            (field(), day(), day()).prop_map(|(field, from, to)| {
                let parsed = json!([
                    field.as_str(),
                    "between",
                    [from.to_string(), to.to_string()]
                ]);
                (Filter::between(field, from, to), parsed)
            }),
            (field(), day()).prop_map(|(field, day)| {
                let parsed = json!([field.as_str(), ">=", day.to_string()]);
                (Filter::at_least(field, day), parsed)
            }),
            field().prop_map(|field| {
                let parsed = json!([field.as_str(), "is", "not set"]);
                (Filter::is_not_set(field), parsed)
            }),
        ]
    }

    prop_compose! {
        fn query()(
            fields in vec(field(), 0..5),
            filters in vec(filter(), 0..4),
            any_of in vec(filter(), 0..3),
            order in vec((field(), any::<bool>()), 0..4),
            start in any::<u32>(),
            length in 1_u32..,
        ) -> (ListQuery, Vec<Value>, Vec<Value>) {
            let (filters, parsed) = filters.into_iter().unzip();
            let (any_of, any_parsed) = any_of.into_iter().unzip();
            let order = order
                .into_iter()
                .map(|(field, descending)| Order { field, descending })
                .collect();
            let doctype = DocType::parse("Transport Job").unwrap();
            let length = NonZeroU32::new(length).unwrap();
            let query = ListQuery {
                filters,
                any_of,
                order,
                start,
                ..ListQuery::new(doctype, fields, length)
            };
            (query, parsed, any_parsed)
        }
    }

    /// A parameter as Frappe reads it out of a query string: JSON where it expects some.
    fn parsed(parameters: &[(&str, Value)], name: &str) -> Value {
        let value = parameters.iter().find(|(key, _)| *key == name);
        value.map_or(Value::Array(Vec::new()), |(_, value)| {
            serde_json::from_str(&value.to_string()).unwrap()
        })
    }

    proptest! {
        #[test]
        fn what_goes_into_a_list_comes_out_of_its_json((query, filters, any_of) in query()) {
            let parameters = query.parameters();
            prop_assert_eq!(parsed(&parameters, "filters"), Value::Array(filters));
            prop_assert_eq!(parsed(&parameters, "or_filters"), Value::Array(any_of));
            prop_assert_eq!(parsed(&parameters, "limit_start"), json!(query.start));
            prop_assert_eq!(parsed(&parameters, "limit_page_length"), json!(query.length.get()));
            let fields = parsed(&parameters, "fields");
            for field in query.fields.iter().chain([&FieldName::name()]) {
                let asked = fields.as_array().unwrap().iter().filter(|asked| *asked == field.as_str());
                prop_assert_eq!(asked.count(), 1);
            }
        }

        #[test]
        fn what_goes_into_a_count_comes_out_with_its_doctype((query, filters, _) in query()) {
            let with_doctype = |filter: Value| {
                let mut parts = vec![json!("Transport Job")];
                parts.extend(filter.as_array().unwrap().clone());
                Value::Array(parts)
            };
            let expected: Value = filters.into_iter().map(with_doctype).collect();
            prop_assert_eq!(parsed(&query.count().parameters(), "filters"), expected);
        }

        #[test]
        fn an_order_is_fields_and_directions_alone_and_ends_in_the_name((query, ..) in query()) {
            let order_by = query.order_by();
            let steps: Vec<_> = order_by.split(", ").collect();
            for step in &steps {
                let (field, direction) = step.split_once(' ').unwrap();
                prop_assert!(FieldName::parse(field).is_ok());
                prop_assert!(["asc", "desc"].contains(&direction));
            }
            let names = steps.iter().filter(|step| step.starts_with("name ")).count();
            prop_assert_eq!(names, 1);
            prop_assert!(steps.last().unwrap().starts_with("name "));
        }
    }

    #[test]
    fn the_name_breaks_ties_in_the_direction_of_the_last_field() {
        let doctype = DocType::parse("Transport Job").unwrap();
        let mut query = ListQuery::new(doctype, Vec::new(), NonZeroU32::MIN);
        assert_eq!(query.order_by(), "name asc");
        query.order = vec![Order::descending(FieldName::parse("booking_date").unwrap())];
        assert_eq!(query.order_by(), "booking_date desc, name desc");
        query.order.push(Order::ascending(FieldName::name()));
        query
            .order
            .push(Order::ascending(FieldName::parse("status").unwrap()));
        assert_eq!(query.order_by(), "booking_date desc, name asc");
    }
}
