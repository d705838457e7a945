//! The built program: roots, bad input, exit statuses, the shape of what it writes.

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
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use support::shell::{FPM, MAIN, POOL, VHOST, gatelint, json, lay, names, roots, text};

/// A host with one vhost that is read and one that no include takes.
const HOST: &[(&str, &str)] = &[
    ("etc/nginx/nginx.conf", MAIN),
    ("etc/nginx/conf.d/shop.conf", VHOST),
    ("etc/nginx/conf.d/blog.vhost", VHOST),
    ("etc/php/8.2/fpm/php-fpm.conf", FPM),
    ("etc/php/8.2/fpm/pool.d/www.conf", POOL),
    ("etc/passwd", "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n"),
    ("etc/group", "root:x:0:\nwww-data:x:33:\n"),
];

#[test]
fn a_host_is_read_from_its_known_places() {
    let tree = lay(HOST);
    let (status, document) = json(tree.path(), &[]);
    assert_eq!(status, 0, "{document:#}");
    assert_eq!(names(&document, "roots"), ["etc/nginx/nginx.conf", "etc/php/8.2/fpm/php-fpm.conf"]);
    let unreached = names(&document, "unreached");
    assert!(unreached.contains(&"etc/nginx/conf.d/blog.vhost".into()), "{unreached:?}");
    assert!(!unreached.contains(&"etc/nginx/conf.d/shop.conf".into()), "{unreached:?}");
    assert_eq!(document["version"], 1);
    assert_eq!(document["errors"], Value::Array(Vec::new()));

    let output = gatelint(tree.path(), &["check", "--output-format", "concise"]);
    let said = text(&output.stderr);
    assert!(said.contains("root: etc/nginx/nginx.conf\n"), "{said}");
    assert!(said.contains("never reached: etc/nginx/conf.d/blog.vhost\n"), "{said}");
    assert!(said.contains("0 errors, 0 warnings"), "{said}");
    assert_eq!(text(&gatelint(tree.path(), &["-q"]).stderr), "");
}

#[test]
fn every_path_into_a_tree_finds_the_same_root() {
    let tree = lay(HOST);
    let both = ["etc/nginx/nginx.conf", "etc/php/8.2/fpm/php-fpm.conf"];
    let root = tree.path().to_str().unwrap();
    let above = tree.path().parent().unwrap();
    let name = tree.path().file_name().unwrap().to_str().unwrap();
    for (dir, args) in [
        (tree.path().to_path_buf(), vec!["."]),
        (tree.path().to_path_buf(), vec!["etc/nginx", "etc/php"]),
        (tree.path().to_path_buf(), vec!["etc/nginx/nginx.conf"]),
        (tree.path().to_path_buf(), vec!["check", "etc/nginx/conf.d/shop.conf"]),
        (tree.path().join("etc/nginx"), vec!["conf.d"]),
        (tree.path().join("etc/nginx/conf.d"), vec![]),
        (tree.path().join("etc/nginx/conf.d"), vec!["../nginx.conf"]),
        (above.to_path_buf(), vec![name]),
        (above.to_path_buf(), vec!["--root", root]),
        ("/".into(), vec!["--root", root, root]),
    ] {
        assert_eq!(roots(&dir, &args), both, "{args:?} in {}", dir.display());
    }
}

#[test]
fn paths_open_from_the_working_directory() {
    let tree = lay(HOST);
    let said = |dir: &str, args: &[&str]| text(&gatelint(&tree.path().join(dir), args).stderr);
    assert!(said("", &["etc"]).contains("root: etc/nginx/nginx.conf\n"));
    assert!(said("etc/php", &["../nginx"]).contains("root: ../../etc/nginx/nginx.conf\n"));
    let root = tree.path().to_str().unwrap();
    let output = text(&gatelint(Path::new("/"), &["--root", root]).stderr);
    assert!(output.contains(&format!("root: {}/etc/nginx/nginx.conf\n", &root[1..])), "{output}");
}

#[test]
fn a_project_is_found_by_content_below_its_work_tree() {
    let tree = lay(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("docker/nginx/default.conf", VHOST),
        ("docker/php/www.conf", POOL),
        ("README.md", "# Shop\n\nserver { listen 80; }\n"),
    ]);
    let both = ["docker/nginx/default.conf", "docker/php/www.conf"];
    for args in [&[][..], &["."], &["docker"], &["docker/nginx/default.conf"], &["--root", "."]] {
        assert_eq!(roots(tree.path(), args), both, "{args:?}");
    }
    assert_eq!(roots(&tree.path().join("docker/nginx"), &[]), both);
}

