//! gatelint.toml, ignore comments and baselines, through the built program.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use gatelint_lint::Filter;
use gatelint_lint::settings::{Policy, Reading, Thresholds, schema};
use gatelint_rules::RULES;
use gatelint_syntax::FileId;
use serde_json::{Value, json};
use support::shell::{FPM, MAIN, gatelint, json, lay, roots, text};
use tempfile::TempDir;

const SHOP: &str = "server {\n  listen 80;\n  server_name shop.example;\n  root /srv/shop;\n  location ~ \\.php$ {\n    \
                    include fastcgi_params;\n    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;\n    \
                    fastcgi_pass unix:/run/gone.sock;\n    fastcgi_connect_timeout 5s;\n  }\n}\n";
const SLOW: &str = "server {\n  listen 80;\n  server_name slow.example;\n  location / {\n    proxy_pass \
                    http://127.0.0.1:3000;\n    proxy_connect_timeout 90s;\n  }\n}\n";
const POOL: &str = "[www]\nuser = www-data\nlisten = /run/php.sock\nlisten.owner = www-data\npm = static\n\
                    pm.max_children = 20\n";
const UNMATCHED: &str = "unmatched-fastcgi-socket";
const CONNECT: &str = "excessive-connect-timeout";

/// A host whose shop passes to a socket that nobody listens on, and whose other site waits too long.
fn host(more: &[(&str, &str)]) -> TempDir {
    let files = [
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/conf.d/shop.conf", SHOP),
        ("etc/nginx/conf.d/slow.conf", SLOW),
        ("etc/php/8.2/fpm/php-fpm.conf", FPM),
        ("etc/php/8.2/fpm/pool.d/www.conf", POOL),
        ("etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n"),
        ("etc/group", "root:x:0:\nwww-data:x:33:\n"),
    ];
    lay(&[&files, more].concat())
}

/// `LEVEL RULE FILE:LINE` of every finding at warning or above, in order.
fn alarms(dir: &Path, args: &[&str]) -> Vec<String> {
    found(dir, args).into_iter().filter(|line| !line.starts_with("info")).collect()
}

fn found(dir: &Path, args: &[&str]) -> Vec<String> {
    let (_, document) = json(dir, args);
    let line = |finding: &Value| {
        let (rule, at) = (finding["rule"].as_str().unwrap(), &finding["primary"]);
        let (level, file) = (finding["level"].as_str().unwrap(), at["file"].as_str().unwrap());
        format!("{level} {rule} {file}:{}", at["line"])
    };
    document["findings"].as_array().unwrap().iter().map(line).collect()
}

fn put(tree: &TempDir, path: &str, text: &str) {
    fs::create_dir_all(tree.path().join(path).parent().unwrap()).unwrap();
    fs::write(tree.path().join(path), text).unwrap();
}

const BOTH: [&str; 2] = [
    "error unmatched-fastcgi-socket etc/nginx/conf.d/shop.conf:8",
    "warning excessive-connect-timeout etc/nginx/conf.d/slow.conf:6",
];

#[test]
fn rules_have_the_level_that_is_set() {
    let tree = host(&[]);
    assert_eq!(alarms(tree.path(), &[]), BOTH);
    put(
        &tree,
        "gatelint.toml",
        "[rules]\nunmatched-fastcgi-socket = 'off'\nexcessive-connect-timeout = 'error'\n",
    );
    assert_eq!(alarms(tree.path(), &[]), ["error excessive-connect-timeout etc/nginx/conf.d/slow.conf:6"]);
    put(
        &tree,
        "gatelint.toml",
        "[rules]\nunmatched-fastcgi-socket = 'warning'\nexcessive-connect-timeout = 'info'\n",
    );
    assert_eq!(alarms(tree.path(), &[]), ["warning unmatched-fastcgi-socket etc/nginx/conf.d/shop.conf:8"]);
    // The command line beats the file.
    put(&tree, "gatelint.toml", "[rules]\nunmatched-fastcgi-socket = 'off'\n");
    assert_eq!(alarms(tree.path(), &["--select", UNMATCHED]), BOTH[..1]);
    assert_eq!(alarms(tree.path(), &["--no-config"]), BOTH);
}

