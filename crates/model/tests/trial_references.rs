//! Names that are defined at one place and used at another, and free-form bodies: what nginx 1.22.1 says of each
//! configuration of `trial_references.txt`.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Stack};

/// A section of the table around lines: what stands before, and what closes it.
fn around(section: &str) -> (&'static str, &'static str) {
    match section {
        "http" => ("events {}\nhttp {\n", "}\n"),
        "server" => ("events {}\nhttp {\nserver {\nlisten 8099;\n", "}\n}\n"),
        "location" => ("events {}\nhttp {\nserver {\nlisten 8099;\nlocation / {\n", "}\n}\n}\n"),
        "stream" => ("load_module ngx_stream_module.so;\nevents {}\nstream {\n", "}\n"),
        _ => ("", ""),
    }
}

/// What is said first of these lines, and at which of them.
fn said(section: &str, lines: &str) -> String {
    let (before, after) = around(section);
    let path = "/etc/nginx/nginx.conf";
    let tree = Memory::new([(path.to_owned(), format!("{before}{lines}\n{after}"))]);
    let nginx = vec![NginxRoot { path: path.into(), context: ContextKind::Main }];
    let options = Options { nginx_version: Some((1, 22, 1)), ..Options::default() };
    let stack = Stack::load(&tree, &Roots { nginx, fpm: vec![] }, &options);
    let Some(first) = stack.emergs().first() else { return "taken".to_owned() };
    let line = first.at.map(|at| stack.sources.line(at) as usize - before.lines().count());
    format!("{}: {}", line.map_or("-".to_owned(), |line| line.to_string()), first.message)
}

#[test]
fn as_nginx_says() {
    let table = include_str!("trial_references.txt");
    let mut wrong = Vec::new();
    for case in table.split("\n\n") {
        let (section, rest) = case.split_once('\n').unwrap();
        let (lines, expected) = rest.rsplit_once("\n=> ").unwrap();
        let got = said(section, lines);
        if got != expected.trim_end() {
            wrong.push(format!("{section}\n{lines}\n   nginx: {expected}\n   ours:  {got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
