//! Runs the built binary and reads its report.

#![allow(dead_code, reason = "every test binary uses a part")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

pub(crate) mod shell;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What one run of the binary said.
pub(crate) struct Run {
    /// The exit code; none where a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary with these arguments and `--output-format json`.
pub(crate) fn gatelint<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Run {
    let out = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .args(["check", "--output-format", "json"])
        .args(args)
        .output()
        .expect("the binary starts");
    Run {
        code: out.status.code(),
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}

/// Runs the binary on a tree that plays `/`.
pub(crate) fn gatelint_root(root: &Path) -> Run {
    gatelint(["--root".as_ref(), root.as_os_str()])
}

impl Run {
    /// The report; what else was written stands in the panic.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("no report ({error}), exit {:?}: {}", self.code, self.stderr))
    }

    /// `FILE:LINE RULE` of every finding, sorted.
    pub(crate) fn findings(&self) -> Vec<String> {
        self.lines(|_| true)
    }

    /// `FILE:LINE RULE` of every finding at warning or above, sorted.
    pub(crate) fn alarms(&self) -> Vec<String> {
        self.lines(|level| level != "info")
    }

    fn lines(&self, takes: impl Fn(&str) -> bool) -> Vec<String> {
        let report = self.json();
        let findings = report["findings"].as_array().expect("a list of findings");
        let mut lines: Vec<String> = findings
            .iter()
            .filter(|finding| takes(text(&finding["level"])))
            .map(|finding| {
                let at = &finding["primary"];
                format!("{}:{} {}", text(&at["file"]), at["line"], text(&finding["rule"]))
            })
            .collect();
        lines.sort();
        lines
    }

    /// What could not be read.
    pub(crate) fn errors(&self) -> Vec<Value> {
        self.json()["errors"].as_array().cloned().expect("a list of errors")
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// `fixtures/NAME` of this project.
pub(crate) fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// The trees in `fixtures/NAME`, sorted.
pub(crate) fn trees(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(fixtures(name)).expect("a group of fixtures");
    let mut trees: Vec<PathBuf> =
        entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir()).collect();
    trees.sort();
    assert!(!trees.is_empty(), "fixtures/{name} is empty");
    trees
}

/// What a tree's `expected.txt` lists, sorted; `None` where any finding will do.
pub(crate) fn expected(tree: &Path) -> Option<Vec<String>> {
    let text = fs::read_to_string(tree.join("expected.txt")).unwrap_or_default();
    let mut lines: Vec<String> =
        text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(str::to_owned).collect();
    lines.sort();
    (lines != ["*"]).then_some(lines)
}

/// An empty directory for one test, below the build directory.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).expect("a scratch directory");
    dir
}

/// Writes a file and the directories above it.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
    fs::write(path, text).expect("a file");
}
