//! The `fields` of a list query: what each asks for, and what Frappe refuses or drops.
//!
//! Understands columns (plain, in backticks, of a link or a child table), aliases, `distinct`
//! and the aggregate functions. Anything else fails with the error that Frappe or the database
//! raises for it. Which row a value comes from is `query`'s business.

use super::answers::Failure;

/// A column: where it comes from, if that is said, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) qualifier: Option<String>,
    pub(super) fieldname: String,
}

/// What is asked for in one entry of `fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expression {
    Star,
    Column(Column),
    Distinct(Column),
    Aggregate {
        function: Function,
        distinct: bool,
        column: Column,
    },
}

/// The aggregate functions (`list_count_total`, `list_group_by_sum`, `list_max_date`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Count,
    Sum,
    Avg,
    Min,
    Max,
}

/// One entry of `fields`.
#[derive(Clone, Debug)]
pub(super) struct Select {
    pub(super) expression: Expression,
    pub(super) alias: Option<String>,
    /// As it was written, which is the column's title where there is no alias.
    pub(super) written: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Other(char),
}

fn tokens(written: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_whitespace() {
            continue;
        }
        if character == '`' {
            let quoted = characters
                .by_ref()
                .take_while(|&next| next != '`')
                .collect();
            tokens.push(Token::Quoted(quoted));
        } else if character.is_alphanumeric() || character == '_' {
            let mut word = String::from(character);
            while let Some(&next) = characters.peek() {
                if !(next.is_alphanumeric() || next == '_') {
                    break;
                }
                word.push(next);
                characters.next();
            }
            tokens.push(Token::Word(word));
        } else {
            tokens.push(Token::Other(character));
        }
    }
    tokens
}

fn name(token: &Token) -> Option<&str> {
    match token {
        Token::Word(name) | Token::Quoted(name) => Some(name),
        Token::Other(_) => None,
    }
}

fn is_word(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
}

/// Reads a column from the front of `tokens`; an unquoted qualifier may hold spaces
/// (`tabTransport Job.name`), as Frappe's own parser allows.
fn column(tokens: &[Token]) -> Option<(Column, &[Token])> {
    let first = name(tokens.first()?)?;
    if let (Some(Token::Other('.')), Some(second)) = (tokens.get(1), tokens.get(2)) {
        let fieldname = match second {
            Token::Other('*') => "*",
            other => name(other)?,
        };
        let column = Column {
            qualifier: Some(first.to_owned()),
            fieldname: fieldname.to_owned(),
        };
        return Some((column, &tokens[3..]));
    }
    let column = Column {
        qualifier: None,
        fieldname: first.to_owned(),
    };
    Some((column, &tokens[1..]))
}

const NOT_COLUMNS: [&str; 16] = [
    "select", "from", "where", "limit", "distinct", "and", "or", "as", "case", "when", "then",
    "else", "end", "null", "not", "is",
];

/// Every column that occurs in an entry, as the parser finds them that Frappe uses.
pub(super) fn columns(written: &str) -> Vec<Column> {
    let plain = written
        .chars()
        .all(|character| character.is_alphanumeric() || character == '_');
    if plain {
        return vec![Column {
            qualifier: None,
            fieldname: written.to_owned(),
        }];
    }
    let tokens = tokens(written);
    let mut found = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some(token) = rest.first() {
        let keyword = match token {
            Token::Word(word) => {
                let word = word.to_lowercase();
                NOT_COLUMNS
                    .iter()
                    .position(|known| *known == word)
                    .map(|at| NOT_COLUMNS[at])
            }
            _ => None,
        };
        let calls = matches!(rest.get(1), Some(Token::Other('(')));
        let is_number = matches!(token, Token::Word(word) if word.parse::<f64>().is_ok());
        match (token, keyword) {
            (_, Some("from" | "as")) => rest = rest.get(2..).unwrap_or_default(),
            (Token::Other('\''), _) => {
                let end = rest[1..]
                    .iter()
                    .position(|next| *next == Token::Other('\''));
                rest = end.and_then(|end| rest.get(end + 2..)).unwrap_or_default();
            }
            (Token::Other('*'), _) => {
                found.push(Column {
                    qualifier: None,
                    fieldname: "*".to_owned(),
                });
                rest = &rest[1..];
            }
            (Token::Word(_) | Token::Quoted(_), None) if !calls && !is_number => {
                let Some((column, after)) = column(rest) else {
                    rest = &rest[1..];
                    continue;
                };
                found.push(column);
                rest = after;
            }
            _ => rest = &rest[1..],
        }
    }
    found
}

impl Select {
    /// Reads one entry.
    pub(super) fn parse(written: &str) -> Result<Self, Failure> {
        let tokens = tokens(written);
        let (body, alias) = split_alias(&tokens);
        let expression = expression(body).ok_or_else(|| refused(written))?;
        Ok(Self {
            expression,
            alias,
            written: written.trim().to_owned(),
        })
    }

