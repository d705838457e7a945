//! `gatelint graph`: what is drawn, how much of it, and that the programs that read it see nothing else in it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/hostile_tree.rs"]
mod hostile_tree;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use browser::{Scheme, names, visit};

fn fixture(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn graph(root: &Path, format: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .args(["graph", "--quiet", "--format", format, "--root"])
        .arg(root)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// How many nodes a flowchart has, in lines that define one.
fn nodes(mermaid: &str) -> usize {
    let is_node = |line: &&str| line.trim_start().starts_with('n') && line.contains('"');
    mermaid.lines().filter(is_node).count()
}

#[test]
fn what_is_broken_is_red_and_nothing_else() {
    let shop = graph(&fixture("err/broken-shop"), "mermaid");
    assert_eq!(shop.matches("nobody listens").count(), 2, "{shop}");
    assert_eq!(shop.matches(" --x ").count(), 6, "{shop}");
    assert_eq!(shop.matches("pool #91;").count(), 4, "{shop}");
    let first = shop.lines().nth(1).unwrap();
    assert!(first.contains("api#46;example"), "the broken ones come first: {first}");
    let dot = graph(&fixture("err/broken-shop"), "dot");
    assert_eq!(
        dot.lines().filter(|line| line.contains("->") && line.contains("#d1242f")).count(),
        6,
        "{dot}"
    );
    for sound in ["ok/laravel", "ok/groups", "ok/gateways", "distro/debian-12"] {
        let mermaid = graph(&fixture(sound), "mermaid");
        assert!(!mermaid.contains("--x") && !mermaid.contains("nobody"), "{sound}: {mermaid}");
    }
}

#[test]
fn a_group_stands_between_its_locations_and_its_servers() {
    let dir = tempfile::tempdir().unwrap();
    let conf = "events {}\nhttp {\n  upstream app { server 10.0.0.1:80; server 10.0.0.2:80 backup; }\n  server {\n    \
                server_name a.example;\n    location / { proxy_pass http://app; }\n    \
                location /own { proxy_pass http://127.0.0.1:8081; }\n    \
                location /late { resolver 127.0.0.1; proxy_pass http://$http_x; }\n  }\n  \
                server { listen 127.0.0.1:8081; server_name back.example; }\n}\n";
    fs::create_dir_all(dir.path().join("etc/nginx")).unwrap();
    fs::write(dir.path().join("etc/nginx/nginx.conf"), conf).unwrap();
    let dot = graph(dir.path(), "dot");
    let node = |text: &str| {
        let begin = format!(" [label=\"{text}");
        let line =
            dot.lines().find(|line| line.contains(&begin)).unwrap_or_else(|| panic!("no {text}: {dot}"));
        line.trim().split(' ').next().unwrap().to_owned()
    };
    for (from, to) in [
        ("a.example", "location /\\n"),
        ("location /\\n", "app\\n"),
        ("app\\n", "10.0.0.1:80\""),
        ("app\\n", "10.0.0.2:80\""),
        ("10.0.0.1:80\"", "not in these files"),
        ("location /own", "127.0.0.1:8081\""),
        ("127.0.0.1:8081\"", "this nginx: back.example"),
        ("location /late", "decided when a request comes"),
    ] {
        let edge = format!("{} -> {};", node(from), node(to));
        assert!(dot.contains(&edge), "no {edge}, from {from} to {to}: {dot}");
    }
}

#[test]
fn a_thousand_sites_make_a_small_picture_that_begins_with_what_is_broken() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("etc/nginx")).unwrap();
    fs::create_dir_all(dir.path().join("etc/php/8.2/fpm/pool.d")).unwrap();
    let mut conf = String::from("user www-data;\nevents {}\nhttp {\n");
    let mut pools = String::new();
    for site in 0..1000 {
        let socket = if site == 777 { "missing".to_owned() } else { site.to_string() };
        let _ = writeln!(
            conf,
            "server {{ server_name s{site}.example; location ~ \\.php$ {{ include fastcgi_params; \
             fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name; fastcgi_pass unix:/run/php/{socket}.sock; }} }}"
        );
        let _ = writeln!(
            pools,
            "[p{site}]\nuser = www-data\nlisten = /run/php/{site}.sock\nlisten.owner = www-data\npm = static\npm.max_children = 2"
        );
    }
    conf.push_str("}\n");
    fs::write(dir.path().join("etc/nginx/nginx.conf"), conf).unwrap();
    fs::write(dir.path().join("etc/php/8.2/fpm/pool.d/all.conf"), pools).unwrap();
    let main = "[global]\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n";
    fs::write(dir.path().join("etc/php/8.2/fpm/php-fpm.conf"), main).unwrap();
    for format in ["mermaid", "dot", "svg"] {
        let picture = graph(dir.path(), format);
        assert!(picture.len() < 300_000, "{format}: {}", picture.len());
        assert!(picture.contains("940 more servers"), "{format}");
        let at = |text: &str| picture.find(text).unwrap_or_else(|| panic!("{format}: no {text}"));
        let dot = if format == "mermaid" { "#46;" } else { "." };
        assert!(at(&format!("s777{dot}example")) < at(&format!("s0{dot}example")), "{format}");
        assert_eq!(picture, graph(dir.path(), format), "{format} is the same each time");
    }
}