#[test]
fn every_host_of_a_repository_is_checked() {
    let tree = lay(&[("hosts/a/etc/nginx/nginx.conf", MAIN), ("hosts/b/etc/nginx/nginx.conf", MAIN)]);
    assert_eq!(roots(tree.path(), &["."]), ["hosts/a/etc/nginx/nginx.conf", "hosts/b/etc/nginx/nginx.conf"]);
    assert_eq!(roots(tree.path(), &["hosts/b"]), ["etc/nginx/nginx.conf"]);
}

#[test]
fn a_file_that_is_not_reached_is_judged_as_what_it_is() {
    let tree = lay(HOST);
    let found = roots(tree.path(), &["etc/nginx/conf.d/blog.vhost"]);
    assert!(found.contains(&"etc/nginx/conf.d/blog.vhost".into()), "{found:?}");

    let lone = lay(&[("shop.conf", VHOST), ("nginx.conf", VHOST), ("pool.conf", POOL)]);
    let (status, document) = json(lone.path(), &["shop.conf"]);
    assert_eq!((status, document["summary"]["errors"].as_u64()), (0, Some(0)), "{document:#}");
    assert_eq!(roots(lone.path(), &["nginx.conf"])[0], "nginx.conf");
}

#[test]
fn an_absolute_link_is_followed_inside_the_root() {
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-available/a", VHOST)]);
    fs::create_dir(tree.path().join("etc/nginx/sites-enabled")).unwrap();
    symlink("/etc/nginx/sites-available/a", tree.path().join("etc/nginx/sites-enabled/a")).unwrap();
    let output = gatelint(tree.path(), &["-v"]);
    let said = text(&output.stderr);
    // On this machine the link leads elsewhere: what opens is the file.
    assert!(said.contains("read: etc/nginx/sites-available/a\n"), "{said}");
    assert_eq!(gatelint(tree.path(), &["etc/nginx/sites-enabled/a"]).status.code(), Some(0));
    // Named by its own path, it is the file that is read through the link.
    assert_eq!(roots(tree.path(), &["etc/nginx/sites-available/a"]), ["etc/nginx/nginx.conf"]);
}

