//! Tests of all pages at once: every template with every sample.

use std::fs;
use std::path::Path;

use super::context::{self, DocumentPage, HomePage, ListPage};
use super::*;

/// Every sample of every page, rendered: the template, the sample's name, and the HTML.
fn all_rendered() -> Vec<(&'static str, &'static str, String)> {
    let engine = Engine::new(&Sources::read(None).unwrap()).unwrap();
    context::every_sample()
        .into_iter()
        .map(|sample| {
            let html = engine.render(sample.template, sample.context).unwrap();
            (sample.template, sample.name, html)
        })
        .collect()
}

/// The tags of a page, from `<` to `>`, as a browser would see them.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).map(|rest| {
        let mut quote = None;
        let end = rest.find(|character| {
            match (quote, character) {
                (None, '"' | '\'') => quote = Some(character),
                (Some(open), close) if open == close => quote = None,
                _ => {}
            }
            quote.is_none() && character == '>'
        });
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// The names of a tag's attributes.
fn attributes(tag: &str) -> Vec<String> {
    let mut unquoted = String::new();
    for (index, part) in tag.split('"').enumerate() {
        if index % 2 == 0 {
            unquoted.push_str(part);
        }
    }
    unquoted
        .split_whitespace()
        .skip(1)
        .map(|attribute| attribute.trim_end_matches('=').to_lowercase())
        .collect()
}

fn sample<P: Page>(name: &str) -> P {
    P::samples()
        .into_iter()
        .find_map(|(other, page)| (other == name).then_some(page))
        .unwrap()
}

fn with_folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Overrides) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        write(folder.path(), name, text);
    }
    let overrides = Overrides {
        folder: Some(folder.path().to_owned()),
        reload: false,
    };
    (folder, overrides)
}

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

#[test]
fn every_template_renders_with_every_sample() {
    let rendered = all_rendered();
    for template in context::TEMPLATES {
        for sample in ["usual", "empty", "longest", "hostile"] {
            assert!(
                rendered
                    .iter()
                    .any(|(path, name, _)| path == template && *name == sample),
                "{template} has no sample “{sample}”"
            );
        }
    }
    for (template, sample, html) in rendered {
        assert!(
            html.trim_end().ends_with("</html>"),
            "{template} with {sample}"
        );
    }
}

/// Samples do not lead everywhere; a macro that has gone is missed by whoever calls it nevertheless.
#[test]
fn every_macro_that_a_template_calls_in_another_is_there() {
    let sources = Sources::read(None).unwrap();
    let text = |name: &str| String::from_utf8_lossy(&sources.files[name].bytes).into_owned();
    let mut calls = 0;
    for name in sources
        .files
        .keys()
        .filter(|name| engine::is_template(name))
    {
        let template = text(name);
        for import in template.split("{% import \"").skip(1) {
            let (from, rest) = import.split_once("\" as ").unwrap();
            let (alias, _) = rest.split_once(" %}").unwrap();
            let defined = text(from);
            let used: Vec<&str> = template
                .split(&format!("{alias}."))
                .skip(1)
                .filter_map(|call| Some(call.split_once('(')?.0))
                .filter(|called| {
                    called
                        .chars()
                        .all(|letter| letter == '_' || letter.is_alphanumeric())
                })
                .collect();
            assert!(!used.is_empty(), "{name} imports {alias} for nothing");
            for called in used {
                let is_there = defined.contains(&format!("{{% macro {called}("));
                assert!(is_there, "{name} calls {called}, which is not in {from}");
                calls += 1;
            }
        }
    }
    assert!(calls > 0);
}

/// Every attribute that our own templates write.
const ATTRIBUTES: &str = "action alt aria-current aria-describedby aria-hidden aria-label \
    aria-labelledby aria-sort autocapitalize autocomplete autofocus charset checked class content \
    data-ago data-copy data-label data-making data-reveal data-ticked data-version datetime defer download enterkeyhint focusable for form height href html id \
    inputmode label lang maxlength media method name placeholder rel required role scope selected \
    spellcheck src tabindex target type value width";

#[test]
fn hostile_texts_stay_texts() {
    for (template, sample, html) in all_rendered() {
        let place = format!("{template} with {sample}");
        assert!(
            !html.contains("<script>") && !html.contains("<img src=x"),
            "{place}"
        );
        for tag in tags(&html) {
            for attribute in attributes(tag) {
                let ours = ATTRIBUTES.split_whitespace().any(|ours| ours == attribute);
                assert!(ours, "{place} has {attribute} in <{tag}>");
            }
        }
        if sample == "hostile" {
            assert!(
                html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
                "{place}"
            );
            assert!(html.contains("{{ 7 * 7 }} {% raw %} &amp;amp;"), "{place}");
        }
    }
}

