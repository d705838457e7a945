//! `gatelint diagnose`: from the lines of real logs to the lines of the configuration.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::{fixtures, shell};

/// Diagnoses a log by a tree that plays `/`.
fn diagnose(root: &Path, log: &[u8], args: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .args(["diagnose", "-", "--root"])
        .arg(root)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(log).expect("it reads the log");
    drop(input);
    child.wait_with_output().expect("it ends")
}

fn json(root: &Path, log: &[u8]) -> Value {
    let output = diagnose(root, log, &["--output-format", "json"]);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// `FILE:LINE` of every cause, the likeliest first.
fn places(one: &Value) -> Vec<String> {
    let causes = one["causes"].as_array().expect("causes");
    causes.iter().map(|cause| format!("{}:{}", cause["file"].as_str().unwrap(), cause["line"])).collect()
}

fn list<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    report[name].as_array().expect("a list")
}

/// The likeliest cause of every line of `log` is one of `accepted`.
fn check(name: &str, root: &Path, log: &str, accepted: &[String], wrong: &mut Vec<String>) {
    let report = json(root, log.as_bytes());
    if list(&report, "known").is_empty() {
        wrong.push(format!("{name}: nothing is said of {log}"));
    }
    for one in list(&report, "known").iter().chain(list(&report, "unknown")) {
        let found = places(one);
        if !found.first().is_some_and(|first| accepted.contains(first)) {
            wrong.push(format!("{name}: {} is laid to {found:?}, not to {accepted:?}", one["message"]));
        }
    }
}

#[test]
fn what_the_real_servers_logged_is_laid_to_the_planted_fault() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(fixtures("logs")).expect("logs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "log") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let tree = fixtures("err").join(&name);
        let expected = fs::read_to_string(tree.join("expected.txt")).expect("what is planted");
        let lines = expected.lines().filter(|line| !line.starts_with('#'));
        let accepted: Vec<String> =
            lines.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
        check(&name, &tree, &fs::read_to_string(&path).unwrap(), &accepted, &mut wrong);
        count += 1;
    }
    assert!(count >= 50, "{count} logs");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A text that a simple regular expression of the lab matches.
fn sample(pattern: &str) -> String {
    let mut text = pattern.replace("\\d+\\.\\d+", "1.000").replace("\\d+", "7").replace("[0-9A-F]+", "0A");
    text = text.replace(".*", " 7#7: ").replace("\\s+", "  ");
    // Of alternatives the first one.
    while let Some((before, rest)) =
        text.clone().split_once("(").filter(|(before, _)| !before.ends_with('\\'))
    {
        let Some((inner, after)) = rest.rsplit_once(')').filter(|(inner, _)| inner.contains('|')) else {
            break;
        };
        text = format!("{before}{}{after}", inner.split('|').next().unwrap_or_default());
    }
    text.replace('\\', "")
}

/// The strings of `key = "..."` or `key = [...]` of a section.
fn strings(section: &str, key: &str) -> Vec<String> {
    let Some((_, rest)) = section.split_once(&format!("\n{key} = ")) else { return Vec::new() };
    let end = if rest.starts_with('[') { rest.find("]\n").or(rest.find("\n]")) } else { rest.find('\n') };
    let text = rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest);
    let one = regex::Regex::new(r#"'([^']*)'|"((?:[^"\\]|\\.)*)""#).unwrap();
    let found = one.captures_iter(text).map(|found| match (found.get(1), found.get(2)) {
        (Some(raw), _) => raw.as_str().to_owned(),
        (_, Some(escaped)) => escaped.as_str().replace("\\\\", "\\").replace("\\\"", "\""),
        _ => String::new(),
    });
    found.filter(|text| !text.is_empty()).collect()
}

/// A line as the server wrote it, from what the lab says of it.
fn line(case: &str, message: &str) -> String {
    let (_, request) = case.split_once("[request]").expect("a request");
    let first =
        |key: &str, default: &str| strings(request, key).into_iter().next().unwrap_or(default.to_owned());
    let fpm = ["[pool ", "unknown entry", "unable to bind", "pm."];
    let told = message.split_once("[emerg]").or(message.split_once("[alert]"));
    match told {
        Some((_, rest)) if message.contains("[emerg]") => {
            let rest = rest.trim_start_matches(" 7#7: ").trim_start();
            format!("nginx: [emerg] {rest}\n")
        }
        _ if message.starts_with("WARNING: ") => format!("[20-Nov-2026 03:12:09] {message}\n"),
        _ if fpm.iter().any(|start| message.starts_with(start)) => {
            format!("[20-Nov-2026 03:12:09] ERROR: {message}\n")
        }
        _ => {
            let message = told.map_or(message, |(_, rest)| rest).trim_start_matches(" 7#7: ");
            let (message, upstream) = match message.split_once(" 7#7: ") {
                Some((message, rest)) => (message, rest.trim_start_matches("upstream: \"")),
                None => (message, ""),
            };
            let socket = message.split_once("connect() to ").and_then(|(_, rest)| rest.split(' ').next());
            let upstream = match (upstream, socket) {
                ("", Some(socket)) => format!(", upstream: \"fastcgi://{socket}:\""),
                ("", None) => String::new(),
                (upstream, _) => format!(", upstream: \"{}\"", upstream.trim_end_matches('"')),
            };
            let (host, path) = (first("host", ""), first("path", "/"));
            format!(
                "2026/11/20 03:12:09 [error] 7#7: *1 {message}, client: 127.0.0.1, server: {host}, request: \"GET \
                 {path} HTTP/1.1\"{upstream}, host: \"{host}\"\n"
            )
        }
    }
}

