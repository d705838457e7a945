//! What the pages say of nginx and PHP-FPM, proved by running both: each case in namespaces and a root of its own.
//!
//! A case whose output predicts a refusal must be refused in those words and at that place; every other case must
//! pass both programs' own tests, and so must every fixed one; what a `live` fence asks must be answered so. `RULE=name cargo test --test live`
//! runs one rule. Needs root (or subordinate user ids), util-linux, iproute2, openssl, nginx and PHP-FPM, and says
//! so where it cannot run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

#[path = "support/live_fence.rs"]
mod fence;
#[path = "support/live_host.rs"]
mod host;
#[path = "support/live_net.rs"]
mod net;
#[path = "support/page.rs"]
mod page;
#[path = "support/live_proof.rs"]
mod proof;
#[path = "support/live_space.rs"]
mod space;

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, thread};

use fence::{Fence, Request, Source};
use gatelint_lint::{Level, Rule};
use gatelint_rules::RULES;
use page::Case;
use proof::Predicted;
use space::{missing, say, unshare};

/// The door of the process inside: the rule, the number of the case, the directory for its root, the certificate.
const DOOR: &str = "GATELINT_LIVE";
/// How long one case may take.
const LIMIT: Duration = Duration::from_secs(40);
/// Cases at once: they mostly wait.
const AT_ONCE: usize = 4;
#[test]
fn every_case_is_as_the_real_servers_have_it() {
    if let Ok(door) = env::var(DOOR) {
        return inside(&door);
    }
    let missing = missing();
    if !missing.is_empty() {
        say(&format!("live proofs did NOT run: not installed: {}", missing.join(", ")));
        return;
    }
    if unshare().is_none() {
        say(
            "live proofs did NOT run: this user may not make namespaces (be root, or have subordinate user ids)",
        );
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let certificate = scratch.path().join("made.pem");
    make_certificate(&certificate);
    let wanted = env::var("RULE").ok();
    let jobs: Vec<(&Rule, usize)> = RULES
        .iter()
        .filter(|rule| wanted.as_ref().is_none_or(|name| rule.name == name))
        .flat_map(|rule| (0..page::proved(rule.page).len()).map(move |number| (rule, number)))
        .collect();
    assert!(!jobs.is_empty(), "no rule is called {wanted:?}");
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((rule, number)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let root = scratch.path().join(format!("{}.{number}", rule.name));
                    fs::create_dir(&root).unwrap();
                    let said = outside(rule, *number, &root, &certificate);
                    if !said.is_empty() {
                        wrong.lock().unwrap().push(said);
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), jobs.len(), wrong.join("\n"));
    say(&format!("live proofs: {} cases as the real servers have them", jobs.len()));
}

fn make_certificate(path: &Path) {
    let path = path.to_str().unwrap();
    let request =
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=shop.example";
    let run = Command::new("openssl")
        .args(request.split(' '))
        .args(["-keyout", path, "-out", &format!("{path}.crt")])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let certificate = fs::read(format!("{path}.crt")).unwrap();
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(&certificate).unwrap();
}

/// Runs one case in namespaces of its own; what is wrong with it.
fn outside(rule: &Rule, number: usize, root: &Path, certificate: &Path) -> String {
    let case = &page::proved(rule.page)[number];
    // What is not filled in yet is the business of tests/pages.rs.
    if case.reason.is_some() || case.is_reported && page::output(rule.page, case).is_empty() {
        return String::new();
    }
    let mut child = unshare()
        .expect("namespaces, as before")
        .arg(env::current_exe().unwrap())
        .args(["--exact", "every_case_is_as_the_real_servers_have_it", "--nocapture"])
        .env(DOOR, format!("{}\n{number}\n{}\n{}", rule.name, root.display(), certificate.display()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Held open: when this process ends, however it ends, so do those inside.
    let lifeline = child.stdin.take();
    let run = child.wait_with_output().unwrap();
    drop(lifeline);
    let said = String::from_utf8_lossy(&run.stderr);
    if run.status.success() && said.is_empty() {
        return String::new();
    }
    format!("{}, {}: {said}", page::path(rule).display(), case.title)
}

/// The other end of [`outside`].
fn inside(door: &str) {
    let words: Vec<&str> = door.lines().collect();
    for (is_alive, pause) in [(true, Duration::ZERO), (false, LIMIT)] {
        thread::spawn(move || {
            thread::sleep(pause);
            if is_alive {
                let _ = io::stdin().read(&mut [0]);
            } else {
                say("took too long");
            }
            std::process::exit(1);
        });
    }
    let rule = RULES.iter().find(|rule| rule.name == words[0]).expect("a rule");
    let case = &page::proved(rule.page)[words[1].parse::<usize>().unwrap()];
    let output = page::output(rule.page, case);
    host::enter(Path::new(words[2]), &page::tree(case), Path::new(words[3])).expect("a host");
    let wrong = proof::prove(case, &output).unwrap_or_else(|error| vec![error.to_string()]);
    for line in &wrong {
        say(line);
    }
    std::process::exit(i32::from(!wrong.is_empty()));
}

#[test]
fn every_rule_is_proved_on_both_sides() {
    let mut report = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.level >= Level::Warning) {
        let cases = page::cases(rule.page);
        let refuses = |case: &Case| Predicted::read(&page::output(rule.page, case)).refuses();
        let asks = |case: &Case| case.live.is_some() && case.reason.is_none();
        // A case that both programs accept is the other side of a refusal.
        let is_refusal = cases.iter().any(|case| case.is_reported && refuses(case));
        let is_empty = |case: &Case| case.is_reported && page::output(rule.page, case).is_empty();
        let reported =
            cases.iter().any(|case| case.is_reported && (asks(case) || refuses(case) || is_empty(case)));
        let silent = cases.iter().any(|case| {
            !case.is_reported && (asks(case) || case.reason.is_none() && is_refusal) || is_empty(case)
        });
        match (reported && silent, page::reason(rule.page)) {
            (true, None) | (false, Some(_)) => {}
            (true, Some(_)) => report.push(format!("{}: is proved and says why it is not", rule.name)),
            (false, None) => report.push(format!("{}: reported {reported}, silent {silent}", rule.name)),
        }
    }
    assert!(report.is_empty(), "no live proof:\n{}", report.join("\n"));
}

#[test]
fn every_fence_proves_what_its_page_predicts() {
    let mut report = Vec::new();
    for rule in RULES {
        for case in page::cases(rule.page) {
            let Some(text) = &case.live else { continue };
            let fence = Fence::parse(text).unwrap_or_else(|error| panic!("{}: {error}", rule.name));
            let answers = Predicted::read(&page::output(rule.page, &case)).answers;
            let is_asked = |status: u16| fence.requests.iter().any(|request| request.status == status);
            let is_logged = |log: &str| {
                let mut lines = fence.lines(Source::NginxLog).peekable();
                log.is_empty() || lines.peek().is_none() || lines.any(|line| line.is_match(log))
            };
            if !answers.is_empty() && !answers.iter().any(|(status, log)| is_asked(*status) && is_logged(log))
            {
                report.push(format!(
                    "{}, {}: the fence proves another answer than {answers:?}",
                    rule.name, case.title
                ));
            }
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn a_fence_is_read() {
    let text = "peer 127.0.0.1:3000 slow 0.5s\nlater host a.example 127.0.0.2\ndns b.example ::1\nabsent /srv/x.php\n\
                POST :81/up?a=b 2m Host: x, X-A: b -> 413 \"too large\"\nGET / Host: y -> 200\nerror.log: a+b\n";
    let fence = Fence::parse(text).unwrap();
    let request = Request {
        method: "POST".into(),
        port: 81,
        path: "/up?a=b".into(),
        body: 2 << 20,
        headers: vec!["Host: x".into(), "X-A: b".into()],
        status: 413,
        text: Some("too large".into()),
    };
    assert_eq!(fence.requests[0], request);
    assert_eq!((fence.requests[1].body, fence.requests[1].headers.len()), (0, 1));
    assert_eq!(fence.peers, [("127.0.0.1:3000".into(), fence::Peer::Slow(Duration::from_millis(500)))]);
    assert_eq!((fence.hosts.len(), fence.dns.len(), fence.absent.len()), (1, 1, 1));
    assert!(fence.lines(Source::NginxLog).any(|line| line.is_match("aab")));
    for wrong in ["GET / -> x", "peer 1 odd", "host a b", "error.log: (", "GET / -> 200 text", "ask /"] {
        assert!(Fence::parse(wrong).is_err(), "{wrong}");
    }
}