#[test]
fn a_pedantic_rule_runs_where_it_has_a_level() {
    let rule = RULES.iter().find(|rule| rule.is_pedantic()).unwrap();
    let tree = host(&[]);
    let config = |toml: &str, args: &[&str]| {
        put(&tree, "gatelint.toml", toml);
        let shown = text(&gatelint(tree.path(), &[&["config"], args].concat()).stdout);
        let line =
            shown.lines().find(|line| line.starts_with(&format!("rules.{} ", rule.name))).unwrap().to_owned();
        line.split('"').nth(1).unwrap().to_owned()
    };
    assert_eq!(config("", &[]), "off");
    assert_eq!(config("", &["--select", rule.name]), rule.level.name());
    assert_eq!(config(&format!("[rules]\n{} = 'warning'\n", rule.name), &[]), "warning");

    let stack = gatelint_model::Stack::load(
        &gatelint_model::files::Memory::default(),
        &gatelint_model::Roots::default(),
        &gatelint_model::Options::default(),
    );
    let speaks = |toml: &str| {
        let reading = Reading::new(toml.as_bytes(), FileId(0), RULES);
        let policy = Policy::new(&reading.settings, Path::new("/"), Path::new("/"));
        let check = |_: &gatelint_model::Stack, out: &mut gatelint_lint::Findings| {
            let at = gatelint_syntax::TextRange::new(0, 0).in_file(FileId(0));
            out.push(gatelint_lint::Finding::new(
                RULES.iter().find(|rule| rule.is_pedantic()).unwrap(),
                at,
                "x",
            ));
        };
        let rules = [gatelint_lint::Rule { check, ..*rule }];
        let filter = Filter { policy: policy.into(), ..Filter::default() };
        gatelint_lint::run(&stack, &rules, &filter).len()
    };
    assert_eq!(speaks(""), 0);
    assert_eq!(speaks(&format!("[rules]\n{} = 'info'\n", rule.name)), 1);
    assert_eq!(speaks(&format!("[[paths]]\nfiles = ['x']\nrules = {{ {} = 'info' }}\n", rule.name)), 0);
}

#[test]
fn rules_have_levels_by_path() {
    let tree = host(&[("etc/nginx/conf.d/other.conf", &SLOW.replace("slow.", "other."))]);
    let both = |toml: &str| {
        put(&tree, "gatelint.toml", toml);
        alarms(tree.path(), &["--select", CONNECT, "--ignore", UNMATCHED])
    };
    let (other, slow) = (
        "excessive-connect-timeout etc/nginx/conf.d/other.conf:6",
        "excessive-connect-timeout etc/nginx/conf.d/slow.conf:6",
    );
    assert_eq!(both(""), [format!("warning {other}"), format!("warning {slow}")]);
    let one =
        "[[paths]]\nfiles = ['etc/nginx/*/slow.conf']\nrules = { excessive-connect-timeout = 'error' }\n";
    assert_eq!(both(one), [format!("warning {other}"), format!("error {slow}")]);
    // `*` ends at a `/`; the last entry that fits counts, and all of them before the table for everything.
    assert_eq!(both(&one.replace("etc/nginx/*/", "etc/*/")), both(""));
    let two =
        format!("[rules]\nexcessive-connect-timeout = 'info'\n{one}{}", one.replace("error", "warning"));
    assert_eq!(both(&two), [format!("warning {slow}")]);
    let off = "[rules]\nexcessive-connect-timeout = 'off'\n[[paths]]\nfiles = ['**/o*.conf']\n\
               rules = { excessive-connect-timeout = 'warning' }\n";
    put(&tree, "gatelint.toml", off);
    assert_eq!(alarms(tree.path(), &["--ignore", UNMATCHED]), [format!("warning {other}")]);
}

