//! The lab's broken trees, fixed, on the real servers: they answer as the lab's own good trees do.

#![allow(clippy::unwrap_used, reason = "a test says what it expects by failing")]

#[path = "support/fixing.rs"]
mod fixing;

use std::fs;
use std::io::Write as _;
use std::process::Command;

use fixing::{broken, copy, lab, run};

fn say(line: &str) {
    // Past the harness, which keeps what a test prints to itself.
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The lab's runner asks for what each case says of its good tree: here that is the broken one, fixed.
#[test]
fn fixed_trees_answer_as_good_ones() {
    let Some(lab) = lab() else {
        say("fixed trees were NOT run: ../shared/lab is not there");
        return;
    };
    let has = |program: &str| std::path::Path::new(program).exists();
    let is_root = Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|end| end.success());
    if !is_root || !["/usr/sbin/nginx", "/usr/sbin/php-fpm8.2", "/usr/bin/python3"].iter().all(|one| has(one))
    {
        say("fixed trees were NOT run: they need root, python3, nginx and php-fpm8.2");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::copy(lab.join("run.py"), dir.path().join("run.py")).unwrap();
    let mut fixed = Vec::new();
    for name in broken(&lab) {
        let (from, to) = (lab.join("cases").join(&name), dir.path().join("cases").join(&name));
        copy(&from.join("bad"), &to.join("good"));
        let said = run(&to.join("good"), &["--fix", "--unsafe-fixes"]);
        let is_fixed = said.status.code() == Some(0)
            && String::from_utf8_lossy(&said.stderr)
                .lines()
                .any(|line| line.contains("fixed ") && !line.contains("fixed 0 "));
        if is_fixed {
            copy(&from.join("bad"), &to.join("bad"));
            fs::copy(from.join("case.toml"), to.join("case.toml")).unwrap();
            fixed.push(name);
        } else {
            fs::remove_dir_all(&to).unwrap();
        }
    }
    assert!(fixed.len() >= 25, "only {fixed:?} are fixed");
    let ran = Command::new("python3").arg(dir.path().join("run.py")).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
    say(&format!("fixed trees: {} of the lab answer as its good ones", fixed.len()));
}
