//! Whole trees through the built binary: what must stay silent, what must be found, what must not hurt.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, thread};

use support::{expected, gatelint_root, scratch, trees, write};

/// What no run may show: it stands beside the trees, never in one.
const SECRET: &str = "SECRET-OUTSIDE-THE-ROOT";

/// Compares the alarms of every tree in a group with its `expected.txt` and lists all that differ at once.
fn check(group: &str) {
    let mut wrong = String::new();
    for tree in trees(group) {
        let run = gatelint_root(&tree);
        assert!(matches!(run.code, Some(0..=2)), "{}: exit {:?}: {}", tree.display(), run.code, run.stderr);
        assert!(!(run.stdout.contains(SECRET) || run.stderr.contains(SECRET)), "{}", tree.display());
        let Some(expected) = expected(&tree) else { continue };
        let alarms = run.alarms();
        let is_alarmed = i32::from(!expected.is_empty());
        if alarms != expected || run.code != Some(is_alarmed) {
            let name = tree.display();
            let _ = writeln!(wrong, "{name}: exit {:?}\n  want {expected:#?}\n  got {alarms:#?}", run.code);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn distributions_are_silent() {
    check("distro");
}

#[test]
fn sound_trees_are_silent() {
    check("ok");
}

#[test]
fn planted_faults_are_found_and_nothing_else() {
    check("err");
}

#[test]
fn hostile_trees_do_no_harm() {
    check("hostile");
}

#[test]
fn whatever_is_silent_was_read() {
    for tree in ["distro", "ok"].into_iter().flat_map(trees) {
        let run = gatelint_root(&tree);
        assert_eq!(run.errors(), Vec::<serde_json::Value>::new(), "{}", tree.display());
        let roots = &run.json()["summary"]["roots"];
        assert!(roots.as_array().is_some_and(|roots| !roots.is_empty()), "{}: {roots}", tree.display());
    }
}

/// Runs the binary on a tree whose main configuration is `text`: it must end in time and find a fault.
fn check_generated(name: &str, text: &[u8], limit: Duration) {
    let root = scratch(name);
    write(&root.join("etc/nginx/nginx.conf"), text);
    let start = Instant::now();
    let run = gatelint_root(&root);
    let took = start.elapsed();
    let _ = fs::remove_dir_all(&root);
    assert_eq!(run.code, Some(1), "{name}: {}", run.stderr);
    assert!(!run.alarms().is_empty(), "{name} is silent");
    assert!(took < limit, "{name} took {took:?}");
}

#[test]
fn deep_nesting_ends_quickly() {
    let open = "events {}\nhttp {\nserver {\n".to_owned() + &"location /a {\n".repeat(100_000);
    check_generated("deep-open", open.as_bytes(), Duration::from_secs(20));
    let closed = format!("{open}root /srv/shop\n{}", "}\n".repeat(100_002));
    check_generated("deep-closed", closed.as_bytes(), Duration::from_secs(20));
}

#[test]
fn fifty_megabytes_end_in_time() {
    let mut map = String::from("events {}\nhttp {\nmap $remote_addr $kind {\n");
    while map.len() < 50 << 20 {
        map.push_str("    198.51.100.17 \"kind 17\"; # a customer\n");
    }
    check_generated("large-map", map.as_bytes(), Duration::from_secs(60));
    check_generated("large-line", &vec![b'a'; 50 << 20], Duration::from_secs(60));
    check_generated("large-nothing", &vec![b'{'; 50 << 20], Duration::from_secs(60));
}

/// A tree whose main configuration includes `include`, with a secret beside it, outside.
fn tree_beside_a_secret(name: &str, include: impl Fn(&Path) -> String) -> std::path::PathBuf {
    let dir = scratch(name);
    write(&dir.join("secret.conf"), format!("{SECRET} x;\n"));
    let main = format!("events {{}}\nhttp {{\n    include {};\n}}\n", include(&dir));
    write(&dir.join("root/etc/nginx/nginx.conf"), main);
    dir
}

#[test]
fn nothing_outside_the_root_is_read() {
    let secret = |dir: &Path| dir.join("secret.conf").display().to_string();
    let dir = tree_beside_a_secret("absolute-include", secret);
    check_blind(&dir);
    let dir = tree_beside_a_secret("absolute-link", |_| "/etc/nginx/link.conf".into());
    std::os::unix::fs::symlink(dir.join("secret.conf"), dir.join("root/etc/nginx/link.conf")).unwrap();
    check_blind(&dir);
    let dir = tree_beside_a_secret("link-to-directory", |_| "/etc/nginx/up/secret.conf".into());
    std::os::unix::fs::symlink("../../..", dir.join("root/etc/nginx/up")).unwrap();
    check_blind(&dir);
}

/// The include finds nothing inside the root: that is said, whatever the level, and the secret is not.
fn check_blind(dir: &Path) {
    let run = gatelint_root(&dir.join("root"));
    assert!(!(run.stdout.contains(SECRET) || run.stderr.contains(SECRET)), "{}", dir.display());
    assert_eq!(run.findings(), ["etc/nginx/nginx.conf:3 unresolved-include"], "{}", dir.display());
}

#[test]
fn a_link_swapped_during_the_run_leads_nowhere() {
    let dir = tree_beside_a_secret("swapped-link", |_| "/etc/nginx/conf.d/shop.conf".into());
    let conf = dir.join("root/etc/nginx/conf.d");
    write(&conf.join("shop.conf"), "map $host $a { default 1; }\n");
    fs::rename(&conf, dir.join("root/etc/nginx/honest")).unwrap();
    fs::create_dir_all(dir.join("outside")).unwrap();
    fs::copy(dir.join("secret.conf"), dir.join("outside/shop.conf")).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let spare = conf.with_extension("spare");
            let targets = ["honest".into(), dir.join("outside"), "../../../outside".into()];
            for target in targets.iter().cycle() {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    break;
                }
                let _ = fs::remove_file(&spare);
                let _ = std::os::unix::fs::symlink(target, &spare);
                let _ = fs::rename(&spare, &conf);
            }
        });
        for _ in 0..50 {
            let run = gatelint_root(&dir.join("root"));
            assert!(!(run.stdout.contains(SECRET) || run.stderr.contains(SECRET)), "{}", run.stdout);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
