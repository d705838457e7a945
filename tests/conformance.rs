//! Every directive of nginx's own modules, used rightly and wrongly, judged by gatelint and by the installed
//! `nginx -t`: the same verdict, the same message, the same line. Says so and does nothing where nginx is not
//! installed.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

#[path = "support/conformance/case.rs"]
mod case;
#[path = "support/conformance/frame.rs"]
mod frame;
#[path = "support/conformance/real.rs"]
mod real;
#[path = "support/conformance/sample.rs"]
mod sample;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use case::Case;
use gatelint_catalog::nginx::{Version, names};
use gatelint_lint::{Filter, Prediction, Program, Stage};
use gatelint_model::files::Memory;
use gatelint_model::{Options, discover};
use gatelint_rules::RULES;
use real::{Nginx, Refusal};

/// Directives of which nginx refuses more than gatelint predicts, or words it otherwise; each goes with its last
/// difference.
const EXEMPT: &[&str] = &[
    "access_log",
    "aio",
    "alias",
    "allow",
    "auth_http",
    "auth_request_set",
    "charset_map",
    "deny",
    "directio",
    "disable_symlinks",
    "error_log",
    "error_page",
    "fastcgi_bind",
    "fastcgi_cache",
    "fastcgi_cache_path",
    "fastcgi_cache_valid",
    "fastcgi_split_path_info",
    "geo",
    "grpc_bind",
    "gzip_disable",
    "hash",
    "if",
    "index",
    "keepalive",
    "limit_conn",
    "limit_conn_zone",
    "limit_except",
    "limit_req",
    "limit_req_zone",
    "listen",
    "location",
    "log_format",
    "map",
    "memcached_bind",
    "memcached_pass",
    "mirror",
    "open_file_cache",
    "open_log_file_cache",
    "protocol",
    "proxy_bind",
    "proxy_cache",
    "proxy_cache_path",
    "proxy_cache_valid",
    "proxy_cookie_domain",
    "proxy_cookie_flags",
    "proxy_cookie_path",
    "proxy_pass",
    "proxy_redirect",
    "random",
    "resolver",
    "return",
    "rewrite",
    "root",
    "scgi_bind",
    "scgi_cache",
    "scgi_cache_path",
    "scgi_cache_valid",
    "server",
    "server_name",
    "set",
    "split_clients",
    "ssl",
    "ssl_ocsp_cache",
    "ssl_session_cache",
    "thread_pool",
    "try_files",
    "upstream",
    "uwsgi_bind",
    "uwsgi_cache",
    "uwsgi_cache_path",
    "uwsgi_cache_valid",
    "valid_referers",
    "zone",
];

/// How many cases that gatelint passes are shown to nginx at once.
const BATCH: usize = 25;

/// What gatelint says that `nginx -t` refuses first.
fn predicted(text: &str, version: Version) -> Option<Refusal> {
    let files = Memory::new([("etc/nginx/nginx.conf", text)]);
    let world = discover::known(&files);
    let options = Options { nginx_version: Some(version), ..Options::default() };
    let stack = discover::load(&files, &world, &options).stack;
    let findings = gatelint_lint::run(&stack, RULES, &Filter::default());
    findings.into_iter().find_map(|finding| match finding.prediction {
        Some(Prediction::Refuses { program: Program::Nginx, stage: Stage::Test, at, log }) => {
            let line = at.map(|at| text[..at.start as usize].matches('\n').count() + 1);
            Some(Refusal { message: log, line })
        }
        _ => None,
    })
}