    /// The column that a plain entry asks for.
    pub(super) const fn column(&self) -> Option<&Column> {
        match &self.expression {
            Expression::Star => None,
            Expression::Column(column)
            | Expression::Distinct(column)
            | Expression::Aggregate { column, .. } => Some(column),
        }
    }

    pub(super) const fn is_aggregate(&self) -> bool {
        matches!(self.expression, Expression::Aggregate { .. })
    }
}

fn split_alias(tokens: &[Token]) -> (&[Token], Option<String>) {
    if let [body @ .., marker, last] = tokens
        && is_word(Some(marker), "as")
        && let Some(alias) = name(last)
    {
        return (body, Some(alias.to_owned()));
    }
    (tokens, None)
}

fn expression(tokens: &[Token]) -> Option<Expression> {
    if tokens == [Token::Other('*')] {
        return Some(Expression::Star);
    }
    if is_word(tokens.first(), "distinct") {
        let (column, rest) = column(&tokens[1..])?;
        return rest.is_empty().then_some(Expression::Distinct(column));
    }
    if let [
        Token::Word(word),
        Token::Other('('),
        inner @ ..,
        Token::Other(')'),
    ] = tokens
    {
        let function = match word.to_lowercase().as_str() {
            "count" => Function::Count,
            "sum" => Function::Sum,
            "avg" => Function::Avg,
            "min" => Function::Min,
            "max" => Function::Max,
            _ => return None,
        };
        let distinct = is_word(inner.first(), "distinct");
        let (column, rest) = column(&inner[usize::from(distinct)..])?;
        return rest.is_empty().then_some(Expression::Aggregate {
            function,
            distinct,
            column,
        });
    }
    let (column, rest) = column(tokens)?;
    rest.is_empty().then_some(Expression::Column(column))
}

/// What Frappe says to an entry that is neither a column nor an aggregate
/// (`sanitize_fields`, then the database).
fn refused(written: &str) -> Failure {
    const FUNCTIONS: [&str; 15] = [
        "concat",
        "concat_ws",
        "if",
        "ifnull",
        "nullif",
        "coalesce",
        "connection_id",
        "current_user",
        "database",
        "last_insert_id",
        "session_user",
        "system_user",
        "user",
        "version",
        "global",
    ];
    const KEYWORDS: [&str; 8] = [
        "select", "create", "insert", "delete", "drop", "update", "case", "show",
    ];
    let lower = written.trim().to_lowercase();
    let restricted = || Failure::data_error("Use of sub-query or function is restricted");
    if let Some((function, inner)) = lower.split_once('(') {
        let token = inner.trim_start().split(' ').next().unwrap_or_default();
        if KEYWORDS.iter().any(|keyword| token.contains(keyword)) {
            return restricted();
        }
        let function = function.trim_end();
        if FUNCTIONS.contains(&function) {
            return Failure::data_error(format!(
                "Use of function {function} in field is restricted"
            ));
        }
    }
    if lower.contains('@') || lower.contains(',') || lower.contains('\'') {
        return restricted();
    }
    match lower.split_once('(') {
        Some((function, _)) => Failure::operational(
            1305,
            &format!("FUNCTION {} does not exist", function.trim()),
        ),
        None => Failure::sql_syntax(written),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(fieldname: &str) -> Column {
        Column {
            qualifier: None,
            fieldname: fieldname.to_owned(),
        }
    }

    #[test]
    fn columns_are_found_wherever_they_stand() {
        assert_eq!(columns("no_such_field"), [plain("no_such_field")]);
        assert_eq!(
            columns("count(distinct customer) as n"),
            [plain("customer")]
        );
        assert_eq!(columns("sleep(1) as x"), []);
        assert_eq!(
            columns("(select password from __Auth limit 1) as x"),
            [plain("password")]
        );
        let child = Column {
            qualifier: Some("tabTransport Job Package".to_owned()),
            fieldname: "description".to_owned(),
        };
        assert_eq!(columns("`tabTransport Job Package`.description"), [child]);
    }

    #[test]
    fn aggregates_and_aliases_are_understood() {
        let select = Select::parse("sum(total_weight) as w").expect("an aggregate");
        assert_eq!(select.alias.as_deref(), Some("w"));
        assert_eq!(
            select.expression,
            Expression::Aggregate {
                function: Function::Sum,
                distinct: false,
                column: plain("total_weight"),
            }
        );
        assert!(Select::parse("ifnull(name, 1)").is_err());
    }

    proptest! {
        #[test]
        fn no_entry_makes_the_parser_panic(written in any::<String>()) {
            let _ = columns(&written);
            let _ = Select::parse(&written);
        }
    }
}
