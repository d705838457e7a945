//! Many hosts in one run, and one run over them spread over many jobs.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::shell::{FPM, MAIN, POOL, VHOST, gatelint, json, lay, names, roots, text};
use tempfile::TempDir;

const SHOP: &str = "server {\n  listen 80;\n  server_name shop.example;\n  root /srv/shop;\n  location ~ \\.php$ {\n    \
                    include fastcgi_params;\n    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n    \
                    fastcgi_pass unix:/run/gone.sock;\n  }\n}\n";
const UNMATCHED: &str = "unmatched-fastcgi-socket";
/// The formats that machines read.
const FORMATS: [&str; 8] = ["json", "sarif", "gitlab", "junit", "checkstyle", "rdjson", "concise", "github"];

fn put(tree: &TempDir, path: &str, text: &str) {
    fs::create_dir_all(tree.path().join(path).parent().unwrap()).unwrap();
    fs::write(tree.path().join(path), text).unwrap();
}

fn host(tree: &TempDir, dir: &str, vhost: &str) {
    put(tree, &format!("{dir}/etc/nginx/nginx.conf"), MAIN);
    put(tree, &format!("{dir}/etc/nginx/conf.d/site.conf"), vhost);
    put(tree, &format!("{dir}/etc/php/8.2/fpm/php-fpm.conf"), FPM);
    put(tree, &format!("{dir}/etc/php/8.2/fpm/pool.d/www.conf"), POOL);
}

/// A repository of nine hosts: seven of their own, one that is a link, one of containers; and what lies beside hosts.
fn fleet() -> TempDir {
    let tree =
        lay(&[(".git/HEAD", "ref: refs/heads/main\n"), ("hosts/README.md", "# Our hosts\n\nOne each.\n")]);
    for (name, vhost) in
        [("a", SHOP), ("b", VHOST), ("c", SHOP), ("d", SHOP), ("e", "server {\n"), ("f", VHOST), ("g", SHOP)]
    {
        host(&tree, &format!("hosts/{name}"), vhost);
    }
    host(&tree, "machines/real", SHOP);
    symlink("../machines/real", tree.path().join("hosts/link")).unwrap();
    put(
        &tree,
        "hosts/stack/docker-compose.yml",
        "services:\n  web:\n    image: nginx:1.26\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n",
    );
    put(
        &tree,
        "hosts/stack/nginx.conf",
        "events {}\nhttp {\n  server {\n    access_log /a nosuch;\n  }\n}\n",
    );
    tree
}

/// What a shell makes of `hosts/*`, before `args`.
fn all_hosts(tree: &TempDir, args: &[&str]) -> Vec<String> {
    let entries = fs::read_dir(tree.path().join("hosts")).unwrap();
    let mut paths: Vec<String> =
        entries.map(|entry| format!("hosts/{}", entry.unwrap().file_name().to_str().unwrap())).collect();
    paths.sort();
    args.iter().map(|arg| (*arg).to_owned()).chain(paths).collect()
}

