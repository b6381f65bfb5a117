//! The template engine: compiled templates, strict and escaping, and the functions they may call.

use std::collections::HashMap;
use std::error::Error as _;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value,
};

use super::ViewsError;
use super::assets::Assets;
use super::context;
use super::format;
use super::markup;
use super::sources::Sources;

/// Compiled templates, and the assets they point to.
#[derive(Debug)]
pub(super) struct Engine {
    environment: Environment<'static>,
    sprite: Arc<str>,
    assets: Arc<Assets>,
    replaced: HashMap<String, PathBuf>,
}

impl Engine {
    /// Compiles every template and sees that each page has one.
    pub fn new(sources: &Sources) -> Result<Self, ViewsError> {
        let assets = Arc::new(Assets::new(sources));
        let sprite: Arc<str> = assets.address("icons.svg").unwrap_or_default().into();
        let mut engine = Self {
            environment: environment(Arc::clone(&assets), Arc::clone(&sprite)),
            sprite,
            assets,
            replaced: HashMap::new(),
        };
        for (name, file) in sources.files.iter().filter(|(name, _)| is_template(name)) {
            if let Some(path) = &file.replaced_by {
                engine.replaced.insert(name.clone(), path.clone());
            }
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            let added = engine.environment.add_template_owned(name.clone(), text);
            added.map_err(|error| engine.explain(name, &error))?;
        }
        for &name in context::TEMPLATES {
            if engine.environment.get_template(name).is_err() {
                return Err(ViewsError::Missing { name });
            }
        }
        Ok(engine)
    }

    /// Renders every sample of every page, so that what would fail fails now.
    pub fn try_samples(&self) -> Result<(), ViewsError> {
        for sample in context::every_sample() {
            let tried = self.render(sample.template, sample.context);
            tried.map_err(|error| error.with_sample(sample.name))?;
        }
        Ok(())
    }

    /// One template with its context.
    pub fn render(&self, name: &str, context: Value) -> Result<String, ViewsError> {
        self.environment
            .get_template(name)
            .and_then(|template| template.render(context))
            .map_err(|error| self.explain(name, &error))
    }

    /// What a macro of a template makes of what it is told; `None` where it fails.
    pub fn part(&self, name: &str, part: &str, told: Value) -> Option<String> {
        let template = self.environment.get_template(name).ok()?;
        let mut captured = template.render_captured(()).ok()?;
        captured.with_state_mut(|state| state.call_macro(part, &[told]).ok())
    }

    /// The address of the icons.
    pub fn sprite(&self) -> Arc<str> {
        Arc::clone(&self.sprite)
    }

    /// The assets that the templates point to.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The engine's error with the innermost place it names, which is where to look.
    fn explain(&self, template: &str, error: &Error) -> ViewsError {
        let mut innermost = error;
        while let Some(cause) = innermost
            .source()
            .and_then(|cause| cause.downcast_ref::<Error>())
        {
            innermost = cause;
        }
        let name = innermost.name().or(error.name()).unwrap_or(template);
        let mut reason = innermost.kind().to_string();
        if let Some(detail) = innermost.detail() {
            // Writing to a string cannot fail.
            let _ = write!(reason, ": {detail}");
        }
        ViewsError::Template {
            file: self.replaced.get(name).map_or_else(
                || format!("templates/{name}"),
                |path| path.display().to_string(),
            ),
            line: innermost.line().or(error.line()).unwrap_or_default(),
            reason,
        }
    }
}

pub(super) fn is_template(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|suffix| suffix == "html")
        && !name.starts_with("assets/")
}

fn environment(assets: Arc<Assets>, sprite: Arc<str>) -> Environment<'static> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    // Fails on delimiters only, and those are the usual ones.
    environment.set_syntax(syntax.build().unwrap_or_default());
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    // Only `SafeHtml` may pass unescaped, never a filter in some template.
    environment.remove_filter("safe");
    environment.add_function("count", |number: u64, one: &str, many: &str| {
        format::count(number, one, many)
    });
    environment.add_function("grouped", format::whole);
    let nothing = Value::from_safe_string(markup::NOTHING.to_owned());
    environment.add_global("nothing", nothing);
    let of_cells = Arc::clone(&sprite);
    environment.set_formatter(move |out, state, value| write_value(out, state, value, &of_cells));
    // A function, since a page has dozens.
    environment.add_function("icon", move |name: &str| {
        let mut icon = String::with_capacity(160);
        markup::icon(&mut icon, &sprite, name)?;
        Ok::<_, Error>(Value::from_safe_string(icon))
    });
    environment.add_function("asset", move |name: &str| {
        assets.address(name).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidOperation,
                format!("there is no asset {name}"),
            )
        })
    });
    environment
}

/// Writes one value: cells, moments, headings and rows as their HTML, what is marked safe as it is, the rest
/// escaped. Nothing is an error.
fn write_value(
    out: &mut Output,
    state: &mut State,
    value: &Value,
    sprite: &str,
) -> Result<(), Error> {
    if value.is_undefined() {
        return minijinja::escape_formatter(out, state, value);
    }
    if value.is_none() {
        return Err(Error::new(
            ErrorKind::UndefinedError,
            "a value that may be missing is printed without asking whether it is there",
        ));
    }
    if value.is_safe() {
        return minijinja::escape_formatter(out, state, value);
    }
    if let Some(text) = value.as_str() {
        return Ok(markup::escaped(out, text)?);
    }
    if let Some(cell) = value.downcast_object_ref::<context::Cell>() {
        return Ok(markup::cell(out, cell, sprite)?);
    }
    if let Some(span) = value.downcast_object_ref::<context::Span>() {
        return Ok(markup::time_span(out, span)?);
    }
    if let Some(moment) = value.downcast_object_ref::<context::Moment>() {
        return Ok(markup::moment(out, &moment.iso, &moment.text)?);
    }
    if let Some(column) = value.downcast_object_ref::<context::Column>() {
        return Ok(markup::heading(out, column, sprite)?);
    }
    if let Some(context::HeadingsOf(table)) = value.downcast_object_ref() {
        return Ok(markup::headings(out, &table.headings, sprite)?);
    }
    if let Some(context::RowsOf(table)) = value.downcast_object_ref() {
        return Ok(markup::rows(out, table, sprite)?);
    }
    minijinja::escape_formatter(out, state, value)
}
