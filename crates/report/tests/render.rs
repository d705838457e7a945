//! What the three reports make of findings.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::path::PathBuf;

use gatelint_lint::{Finding, Level, Prediction, Rule};
use gatelint_model::discover::{Loaded, World, load};
use gatelint_model::files::Memory;
use gatelint_model::nginx::ContextKind;
use gatelint_model::stack::NginxRoot;
use gatelint_model::{Options, Roots, Sources};
use gatelint_report::{Failure, Part, Place, Report};
use gatelint_syntax::{Span, TextRange};

const RULE: Rule = Rule {
    name: "a-rule",
    summary: "",
    level: Level::Error,
    covers: &[],
    since: "0.1.0",
    page: "",
    check: |_, _| {},
};

fn read(files: &[(&str, &[u8])]) -> Loaded {
    let tree = Memory::new(files.iter().map(|(path, text)| (path, text.to_vec())));
    let root = |path: &str| NginxRoot { path: PathBuf::from("/").join(path), context: ContextKind::Http };
    let nginx = files.iter().map(|(path, _)| root(path)).collect();
    let world = World { roots: Roots { nginx, fpm: Vec::new() }, ..World::default() };
    load(&tree, &world, &Options::default())
}

/// The place of `token` in the only file that has it.
fn at(sources: &Sources, token: &[u8]) -> Span {
    let (id, start) = sources
        .iter()
        .find_map(|(id, source)| {
            let at = source.bytes.windows(token.len()).position(|window| window == token)?;
            Some((id, at as u32))
        })
        .unwrap();
    TextRange::new(start, start + token.len() as u32).in_file(id)
}

fn render(loaded: &Loaded, findings: &[Finding], write: impl Fn(&Report<'_>, &mut Vec<u8>)) -> String {
    let place = Place { within: PathBuf::from("web"), from_here: PathBuf::from("../web") };
    let part = Part { place: &place, loaded, findings: findings.iter().collect(), ignored: Vec::new() };
    let errors = vec![Failure { path: "gone".into(), message: "no such file".into() }];
    let mut out = Vec::new();
    write(&Report { parts: vec![part], errors, ..Report::default() }, &mut out);
    String::from_utf8(out).unwrap()
}

fn full(loaded: &Loaded, findings: &[Finding]) -> String {
    render(loaded, findings, |report, out| gatelint_report::full(report, false, out).unwrap())
}

fn shop() -> (Loaded, Finding) {
    let loaded = read(&[
        ("etc/a.conf", b"server {\n    # caf\xc3\xa9\n    root /\xc3\xa9;  fastcgi_pass unix:/a.sock;\n}\n"),
        ("etc/b.conf", b"upstream other { server unix:/b.sock; }\n"),
    ]);
    let sources = &loaded.stack.sources;
    let finding = Finding::new(&RULE, at(sources, b"unix:/a.sock"), "no pool listens on `/a.sock`")
        .label("requests end as 502")
        .related(at(sources, b"unix:/b.sock"), "this one is taken")
        .note("first\nsecond")
        .help("fastcgi_pass unix:/b.sock;")
        .predict(Prediction::answers(502, "connect() failed"));
    (loaded, finding)
}

#[test]
fn full_shows_the_lines_of_every_file() {
    let (loaded, finding) = shop();
    let expected = "\
error[a-rule]: no pool listens on `/a.sock`
  ┌─ ../web/etc/a.conf:3:28
  │
3 │     root /é;  fastcgi_pass unix:/a.sock;
  │                            ^^^^^^^^^^^^ requests end as 502
  │
  ┌─ ../web/etc/b.conf:1:25
  │
1 │ upstream other { server unix:/b.sock; }
  │                         ------------ this one is taken
  │
  = note: the visitor gets 502; nginx will log: connect() failed
  = note: first
    second
  = help: fastcgi_pass unix:/b.sock;

";
    assert_eq!(full(&loaded, std::slice::from_ref(&finding)), expected);
    let refusal = Prediction::nginx_refuses(Some(finding.primary.span), "unknown directive \"x\"");
    let text = full(&loaded, &[finding.level(Level::Info).predict(refusal)]);
    assert!(text.starts_with("info[a-rule]: no pool"), "{text}");
    assert!(
        text.contains("nginx refuses to start: unknown directive \"x\" in ../web/etc/a.conf:3\n"),
        "{text}"
    );
}

#[test]
fn concise_is_one_line_each() {
    let (loaded, finding) = shop();
    let text = render(&loaded, &[finding], |report, out| gatelint_report::concise(report, out).unwrap());
    assert_eq!(text, "../web/etc/a.conf:3:28: error[a-rule]: no pool listens on `/a.sock`\n");
}

#[test]
fn json_has_the_promised_shape() {
    let (loaded, finding) = shop();
    let text = render(&loaded, &[finding], |report, out| gatelint_report::json(report, out).unwrap());
    let got: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({
        "version": 1,
        "findings": [{
            "rule": "a-rule", "level": "error", "fixes": [], "confidence": "high", "message": "no pool listens on `/a.sock`",
            "primary": {"file": "web/etc/a.conf", "line": 3, "column": 28, "end_line": 3, "end_column": 40,
                        "label": "requests end as 502"},
            "related": [{"file": "web/etc/b.conf", "line": 1, "column": 25, "end_line": 1, "end_column": 37,
                         "label": "this one is taken"}],
            "notes": ["first\nsecond"], "help": ["fastcgi_pass unix:/b.sock;"],
            "prediction": {"kind": "answers", "status": 502, "log": "connect() failed"},
        }],
        "errors": [{"path": "gone", "message": "no such file"}],
        "summary": {"errors": 1, "warnings": 0, "infos": 0, "files": 2,
                    "roots": ["web/etc/a.conf", "web/etc/b.conf"], "unreached": []},
    });
    assert_eq!(got, expected);
}

/// A path, a line and a message that try to write on the terminal.
#[test]
fn nothing_reaches_the_terminal_raw() {
    let mut line = b"set $a \"\x1b[2J\xe2\x80\xae\xff\x00\r\"; ".to_vec();
    line.extend(std::iter::repeat_n(b'x', 100_000));
    line.extend(b" token ");
    line.extend(std::iter::repeat_n(b'y', 100_000));
    let loaded = read(&[("etc/a\x1b[31m\n.conf", &line)]);
    let sources = &loaded.stack.sources;
    let hostile = "\x1b]0;title\x07 \u{202e}";
    let finding = |token: &[u8]| {
        Finding::new(&RULE, at(sources, token), hostile)
            .label(hostile)
            .note(hostile)
            .help(hostile)
            .predict(Prediction::answers(502, hostile))
    };
    let findings = [finding(b"set"), finding(b"token"), finding(b"\x00"), finding(&line)];
    let is_raw = |char: char| char != '\n' && char.is_control() || char == '\u{202e}';
    let text = full(&loaded, &findings);
    assert!(!text.contains(is_raw), "{text:?}");
    assert!(text.contains("xx token yy"));
    assert!(text.lines().all(|line| line.chars().count() < 300), "{text}");
    let text = render(&loaded, &findings, |report, out| gatelint_report::concise(report, out).unwrap());
    assert!(!text.contains(is_raw), "{text:?}");
    assert_eq!(text.lines().count(), findings.len());
    let text = render(&loaded, &findings, |report, out| gatelint_report::json(report, out).unwrap());
    assert!(!text.contains(is_raw), "{text:?}");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["findings"][0]["message"], hostile);
}