#[test]
fn the_nearest_file_upwards_holds_within_the_work_tree() {
    let off = "[rules]\nexcessive-connect-timeout = 'off'\n";
    let tree = host(&[]);
    let outer = lay(&[("gatelint.toml", off)]);
    let inner = outer.path().join("repo");
    fs::create_dir(&inner).unwrap();
    assert!(
        std::process::Command::new("cp")
            .arg("-a")
            .arg(tree.path().join("."))
            .arg(&inner)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(alarms(&inner, &[]), BOTH[..1]);
    assert_eq!(alarms(outer.path(), &["repo"]), BOTH[..1]);
    fs::create_dir(inner.join(".git")).unwrap();
    assert_eq!(alarms(&inner, &[]), BOTH);
    // The nearest one, not all of them.
    fs::write(inner.join("gatelint.toml"), "").unwrap();
    fs::write(inner.join("etc/nginx/gatelint.toml"), off).unwrap();
    assert_eq!(alarms(&inner, &[]), BOTH);
    assert_eq!(alarms(&inner, &["etc/nginx/conf.d"]), BOTH[..1]);
    assert_eq!(alarms(&inner.join("etc/nginx"), &[]), BOTH[..1]);
    let other = lay(&[("ci.toml", off)]);
    let config = other.path().join("ci.toml");
    assert_eq!(alarms(&inner, &["--config", config.to_str().unwrap()]), BOTH[..1]);
    let missing = gatelint(&inner, &["--config", "missing.toml"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("missing.toml: no such file"));
}

#[test]
fn every_host_has_its_own_settings() {
    let off = "[rules]\nexcessive-connect-timeout = 'off'\n";
    let tree = lay(&[
        ("hosts/a/etc/nginx/nginx.conf", MAIN),
        ("hosts/a/etc/nginx/conf.d/slow.conf", SLOW),
        ("hosts/a/gatelint.toml", off),
        ("hosts/b/etc/nginx/nginx.conf", MAIN),
        ("hosts/b/etc/nginx/conf.d/slow.conf", SLOW),
        (
            "gatelint.toml",
            "[[paths]]\nfiles = ['hosts/b/**']\nrules = { excessive-connect-timeout = 'error' }\n",
        ),
    ]);
    for args in [&["."][..], &["hosts/a", "hosts/b"]] {
        let alarms = alarms(tree.path(), args);
        assert_eq!(alarms.len(), 1, "{args:?}: {alarms:?}");
        assert!(
            alarms[0].starts_with("error ") && alarms[0].contains("b/etc/nginx/conf.d/slow.conf"),
            "{alarms:?}"
        );
    }
}

#[test]
fn what_is_not_understood_is_found_at_its_place() {
    let tree = host(&[(
        "gatelint.toml",
        "[rules]\nexcessive-conect-timeout = 'off'\n[thresholds]\nconnect_max = 60\n",
    )]);
    let output = gatelint(tree.path(), &["--output-format", "concise", "-q", "--select", CONNECT]);
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    assert!(
        lines.contains(
            "gatelint.toml:2:1: warning[unknown-setting]: there is no rule `excessive-conect-timeout`"
        ),
        "{lines}"
    );
    assert!(
        lines.contains("gatelint.toml:4:15: error[invalid-setting]: the value of `thresholds.connect_max`"),
        "{lines}"
    );
    // Once, however many hosts read it, and from everywhere.
    let hosts = lay(&[
        ("gatelint.toml", "x = 1\n"),
        ("hosts/a/etc/nginx/nginx.conf", MAIN),
        ("hosts/b/etc/nginx/nginx.conf", MAIN),
    ]);
    let lines =
        text(&gatelint(&hosts.path().join("hosts"), &["-q", "--output-format", "concise", "a", "b"]).stdout);
    assert_eq!(lines.matches("unknown-setting").count(), 1, "{lines}");
    assert!(lines.starts_with("../gatelint.toml:1:1: warning"), "{lines}");
    let sarif = text(&gatelint(hosts.path(), &["--output-format", "sarif"]).stdout);
    assert!(sarif.contains("\"uri\": \"gatelint.toml\""), "{sarif}");
}

#[test]
fn the_file_leads_nowhere() {
    let secret = lay(&[("secret", "top = secret\n")]);
    let tree = host(&[]);
    symlink(secret.path().join("secret"), tree.path().join("gatelint.toml")).unwrap();
    let output = gatelint(tree.path(), &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        !text(&output.stdout).contains("secret")
            && text(&output.stderr).contains("gatelint.toml: no such file")
    );
    fs::remove_file(tree.path().join("gatelint.toml")).unwrap();
    for root in ["..", "/", "a/../../b"] {
        put(&tree, "gatelint.toml", &format!("root = '{root}'\n"));
        assert!(
            alarms(tree.path(), &[]).iter().any(|line| line.contains("invalid-setting gatelint.toml:1")),
            "{root}"
        );
    }
    symlink("/etc", tree.path().join("out")).unwrap();
    put(&tree, "gatelint.toml", "root = 'out'\n");
    assert_eq!(roots(tree.path(), &[]), ["etc/nginx/nginx.conf", "etc/php/8.2/fpm/php-fpm.conf"]);
    // A mistake in it never forges a line.
    put(&tree, "gatelint.toml", "\"a\\n::error::b\\u001b[31m\" = 1\n");
    let output = gatelint(tree.path(), &["--output-format", "github", "-q"]);
    let lines = text(&output.stdout);
    assert!(
        !lines.contains('\u{1b}') && !lines.lines().any(|line| line.starts_with("::error::b")),
        "{lines}"
    );
    for hostile in
        ["[".repeat(200_000), format!("{}=1", vec!["a"; 100_000].join(".")), "\u{0}".repeat(1 << 20)]
    {
        put(&tree, "gatelint.toml", &hostile);
        assert_eq!(gatelint(tree.path(), &["-q"]).status.code(), Some(1));
    }
}

#[test]
fn the_root_can_be_set() {
    let tree = lay(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("deploy/rootfs/nginx.conf", "include /conf/*.conf;\nevents {}\n"),
        ("deploy/rootfs/conf/http.conf", "http { }\n"),
        ("gatelint.toml", "root = 'deploy/rootfs'\n"),
    ]);
    assert_eq!(roots(tree.path(), &[]), ["nginx.conf"]);
    assert_eq!(roots(tree.path(), &["deploy/rootfs/nginx.conf"]), ["nginx.conf"]);
    assert_eq!(
        roots(tree.path(), &["--no-config", "deploy/rootfs/nginx.conf"]),
        ["deploy/rootfs/nginx.conf"]
    );
    assert_eq!(json(tree.path(), &[]).1["summary"]["files"], 2);
}

#[test]
fn directories_can_be_mapped_to_where_they_lie_on_the_host() {
    let main = "events {}\nhttp {\n  include /etc/nginx/sites-enabled/*.conf;\n}\n";
    let tree = lay(&[
        ("deploy/nginx.conf", main),
        ("deploy/sites/slow.conf", SLOW),
        ("gatelint.toml", "[[map]]\nfrom = 'deploy/sites'\nto = '/etc/nginx/sites-enabled'\n"),
    ]);
    assert_eq!(alarms(tree.path(), &["deploy"]), ["warning excessive-connect-timeout sites/slow.conf:6"]);
    assert_eq!(roots(tree.path(), &["deploy"]), ["nginx.conf"]);
    assert!(
        alarms(tree.path(), &["--no-config", "deploy/nginx.conf"]).iter().all(|line| !line.contains(CONNECT))
    );
    // A mapping finds only what is in the tree.
    put(&tree, "gatelint.toml", "[[map]]\nfrom = 'missing'\nto = '/etc/nginx/sites-enabled'\n");
    assert!(alarms(tree.path(), &["deploy/nginx.conf"]).iter().all(|line| !line.contains(CONNECT)));
}

#[test]
fn the_target_can_be_set() {
    let vhost = "server {\n  listen 80;\n  http2 on;\n}\n";
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/conf.d/a.conf", vhost)]);
    assert!(alarms(tree.path(), &[]).is_empty());
    put(&tree, "gatelint.toml", "[nginx]\nversion = '1.22.1'\nflavour = 'oss'\n");
    let old = alarms(tree.path(), &[]);
    assert_eq!(old.len(), 1, "{old:?}");
    assert!(old[0].contains("etc/nginx/conf.d/a.conf:3"), "{old:?}");
    assert!(alarms(tree.path(), &["--nginx-version", "1.27.0"]).is_empty());
}

#[test]
fn listeners_and_hosts_that_the_files_do_not_show() {
    let tree = host(&[("gatelint.toml", "[listeners]\nexternal = ['unix:/var/run/gone.sock']\n")]);
    assert_eq!(alarms(tree.path(), &[]), BOTH[1..]);
    let pass =
        |name: &str| format!("server {{\n  listen 80;\n  location / {{ proxy_pass http://{name}; }}\n}}\n");
    let tree =
        lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/conf.d/a.conf", &pass("api.shop.internal"))]);
    let stale = ["warning static-upstream-hostname etc/nginx/conf.d/a.conf:3"];
    assert_eq!(alarms(tree.path(), &[]), stale);
    put(&tree, "gatelint.toml", "stable_hosts = ['*.Shop.internal']\n");
    assert!(alarms(tree.path(), &[]).is_empty());
    put(&tree, "etc/nginx/conf.d/a.conf", &pass("api.shop.example"));
    put(&tree, "gatelint.toml", "");
    assert!(alarms(tree.path(), &[]).is_empty());
    put(&tree, "gatelint.toml", "dynamic_hosts = ['*.shop.example']\n");
    assert_eq!(alarms(tree.path(), &[]), stale);
}

#[test]
fn containers_can_be_named() {
    let tree = host(&[("gatelint.toml", "[containers]\napart = true\n")]);
    assert_eq!(alarms(tree.path(), &[]), BOTH[1..]);
    put(&tree, "Dockerfile", "FROM scratch\n");
    put(&tree, "gatelint.toml", "");
    assert_eq!(alarms(tree.path(), &[]), BOTH[1..]);
    put(&tree, "gatelint.toml", "[containers]\napart = false\n");
    assert_eq!(alarms(tree.path(), &[]), BOTH);

    let stack = "services:\n  web:\n    image: nginx\n    volumes: ['../nginx/conf.d:/etc/nginx/conf.d']\n  app:\n    image: php:8.2-fpm\n";
    let vhost = "server {\n  listen 80;\n  location ~ \\.php$ {\n    fastcgi_pass ap:9000;\n  }\n}\n";
    let tree =
        lay(&[("deploy/my/stack.yml", stack), ("deploy/nginx/conf.d/a.conf", vhost), (".git/HEAD", "")]);
    let names = |tree: &TempDir| {
        found(tree.path(), &[]).iter().filter(|line| line.contains("unknown-service-name")).count()
    };
    assert_eq!(names(&tree), 0);
    put(&tree, "gatelint.toml", "[containers]\ncompose = ['deploy/my/stack.yml']\n");
    assert_eq!(names(&tree), 1, "{:?}", found(tree.path(), &[]));
    put(
        &tree,
        "gatelint.toml",
        "[containers]\ncompose = ['deploy/my/stack.yml']\n[listeners]\nexternal = ['ap:9000']\n",
    );
    assert_eq!(names(&tree), 0);
}

/// A threshold, a value for it, and a finding that it makes or takes away.
const LIMITS: [(&str, &str, &str, bool); 8] = [
    ("connect_max", "'2m'", "warning excessive-connect-timeout etc/nginx/conf.d/slow.conf:6", false),
    ("connect_min", "'2m'", "warning vanishing-timeout etc/nginx/conf.d/slow.conf:6", true),
    ("max_children_low", "50", "info low-max-children etc/php/8.2/fpm/pool.d/www.conf:6", true),
    ("edit_distance", "0", "error unmatched-fastcgi-socket etc/nginx/conf.d/shop.conf:8", true),
    ("read_min", "'2m'", "warning vanishing-timeout etc/nginx/conf.d/limits.conf:6", true),
    ("read_http_max", "'30s'", "info extreme-read-timeout etc/nginx/conf.d/limits.conf:6", true),
    ("read_loc_max", "'31s'", "warning extreme-read-timeout etc/nginx/conf.d/limits.conf:6", false),
    ("buffers_per_request_max", "'16k'", "info heavy-buffers etc/nginx/conf.d/limits.conf:7", true),
];

#[test]
fn limits_are_those_that_are_set() {
    let limits = "server {\n  listen 80;\n  server_name limits.example;\n  location / {\n    proxy_pass http://127.0.0.1:3000;\n    \
                  proxy_read_timeout 60s;\n    proxy_buffers 8 16k;\n  }\n}\n";
    let tree = host(&[("etc/nginx/conf.d/limits.conf", limits)]);
    let before = found(tree.path(), &[]);
    for (key, value, line, comes) in LIMITS {
        let is_there = before.iter().any(|other| other == line);
        let stays = key == "edit_distance" || key == "read_loc_max";
        assert!(stays || is_there != comes, "{key}: {before:#?}");
        put(&tree, "gatelint.toml", &format!("[thresholds]\n{key} = {value}\n"));
        let after = found(tree.path(), &[]);
        assert_eq!(after.iter().any(|other| other == line), comes, "{key}: {after:#?}");
    }
}

#[test]
fn every_threshold_has_a_rule_that_reads_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pending = vec![root.join("rules")];
    let mut sources = String::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let Value::Object(all) = serde_json::to_value(Thresholds::default()).unwrap() else { panic!("a table") };
    for name in all.keys() {
        assert!(sources.contains(name), "no rule reads `{name}`");
    }
}