fn run(tree: &TempDir, args: &[&str]) -> Output {
    let args = all_hosts(tree, args);
    gatelint(tree.path(), &args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn document(tree: &TempDir, args: &[&str]) -> (i32, Value) {
    let args = all_hosts(tree, args);
    json(tree.path(), &args.iter().map(String::as_str).collect::<Vec<_>>())
}

fn said(output: &Output) -> String {
    text(&output.stderr)
}

/// Every finding of a report with all that is said of it, in no order.
fn findings(format: &str, report: &str) -> Vec<String> {
    let parsed = || serde_json::from_str::<Value>(report).unwrap();
    let each =
        |list: &Value| -> Vec<String> { list.as_array().unwrap().iter().map(ToString::to_string).collect() };
    let mut all = match format {
        "json" => each(&parsed()["findings"]),
        "sarif" => each(&parsed()["runs"][0]["results"]),
        "gitlab" => each(&parsed()),
        "rdjson" => each(&parsed()["diagnostics"]),
        "junit" => {
            let cases =
                report.split("<testcase ").skip(1).map(|case| case.split("</testcase>").next().unwrap());
            cases.filter(|case| !case.contains("name=\"configuration\"")).map(str::to_owned).collect()
        }
        "checkstyle" => {
            let files = report.split("<file ").skip(1);
            let errors = files.flat_map(|file| {
                let name = file.lines().next().unwrap();
                file.split("<error ")
                    .skip(1)
                    .map(move |error| format!("{name} {}", error.split("/>").next().unwrap()))
            });
            errors.collect()
        }
        _ => report.lines().map(str::to_owned).collect(),
    };
    all.sort();
    all
}

#[test]
fn every_host_that_is_named_is_a_root_of_its_own() {
    let tree = fleet();
    let (status, document) = document(&tree, &[]);
    assert_eq!(status, 1, "{document:#}");
    let roots = names(&document, "roots");
    for name in ["a", "b", "c", "d", "e", "f", "g", "link"] {
        let own = roots.iter().filter(|root| root.starts_with(&format!("hosts/{name}/etc/")));
        assert_eq!(own.count(), 2, "{name}: {roots:?}");
    }
    assert!(roots.contains(&"hosts/stack/nginx.conf".to_owned()), "{roots:?}");
    assert_eq!(roots.len(), 17, "{roots:?}");
    // Each passes to a socket of its own machine alone.
    let findings = document["findings"].as_array().unwrap();
    let unmatched: Vec<&str> = findings
        .iter()
        .filter(|finding| finding["rule"] == UNMATCHED)
        .map(|finding| finding["primary"]["file"].as_str().unwrap())
        .collect();
    let expected =
        ["a", "c", "d", "g", "link"].map(|name| format!("hosts/{name}/etc/nginx/conf.d/site.conf"));
    assert_eq!(unmatched, expected);

    // The same hosts by a directory of theirs.
    let deep = ["hosts/a/etc/nginx", "hosts/c/etc/nginx", "hosts/link/etc/nginx"];
    let rule = ["--select", UNMATCHED, "--output-format", "concise"];
    let output = gatelint(tree.path(), &[&rule[..], &deep].concat());
    let lines = text(&output.stdout);
    assert_eq!(lines.lines().count(), 3, "{lines}{}", said(&output));
    assert!(lines.lines().zip(deep).all(|(line, host)| line.starts_with(host)), "{lines}");
}

#[test]
fn what_is_no_configuration_is_passed_over_beside_hosts() {
    let tree = lay(&[("hosts/README.md", "# Our hosts\n"), ("hosts/notes/todo.txt", "nothing\n")]);
    host(&tree, "hosts/a", VHOST);
    fs::write(tree.path().join("hosts/logo.png"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let output = run(&tree, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    for line in [
        "gatelint: hosts/README.md: neither nginx nor PHP-FPM configuration",
        "gatelint: hosts/logo.png: a binary file",
        "gatelint: hosts/notes: no nginx or PHP-FPM configuration found",
    ] {
        assert_eq!(said(&output).matches(line).count(), 1, "{line}: {}", said(&output));
    }
    let (status, document) = document(&tree, &[]);
    assert_eq!((status, document["errors"].as_array().unwrap().len()), (0, 0), "{document:#}");

    // What is called configuration was meant to be some, and what is not there to be there.
    fs::copy(tree.path().join("hosts/logo.png"), tree.path().join("hosts/a/torn.conf")).unwrap();
    let output = run(&tree, &["hosts/a/torn.conf"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("hosts/a/torn.conf: a binary file"), "{}", said(&output));
    assert_eq!(gatelint(tree.path(), &["hosts/a", "hosts/b"]).status.code(), Some(2));
    symlink("nowhere", tree.path().join("hosts/z")).unwrap();
    let output = run(&tree, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("gatelint: hosts/z: no such file"), "{}", said(&output));
    // By itself it is all that was asked.
    for alone in ["hosts/README.md", "hosts/logo.png", "hosts/notes"] {
        assert_eq!(gatelint(tree.path(), &[alone]).status.code(), Some(2), "{alone}");
    }
    let both = gatelint(tree.path(), &["hosts/README.md", "hosts/notes", "--shard", "2/3"]);
    assert_eq!(both.status.code(), Some(2), "{}", said(&both));
}

#[test]
fn a_host_that_may_not_be_read_is_not_passed_over() {
    let tree = lay(&[("hosts/b/etc/nginx/conf.d/site.conf", VHOST)]);
    host(&tree, "hosts/a", VHOST);
    let closed = tree.path().join("hosts/b/etc/nginx");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let is_open = fs::read_dir(&closed).is_ok();
    let output = if is_open {
        // Root may read everything: somebody else is asked.
        fs::set_permissions(tree.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let program = tree.path().join("gatelint");
        fs::copy(env!("CARGO_BIN_EXE_gatelint"), &program).unwrap();
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program);
        command.args(all_hosts(&tree, &[])).current_dir(tree.path()).output()
    } else {
        Ok(run(&tree, &[]))
    };
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
    let Ok(output) = output else {
        println!("did not run: no setpriv");
        return;
    };
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("hosts/b: permission denied: /etc/nginx"), "{}", said(&output));
}

#[test]
fn a_text_that_a_host_reads_is_no_stray() {
    let tree = lay(&[]);
    host(&tree, "hosts/a", "server {\n  listen 80;\n  include odd.txt;\n}\n");
    put(&tree, "hosts/a/etc/nginx/odd.txt", "# nothing that tells\n");
    let output = gatelint(tree.path(), &["hosts/a/etc/nginx/odd.txt"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(!said(&output).contains("neither nginx"), "{}", said(&output));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let tree = fleet();
    for format in FORMATS.iter().chain(&["full", "html"]) {
        let with =
            |threads: &str| run(&tree, &["--output-format", format, "--threads", threads, "--verbose"]);
        let one = with("1");
        assert_eq!(one.status.code(), Some(1));
        for threads in ["2", "3", "16", "64"] {
            let many = with(threads);
            assert_eq!(one.stdout, many.stdout, "{format}, {threads}");
            assert_eq!(one.stderr, many.stderr, "{format}, {threads}");
        }
        let default = run(&tree, &["--output-format", format]);
        assert_eq!(one.stdout, default.stdout, "{format}");
    }
    // On one processor.
    let mut command = Command::new("taskset");
    command.args(["-c", "0", env!("CARGO_BIN_EXE_gatelint"), "--output-format", "json"]);
    let alone = command.args(all_hosts(&tree, &[])).current_dir(tree.path()).stdin(Stdio::null()).output();
    match alone {
        Ok(alone) => assert_eq!(alone.stdout, run(&tree, &["--output-format", "json"]).stdout),
        Err(_) => println!("did not run: no taskset"),
    }
    assert_eq!(gatelint(tree.path(), &["--threads", "0"]).status.code(), Some(2));
}

#[test]
fn shards_together_are_the_whole_in_every_format() {
    let tree = fleet();
    put(&tree, "gatelint.toml", "[rules]\nno-such-rule = 'off'\n");
    put(&tree, "hosts/c/gatelint.toml", "wrong = 1\n");
    for format in FORMATS {
        let of = |shard: Option<String>| {
            let shard: Vec<String> = shard.into_iter().flat_map(|shard| ["--shard".into(), shard]).collect();
            let shard: Vec<&str> = shard.iter().map(String::as_str).collect();
            let output =
                run(&tree, &[&["--min-severity", "info", "--output-format", format], &shard[..]].concat());
            assert!(output.status.code().is_some_and(|code| code < 2), "{format}: {}", said(&output));
            (findings(format, &text(&output.stdout)), output)
        };
        let (whole, _) = of(None);
        assert!(whole.len() > 8, "{format}: {whole:#?}");
        for count in [1, 2, 3, 16] {
            let mut union = Vec::new();
            for index in 1..=count {
                let (part, output) = of(Some(format!("{index}/{count}")));
                union.extend(part);
                let summary = said(&output).lines().last().unwrap().to_owned();
                assert!(summary.ends_with(&format!("; shard {index}/{count}")), "{summary}");
            }
            union.sort();
            assert_eq!(whole, union, "{format}, {count} shards");
        }
    }
}

#[test]
fn every_host_is_in_one_shard() {
    let tree = fleet();
    let whole = names(&document(&tree, &[]).1, "roots");
    for count in [2, 4, 30] {
        let mut union = Vec::new();
        for index in 1..=count {
            let (status, document) = document(&tree, &["--shard", &format!("{index}/{count}")]);
            let roots = names(&document, "roots");
            // Nothing there is nothing wrong.
            assert!(status == 1 || !roots.is_empty() || status == 0, "{document:#}");
            union.extend(roots);
        }
        union.sort();
        assert_eq!(union, whole, "{count}");
    }
    let third = names(&document(&tree, &["--shard", "3/4"]).1, "roots");
    assert!(
        third.iter().all(|root| root.starts_with("hosts/c/") || root.starts_with("hosts/g/")),
        "{third:?}"
    );

    // Those that a search finds, too.
    let searched = |shard: &[&str]| roots(tree.path(), &[shard, &["."]].concat());
    let mut union = [searched(&["--shard", "1/2"]), searched(&["--shard", "2/2"])].concat();
    union.sort();
    let mut whole = searched(&[]);
    whole.sort();
    assert_eq!(union, whole);
    let unnamed = |shard: &str| roots(tree.path(), &["--shard", shard]);
    assert_eq!(unnamed("1/2").len() + unnamed("2/2").len(), roots(tree.path(), &[]).len());
}

#[test]
fn an_empty_shard_is_a_clean_report() {
    let tree = lay(&[("hosts/README.md", "# Our hosts\n")]);
    host(&tree, "hosts/a", SHOP);
    for format in FORMATS.iter().chain(&["full", "html"]) {
        let output = run(&tree, &["--shard", "2/2", "--output-format", format]);
        assert_eq!(output.status.code(), Some(0), "{format}: {}", said(&output));
        let report = text(&output.stdout);
        match *format {
            "json" | "sarif" | "gitlab" | "rdjson" => assert!(findings(format, &report).is_empty()),
            "junit" => assert!(report.contains("failures=\"0\""), "{report}"),
            "checkstyle" => assert!(report.contains("<checkstyle"), "{report}"),
            "html" => assert!(report.contains("</html>"), "{report}"),
            _ => assert_eq!(report, ""),
        }
        let infos = if *format == "json" { ", 0 infos" } else { "" };
        let summary = format!("gatelint: 0 errors, 0 warnings{infos} in 0 files; shard 2/2\n");
        assert_eq!(said(&output), summary, "{format}");
    }
}

#[test]
fn what_belongs_to_no_host_is_said_in_the_first_shard() {
    let tree = fleet();
    put(&tree, "gatelint.toml", "[rules]\nno-such-rule = 'off'\n");
    let rules = |shard: &str| {
        let (_, document) = document(&tree, &["--shard", shard]);
        let findings = document["findings"].as_array().unwrap();
        findings.iter().filter(|finding| finding["primary"]["file"] == "gatelint.toml").count()
    };
    let whole = document(&tree, &[]).1;
    assert!(
        whole["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["primary"]["file"] == "../gatelint.toml"
                || one["primary"]["file"] == "gatelint.toml"),
        "{whole:#}"
    );
    assert_eq!([rules("1/3"), rules("2/3"), rules("3/3")], [1, 0, 0]);
    symlink("nowhere", tree.path().join("hosts/z")).unwrap();
    let codes = ["1/3", "2/3", "3/3"].map(|shard| run(&tree, &["--shard", shard]).status.code().unwrap());
    assert_eq!(codes, [2, 1, 1]);
    let strays = ["1/3", "2/3", "3/3"]
        .map(|shard| said(&run(&tree, &["--shard", shard])).matches("hosts/README.md: neither").count());
    assert_eq!(strays, [1, 0, 0]);
}

#[test]
fn sarif_names_its_shard() {
    let tree = fleet();
    let run_of = |args: &[&str]| -> Value {
        let output = run(&tree, &[&["--output-format", "sarif"], args].concat());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["runs"][0].take()
    };
    assert_eq!(run_of(&["--shard", "3/16"])["automationDetails"]["id"], "gatelint/shard-3-16/");
    assert_eq!(run_of(&[])["automationDetails"], Value::Null);
}

#[test]
fn a_baseline_holds_in_every_shard() {
    let tree = fleet();
    let base = ["--baseline", "known.json"];
    assert_eq!(run(&tree, &["--write-baseline", "known.json"]).status.code(), Some(0));
    let written = fs::read(tree.path().join("known.json")).unwrap();
    for shard in ["1/3", "2/3", "3/3"] {
        let output = run(&tree, &[&base[..], &["--shard", shard]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(!said(&output).contains("gone"), "{}", said(&output));
        // Written again it keeps what other shards know.
        let again = [&base[..], &["--write-baseline", "known.json", "--shard", shard]].concat();
        assert_eq!(run(&tree, &again).status.code(), Some(0));
        assert_eq!(fs::read(tree.path().join("known.json")).unwrap(), written, "{shard}");
        // Also when no path is named.
        let unnamed = gatelint(tree.path(), &[&base[..], &["--shard", shard]].concat());
        assert!(!said(&unnamed).contains("gone"), "{}", said(&unnamed));
    }
    // What is gone is gone in the shard of its host; what is new fails there.
    put(&tree, "hosts/a/etc/nginx/conf.d/site.conf", VHOST);
    put(&tree, "hosts/b/etc/nginx/conf.d/site.conf", SHOP);
    let outcome = ["1/3", "2/3", "3/3"].map(|shard| {
        let output = run(&tree, &[&base[..], &["--shard", shard]].concat());
        (output.status.code().unwrap(), said(&output).contains("gone"))
    });
    assert_eq!(outcome, [(0, true), (1, false), (0, false)]);
}

#[test]
fn fixes_keep_to_the_shard() {
    let tree = lay(&[]);
    let wrong = "server {\n  listen 80\n  server_name a.example;\n  location / { return 204; }\n}\n";
    for name in ["a", "b", "c"] {
        host(&tree, &format!("hosts/{name}"), wrong);
    }
    run(&tree, &["--fix", "--shard", "2/3"]);
    let text =
        |name: &str| fs::read_to_string(tree.path().join(format!("hosts/{name}/etc/nginx/conf.d/site.conf")));
    assert_ne!(text("b").unwrap(), wrong);
    assert_eq!((text("a").unwrap(), text("c").unwrap()), (wrong.to_owned(), wrong.to_owned()));
}

#[test]
fn a_shard_that_cannot_be_is_told() {
    let tree = fleet();
    for shard in ["0/3", "4/3", "3", "1/10001", "a/b"] {
        let output = run(&tree, &["--shard", shard]);
        assert_eq!(output.status.code(), Some(2), "{shard}");
        assert!(said(&output).contains("expected I/N such as 3/16"), "{}", said(&output));
    }
    let output = gatelint(tree.path(), &["graph", "--shard", "1/2"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("--shard is for `gatelint check`"), "{}", said(&output));
}

#[test]
fn more_hosts_than_files_may_be_open() {
    let tree = lay(&[]);
    for index in 0..60 {
        host(&tree, &format!("hosts/{index:03}"), VHOST);
    }
    let limited = format!("ulimit -n 40; exec {} hosts/*", env!("CARGO_BIN_EXE_gatelint"));
    let output = Command::new("sh").args(["-c", &limited]).current_dir(tree.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}