#[test]
fn graphviz_reads_no_more_than_was_meant() {
    let tree = hostile_tree::lay();
    let text = graph(tree.path(), "dot");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("paths.dot");
    fs::write(&file, &text).unwrap();
    let Ok(output) = Command::new("dot").args(["-Tsvg"]).arg(&file).output() else {
        println!("did not run: no graphviz");
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !said.contains("rror"), "{said}");
    let drawn = String::from_utf8(output.stdout).unwrap();
    let count = text.lines().filter(|line| line.contains(" [label=")).count();
    assert_eq!(drawn.matches("class=\"node\"").count(), count, "nothing made a node of its own");
    // An `<a>` is made for a tooltip: it leads nowhere.
    assert!(!drawn.contains("href=\"javascript") && !drawn.contains("<script"), "{drawn}");
    assert!(!drawn.contains("<img") && !drawn.contains("<b>"), "{drawn}");
    assert!(drawn.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{drawn}");
    assert!(drawn.contains("\\N\\G\\l"), "a backslash stays one");
}

#[test]
fn the_svg_is_well_formed_and_holds_nothing_else_in_a_browser() {
    let tree = hostile_tree::lay();
    let svg = graph(tree.path(), "svg");
    let (elements, _) = names(&svg);
    let known = ["circle", "g", "path", "rect", "style", "svg", "text", "title"].map(str::to_owned);
    assert!(elements.iter().all(|name| known.contains(name)), "{elements:?}");
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("paths.svg");
    fs::write(&file, &svg).unwrap();
    match Command::new("xmllint").arg("--noout").arg(&file).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => println!("did not run: no xmllint"),
    }
    let Some(browser) = browser::find() else { return };
    for scheme in [Scheme::Light, Scheme::Dark] {
        let visit = visit(&browser, &[("/", "image/svg+xml", svg.as_bytes())], scheme);
        assert!(
            visit.console.is_empty() && visit.requested == ["/"],
            "{:?} {:?}",
            visit.console,
            visit.requested
        );
        assert!(visit.dom.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "{}", visit.dom);
    }
}

#[test]
fn mermaid_draws_the_nodes_that_were_meant_and_their_text() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/checkers/npm/node_modules/mermaid/dist/mermaid.min.js");
    let Ok(library) = fs::read(&library) else {
        println!("did not run: no Mermaid (scripts/checkers/fetch)");
        return;
    };
    let Some(browser) = browser::find() else { return };
    let tree = hostile_tree::lay();
    let hostile = graph(tree.path(), "mermaid");
    // Many worlds.
    let many = graph(&fixture("err"), "mermaid");
    assert!(many.contains("subgraph") && many.len() < 50_000, "{}", many.len());
    for text in [&hostile, &many] {
        let dom = drawn(&browser, &library, text);
        assert_eq!(
            dom.contains("&lt;img src=x onerror=alert(2)&gt;"),
            text == &hostile,
            "the text is shown as it is"
        );
    }
}

/// What Mermaid makes of a text in a page; nothing but its own nodes, and nothing fetched.
fn drawn(browser: &Path, library: &[u8], text: &str) -> String {
    let count = nodes(text);
    // The least careful of its settings: links and HTML in labels are taken.
    let page = "<!DOCTYPE html><meta charset=utf-8><title>waiting</title><div id=to></div><script src=/mermaid.js></script><script>
        mermaid.initialize({ startOnLoad: false, securityLevel: 'loose' });
        fetch('/text').then(text => text.text()).then(text => mermaid.render('drawn', text)).then(({ svg }) => {
            document.getElementById('to').innerHTML = svg;
            const all = selector => document.querySelectorAll('#to ' + selector).length;
            document.title = ['.node', 'a', 'img', 'script', 'b'].map(all).join(' ');
        }).catch(error => { document.title = 'failed: ' + error; });
        </script>";
    let files = [
        ("/", "text/html", page.as_bytes()),
        ("/mermaid.js", "text/javascript", library),
        ("/text", "text/plain", text.as_bytes()),
    ];
    let visit = visit(browser, &files, Scheme::Light);
    let (_, title) = visit.dom.split_once("<title>").unwrap();
    let title = title.split("</title>").next().unwrap();
    assert_eq!(title, format!("{count} 0 0 0 0"), "{:?}\n{text}", visit.console);
    assert!(
        visit.requested.iter().all(|path| files.iter().any(|(name, ..)| name == path)),
        "{:?}",
        visit.requested
    );
    visit.dom
}