#[test]
fn config_says_where_each_value_comes_from() {
    let tree = host(&[(
        "gatelint.toml",
        "[nginx]\nversion = '1.22.1'\n[thresholds]\nread_min = '2s'\n\
                       connect_max = '1m 15s'\n[rules]\ndead-socket = 'off'\n",
    )]);
    let dir = tree.path().join("etc");
    let args = ["config", "--nginx-version", "1.27.0", "--ignore", CONNECT];
    let shown = text(&gatelint(&dir, &args).stdout);
    let line = |start: &str| {
        let line =
            shown.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start}: {shown}"));
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shown.lines().next(), Some("# ../gatelint.toml"));
    assert_eq!(line("nginx.version"), "nginx.version = \"1.27.0\" # command line");
    assert_eq!(line("thresholds.read_min"), "thresholds.read_min = \"2s\" # ../gatelint.toml:4");
    assert_eq!(line("thresholds.connect_max"), "thresholds.connect_max = \"75s\" # ../gatelint.toml:5");
    assert_eq!(line("thresholds.connect_min"), "thresholds.connect_min = \"100ms\" # default");
    assert_eq!(line("rules.dead-socket"), "rules.dead-socket = \"off\" # ../gatelint.toml:7");
    assert_eq!(line(&format!("rules.{CONNECT}")), format!("rules.{CONNECT} = \"off\" # command line"));
    assert_eq!(line("# php.version"), "# php.version is not set # default");

    let output = gatelint(&dir, &[&args[..], &["--output-format", "json"]].concat());
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let settings = document["configs"][0]["settings"].as_array().unwrap();
    let of = |key: &str| settings.iter().find(|one| one["key"] == key).unwrap();
    assert_eq!(
        of("thresholds.read_min")["source"],
        json!({ "kind": "file", "file": "../gatelint.toml", "line": 4 })
    );
    assert_eq!(
        of("php.version"),
        &json!({ "key": "php.version", "value": null, "source": { "kind": "default" } })
    );
    assert_eq!(gatelint(&dir, &["config", "--no-config"]).status.code(), Some(0));
    put(&tree, "gatelint.toml", "x = 1\n");
    assert_eq!(gatelint(&dir, &["config"]).status.code(), Some(1));
}

