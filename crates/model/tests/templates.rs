//! What is known of a template's directives: every name that the catalogue lacks is one that a mark makes.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::path::Path;

use gatelint_model::Options;
use gatelint_model::discover::{load, search};
use gatelint_model::files::Rooted;
use gatelint_model::nginx::ContextKind;
use gatelint_model::{Stack, files::Memory, stack::NginxRoot, stack::Roots};

/// `LINE NAME` of every directive that is unknown, as far as no mark makes it.
fn strangers(stack: &Stack) -> Vec<String> {
    let mut found = Vec::new();
    for file in stack.nginx.files() {
        let path = stack.sources.get(file).unwrap().path.display().to_string();
        for directive in stack.unknown_directives() {
            let span = directive.name_span();
            let is_body = matches!(directive.scope().kind(), ContextKind::Body | ContextKind::Other);
            if span.file == file && !stack.sources.is_filled_in(span) && !is_body {
                found.push(format!("{path}:{} {}", stack.sources.line(span), directive.name()));
            }
        }
    }
    found
}

#[test]
fn sound_templates_hold_no_strangers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/ok/templates");
    let files = Rooted::open(&root).unwrap();
    let world = search(&files, Path::new("/"), Path::new("")).worlds.remove(0);
    let loaded = load(&files, &world, &Options::default());
    assert!(loaded.templates.len() >= 40, "{}", loaded.templates.len());
    assert_eq!(strangers(&loaded.stack), Vec::<String>::new());
    assert!(loaded.templates.iter().all(|path| {
        let file = loaded.stack.sources.find(path);
        file.is_some_and(|file| loaded.stack.sources.is_template(file))
    }));
}

#[test]
fn a_misspelt_name_is_told_from_one_that_is_filled_in() {
    let text = "server {\n  {{ name }} on;\n  {% if a %}\n  lisen {{ port }};\n  {% endif %}\n  {{ a }}_pass b;\n}\n";
    let files = Memory::new([("/site.conf.j2", text)]);
    let context = ContextKind::Http;
    let roots =
        Roots { nginx: vec![NginxRoot { path: "/site.conf.j2".into(), context }], ..Roots::default() };
    let stack = Stack::load(&files, &roots, &Options::default());
    assert_eq!(strangers(&stack), ["/site.conf.j2:4 lisen"]);
}
