//! Trees that reach for a secret beside their root: nothing of it is ever written.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Text that nginx and php-fpm both would quote in an error.
const SECRET: &str = "hush_7f3a";

/// A root beside a secret file and a directory of secrets.
fn lay(main: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    fs::create_dir_all(root.join("etc/nginx/conf.d")).unwrap();
    fs::create_dir_all(root.join("etc/php/8.2/fpm/pool.d")).unwrap();
    fs::create_dir(dir.path().join("outside")).unwrap();
    for path in ["secret.conf", "outside/secret.conf"] {
        fs::write(dir.path().join(path), format!("{SECRET} {SECRET}\n[{SECRET}]\n{SECRET} = {SECRET}"))
            .unwrap();
    }
    fs::write(root.join("etc/nginx/nginx.conf"), format!("events {{}}\nhttp {{\n{main}\n}}\n")).unwrap();
    (dir, root)
}

/// Everything that runs in all formats write, standard error included.
fn written(root: &Path, path: &str) -> String {
    let mut all = String::new();
    for format in ["full", "concise", "json"] {
        let output = Command::new(env!("CARGO_BIN_EXE_gatelint"))
            .args(["-v", "--min-severity", "info", "--output-format", format, "--root"])
            .arg(root)
            .arg(root.join(path))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.code().is_some(), "{output:?}");
        all += &String::from_utf8_lossy(&output.stdout);
        all += &String::from_utf8_lossy(&output.stderr);
    }
    assert!(!all.contains("internal error"), "{all}");
    all
}

fn assert_silent(root: &Path, what: &str) {
    for path in ["", "etc/nginx/nginx.conf", "etc/nginx"] {
        let all = written(root, path);
        assert!(!all.contains(SECRET), "{what}: {all}");
    }
}

#[test]
fn includes_do_not_leave_the_root() {
    let (dir, _) = lay("");
    let outside = dir.path().to_str().unwrap();
    for include in [
        "include ../../../secret.conf;".to_owned(),
        "include /../../secret.conf;".to_owned(),
        "include ../../../*.conf;".to_owned(),
        "include ../../../outside/*;".to_owned(),
        "include conf.d/../../../../secret.conf;".to_owned(),
        format!("include {outside}/secret.conf;"),
        format!("include {outside}/*;"),
        "include /proc/self/root/etc/passwd;".to_owned(),
        "include /proc/self/cwd/secret.conf;".to_owned(),
    ] {
        let (_dir, root) = lay(&include);
        let fpm = "[global]\ninclude = ../secret.conf\ninclude = ../../../../../secret.conf\n".to_owned()
            + &format!("include = {outside}/*.conf\n");
        fs::write(root.join("etc/php/8.2/fpm/php-fpm.conf"), fpm).unwrap();
        assert_silent(&root, &include);
    }
}

#[test]
fn links_do_not_leave_the_root() {
    let (dir, _) = lay("");
    let outside = dir.path().to_str().unwrap();
    for target in [
        "../../../../secret.conf".to_owned(),
        "../../../../../../../../../../../../..".to_owned() + outside + "/secret.conf",
        format!("{outside}/secret.conf"),
        "/proc/self/cwd/../secret.conf".to_owned(),
    ] {
        let (_dir, root) = lay("include conf.d/*.conf;");
        symlink(&target, root.join("etc/nginx/conf.d/a.conf")).unwrap();
        symlink(&target, root.join("etc/php/8.2/fpm/pool.d/a.conf")).unwrap();
        symlink(&target, root.join("etc/passwd")).unwrap();
        fs::write(
            root.join("etc/php/8.2/fpm/php-fpm.conf"),
            "[global]\ninclude = /etc/php/8.2/fpm/pool.d/*\n",
        )
        .unwrap();
        assert_silent(&root, &target);
        // Named outright, it still is a name within the root.
        assert!(!written(&root, "etc/nginx/conf.d/a.conf").contains(SECRET));
    }
    for target in ["../../../../outside".to_owned(), format!("{outside}/outside")] {
        let (_dir, root) = lay("include sites/*;");
        symlink(&target, root.join("etc/nginx/sites")).unwrap();
        assert_silent(&root, &target);
        assert!(!written(&root, "etc/nginx/sites").contains(SECRET));
    }
}

#[test]
fn no_file_beside_the_includes_leaves_the_root() {
    let names = [
        "etc/passwd",
        "etc/group",
        "etc/hosts",
        "etc/php/8.2/fpm/php.ini",
        "etc/php/8.2/fpm/conf.d/a.ini",
        "etc/systemd/system/nginx.service",
        "etc/systemd/system/php8.2-fpm.service.d/a.conf",
        "etc/nginx/never.conf",
        "etc/nginx/mime.types",
        "docker-compose.yml",
    ];
    for target in ["secret.conf", "outside"] {
        let (dir, root) = lay("include mime.types; server { location ~ \\.php$ { fastcgi_pass a:9000; } }");
        let fpm = "[global]\ninclude = /etc/php/8.2/fpm/pool.d/*\n[www]\nuser = a\nlisten = a:9000\npm = static\npm.max_children = 1\n";
        fs::write(root.join("etc/php/8.2/fpm/php-fpm.conf"), fpm).unwrap();
        for name in names {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            symlink(dir.path().join(target), root.join(name)).unwrap();
        }
        assert_silent(&root, target);
        for name in names {
            assert!(!written(&root, name).contains(SECRET), "{name}");
        }
    }
    // What lies in the tree as the text of a link is followed like a link.
    let (dir, root) = lay("include conf.d/*.conf;");
    for (index, target) in
        ["../../../../secret.conf".into(), dir.path().join("secret.conf")].iter().enumerate()
    {
        let target: &Path = target.as_ref();
        fs::write(root.join(format!("etc/nginx/conf.d/{index}.conf")), target.to_str().unwrap()).unwrap();
    }
    assert_silent(&root, "the text of a link");
}

