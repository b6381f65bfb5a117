use proptest::prelude::*;

use super::*;
use crate::portal::page::{FilterField, Pages};

fn with_page<T>(look: impl FnOnce(&PageFile) -> T) -> T {
    let pages = Pages::load(&["transport-jobs".to_owned()], None).expect("the shipped page");
    look(pages.iter().next().expect("one page"))
}

fn parse(query: &str) -> Result<ListRequest, BadParameter> {
    with_page(|page| parse_on(page, query))
}

fn parse_on(page: &PageFile, query: &str) -> Result<ListRequest, BadParameter> {
    let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    ListRequest::parse(page, &pairs)
}

#[test]
fn an_empty_query_is_the_plain_list() {
    with_page(|page| {
        assert_eq!(parse_on(page, ""), Ok(ListRequest::plain(page)));
        assert_eq!(
            parse_on(page, "q=&status=&booking_date_from=&page=&unknown=1"),
            Ok(ListRequest::plain(page))
        );
    });
}

#[test]
fn a_list_without_views_takes_none() {
    with_page(|page| {
        let mut page = page.clone();
        page.views.clear();
        let bad = parse_on(&page, "view=late").expect_err("no such view");
        assert_eq!(bad.accepted, "no value: this list has no views");
    });
}

#[test]
fn filters_combine() {
    let request = parse("status=In+Progress&status=Completed&booking_date_from=2026-01-01&q=PO-1&customer=A%26B&sort=-total_weight&page=3&page_size=50")
        .expect("a good query");
    assert_eq!(request.choices.values().next().map(Vec::len), Some(2));
    assert_eq!(
        request.dates.values().next().and_then(|days| days.from),
        Some(jiff::civil::date(2026, 1, 1))
    );
    assert_eq!(
        (request.page, request.page_size, request.search.as_deref()),
        (3, 50, Some("PO-1"))
    );
    assert_eq!(request.customers[0].as_str(), "A&B");
    assert!(request.sort.descending);
}

#[test]
fn a_bad_value_says_which_parameter_and_what_would_be_right() {
    for (query, parameter, accepted) in [
        ("page=0", "page", "a number from 1"),
        ("page=-1", "page", "a number from 1"),
        ("page=1e3", "page", "a number from 1"),
        ("page=99999999999", "page", "a number from 1"),
        ("page=1000001", "page", "a number from 1 to 1000000"),
        ("page=1&page=2", "page", "this parameter once"),
        ("page_size=7", "page_size", "20, 50 or 100"),
        ("page_size=0", "page_size", "20, 50 or 100"),
        ("sort=internal_notes", "sort", "one of name, status"),
        ("sort=name desc", "sort", "one of name, status"),
        ("sort=(select sleep(1))", "sort", "one of name, status"),
        ("sort=legs", "sort", "one of name, status"),
        ("status=Lost", "status", "one of Submitted, In Progress"),
        (
            "status=completed",
            "status",
            "one of Submitted, In Progress",
        ),
        (
            "booking_date_from=yesterday",
            "booking_date_from",
            "a day, as 2026-11-22",
        ),
        (
            "booking_date_from=2026-02-30",
            "booking_date_from",
            "a day, as 2026-11-22",
        ),
        (
            "booking_date_to=2026-11-22T10:00",
            "booking_date_to",
            "a day, as 2026-11-22",
        ),
        (
            "booking_date_from=2026-11-22&booking_date_to=2026-11-21",
            "booking_date_to",
            "2026-11-22 or a later day",
        ),
        ("view=lost", "view", "one of late, under-way, papers"),
        ("view=LATE", "view", "one of late, under-way, papers"),
        ("view=late&view=late", "view", "this parameter once"),
        ("q=x", "q", "2 to 100 characters"),
        ("q=a%00b", "q", "2 to 100 characters"),
    ] {
        let bad = parse(query).expect_err(query);
        assert_eq!(bad.parameter, parameter, "{query}");
        assert!(
            bad.accepted.starts_with(accepted),
            "{query}: {}",
            bad.accepted
        );
    }
    let long = parse(&format!("q={}", "x".repeat(10_000))).expect_err("too long");
    assert!(
        long.found.chars().count() < 70,
        "what was found is told shortly"
    );
}

proptest! {
    #[test]
    fn any_query_is_a_request_or_a_bad_parameter(query in "\\PC{0,120}") {
        let _ = parse(&query);
    }

    #[test]
    fn whatever_was_typed_only_declared_fields_and_choices_come_out(
        pairs in prop::collection::vec(("status|view|sort|page|page_size|booking_date_from|booking_date_to|charges|[a-z_]{1,9}", ".{0,20}|Completed|late|20|-name|2026-01-02"), 0..6),
    ) {
        with_page(|page| {
            let parsed = ListRequest::parse(page, &pairs);
            if let Ok(request) = parsed {
                for (field, chosen) in &request.choices {
                    let filter = page.filter(field.as_str()).expect("a declared filter");
                    assert!(chosen.iter().all(|choice| filter.choices.contains(choice)));
                }
                assert!(request.dates.keys().all(|field| page.filter(field.as_str()).is_some_and(FilterField::is_date)));
                assert!(page.sortable().any(|field| field.field == request.sort.field));
                assert!(PAGE_SIZES.contains(&request.page_size) && request.page > 0);
                assert!(request.view.is_none_or(|view| page.view(view.as_str()).is_some()));
            }
        });
    }

    #[test]
    fn what_goes_into_an_address_comes_out_of_it(
        customers in prop::collection::btree_set("[^\\s\\x00-\\x1f].{0,10}[^\\s\\x00-\\x1f]", 0..3),
        statuses in prop::sample::subsequence(vec!["Submitted", "Completed", "Closed"], 0..=3),
        search in prop::option::of("[A-Za-z0-9%_&=+#äß☀]{2,20}"),
        page_number in 1u32..1000, size in prop::sample::select(&PAGE_SIZES[..]), sort in prop::sample::select(vec!["-booking_date", "name", "-total_weight"]),
        from in prop::option::of(0i16..400), view in prop::option::of(0usize..3),
    ) {
        with_page(|page| {
            let mut request = ListRequest::plain(page);
            request.view = view.map(|view| page.views[view].name.clone());
            request.customers = customers.iter().filter(|name| name.trim() == name.as_str()).filter_map(|name| CustomerName::parse(name).ok()).collect();
            request.customers.sort_unstable();
            if !statuses.is_empty() {
                let mut chosen: Vec<_> = statuses.iter().map(|status| (*status).to_owned()).collect();
                chosen.sort_unstable();
                request.choices.insert(FieldName::parse("status").expect("a field"), chosen);
            }
            if let Some(from) = from {
                let day = jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(from));
                request.dates.insert(FieldName::parse("booking_date").expect("a field"), Days { from: Some(day), to: None });
            }
            request.search = search.clone();
            request.page = page_number;
            request.page_size = size;
            request.sort = SortKey::parse(sort).expect("a key");
            let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(request.pairs(page)).finish();
            assert_eq!(parse_on(page, &query), Ok(request));
        });
    }
}