/// What each of `items` gives, worked out by as many threads as the machine has processors.
fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (next, done, work) = (&next, &done, &work);
            scope.spawn(move || {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let result = work(thread, item);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The cases and what nginx says of each; what gatelint passes is shown to nginx in groups first.
struct Trial<'a> {
    nginx: &'a Nginx,
    dir: &'a Path,
}

impl Trial<'_> {
    fn text(&self, cases: &[&Case]) -> String {
        let lines: Vec<_> = cases.iter().map(|case| (case.name, case.line.as_str())).collect();
        let modules: BTreeSet<_> = cases.iter().flat_map(|case| &case.modules).cloned().collect();
        // A module comes before those that need it.
        let (needed, other): (Vec<String>, Vec<String>) =
            modules.into_iter().partition(|file| !file.contains("stream_geoip"));
        let modules: Vec<String> = needed.into_iter().chain(other).collect();
        frame::configuration(&self.dir.display().to_string(), &modules, cases[0].context, &lines)
    }

    fn real(&self, thread: usize, text: &str) -> Option<Refusal> {
        let file = self.dir.join(format!("{thread}.conf"));
        std::fs::write(&file, text).unwrap();
        self.nginx.refusal(self.dir, &file)
    }

    fn predict(&self, cases: &[Case]) -> Vec<Option<Refusal>> {
        in_parallel(cases, |_, case| predicted(&self.text(&[case]), self.nginx.version))
    }

    fn ask(&self, cases: &[Case], predicted: &[Option<Refusal>]) -> Vec<Option<Refusal>> {
        let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        let mut alone = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            if predicted[index].is_none() && frame::is_separate(case.context, case.name) {
                groups.entry((case.context, &case.modules)).or_default().push(index);
            } else {
                alone.push(vec![index]);
            }
        }
        let together = groups.values().flat_map(|group| group.chunks(BATCH).map(<[usize]>::to_vec));
        let jobs: Vec<Vec<usize>> = together.chain(alone).collect();
        let said = in_parallel(&jobs, |thread, job| {
            let group: Vec<_> = job.iter().map(|&index| &cases[index]).collect();
            let said = self.real(thread, &self.text(&group));
            if job.len() > 1 && said.is_some() {
                return group.iter().map(|case| self.real(thread, &self.text(&[case]))).collect();
            }
            vec![said; job.len()]
        });
        let mut answers = vec![None; cases.len()];
        for (&index, answer) in jobs.iter().flatten().zip(said.into_iter().flatten()) {
            answers[index] = answer;
        }
        answers
    }
}

#[test]
fn every_directive_as_nginx_judges_it() {
    let Some(nginx) = Nginx::find() else {
        eprintln!("skipped: nginx is not installed, so nothing was compared with it (apt-get install nginx)");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let trial = Trial { nginx: &nginx, dir: dir.path() };
    let (mut cases, mut absent) = (Vec::new(), BTreeSet::new());
    for name in names() {
        match case::cases(name) {
            Ok(more) => cases.extend(more),
            Err(module) => _ = absent.insert(module),
        }
    }
    let predicted = trial.predict(&cases);
    let real = trial.ask(&cases, &predicted);

    // What was not built in cannot be told from what the catalogue makes up, but by the rest of its module.
    let is_unknown = |case: &Case, said: &Option<Refusal>| {
        let unknown = format!("unknown directive \"{}\"", case.name);
        said.as_ref().is_some_and(|said| said.message == unknown)
    };
    let known: BTreeSet<&str> = cases
        .iter()
        .zip(&real)
        .filter(|(case, said)| !is_unknown(case, said))
        .flat_map(|(case, _)| case::modules(case.name))
        .collect();
    let (mut wrong, mut differing) = (Vec::new(), BTreeSet::new());
    let (mut judged, mut accepted) = (BTreeMap::<_, usize>::new(), 0);
    for ((case, ours), real) in cases.iter().zip(&predicted).zip(&real) {
        if is_unknown(case, real) {
            if !case::modules(case.name).any(|module| known.contains(module)) {
                absent.extend(case::modules(case.name));
                continue;
            }
            if case::is_others(case.name) {
                continue;
            }
        }
        *judged.entry(case.name).or_default() += 1;
        accepted += usize::from(real.is_none());
        if ours == real {
            continue;
        }
        differing.insert(case.name);
        // What nginx accepts is never exempt.
        if real.is_none() || !EXEMPT.contains(&case.name) {
            wrong.push(format!("{:?}: {}\n   nginx: {real:?}\n    ours: {ours:?}", case.context, case.line));
        }
    }
    let count: usize = judged.values().sum();
    eprintln!("{count} cases compared with nginx {:?}; not installed: {absent:?}", nginx.version);
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    let is_stale = |name: &&&str| judged.contains_key(**name) && !differing.contains(**name);
    let stale: Vec<_> = EXEMPT.iter().filter(is_stale).collect();
    assert!(stale.is_empty(), "no longer different, no longer to be exempt: {stale:?}");
    assert!(count > 5000 && accepted > 1000, "{count} cases, {accepted} accepted: too few to show anything");
}