#[test]
fn nothing_is_inline_so_the_strictest_policy_holds() {
    for (template, sample, html) in all_rendered() {
        for tag in tags(&html) {
            let place = format!("{template} with {sample}: <{tag}>");
            assert!(!tag.starts_with("style"), "{place}");
            for attribute in attributes(tag) {
                assert!(
                    attribute != "style" && !attribute.starts_with("on"),
                    "{place}"
                );
            }
            if tag.starts_with("script") {
                assert!(tag.contains("src=\"/assets/"), "{place}");
            }
        }
    }
}

#[test]
fn every_asset_that_a_page_points_to_is_answered() {
    let views = Views::new(Overrides::default()).unwrap();
    let mut seen = 0;
    for (template, sample, html) in all_rendered() {
        for rest in html.split("\"/assets/").skip(1) {
            let address = rest.split(['"', '#']).next().unwrap();
            assert!(
                views.asset(address).is_some(),
                "{template} with {sample}: {address}"
            );
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_symbol_that_a_page_points_to_is_in_the_sprite() {
    let sprite = Sources::read(None).unwrap().files["assets/icons.svg"]
        .bytes
        .clone();
    let sprite = String::from_utf8(sprite.into_owned()).unwrap();
    for (template, sample, html) in all_rendered() {
        for rest in html.split("<use href=\"").skip(1) {
            let address = rest.split('"').next().unwrap();
            let (_, id) = address.split_once('#').unwrap();
            let symbol = format!("<symbol id=\"{id}\"");
            assert!(sprite.contains(&symbol), "{template} with {sample}: {id}");
        }
    }
}

#[test]
fn every_field_has_a_label_and_no_id_stands_twice() {
    for (template, sample, html) in all_rendered() {
        let mut ids = Vec::new();
        for tag in tags(&html) {
            if let Some(id) = tag.split(" id=\"").nth(1) {
                let id = id.split('"').next().unwrap();
                assert!(
                    !ids.contains(&id),
                    "{template} with {sample} has {id} twice"
                );
                ids.push(id);
            }
            let is_field = tag.starts_with("input") && !tag.contains("type=\"hidden\"");
            if is_field && tag.contains(" id=\"") {
                let id = tag
                    .split(" id=\"")
                    .nth(1)
                    .unwrap()
                    .split('"')
                    .next()
                    .unwrap();
                assert!(
                    html.contains(&format!("for=\"{id}\"")),
                    "{template}: <{tag}>"
                );
            }
        }
        assert_eq!(html.matches("<h1").count(), 1, "{template} with {sample}");
        assert_eq!(html.matches("<main").count(), 1, "{template} with {sample}");
    }
}

#[test]
fn an_asset_has_its_type_and_an_address_that_follows_its_content() {
    let (_folder, overrides) = with_folder(&[("assets/app.css", "body { color: teal }")]);
    let built_in = all_addresses(&Views::new(Overrides::default()).unwrap());
    let views = Views::new(overrides).unwrap();
    let replaced = all_addresses(&views);
    assert_ne!(built_in[0], replaced[0], "another content, another address");
    assert_eq!(built_in[1], replaced[1]);

    let style = views.asset(&replaced[0]).unwrap();
    assert_eq!(&*style.bytes, b"body { color: teal }");
    assert_eq!(style.content_type, "text/css; charset=utf-8");
    let script = views.asset(&replaced[1]).unwrap();
    assert_eq!(script.content_type, "text/javascript; charset=utf-8");
    for unknown in [
        "app.css",
        &built_in[0],
        "",
        "../layout.html",
        "app-000000000000.css",
    ] {
        assert!(views.asset(unknown).is_none(), "{unknown}");
    }
}

/// The addresses of style and script.
fn all_addresses(views: &Views) -> [String; 2] {
    ["app.css", "app.js"].map(|name| {
        let address = views.engine().unwrap().assets().address(name).unwrap();
        address.strip_prefix("/assets/").unwrap().to_owned()
    })
}

#[test]
fn a_file_in_the_folder_replaces_just_the_template_of_its_path() {
    let page = "{% extends \"layout.html\" %}{% block content %}<h1>Ahoy</h1>{% endblock %}";
    let (_folder, overrides) = with_folder(&[("pages/sign_in.html", page), (".swp", "{{ broken")]);
    let views = Views::new(overrides).unwrap();
    let sign_in = views
        .render(&sample::<context::SignInPage>("usual"))
        .unwrap();
    assert!(sign_in.contains("<h1>Ahoy</h1>"));
    assert!(
        sign_in.contains("skip-link"),
        "the layout is still the one built in"
    );
    let list = views.render(&sample::<ListPage>("usual")).unwrap();
    assert!(list.contains("TRJ000002837"));
}

#[test]
fn a_broken_template_is_found_at_start_with_its_file_and_line() {
    let cases = [
        ("<p>\n{% if %}", "syntax error"),
        ("<p>\n{{ no_such_field }}", "no_such_field"),
        (
            "<p>\n{{ asset(\"none.css\") }}",
            "there is no asset none.css",
        ),
        ("<p>\n{{ frame.title | safe }}", "filter"),
    ];
    for (text, reason) in cases {
        let (folder, overrides) = with_folder(&[("pages/error.html", text)]);
        let message = Views::new(overrides).unwrap_err().to_string();
        let path = folder.path().join("pages/error.html");
        assert!(
            message.starts_with(&format!("{}, line 2: ", path.display())),
            "{message}"
        );
        assert!(message.contains(reason), "{message}");
    }
}

#[test]
fn a_value_that_may_be_missing_is_never_printed_as_none() {
    let (_folder, overrides) = with_folder(&[("pages/list.html", "{{ intro }}")]);
    let message = Views::new(overrides).unwrap_err().to_string();
    assert!(
        message.contains("without asking whether it is there"),
        "{message}"
    );
    assert!(
        message.contains("bare"),
        "the sample that showed it is named: {message}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let overrides = Overrides {
        folder: Some("no/such/folder".into()),
        reload: false,
    };
    let message = Views::new(overrides).unwrap_err().to_string();
    assert_eq!(message, "cannot read the templates in no/such/folder");
}

#[test]
fn files_of_the_folder_that_change_nothing_are_found() {
    let (folder, overrides) = with_folder(&[
        ("pages/error.html", "{% include \"partials/mine.html\" %}"),
        ("partials/mine.html", "{{ asset(\"mine.css\") }}"),
        ("assets/mine.css", ""),
        ("assets/app.css", ""),
        ("partials/cell.html", "what an earlier version had"),
        ("assets/other.css", ""),
    ]);
    let sources = Sources::read(overrides.folder.as_deref()).unwrap();
    let unused: Vec<&Path> = sources.unused().collect();
    let expected = ["assets/other.css", "partials/cell.html"].map(|name| folder.path().join(name));
    assert_eq!(unused, expected);
}

#[test]
fn with_reload_a_change_is_seen_at_the_next_rendering_and_without_it_is_not() {
    for reload in [true, false] {
        let (folder, overrides) = with_folder(&[]);
        let views = Views::new(Overrides {
            reload,
            ..overrides
        })
        .unwrap();
        let page = sample::<context::ErrorPage>("usual");
        assert!(!views.render(&page).unwrap().contains("Changed"));
        write(folder.path(), "pages/error.html", "Changed");
        assert_eq!(views.render(&page).unwrap() == "Changed", reload);
    }
}

#[test]
fn a_usual_list_looks_like_this() {
    let mut page = sample::<ListPage>("usual");
    page.table = page.table.first(2);
    insta::assert_snapshot!(without_hashes(&page));
}

#[test]
fn a_usual_start_page_looks_like_this() {
    insta::assert_snapshot!(without_hashes(&sample::<HomePage>("usual")));
}

#[test]
fn a_start_page_with_nothing_to_say_looks_like_this() {
    insta::assert_snapshot!(without_hashes(&sample::<HomePage>("calm")));
}

#[test]
fn a_usual_document_looks_like_this() {
    insta::assert_snapshot!(without_hashes(&sample::<DocumentPage>("usual")));
}

/// The page without blank lines, and with addresses that do not follow the assets' contents.
fn without_hashes<P: Page>(page: &P) -> String {
    let views = Views::new(Overrides::default()).unwrap();
    let html = views.render(page).unwrap();
    let mut parts = html.split("/assets/");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (stem, rest) = part.split_once('-').unwrap();
        plain.extend(["/assets/", stem, "-HASH", &rest[12..]]);
    }
    let lines = plain.lines().filter(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_page_is_the_same_whether_its_parts_were_made_ahead_or_not() {
    let views = Views::new(Overrides::default()).unwrap();
    let without_blanks = |page: &ListPage| {
        let html = views.render(page).unwrap();
        html.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    for (name, page) in ListPage::samples() {
        let mut ahead = page.clone();
        ahead.form = ahead.form.ahead(&views);
        ahead.frame.header = views.part(&ahead.frame);
        assert!(ahead.form.made.is_some() && ahead.frame.header.is_some());
        assert_eq!(without_blanks(&ahead), without_blanks(&page), "{name}");
    }
}

/// Writes every sample of every page, and the assets, below the folder in `QUAYFRONT_PREVIEW`, to
/// be looked at from any server of plain files.
#[test]
#[ignore = "writes files, to be looked at"]
fn preview() {
    let folder = std::env::var_os("QUAYFRONT_PREVIEW").expect("QUAYFRONT_PREVIEW names a folder");
    let folder = Path::new(&folder);
    let views = Views::new(Overrides::default()).unwrap();
    for (template, sample, html) in all_rendered() {
        let page = template
            .trim_start_matches("pages/")
            .trim_end_matches(".html");
        write(folder, &format!("{page}-{sample}.html"), &html);
    }
    let sources = Sources::read(None).unwrap();
    for name in sources
        .files
        .keys()
        .filter_map(|path| path.strip_prefix("assets/"))
    {
        let address = views.engine().unwrap().assets().address(name).unwrap();
        let asset = views
            .asset(address.strip_prefix("/assets/").unwrap())
            .unwrap();
        let path = folder.join(address.trim_start_matches('/'));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &asset.bytes).unwrap();
    }
}