#[test]
fn the_schema_is_current_and_takes_the_guide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = root.join("docs/gatelint.schema.json");
    let fresh = serde_json::to_string_pretty(&schema(RULES)).unwrap() + "\n";
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == fresh, "run with UPDATE=1");
    assert_eq!(text(&gatelint(root, &["generate", "schema"]).stdout), fresh);

    let validator = jsonschema::validator_for(&schema(RULES)).unwrap();
    let guide = fs::read_to_string(root.join("docs/guide/settings.md")).unwrap();
    let examples: Vec<&str> =
        guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(examples.len() >= 2);
    for example in examples {
        let reading = Reading::new(example.as_bytes(), FileId(0), RULES);
        assert_eq!(reading.problems, [], "{example}");
        let document: toml::Table = example.parse().unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&serde_json::to_value(document).unwrap())
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}

#[test]
fn the_schema_and_the_reader_agree() {
    let validator = jsonschema::validator_for(&schema(RULES)).unwrap();
    for (text, is_valid) in [
        ("", true),
        ("root = 'a/b'", true),
        ("root = '/a'", false),
        ("root = 1", false),
        ("x = 1", false),
        ("[rules]\ndead-socket = 'off'", true),
        ("[rules]\ndead-socket = 'no'", false),
        ("[rules]\ndead-sock = 'off'", false),
        ("[rules]\ndead-socket = true", false),
        ("rules = []", false),
        ("[[paths]]\nfiles = ['a/**']\nrules = { dead-socket = 'info' }", true),
        ("[[paths]]\nfiles = 'a/**'", false),
        ("[[paths]]\nfile = ['a/**']", false),
        ("[thresholds]\nconnect_max = '1m 15s'", true),
        ("[thresholds]\nconnect_max = 'soon'", false),
        ("[thresholds]\nconnect_max = 75", false),
        ("[thresholds]\npage_size = '16k'\nram_fraction = 0.5\nbacklog_min = 1_024", true),
        ("[thresholds]\npage_size = '16 kB'", false),
        ("[thresholds]\nram_fraction = 1.5", false),
        ("[thresholds]\nram_fraction = '0.5'", false),
        ("[thresholds]\nbacklog_min = -1", false),
        ("[thresholds]\nbacklog_min = 1.5", false),
        ("[nginx]\nversion = '1.22.1'\nflavour = 'plus'", true),
        ("[nginx]\nversion = '1.22'", false),
        ("[nginx]\nflavour = 'apache'", false),
        ("[php]\nversion = '8.2'", true),
        ("[php]\nversion = 8.2", false),
        ("[listeners]\nexternal = ['unix:/run/a.sock', 'php:9000', '[::1]:9000']", true),
        ("[listeners]\nexternal = ['php']", false),
        ("[containers]\ncompose = ['stack.yml']\napart = true", true),
        ("[containers]\napart = 'yes'", false),
        ("[[map]]\nfrom = 'a'\nto = '/b'", true),
        ("[[map]]\nfrom = 'a'", false),
        ("[[map]]\nfrom = 'a'\nto = 'b'", false),
        ("stable_hosts = ['*.a']", true),
        ("stable_hosts = ['']", false),
        ("when = 1979-05-27", false),
    ] {
        let reading = Reading::new(text.as_bytes(), FileId(0), RULES);
        assert_eq!(reading.problems.is_empty(), is_valid, "{text}: {:?}", reading.problems);
        let document: toml::Table = text.parse().unwrap();
        assert_eq!(validator.is_valid(&serde_json::to_value(document).unwrap()), is_valid, "{text}");
    }
    // Each mistake by itself: what stands beside it holds.
    let reading = Reading::new(
        b"stable_hosts = ['', 'a']\n[thresholds]\nread_min = 1\nconnect_max = '9s'\n[x]\n",
        FileId(0),
        RULES,
    );
    assert_eq!(reading.problems.len(), 3);
    assert_eq!((reading.settings.thresholds.connect_max.ms, reading.settings.stable_hosts.len()), (9000, 1));
}

#[test]
fn what_is_off_or_ignored_is_not_fixed() {
    let tree = host(&[]);
    let diff = |tree: &TempDir| text(&gatelint(tree.path(), &["--diff", "--unsafe-fixes"]).stdout);
    assert!(diff(&tree).contains("proxy_connect_timeout"), "{}", diff(&tree));
    put(&tree, "gatelint.toml", "[rules]\nexcessive-connect-timeout = 'off'\n");
    assert!(!diff(&tree).contains("proxy_connect_timeout"), "{}", diff(&tree));
    put(&tree, "gatelint.toml", "[thresholds]\nconnect_max = '2m'\n");
    assert!(!diff(&tree).contains("proxy_connect_timeout"), "{}", diff(&tree));
    put(&tree, "gatelint.toml", "");
    let ignored = SLOW.replace("90s;", "90s; # gatelint: ignore[excessive-connect-timeout] a slow link");
    put(&tree, "etc/nginx/conf.d/slow.conf", &ignored);
    assert!(!diff(&tree).contains("proxy_connect_timeout"), "{}", diff(&tree));
}
