//! Trees in temporary directories, and the built binary run in them as from a shell.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

pub(crate) const MAIN: &str =
    "events {}\nhttp {\n  include conf.d/*.conf;\n  include /etc/nginx/sites-enabled/*;\n}\n";
pub(crate) const VHOST: &str = "server {\n  listen 80;\n  location / { return 204; }\n}\n";
pub(crate) const FPM: &str =
    "[global]\nerror_log = /var/log/fpm.log\ninclude = /etc/php/8.2/fpm/pool.d/*.conf\n";
pub(crate) const POOL: &str =
    "[www]\nuser = www-data\nlisten = /run/php.sock\npm = static\npm.max_children = 2\n";

pub(crate) fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

pub(crate) fn gatelint(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    command.current_dir(dir).args(args).stdin(Stdio::null()).output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs with `--output-format json`; the exit status and the document.
pub(crate) fn json(dir: &Path, args: &[&str]) -> (i32, Value) {
    let output = gatelint(dir, &[&["--output-format", "json"], args].concat());
    let document = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", text(&output.stdout), text(&output.stderr));
    });
    (output.status.code().unwrap(), document)
}

pub(crate) fn names(document: &Value, list: &str) -> Vec<String> {
    let list = document["summary"][list].as_array().unwrap();
    list.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// What a run starts from, relative to its root.
pub(crate) fn roots(dir: &Path, args: &[&str]) -> Vec<String> {
    names(&json(dir, args).1, "roots")
}
