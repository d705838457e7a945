//! `--fix`, `--unsafe-fixes` and `--diff` by the built program: what a fix may do to a tree, and never does.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "support/fixing.rs"]
mod fixing;

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use fixing::{alarms, broken, copy, files, found, lab, run};

const ALL: [&str; 2] = ["--fix", "--unsafe-fixes"];

/// Fixes a copy of a tree; what is wrong with the outcome, and whether no alarm is left.
fn check(tree: &Path) -> (Vec<String>, bool) {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("root");
    copy(tree, &root);
    let ((before, unread), old) = (found(&root), files(&root));
    let diff = run(&root, &["--diff", "--unsafe-fixes"]);
    let mut wrong = Vec::new();
    if files(&root) != old {
        wrong.push("--diff wrote".to_owned());
    }
    let said = run(&root, &ALL);
    let ((after, unread_after), new) = (found(&root), files(&root));
    let is_changed = new != old;
    if diff.status.code() != Some(i32::from(is_changed)) || diff.stdout.is_empty() == is_changed {
        wrong.push(format!("--diff ends with {:?} and --fix changed {is_changed}", diff.status.code()));
    }
    if unread_after > unread {
        wrong.push("the fixed tree is not read".to_owned());
    }
    for (key, count) in after.iter().filter(|((_, _, is_alarm), _)| *is_alarm) {
        if *count > before.get(key).copied().unwrap_or(0) {
            wrong.push(format!("new: {key:?}"));
        }
    }
    let lost: Vec<&PathBuf> = old.keys().filter(|path| !new.contains_key(*path)).collect();
    let made: Vec<&PathBuf> = new.keys().filter(|path| !old.contains_key(*path)).collect();
    if !lost.is_empty() || !made.is_empty() {
        wrong.push(format!("lost {lost:?}, made {made:?}"));
    }
    let again = run(&root, &ALL);
    if files(&root) != new {
        wrong.push(format!("a second run goes on: {}", String::from_utf8_lossy(&again.stderr)));
    }
    if said.status.code() == Some(2) && run(tree, &[]).status.code() != Some(2) {
        wrong.push(String::from_utf8_lossy(&said.stderr).into_owned());
    }
    let name = tree.display();
    (wrong.into_iter().map(|line| format!("{name}: {line}")).collect(), alarms(&after) == 0)
}

fn check_all(trees: &[PathBuf], least: usize) {
    let outcomes: Vec<_> = trees.iter().map(|tree| check(tree)).collect();
    let wrong: Vec<&String> = outcomes.iter().flat_map(|(wrong, _)| wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let silent = outcomes.iter().filter(|(_, is_silent)| *is_silent).count();
    assert!(silent >= least, "{silent} of {} trees are silent after their fixes", trees.len());
}

#[test]
fn planted_faults_are_fixed_and_nothing_new_comes() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/err");
    let mut trees: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    trees.retain(|tree| tree.is_dir());
    trees.sort();
    check_all(&trees, 60);
}

#[test]
fn the_lab_is_fixed_and_nothing_new_comes() {
    let Some(lab) = lab() else {
        // The harness keeps what a test prints to itself.
        let _ = writeln!(std::io::stderr(), "the lab's trees were NOT fixed: ../shared/lab is not there");
        return;
    };
    let trees: Vec<PathBuf> =
        broken(&lab).iter().map(|name| lab.join("cases").join(name).join("bad")).collect();
    check_all(&trees, 25);
}

#[test]
fn what_is_sound_is_left_alone() {
    for group in ["ok", "distro"] {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(group);
        for tree in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir())
        {
            let diff = run(&tree, &["--diff", "--unsafe-fixes"]);
            assert_eq!((diff.status.code(), diff.stdout.len()), (Some(0), 0), "{}", tree.display());
        }
    }
}

const MAIN: &str = "events {}\nhttp {\n    include sites-enabled/*;\n}\n";
/// `404` for `=404` is safe, a read timeout of 0 is to be looked at.
const SITE: &str = "server {\r\n\tlisten 80;\r\n\tlocation / {\r\n\t\ttry_files $uri 404;\r\n\t\tproxy_read_timeout 0;\r\n\
                    \t\tproxy_pass http://127.0.0.1:3000;\r\n\t\tproxy_set_header Host $host;\r\n\t}\r\n}\r\n";