/// Every log line that the lab of real servers names, where the lab is there.
#[test]
fn every_line_of_the_lab_is_laid_to_an_accepted_place() {
    let lab = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/lab/cases");
    let Ok(cases) = fs::read_dir(&lab) else {
        println!("skipped: no lab at {}", lab.display());
        return;
    };
    let (mut wrong, mut count) = (Vec::new(), 0);
    for case in cases {
        let dir: PathBuf = case.expect("a case").path();
        let Ok(text) = fs::read_to_string(dir.join("case.toml")) else { continue };
        let Some((_, bad)) = text.split_once("\n[bad]") else { continue };
        let bad = bad.split("\n[").next().unwrap_or_default();
        let accepted = strings(bad, "at");
        for pattern in strings(bad, "log").into_iter().chain(strings(bad, "also_log")) {
            let name = dir.file_name().unwrap().to_string_lossy().into_owned();
            check(&name, &dir.join("bad"), &line(&text, &sample(&pattern)), &accepted, &mut wrong);
            count += 1;
        }
    }
    assert!(count > 0, "the lab has no case");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const AT: &str = "2026/11/20 03:12:09 [error] 7#7: *1";
const REQUEST: &str = "client: 10.0.0.1, server: shop.example, request: \"GET /index.php HTTP/1.1\"";

#[test]
fn lines_are_counted_from_first_to_last() {
    let log = fs::read(fixtures("logs/night/var/log/nginx/error.log")).unwrap();
    let report = json(&fixtures("logs/night"), &log);
    let find =
        |kind: &str| list(&report, "known").iter().find(|one| one["kind"] == kind).expect("it is there");
    let slow = find("read-timed-out");
    assert_eq!((slow["count"].as_u64(), slow["status"].as_u64()), (Some(2), Some(504)));
    assert!(slow["first"].as_str() < slow["last"].as_str(), "{slow}");
    assert_eq!(places(slow)[0], "etc/nginx/sites-enabled/shop.conf:18");
    let body = find("body-too-large");
    assert_eq!(
        places(body)[0],
        "etc/nginx/sites-enabled/shop.conf:16",
        "the location without a limit of its own"
    );
    assert!(body["change"][0].as_str().unwrap().contains("`client_max_body_size 23m;`"), "{body}");
    assert_eq!(places(find("memory"))[0], "etc/php/8.2/fpm/pool.d/shop.conf:12");
    assert_eq!(list(&report, "unknown").len(), 0);
}

#[test]
fn a_line_is_laid_to_what_decides_where_no_finding_foretold_it() {
    let pool = "etc/php/8.2/fpm/pool.d/shop.conf";
    let shop = "etc/nginx/sites-enabled/shop.conf";
    let request =
        |path: &str| format!("client: 10.0.0.1, server: shop.example, request: \"GET {path} HTTP/1.1\"");
    let nginx =
        |message: &str, path: &str| format!("{AT} {message}, {}, host: \"shop.example\"\n", request(path));
    let fpm = |message: &str| format!("[20-Nov-2026 03:12:09] WARNING: [pool shop] {message}\n");
    let check = |log: String, kind: &str, place: String| {
        let report = json(&fixtures("logs/night"), log.as_bytes());
        let known = list(&report, "known");
        assert_eq!((known.len(), known[0]["kind"].as_str()), (1, Some(kind)), "{log}");
        assert_eq!(places(&known[0]).first(), Some(&place), "{log}");
    };
    let missing = "open() \"/var/www/shop/a.png\" failed (2: No such file or directory)";
    check(nginx(missing, "/a.png"), "file-missing", format!("{shop}:4"));
    check(
        nginx("client sent too long URI while reading client request line", "/a"),
        "uri-too-long",
        format!("{shop}:1"),
    );
    check(
        nginx("client intended to send too large body: 9 bytes", "/a"),
        "body-too-large",
        format!("{shop}:7"),
    );
    check(
        nginx("directory index of \"/var/www/shop/\" is forbidden", "/"),
        "index-forbidden",
        format!("{shop}:5"),
    );
    check(
        fpm("server reached pm.max_children setting (2), consider raising it"),
        "max-children",
        format!("{pool}:8"),
    );
    check(
        fpm("child 7 exited on signal 9 (SIGKILL) after 2.1 seconds from start"),
        "killed",
        format!("{pool}:8"),
    );
    check(fpm("child 7 executing too slow (5.1 sec), logging"), "slow", format!("{pool}:1"));
    let open =
        format!("{AT} socket() failed (24: Too many open files) while connecting to upstream, {REQUEST}\n");
    check(open, "fds-used-up-upstream", "etc/nginx/nginx.conf:8".to_owned());
}

#[test]
fn what_is_not_known_is_listed_and_not_dropped() {
    let log = format!("{AT} the moon is full, {REQUEST}\n{AT} the moon is full, {REQUEST}\nhello\n");
    let report = json(&fixtures("logs/night"), log.as_bytes());
    let unknown = list(&report, "unknown");
    assert_eq!((unknown.len(), unknown[0]["count"].as_u64()), (1, Some(2)));
    assert_eq!(unknown[0]["message"], "the moon is full");
    let notice =
        json(&fixtures("logs/night"), b"hello\n2026/11/20 03:12:09 [notice] 7#7: signal process started\n");
    assert_eq!((notice["other"].as_u64(), notice["quiet"].as_u64()), (Some(1), Some(1)));
    let said = diagnose(&fixtures("logs/night"), b"hello\n", &[]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("1 line of another kind, the first one: hello"));
}

#[test]
fn without_a_configuration_the_line_names_the_protocol() {
    let empty = tempfile::tempdir().unwrap();
    let log = format!(
        "{AT} upstream timed out (110: Operation timed out) while reading response header from upstream, \
         client: 203.0.113.9, server: a, request: \"GET / HTTP/1.1\", upstream: \"fastcgi://unix:/run/a.sock:\"\n"
    );
    let said = diagnose(empty.path(), log.as_bytes(), &[]);
    let said = String::from_utf8_lossy(&said.stdout);
    assert!(said.contains("a longer `fastcgi_read_timeout`"), "{said}");
}

#[test]
fn a_log_cannot_break_out_of_the_report() {
    let log = format!(
        "{AT} x\u{1b}]0;y\u{7}\u{202e}z \"\u{9b}2J\", {REQUEST}, host: \"\u{1b}[31m\"\n\u{1b}[2Jhello\n"
    );
    for format in ["full", "json"] {
        let output = diagnose(&fixtures("logs/night"), log.as_bytes(), &["--output-format", format]);
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).expect("a text");
            let bad = text.chars().find(|char| char.is_control() && *char != '\n' || *char == '\u{202e}');
            assert_eq!(bad, None, "{text}");
        }
    }
}