#[test]
fn a_repository_does_not_reach_the_machine() {
    let (dir, _) = lay("");
    fs::remove_dir_all(dir.path().join("root/etc")).unwrap();
    let repository = dir.path().join("root");
    let include =
        format!("server {{ include {}/secret.conf; include /etc/passwd; }}\n", dir.path().display());
    fs::write(repository.join("shop.conf"), include).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .arg("shop.conf")
        .current_dir(&repository)
        .output()
        .unwrap();
    let all = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!all.contains(SECRET) && !all.contains("root:x:"), "{all}");
}

#[test]
fn a_link_that_changes_meanwhile_does_not_leave_the_root() {
    let (dir, root) = lay("include conf.d/*.conf;\ninclude sites/*;");
    fs::create_dir(root.join("etc/nginx/plain")).unwrap();
    fs::write(root.join("etc/nginx/plain/secret.conf"), "server { listen 81; }\n").unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let at = |name: &str| root.join("etc/nginx").join(name);
            let mut turn = 0u32;
            while !stop.load(Ordering::Relaxed) {
                let (file, site) = (at("file.new"), at("sites.new"));
                let _ = fs::remove_file(&file);
                let _ = fs::remove_file(&site);
                if turn.is_multiple_of(2) {
                    fs::write(&file, "server { listen 80; }\n").unwrap();
                    symlink("plain", &site).unwrap();
                } else {
                    symlink(dir.path().join("secret.conf"), &file).unwrap();
                    symlink("../../../outside", &site).unwrap();
                }
                fs::rename(&file, at("conf.d/a.conf")).unwrap();
                fs::rename(&site, at("sites")).unwrap();
                turn += 1;
            }
        });
        for _ in 0..30 {
            let all = written(&root, "");
            stop.fetch_or(all.contains(SECRET), Ordering::Relaxed);
            assert!(!all.contains(SECRET), "{all}");
        }
        stop.store(true, Ordering::Relaxed);
    });
}

/// Runs on a tree of these files: the exit status, everything that was written, and how long it took.
fn run(files: &[(String, String)]) -> (Option<i32>, String, Duration) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let start = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let output = command.args(["--output-format", "concise", "--root"]).arg(dir.path()).output().unwrap();
    let all = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code(), all, start.elapsed())
}

/// `line` many times, each with a number of its own for `X`.
fn numbered(count: usize, line: &str) -> String {
    (1..=count).map(|number| line.replace('X', &number.to_string()) + "\n").collect()
}

/// Each costs time that grows with the square of its size, or memory without end, where something is not bounded.
#[test]
fn size_is_bounded_and_said() {
    const MANY: usize = 100_000;
    let pass = "fastcgi_pass 127.0.0.1:9000;";
    let open = |count: usize| format!("server {{\n{}", format!("location /a {{ {pass}\n").repeat(count));
    let pool = "[www]\nuser = a\nlisten = 9000\npm = static\npm.max_children = 1\n";
    for (what, vhost, pools, said) in [
        ("open blocks", open(MANY), pool.to_owned(), "nginx-syntax-error"),
        ("nested blocks", open(MANY) + &"}".repeat(MANY + 1), pool.to_owned(), "blocks nest deeper than"),
        ("includes", "include /etc/nginx/absent;\n".repeat(MANY), pool.to_owned(), "unresolved-include"),
        (
            "peers",
            format!("upstream u {{\n{}}}\n", "server 10.0.0.1:1;\n".repeat(MANY))
                + &format!("server {{\n{}}}\n", "location / { fastcgi_pass u; }\n".repeat(MANY / 20)),
            "x\n".to_owned(),
            "invalid-fpm-config",
        ),
        (
            "parameters",
            format!("server {{\n{}", "fastcgi_param A b;\n".repeat(MANY / 10))
                + &format!("{}}}\n", format!("location ~ \\.php$ {{ {pass} }}\n").repeat(MANY / 10)),
            pool.to_owned(),
            "dropped-fastcgi-params",
        ),
        ("unknown names", numbered(MANY, "proxy_pasX on;"), pool.to_owned(), "unknown-directive"),
        ("undefined", numbered(MANY, "access_log /aX fX;"), pool.to_owned(), "undefined-reference"),
        (
            "equal servers",
            numbered(MANY, "server { listen 80 backlog=X; server_name a; }"),
            pool.to_owned(),
            "conflicting-listen",
        ),
        (
            "equal locations",
            format!("server {{\n{}}}\n", numbered(MANY, "location /a { set $vX $v; }")),
            pool.to_owned(),
            "duplicate-definition",
        ),
        (
            "entries",
            String::new(),
            format!("[www]\n{}", "pm = static\n".repeat((1 << 20) + 1)),
            "more entries than",
        ),
    ] {
        let (status, all, time) = run(&[
            ("etc/nginx/nginx.conf".into(), "events {}\nhttp {\n  include conf.d/*.conf;\n}\n".into()),
            ("etc/nginx/conf.d/a.conf".into(), vhost),
            (
                "etc/php/8.2/fpm/php-fpm.conf".into(),
                "[global]\ninclude = /etc/php/8.2/fpm/pool.d/*.conf\n".into(),
            ),
            ("etc/php/8.2/fpm/pool.d/a.conf".into(), pools),
        ]);
        let first: String = all.chars().take(400).collect();
        assert!(matches!(status, Some(1 | 2)) && all.contains(said), "{what}: {status:?} {first}");
        assert!(time < Duration::from_secs(30), "{what} took {time:?}");
    }
}