fn lay(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

fn read(dir: &Path, path: &str) -> String {
    fs::read_to_string(dir.join(path)).unwrap()
}

#[test]
fn safe_fixes_leave_the_others_to_be_asked_for() {
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-enabled/shop", SITE)]);
    let site = "etc/nginx/sites-enabled/shop";
    let diff = run(tree.path(), &["--diff"]);
    let shown = String::from_utf8(diff.stdout).unwrap();
    assert!(shown.contains("-\t\ttry_files $uri 404;\r\n+\t\ttry_files $uri =404;\r\n"), "{shown}");
    assert!(shown.contains("@@ -1,7 +1,7 @@") && !shown.contains("+\t\tproxy_read_timeout"), "{shown}");
    assert_eq!((diff.status.code(), read(tree.path(), site)), (Some(1), SITE.to_owned()));

    let fixed = run(tree.path(), &["--fix"]);
    let said = String::from_utf8(fixed.stderr).unwrap();
    assert!(said.contains("fixed 1 of 2 findings (1 more with --unsafe-fixes)"), "{said}");
    assert_eq!(fixed.status.code(), Some(1), "what is left is reported");
    let safe = SITE.replace(" 404;", " =404;");
    assert_eq!(read(tree.path(), site), safe);

    let fixed = run(tree.path(), &ALL);
    assert_eq!(fixed.status.code(), Some(0), "{}", String::from_utf8_lossy(&fixed.stderr));
    assert_eq!(read(tree.path(), site), safe.replace("timeout 0;", "timeout 60s;"));
}

#[test]
fn a_diff_is_what_a_fix_writes() {
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-enabled/shop", SITE)]);
    let copy = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-enabled/shop", SITE)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let diff = command.args(["--diff", "--unsafe-fixes"]).current_dir(copy.path()).output().unwrap();
    let mut patch = Command::new("patch")
        .args(["-p0", "--binary", "-s"])
        .current_dir(copy.path())
        .stdin(Stdio::piped())
        .spawn()
        .expect("patch is installed");
    patch.stdin.take().unwrap().write_all(&diff.stdout).unwrap();
    assert!(patch.wait().unwrap().success(), "{}", String::from_utf8_lossy(&diff.stdout));
    run(tree.path(), &ALL);
    let site = "etc/nginx/sites-enabled/shop";
    assert_eq!(read(tree.path(), site), read(copy.path(), site));
}

#[test]
fn mode_and_owner_are_kept_and_links_are_followed() {
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-available/shop", SITE)]);
    let file = tree.path().join("etc/nginx/sites-available/shop");
    fs::create_dir(tree.path().join("etc/nginx/sites-enabled")).unwrap();
    // The same file twice: as a relative and as an absolute link, which starts at the root of the tree.
    let link = |to: &str, name: &str| {
        let name = tree.path().join("etc/nginx/sites-enabled").join(name);
        symlink(to, &name).unwrap();
        name
    };
    let links = [link("../sites-available/shop", "a"), link("/etc/nginx/sites-available/shop", "b")];
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let is_root = fs::metadata(&file).unwrap().uid() == 0;
    if is_root {
        std::os::unix::fs::chown(&file, Some(1234), Some(4321)).unwrap();
    }
    let before = fs::metadata(&file).unwrap();
    run(tree.path(), &ALL);
    let after = fs::metadata(&file).unwrap();
    let kept = |one: &fs::Metadata| (one.mode(), one.uid(), one.gid());
    assert_eq!(kept(&before), kept(&after));
    assert_ne!(fs::read(&file).unwrap(), SITE.as_bytes());
    assert!(links.iter().all(|link| link.is_symlink()));
    assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn nothing_outside_the_root_is_written() {
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join("shop");
    fs::write(&target, SITE).unwrap();
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-enabled/own", SITE)]);
    symlink(&target, tree.path().join("etc/nginx/sites-enabled/shop")).unwrap();
    symlink("../../../../shop", tree.path().join("etc/nginx/sites-enabled/up")).unwrap();
    run(tree.path(), &ALL);
    assert_eq!(fs::read(&target).unwrap(), SITE.as_bytes());
}

#[test]
fn what_another_program_makes_is_not_edited() {
    let template = SITE.replace("127.0.0.1:3000", "{{ backend }}");
    let tree = lay(&[("etc/nginx/nginx.conf", MAIN), ("etc/nginx/sites-enabled/shop.j2", &template)]);
    run(tree.path(), &ALL);
    assert_eq!(read(tree.path(), "etc/nginx/sites-enabled/shop.j2"), template);
}

#[test]
fn what_cannot_be_written_as_it_was_is_left_alone_and_said() {
    let tree = lay(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/sites-enabled/blog", SITE),
        ("etc/nginx/sites-enabled/shop", &SITE.replace("80;", "81;")),
    ]);
    let shop = tree.path().join("etc/nginx/sites-enabled/shop");
    fs::hard_link(&shop, tree.path().join("backup")).unwrap();
    let said = String::from_utf8(run(tree.path(), &ALL).stderr).unwrap();
    assert!(said.contains("sites-enabled/shop: left alone: it has other names"), "{said}");
    assert!(said.contains("fixed 2 of 4 findings"), "{said}");
    assert!(read(tree.path(), "etc/nginx/sites-enabled/shop").contains(" 404;"));
    assert!(read(tree.path(), "etc/nginx/sites-enabled/blog").contains(" =404;"));
}

#[test]
fn only_what_was_asked_for_is_edited() {
    let tree = lay(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/sites-enabled/blog", SITE),
        ("etc/nginx/sites-enabled/shop", &SITE.replace("80;", "81;")),
    ]);
    let shop = tree.path().join("etc/nginx/sites-enabled/shop");
    run(tree.path(), &["--fix", shop.to_str().unwrap()]);
    assert!(read(tree.path(), "etc/nginx/sites-enabled/shop").contains(" =404;"));
    assert!(read(tree.path(), "etc/nginx/sites-enabled/blog").contains(" 404;"));
    run(tree.path(), &["--fix", "--ignore", "bare-status-fallback"]);
    assert!(read(tree.path(), "etc/nginx/sites-enabled/blog").contains(" 404;"));
}