#[test]
fn a_log_comes_from_a_file_or_a_pipe_and_may_be_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let log = fs::read(fixtures("logs/night/var/log/nginx/error.log")).unwrap();
    let (plain, packed) = (dir.path().join("error.log"), dir.path().join("error.log.1.gz"));
    fs::write(&plain, &log).unwrap();
    let packing = Command::new("gzip").arg("-c").arg(&plain).output().expect("gzip runs");
    fs::write(&packed, packing.stdout).unwrap();
    let root = fixtures("logs/night");
    let root = root.to_str().unwrap();
    let run = |path: &Path| {
        let path = path.to_str().unwrap();
        shell::gatelint(dir.path(), &["diagnose", path, "--root", root, "--output-format", "json"])
    };
    let piped = diagnose(Path::new(root), &log, &["--output-format", "json"]);
    let (plain, packed) = (run(&plain), run(&packed));
    assert_eq!(plain.status.code(), Some(0));
    assert_eq!(shell::text(&plain.stdout), shell::text(&packed.stdout));
    assert_eq!(shell::text(&plain.stdout), shell::text(&piped.stdout));
}

#[test]
fn what_cannot_be_used_is_said() {
    let root = fixtures("logs/night");
    let check = |args: &[&str], words: &str| {
        let output = shell::gatelint(&root, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(shell::text(&output.stderr).contains(words), "{}", shell::text(&output.stderr));
    };
    check(&["diagnose", "nosuch.log"], "no such file");
    check(&["diagnose", "var/log"], "a directory");
    check(&["diagnose", "var/log/nginx/error.log", "nosuch"], "no such file");
    check(&["diagnose", "--output-format", "sarif", "var/log/nginx/error.log"], "full or json");
    let cut = diagnose(&root, &[0x1f, 0x8b, 8, 0, 0, 0], &[]);
    assert_eq!(cut.status.code(), Some(2));
}

#[test]
fn what_nginx_prints_when_it_refuses_is_read_too() {
    let root = fixtures("err/syntax-missing-semicolon");
    let expected = fs::read_to_string(root.join("expected.txt")).unwrap();
    let refused = expected.lines().find_map(|line| line.strip_prefix("#! nginx -t: ")).expect("what it says");
    let log =
        format!("nginx: [emerg] {refused}\nnginx: configuration file /etc/nginx/nginx.conf test failed\n");
    for prefix in ["", "web-1  | ", "Nov 20 03:12:09 host nginx[7]: "] {
        let report = json(&root, format!("{prefix}{log}").as_bytes());
        let known = list(&report, "known");
        assert_eq!((known.len(), known[0]["kind"].as_str()), (1, Some("refused")), "{prefix}");
        let line = places(&known[0]);
        assert!(expected.lines().any(|expected| expected.split(' ').next() == Some(&line[0])), "{line:?}");
    }
}