/// Exit status 2, one line that names the path, and the JSON document all the same.
#[test]
fn bad_input_is_named() {
    let tree =
        lay(&[("etc/nginx/nginx.conf", MAIN), ("empty/notes.txt", "hello\n"), ("notes.conf", "hello\n")]);
    fs::write(tree.path().join("picture.conf"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").unwrap();
    let socket = std::os::unix::net::UnixListener::bind(tree.path().join("socket")).unwrap();
    for (args, path, expected) in [
        (&["absent.conf"][..], "absent.conf", "no such file"),
        (&["etc/nginx/nginx.conf", "absent.conf"], "absent.conf", "no such file"),
        (&["empty"], "empty", "no nginx or PHP-FPM configuration found"),
        (&["--root", "empty"], "empty", "no nginx or PHP-FPM configuration found"),
        (&["--root", "absent"], "absent", "no such file"),
        (&["notes.conf"], "notes.conf", "neither nginx nor PHP-FPM"),
        (&["picture.conf"], "picture.conf", "binary"),
        (&["socket"], "socket", "neither a file nor a directory"),
        (&["--root", "empty", "notes.conf"], "notes.conf", "not below the root"),
    ] {
        let output = gatelint(tree.path(), args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        let line = format!("gatelint: {path}: ");
        assert!(
            said.lines().any(|said| said.starts_with(&line) && said.contains(expected)),
            "{args:?}: {said}"
        );
        let (status, document) = json(tree.path(), args);
        assert_eq!((status, document["errors"][0]["path"].as_str()), (2, Some(path)), "{document:#}");
    }
    drop(socket);

    let closed = tree.path().join("closed.conf");
    fs::write(&closed, VHOST).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&closed).is_ok() {
        eprintln!("skipped: this user may read every file");
    } else {
        let output = gatelint(tree.path(), &["closed.conf"]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("closed.conf: permission denied"));
    }
}

#[test]
fn usage_errors_are_told() {
    let tree = lay(HOST);
    for (args, expected) in [
        (&["--select", "no-such-rule"][..], "there is no rule `no-such-rule`"),
        (&["--ignore", "no-such-rule"], "there is no rule `no-such-rule`"),
        (&["rule", "no-such-rule"], "there is no rule `no-such-rule`"),
        (&["--output-format", "xml"], "xml"),
        (&["--nginx-version", "1.22"], "1.22.1"),
        (&["--php-version", "eight"], "8.2"),
        (&["-q", "-v"], "cannot be used with"),
    ] {
        let output = gatelint(tree.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains(expected), "{args:?}: {}", text(&output.stderr));
    }
    for args in [&["--nginx-version", "1.22.1", "--php-version", "8.2"][..], &["rule"], &["--help"]] {
        assert_eq!(gatelint(tree.path(), args).status.code(), Some(0), "{args:?}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let tree = lay(HOST);
    let mut child = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .current_dir(tree.path())
        .args(["--output-format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// As [`gatelint`], as a user without rights; `None` where this one cannot become it, or it cannot run the program.
fn as_nobody(dir: &Path, args: &[&str]) -> Option<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    command.current_dir(dir).args(args).uid(65534).gid(65534).stdin(Stdio::null()).output().ok()
}

#[test]
fn what_may_not_be_read_is_said() {
    let readable = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for closed in [
        "etc/nginx/nginx.conf",
        "etc/nginx/conf.d/shop.conf",
        "etc/nginx/conf.d",
        "etc/php",
        "etc/php/8.2/fpm/php.ini",
        "etc/php/8.2/fpm/pool.d",
        "etc/php/8.2/fpm/pool.d/www.conf",
    ] {
        let tree = lay(HOST);
        support::write(&tree.path().join("etc/php/8.2/fpm/php.ini"), "memory_limit = 128M\n");
        readable(tree.path(), 0o755);
        readable(&tree.path().join(closed), 0o000);
        let Some(output) = as_nobody(tree.path(), &[]) else {
            eprintln!("skipped: only root can become another user");
            return;
        };
        readable(&tree.path().join(closed), 0o755);
        let said = text(&output.stderr);
        assert!(said.contains(&format!("gatelint: {closed}: permission denied\n")), "{said}");
        assert_eq!(output.status.code(), Some(2), "{closed}: {}{said}", text(&output.stdout));
    }
}

#[test]
fn levels_are_shown_and_counted() {
    let vhost = VHOST.replace(
        "return 204",
        "proxy_set_header Host $host; proxy_pass http://127.0.0.1:8080; proxy_read_timeout 0",
    );
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/conf.d/a.conf", &vhost)]);
    for (args, status, shown, summary) in [
        (&[][..], 1, 1, "1 error, 0 warnings in 2 files; 1 info not shown\n"),
        (&["--min-severity", "info"], 1, 2, "1 error, 0 warnings, 1 info in 2 files\n"),
        (
            &["--fail-on", "info", "--ignore", "vanishing-timeout"],
            1,
            1,
            "0 errors, 0 warnings, 1 info in 2 files\n",
        ),
        (&["--ignore", "vanishing-timeout,small-header-buffer"], 0, 0, "0 errors, 0 warnings in 2 files\n"),
        (&["--select", "small-header-buffer"], 0, 1, "0 errors, 0 warnings, 1 info in 2 files\n"),
        (
            &["--min-severity", "error", "--ignore", "vanishing-timeout"],
            0,
            0,
            "0 errors in 2 files; 1 info not shown\n",
        ),
    ] {
        let output = gatelint(tree.path(), &[&["--output-format", "concise"], args].concat());
        let said = text(&output.stderr);
        assert_eq!(
            (output.status.code(), text(&output.stdout).lines().count()),
            (Some(status), shown),
            "{args:?}"
        );
        assert!(said.ends_with(&format!("gatelint: {summary}")), "{args:?}: {said}");
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

/// A place is exactly that, within the text of its file, with columns in characters.
fn assert_place(root: &Path, place: &Value) {
    assert_eq!(keys(place), ["column", "end_column", "end_line", "file", "label", "line"]);
    let number = |key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap();
    let bytes = fs::read(root.join(place["file"].as_str().unwrap())).unwrap();
    let width = |line: usize| {
        let line = bytes.split(|&byte| byte == b'\n').nth(line - 1).unwrap();
        line.utf8_chunks().map(|chunk| chunk.valid().chars().count() + chunk.invalid().len()).sum::<usize>()
    };
    let (start, end) = ((number("line"), number("column")), (number("end_line"), number("end_column")));
    assert!(
        start <= end && start.1 >= 1 && start.1 <= width(start.0) + 1 && end.1 <= width(end.0) + 1,
        "{place}"
    );
}

#[test]
fn json_is_what_it_is_said_to_be() {
    let tree = lay(HOST);
    let vhost = b"server {\n  set $a \"\xc3\xa9\xff\"; location ~ \\.php$ { fastcgi_pass unix:/run/php7.sock; }\n}\nlisten 80\n";
    fs::write(tree.path().join("etc/nginx/conf.d/shop.conf"), vhost).unwrap();
    fs::write(tree.path().join("etc/php/8.2/fpm/pool.d/b.conf"), "[b]\nuser = x\nlisten = 1\n").unwrap();
    let (status, document) = json(tree.path(), &["."]);
    assert_eq!((status, keys(&document)), (1, vec!["errors", "findings", "summary", "version"]));
    assert_eq!(keys(&document["summary"]), ["errors", "files", "infos", "roots", "unreached", "warnings"]);
    let findings = document["findings"].as_array().unwrap();
    for level in ["error", "warning", "info"] {
        let count = findings.iter().filter(|finding| finding["level"] == level).count();
        assert_eq!(document["summary"][format!("{level}s")], count);
    }
    let mut kinds = Vec::new();
    for finding in findings {
        let expected = [
            "confidence",
            "fixes",
            "help",
            "level",
            "message",
            "notes",
            "prediction",
            "primary",
            "related",
            "rule",
        ];
        assert_eq!(keys(finding), expected);
        for fix in finding["fixes"].as_array().unwrap() {
            assert_eq!(keys(fix), ["edits", "safety", "title"]);
            let edit = &fix["edits"][0];
            assert_eq!(keys(edit), ["column", "end_column", "end_line", "file", "line", "text"]);
        }
        let places = std::iter::once(&finding["primary"]).chain(finding["related"].as_array().unwrap());
        places.for_each(|place| assert_place(tree.path(), place));
        let prediction = &finding["prediction"];
        match prediction["kind"].as_str() {
            Some("answers") => assert_eq!(keys(prediction), ["kind", "log", "status"]),
            Some("refuses") => {
                assert_eq!(keys(prediction), ["at", "kind", "log", "program", "stage"]);
                assert!(prediction["at"].is_null() || keys(&prediction["at"]) == ["file", "line"]);
            }
            _ => assert!(prediction.is_null()),
        }
        kinds.push(prediction["kind"].as_str());
    }
    assert!(kinds.contains(&Some("answers")) && kinds.contains(&Some("refuses")), "{document:#}");
    let socket = findings.iter().find(|finding| finding["rule"] == "unmatched-fastcgi-socket").unwrap();
    assert_eq!((&socket["primary"]["line"], &socket["primary"]["column"]), (&2.into(), &49.into()));
}

#[test]
fn nothing_steers_the_terminal() {
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN)]);
    let name = "etc/nginx/conf.d/a\u{1b}[2J\u{202e}\n\u{9b}.conf";
    let vhost = "server {\n  # \u{1b}[31m\n  listen 80\u{1b}]0;x\u{7}\r;\n  include \"\u{1b}[1m\u{202e}\";\n  x \"\u{85}\n";
    fs::create_dir(tree.path().join("etc/nginx/conf.d")).unwrap();
    fs::write(tree.path().join(name), vhost).unwrap();
    for args in [
        &[][..],
        &["-v"],
        &[name],
        &["absent\u{1b}[2J"],
        &["--root", "absent\u{1b}[2J"],
        &["rule", "\u{1b}[2J"],
    ] {
        for format in ["full", "concise", "json"] {
            let options = ["--min-severity", "info", "--color", "never", "--output-format", format];
            let output = gatelint(tree.path(), &[&options, args].concat());
            let all = text(&output.stdout) + &text(&output.stderr);
            let is_safe =
                |char: char| matches!(char, '\n' | '\t') || !char.is_control() && char != '\u{202e}';
            assert!(all.chars().all(is_safe), "{format} {args:?}: {all:?}");
            assert!(!all.is_empty());
        }
    }
}