#[test]
fn other_commands_fix_nothing() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
    let output = command.args(["preflight", "--fix"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("are for `gatelint check`"));
}

/// However a run ends, every file is the old one or the new one.
#[test]
fn a_kill_at_any_moment_leaves_every_file_whole() {
    const SITES: usize = 40;
    let site = |number: usize| SITE.replace("80;", &format!("{};", 8000 + number));
    let names: Vec<String> =
        (0..SITES).map(|number| format!("etc/nginx/sites-enabled/{number:02}")).collect();
    let texts: Vec<String> = (0..SITES).map(site).collect();
    let fixed = |text: &str| text.replace(" 404;", " =404;").replace("timeout 0;", "timeout 60s;");
    let mut tree: Vec<(&str, &str)> = vec![("etc/nginx/nginx.conf", MAIN)];
    tree.extend(names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)));
    let start = |root: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatelint"));
        let command = command.arg("--root").arg(root).args(ALL).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let whole = lay(&tree);
    let began = Instant::now();
    assert!(start(whole.path()).wait().unwrap().code().is_some());
    let whole_run = began.elapsed();
    let (mut cut, mut untouched, mut leftovers) = (0, 0, 0);
    const RUNS: u32 = 120;
    for run in 0..RUNS {
        let dir = lay(&tree);
        let mut child = start(dir.path());
        thread::sleep(whole_run.mul_f64(f64::from(run) / f64::from(RUNS)));
        child.kill().unwrap();
        child.wait().unwrap();
        let mut new = 0;
        for (name, text) in names.iter().zip(&texts) {
            let now = read(dir.path(), name);
            assert!(now == *text || now == fixed(text), "run {run}, {name}: {now}");
            new += usize::from(now != *text);
        }
        let others = fs::read_dir(dir.path().join("etc/nginx/sites-enabled")).unwrap();
        for entry in others.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
            let is_leftover = entry.starts_with(".gatelint-") && entry.ends_with(".tmp");
            assert!(is_leftover || entry.len() == 2, "run {run}: {entry}");
            leftovers += usize::from(is_leftover);
        }
        cut += usize::from(0 < new && new < SITES);
        untouched += usize::from(new == 0);
        // What is left over is none of the tree's files, and the next run mends the rest.
        if leftovers > 0 && run % 10 == 0 {
            start(dir.path()).wait().unwrap();
            assert!(names.iter().zip(&texts).all(|(name, text)| read(dir.path(), name) == fixed(text)));
        }
    }
    assert!(untouched > 0, "no run was killed before it wrote");
    assert!(cut + leftovers > 0, "no run was killed while it wrote, in {whole_run:?}");
    assert!(whole_run < Duration::from_secs(20), "{whole_run:?}");
}
