//! What is shipped beside the program: the pre-commit hook, the wheel, manual pages, completions.
//!
//! pre-commit and maturin come from the Python index (`scripts/test` installs them below `target/tools`); without them
//! the tests say that they did not run.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The checkout.
fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A program of `target/tools`, or of the path.
fn tool(name: &str) -> Option<PathBuf> {
    let own = checkout().join("target/tools/bin").join(name);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::iter::once(own)
        .chain(std::env::split_paths(&path).map(|dir| dir.join(name)))
        .find(|file| file.is_file());
    if found.is_none() {
        eprintln!("not run: {name} is not installed");
    }
    found
}

fn run(command: &mut Command) -> Output {
    let out = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    println!("{command:?}\n{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    out
}

fn text(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// Two builds at once would take each other's files away.
fn alone() -> MutexGuard<'static, ()> {
    static BUILD: Mutex<()> = Mutex::new(());
    BUILD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A command that builds the wheel quickly, and leaves alone what the tests themselves are built in.
fn building(program: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env("MATURIN_PEP517_ARGS", "--profile dev")
        .env("CARGO_TARGET_DIR", checkout().join("target/wheel"))
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}

fn git(dir: &Path, args: &[&str]) {
    let identity = ["-c", "user.name=t", "-c", "user.email=t@t.example", "-c", "init.defaultBranch=main"];
    let out = run(Command::new("git").arg("-C").arg(dir).args(identity).args(args));
    assert!(out.status.success(), "git {args:?}");
}

#[test]
fn pre_commit_runs_the_hook() {
    let Some(pre_commit) = tool("pre-commit") else { return };
    let head = run(Command::new("git").arg("-C").arg(checkout()).args(["rev-parse", "HEAD"]));
    if !head.status.success() {
        eprintln!("not run: this is no git checkout");
        return;
    }
    let (rev, home, sample) = (text(&head), tempfile::tempdir(), tempfile::tempdir());
    let (home, sample) = (home.expect("a directory"), sample.expect("a directory"));
    let dir = sample.path();
    copy(&checkout().join("fixtures/err/broken-shop"), dir);
    fs::write(
        dir.join(".pre-commit-config.yaml"),
        format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: gatelint\n",
            checkout().display(),
            rev.trim()
        ),
    )
    .expect("a file");
    git(dir, &["init", "-q"]);
    git(dir, &["add", "-A"]);
    let _alone = alone();
    let hook = |files: &[&str]| {
        let mut command = building(&pre_commit);
        command
            .current_dir(dir)
            .env("PRE_COMMIT_HOME", home.path())
            .args(["run", "--color", "never"])
            .args(files);
        run(&mut command)
    };

    let out = hook(&["--all-files"]);
    assert_eq!(out.status.code(), Some(1), "the faults of the tree fail the commit");
    assert!(text(&out).contains("error[unmatched-fastcgi-socket]"), "{}", text(&out));

    // Whichever file is committed, the hook reads the whole.
    let out = hook(&["--files", "etc/nginx/nginx.conf"]);
    assert!(text(&out).contains("error[unmatched-fastcgi-socket]"), "{}", text(&out));
    fs::write(dir.join("notes.txt"), "no configuration").expect("a file");
    let out = hook(&["--files", "notes.txt"]);
    assert!(text(&out).contains("Skipped"), "{}", text(&out));
}

#[test]
fn the_wheel_brings_the_program() {
    let Some(python) = tool("python3") else { return };
    // Without pip or the module for environments there is nothing to install with.
    let dir = tempfile::tempdir().expect("a directory");
    let venv = dir.path().join("venv");
    if tool("maturin").is_none()
        || !run(Command::new(python).args(["-m", "venv"]).arg(&venv)).status.success()
    {
        eprintln!("not run: no maturin, or no module venv");
        return;
    }
    let _alone = alone();
    let out = run(building(&venv.join("bin/pip")).args(["install", "--quiet"]).arg(checkout()));
    assert!(out.status.success(), "pip installs the checkout");
    let out = run(Command::new(venv.join("bin/gatelint")).arg("--version"));
    assert_eq!(text(&out), format!("gatelint {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn every_command_has_a_manual_page() {
    let dir = tempfile::tempdir().expect("a directory");
    let gatelint = || Command::new(env!("CARGO_BIN_EXE_gatelint"));
    assert!(run(gatelint().args(["generate", "man"]).arg(dir.path())).status.success());
    let help = text(&run(gatelint().arg("--help")));
    let commands =
        help.split("Commands:\n").nth(1).and_then(|rest| rest.split("\n\n").next()).expect("commands");
    for name in
        commands.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help")
    {
        let page = fs::read_to_string(dir.path().join(format!("gatelint-{name}.1"))).expect(name);
        assert!(page.contains(".SH DESCRIPTION"), "{name}");
    }
    for shell in ["bash", "zsh", "fish"] {
        let out = run(gatelint().args(["generate", "completions", shell]));
        assert!(text(&out).contains("preflight"), "{shell}");
    }
    // A shell that takes them.
    let script = "source <(\"$0\" generate completions bash) && complete -p gatelint";
    let out = run(Command::new("bash").args(["-c", script, env!("CARGO_BIN_EXE_gatelint")]));
    assert!(out.status.success(), "bash takes the completions");
}

/// `systemctl reload nginx` asks first; where systemd is installed it judges the drop-in itself.
#[test]
fn the_drop_in_asks_before_the_reload() {
    let Some(analyze) = tool("systemd-analyze") else { return };
    let dir = tempfile::tempdir().expect("a directory");
    let drop_in = dir.path().join("nginx.service.d");
    fs::create_dir(&drop_in).expect("a directory");
    fs::write(
        dir.path().join("nginx.service"),
        "[Service]\nType=forking\nExecStart=/bin/true\nExecReload=/bin/false\n",
    )
    .expect("a file");
    // The programs need not be installed where the test runs.
    let shipped =
        fs::read_to_string(checkout().join("packaging/systemd/gatelint.conf")).expect("the drop-in");
    let known = shipped.replace("/usr/bin/gatelint", "/bin/true").replace("/usr/sbin/nginx", "/bin/true");
    fs::write(drop_in.join("gatelint.conf"), known).expect("a file");
    let out = run(Command::new(analyze).arg("verify").arg(dir.path().join("nginx.service")));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(!said.contains("gatelint.conf"), "{said}");
    let order: Vec<_> = shipped.lines().filter_map(|line| line.strip_prefix("ExecReload=")).collect();
    assert!(order.first().is_some_and(|first| first.is_empty()), "what was set before is dropped: {order:?}");
    assert!(order.get(1).is_some_and(|line| line.contains("gatelint preflight")), "{order:?}");
}

fn copy(from: &Path, to: &Path) {
    let out = run(Command::new("cp").arg("-a").arg(from.join(".")).arg(to));
    assert!(out.status.success());
}
