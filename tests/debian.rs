//! The configuration that Debian's packages really install must pass without a word.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod support;

use std::path::Path;

use support::gatelint;

/// Runs the binary; skipped, and said so, where the packages are not installed.
fn check(args: &[&str]) {
    if !(Path::new("/etc/nginx/nginx.conf").exists() && Path::new("/etc/php").is_dir()) {
        eprintln!("skipped: nginx and php-fpm are not installed (apt-get install nginx php-fpm)");
        return;
    }
    let run = gatelint(args);
    assert_eq!(run.alarms(), Vec::<String>::new(), "{args:?}");
    assert_eq!(run.errors(), Vec::<serde_json::Value>::new(), "{args:?}");
    assert_eq!(run.code, Some(0), "{args:?}: {}", run.stderr);
}

#[test]
fn installed_directories() {
    check(&["/etc/nginx", "/etc/php"]);
}

#[test]
fn the_host() {
    check(&["--root", "/"]);
}
