//! The `order_by` and `group_by` of a list query.
//!
//! Frappe checks them a little and then hands them to the database as they are. What is
//! understood here: columns (with or without table), aliases, positions and constants; the rest
//! fails as the database does (`order_by_unknown_field`).

use super::answers::Failure;
use super::fields::Column;

/// One term of an order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) by: By,
    pub(super) descending: bool,
}

/// What rows are ordered or grouped by.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum By {
    Column(Column),
    Position(usize),
    /// Something that is the same for each row, such as `(select 1)`.
    Constant,
}

/// Reads an `order_by` or `group_by`. `tables` are the tables that the query reads.
pub(super) fn parse(written: &str, tables: &[&str]) -> Result<Vec<Term>, Failure> {
    let lower = written.to_lowercase();
    if lower.contains("select") && lower.contains("from") {
        return Err(Failure::validation("Cannot use sub-query in order by"));
    }
    let allowed = |character: char| {
        matches!(character, 'a'..='z' | '0'..='9' | '-' | '_' | ' ' | ',' | '`' | '\'' | '"' | '.')
            || matches!(character, '(' | ')')
    };
    if !lower.chars().all(allowed) {
        return Err(Failure::validation("Illegal SQL Query"));
    }
    let terms: Vec<&str> = written.split(',').map(str::trim).collect();
    for term in &terms {
        validate(term, tables)?;
    }
    terms.into_iter().map(term).collect()
}

fn validate(term: &str, tables: &[&str]) -> Result<(), Failure> {
    if term.starts_with("`tab")
        && let Some((table, _)) = term.split_once('.')
    {
        let doctype = table.trim_matches('`').trim_start_matches("tab");
        if !tables.contains(&doctype) {
            return Err(Failure::validation(format!(
                "Please select atleast 1 column from {doctype} to sort/group"
            )));
        }
    }
    let function = term
        .split('(')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    if function.contains("sleep") {
        return Err(Failure::validation(format!(
            "Cannot use {function} in order/group by"
        )));
    }
    Ok(())
}

fn term(written: &str) -> Result<Term, Failure> {
    let lower = written.to_lowercase();
    let (body, descending) = if let Some(body) = lower.strip_suffix(" desc") {
        (&written[..body.len()], true)
    } else if let Some(body) = lower.strip_suffix(" asc") {
        (&written[..body.len()], false)
    } else {
        (written, false)
    };
    let body = body.trim();
    let by = by(body).ok_or_else(|| Failure::sql_syntax(body))?;
    Ok(Term { by, descending })
}

fn by(body: &str) -> Option<By> {
    if let Ok(position) = body.parse::<usize>() {
        return Some(By::Position(position));
    }
    let quoted = |quote: char| body.len() > 1 && body.starts_with(quote) && body.ends_with(quote);
    let subquery = body.to_lowercase().replace(' ', "");
    let constant = subquery
        .strip_prefix("(select")
        .and_then(|rest| rest.strip_suffix(')'));
    if quoted('\'') || quoted('"') || constant.is_some_and(|value| value.parse::<f64>().is_ok()) {
        return Some(By::Constant);
    }
    let name = |part: &str| {
        let part = part.trim();
        let bare = part
            .strip_prefix('`')
            .and_then(|part| part.strip_suffix('`'));
        let plain = part
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_');
        match bare {
            Some(bare) if !bare.is_empty() && !bare.contains('`') => Some(bare.to_owned()),
            None if plain && !part.is_empty() => Some(part.to_owned()),
            _ => None,
        }
    };
    let column = match body.rsplit_once('.') {
        Some((table, fieldname)) => Column {
            qualifier: Some(name(table)?),
            fieldname: name(fieldname)?,
        },
        None => Column {
            qualifier: None,
            fieldname: name(body)?,
        },
    };
    Some(By::Column(column))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terms_are_columns_positions_or_constants() {
        let terms = parse("`tabBin`.`item_code` desc, 2, (select 1) asc", &["Bin"]).expect("terms");
        let column = Column {
            qualifier: Some("tabBin".into()),
            fieldname: "item_code".into(),
        };
        assert_eq!(
            terms,
            [
                Term {
                    by: By::Column(column),
                    descending: true
                },
                Term {
                    by: By::Position(2),
                    descending: false
                },
                Term {
                    by: By::Constant,
                    descending: false
                },
            ]
        );
        assert!(parse("`tabItem`.`name`", &["Bin"]).is_err());
        assert!(parse("name; drop table x", &["Bin"]).is_err());
        assert!(parse("", &["Bin"]).is_err());
    }

    proptest! {
        #[test]
        fn no_order_makes_the_reader_panic(written in any::<String>()) {
            let _ = parse(&written, &["Bin"]);
        }
    }
}
