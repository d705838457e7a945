//! `gatelint preflight` and `gatelint facts` on a machine that runs: nginx and PHP-FPM in namespaces of their own, the
//! real binary beside them. Everything that goes wrong there must be named, and nothing while all is well; what is
//! predicted is asked of nginx.
//!
//! Needs what `tests/live.rs` needs, and says so where it cannot run.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

#[path = "support/live_fence.rs"]
#[allow(dead_code, reason = "this test asks only")]
mod fence;
#[path = "support/live_host.rs"]
#[allow(dead_code, reason = "this test makes its host itself")]
mod host;
#[path = "support/live_net.rs"]
#[allow(dead_code, reason = "this test asks only")]
mod net;
#[path = "support/page.rs"]
mod page;
#[path = "support/shell.rs"]
#[allow(dead_code, reason = "every test binary uses a part")]
mod shell;
#[path = "support/live_space.rs"]
mod space;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use std::{env, fs, thread};

use fence::Request;
use page::Case;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::{Value, json};
use shell::{lay, text};
use space::{missing, say, unshare};

/// The door of the process inside: the directory for its root.
const DOOR: &str = "GATELINT_PREFLIGHT";
/// How long a program may take to come up, to end, or to write a line.
const PATIENCE: Duration = Duration::from_secs(5);
const BINARY: &str = "/usr/local/bin/gatelint";
const ERROR_LOG: &str = "/var/log/nginx/error.log";
const SHOP: &str = "/etc/php/8.2/fpm/pool.d/shop.conf";
const API: &str = "/etc/php/8.2/fpm/pool.d/api.conf";
const NGINX: &str = "/etc/nginx/nginx.conf";
const VHOST: &str = "/etc/nginx/conf.d/shop.conf";

/// What the host has over a stock one: nginx runs as a user of its own, which a group lets in.
const FILES: [(&str, &str); 6] = [
    (
        "etc/nginx/nginx.conf",
        "user web;\npid /run/nginx.pid;\nerror_log /var/log/nginx/error.log;\nevents {}\nhttp {\n    \
         include /etc/nginx/conf.d/*.conf;\n}\n",
    ),
    (
        "etc/nginx/conf.d/shop.conf",
        "server {\n    listen 80;\n    root /srv;\n    location / {\n        include fastcgi.conf; fastcgi_index index.php;\n        \
         fastcgi_pass unix:/run/php/shop.sock;\n    }\n    location /api/ {\n        include fastcgi.conf; fastcgi_index index.php;\n        \
         fastcgi_pass 127.0.0.1:9000;\n    }\n}\n",
    ),
    (
        "etc/php/8.2/fpm/pool.d/shop.conf",
        "[shop]\nuser = www-data\nlisten = /run/php/shop.sock\nlisten.owner = www-data\nlisten.group = www-data\n\
         pm = static\npm.max_children = 4\nenv[TOKEN] = hunter2\n",
    ),
    (
        "etc/php/8.2/fpm/pool.d/api.conf",
        "[api]\nuser = www-data\nlisten = 127.0.0.1:9000\npm = static\npm.max_children = 4\n",
    ),
    (
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/srv:/bin/false\nweb:x:990:990::/srv:/bin/false\n\
         nobody:x:65534:65534::/:/bin/false\n",
    ),
    ("etc/group", "root:x:0:\nwww-data:x:33:web\nweb:x:990:\nnogroup:x:65534:\n"),
];

#[test]
fn a_machine_is_checked_as_it_is() {
    if let Ok(root) = env::var(DOOR) {
        return inside(Path::new(&root));
    }
    let missing = missing();
    let command = if missing.is_empty() { unshare() } else { None };
    let Some(mut command) = command else {
        return say(&format!(
            "preflight on a machine did NOT run: no namespaces, or not installed: {missing:?}"
        ));
    };
    let root = tempfile::tempdir().unwrap();
    let run = command
        .arg(env::current_exe().unwrap())
        .args(["--exact", "a_machine_is_checked_as_it_is", "--nocapture"])
        .env(DOOR, root.path())
        .env("TOKEN", "hunter3")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
}

fn inside(root: &Path) {
    let binary = fs::read(env!("CARGO_BIN_EXE_gatelint")).unwrap();
    let own = FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let mut files = page::tree(&Case { files: own, ..Case::default() });
    files.push((BINARY.trim_start_matches('/').to_owned(), binary));
    // No server of it has a certificate: any file will do.
    host::enter(root, &files, Path::new("/etc/passwd")).unwrap();
    fs::set_permissions(BINARY, fs::Permissions::from_mode(0o755)).unwrap();
    host::write("/srv/index.php", "<?php echo 'script';").unwrap();
    host::write("/srv/api/index.php", "<?php echo 'script';").unwrap();

    start("nginx");
    start("php-fpm");
    all_is_well();
    php_fpm_is_stopped();
    the_socket_is_closed_to_others();
    the_pool_is_renamed();
    the_port_is_changed();
    the_user_leaves_the_group();
    an_ordinary_user_may_look();
    few_files_may_be_opened();
    the_kernel_gives_a_short_queue();
    nobody_answers_for_names();
    facts_are_replayed_elsewhere();
    all_is_well();
    stop("php-fpm");
    stop("nginx");
}

fn all_is_well() {
    assert_eq!((status("/index.php"), status("/api/index.php")), (200, 200));
    let before = snapshot();
    let seen = preflight(&[]);
    assert_eq!((seen.code, seen.alarms()), (0, vec![]), "{}", seen.said);
    assert!(seen.verdict().starts_with("ready to reload: 0 errors, 0 warnings"), "{}", seen.verdict());
    assert!(seen.said.lines().any(|line| line == format!("gatelint: {}", seen.verdict())), "{}", seen.said);
    let changed: Vec<_> = snapshot().into_iter().filter(|node| !before.contains(node)).collect();
    assert!(changed.is_empty(), "{changed:?}");
}

fn php_fpm_is_stopped() {
    let once = ["etc/php/8.2/fpm/pool.d/shop.conf:3 dead-socket"].map(String::from);
    stop("php-fpm");
    let seen = preflight(&[]);
    assert_eq!((seen.code, seen.alarms().as_slice()), (1, once.as_slice()));
    assert!(seen.verdict().starts_with("NOT ready to reload: 1 error, 0 warnings"), "{}", seen.verdict());
    let message = seen.finding()["message"].as_str().unwrap();
    assert_eq!(message, "PHP-FPM does not run: nobody listens on `/run/php/shop.sock`");
    assert_eq!(seen.finding()["help"], json!(["systemctl start php8.2-fpm"]));
    proves(&seen, "/index.php");
    start("php-fpm");

    // Killed with its workers, it leaves the socket behind: nginx logs another error.
    kill_process_group(process("/run/php/php8.2-fpm.pid"), Signal::KILL).unwrap();
    wait("php-fpm to end", || processes("php-fpm") == 0);
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), once);
    proves(&seen, "/index.php");
    start("php-fpm");
}

fn the_socket_is_closed_to_others() {
    let close = |path: &str, mode: u32| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    for (path, mode, open) in [("/run/php/shop.sock", 0o600, 0o660), ("/run/php", 0o700, 0o755)] {
        close(path, mode);
        let seen = preflight(&[]);
        assert_eq!(seen.alarms(), ["etc/nginx/conf.d/shop.conf:6 inaccessible-socket"].map(String::from));
        proves(&seen, "/index.php");
        // What it says helps.
        let help = seen.finding()["help"][0].as_str().unwrap().to_owned();
        assert!(host::run(&["sh", "-c", &help]).unwrap().0, "{help}");
        assert_eq!((status("/index.php"), preflight(&[]).code), (200, 0), "{help}");
        close(path, open);
    }
}

fn the_pool_is_renamed() {
    // nginx still names the old socket.
    edit(SHOP, &[("[shop]", "[store]"), ("shop.sock", "store.sock")]);
    restart("php-fpm");
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/nginx/conf.d/shop.conf:6 unmatched-fastcgi-socket"].map(String::from));
    proves(&seen, "/index.php");
    restore();
    restart("php-fpm");

    // Both name the new one, and nobody has told PHP-FPM.
    edit(SHOP, &[("[shop]", "[store]"), ("shop.sock", "store.sock")]);
    edit(VHOST, &[("shop.sock", "store.sock")]);
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/php/8.2/fpm/pool.d/shop.conf:3 dead-socket"].map(String::from));
    assert_eq!(seen.finding()["help"], json!(["systemctl restart php8.2-fpm"]));
    restart("nginx");
    proves(&seen, "/index.php");
    restore();
    restart("nginx");
}

fn the_port_is_changed() {
    edit(API, &[("9000", "9001")]);
    restart("php-fpm");
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/nginx/conf.d/shop.conf:10 unmatched-fastcgi-socket"].map(String::from));
    proves(&seen, "/api/index.php");
    restore();
    restart("php-fpm");

    edit(API, &[("9000", "9001")]);
    edit(VHOST, &[("9000", "9001")]);
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/php/8.2/fpm/pool.d/api.conf:3 dead-socket"].map(String::from));
    restart("nginx");
    proves(&seen, "/api/index.php");
    restore();
    restart("nginx");
}

fn the_user_leaves_the_group() {
    edit("/etc/group", &[("33:web", "33:")]);
    let seen = preflight(&[]);
    assert_eq!(seen.alarms().len(), 1, "{seen:?}");
    assert!(seen.alarms()[0].ends_with(" unwritable-fastcgi-socket"), "{seen:?}");
    restart("nginx");
    proves(&seen, "/index.php");

    // The text does not tell whose socket it is: the facts do.
    edit(SHOP, &[("listen.owner = www-data\nlisten.group = www-data", "listen.acl_users = web")]);
    assert_eq!(
        preflight(&[]).alarms(),
        ["etc/nginx/conf.d/shop.conf:6 inaccessible-socket"].map(String::from)
    );
    restore();
    restart("nginx");
}

fn an_ordinary_user_may_look() {
    const AS_NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let seen = run(&AS_NOBODY, &["preflight"]);
    assert_eq!((seen.code, seen.alarms()), (0, vec![]), "{}", seen.said);

    fs::set_permissions("/run/php", fs::Permissions::from_mode(0o750)).unwrap();
    edit("/etc/group", &[("33:web", "33:web,x")]);
    let seen = run(&AS_NOBODY, &["preflight"]);
    assert!(seen.said.contains("not known: /run/php/shop.sock: permission denied"), "{}", seen.said);
    assert_eq!(seen.report["unknown"][0]["path"], "/run/php/shop.sock");
    assert!(seen.verdict().ends_with("1 fact of the machine is not known"), "{}", seen.verdict());
    assert_eq!(seen.code, 0, "what is not known is no defect");
    fs::set_permissions("/run/php", fs::Permissions::from_mode(0o755)).unwrap();
    restore();
}

fn few_files_may_be_opened() {
    stop("nginx");
    edit(NGINX, &[("error.log;", "error.log warn;")]);
    assert!(host::run(&["sh", "-c", "ulimit -n 256; exec nginx"]).unwrap().0);
    // nginx notices it too, and says so at a level that few log.
    let log = fs::read_to_string(ERROR_LOG).unwrap();
    assert!(log.contains("512 worker_connections exceed open file resource limit: 256"), "{log}");
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/nginx/nginx.conf:4 small-open-file-limit"].map(String::from));
    let message = seen.finding()["message"].as_str().unwrap();
    assert_eq!(message, "nginx runs with a limit of 256 open files, and a worker is to hold 512 connections");
    // What it says helps, although the master that runs keeps its limit.
    let help = seen.finding()["help"][0].as_str().unwrap().to_owned();
    edit(NGINX, &[("events", &format!("{help}\nevents"))]);
    assert_eq!(preflight(&[]).alarms(), Vec::<String>::new(), "{help}");
    restore();
    restart("nginx");
}

fn the_kernel_gives_a_short_queue() {
    const SOMAXCONN: &str = "/proc/sys/net/core/somaxconn";
    let before = fs::read_to_string(SOMAXCONN).unwrap();
    // Of this network alone.
    fs::write(SOMAXCONN, "64").unwrap();
    edit(API, &[("[api]", "[api]\nlisten.backlog = 500")]);
    restart("php-fpm");
    let seen = preflight(&[]);
    assert_eq!((seen.code, seen.alarms()), (0, vec![]));
    let findings = seen.report["findings"].as_array().unwrap().iter();
    let capped: Vec<_> = findings.filter(|one| one["rule"] == "capped-listen-backlog").collect();
    assert_eq!(capped.len(), 1, "{seen:?}");
    assert_eq!(capped[0]["message"], "a backlog of 500 is more than the 64 that the kernel gives");
    // So says the kernel of the listener: State Recv-Q Send-Q Local Peer.
    let (_, table) = host::run(&["ss", "-Hltn", "sport = :9000"]).unwrap();
    assert_eq!(table.split_whitespace().nth(2), Some("64"), "{table}");
    fs::write(SOMAXCONN, before.trim()).unwrap();
    restore();
    restart("php-fpm");
}

fn nobody_answers_for_names() {
    let asks = "location /name/ {\n        resolver 127.0.0.53;\n        resolver_timeout 1s;\n        set $backend app.partner.example;\n        \
                proxy_pass http://$backend:3000;\n    }\n    location /api/";
    edit(VHOST, &[("location /api/", asks)]);
    let seen = preflight(&[]);
    assert_eq!(seen.alarms(), ["etc/nginx/conf.d/shop.conf:9 dead-resolver"].map(String::from));
    restart("nginx");
    proves(&seen, "/name/");
    let server = std::net::UdpSocket::bind("127.0.0.53:53").unwrap();
    assert_eq!(preflight(&[]).alarms(), Vec::<String>::new(), "somebody does");
    drop(server);
    restore();
    restart("nginx");
}

fn facts_are_replayed_elsewhere() {
    let record = || Command::new(BINARY).arg("facts").output().unwrap();
    let facts: Value = serde_json::from_slice(&record().stdout).unwrap();
    assert_eq!(facts["unix"], json!(["/run/php/shop.sock"]));
    assert_eq!(facts["tcp"], json!(["0.0.0.0:80", "127.0.0.1:9000"]));
    let mut names = facts["processes"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap());
    assert!(names.any(|name| name == "nginx") && names.any(|name| name.starts_with("php-fpm")), "{facts}");
    let is_master = |one: &&Value| one["name"] == "nginx" && one["role"] == "master";
    let master = facts["processes"].as_array().unwrap().iter().find(is_master).unwrap();
    assert_eq!(master["open_files"], 1024, "{facts}");

    stop("php-fpm");
    let record = record();
    start("php-fpm");
    assert!(record.status.success(), "{}", text(&record.stderr));
    let record = text(&record.stdout);
    let facts: Value = serde_json::from_str(&record).unwrap();
    assert!(!record.contains("hunter"), "no secret of a file or of the environment: {record}");
    assert_eq!(facts["version"], 1);
    assert_eq!(facts["asked"], json!(["127.0.0.1:9000", "unix:/run/php/shop.sock"]));
    assert_eq!(facts["tcp"], json!(["0.0.0.0:80"]));
    assert!(facts["nginx"].as_str().unwrap().starts_with("nginx/"), "{facts}");
    assert!(
        facts["somaxconn"].as_u64()
            == fs::read_to_string("/proc/sys/net/core/somaxconn").unwrap().trim().parse().ok()
            && facts["memory"].as_u64().unwrap() > 0,
        "{facts}"
    );

    // Another machine has the configuration and the record.
    host::write("/ci/facts.json", &record).unwrap();
    for (path, text) in FILES.iter().filter(|(path, _)| !path.ends_with("passwd") && !path.ends_with("group"))
    {
        host::write(format!("/ci/tree/{path}"), text).unwrap();
    }
    let check = |facts: &str| run(&[], &["check", "--root", "/ci/tree", "--facts", facts]);
    let seen = check("/ci/facts.json");
    assert_eq!(
        seen.alarms(),
        ["etc/php/8.2/fpm/pool.d/shop.conf:3 dead-socket"].map(String::from),
        "{seen:?}"
    );
    // What the record was not asked about may come to be.
    edit(&format!("/ci/tree{SHOP}"), &[("shop.sock", "new.sock")]);
    edit(&format!("/ci/tree{API}"), &[("9000", "9009")]);
    edit(&format!("/ci/tree{VHOST}"), &[("shop.sock", "new.sock"), ("9000", "9009")]);
    assert_eq!(check("/ci/facts.json").alarms(), Vec::<String>::new());
    fs::remove_dir_all("/ci").unwrap();
}

/// What one run said.
#[derive(Debug)]
struct Seen {
    code: i32,
    report: Value,
    said: String,
}

impl Seen {
    /// `FILE:LINE RULE` of everything at warning and above.
    fn alarms(&self) -> Vec<String> {
        let findings = self.report["findings"].as_array().unwrap().iter();
        let alarms = findings.filter(|finding| finding["level"] != "info").map(|finding| {
            let at = &finding["primary"];
            let (file, rule) = (at["file"].as_str().unwrap(), finding["rule"].as_str().unwrap());
            format!("{}:{} {rule}", file.trim_start_matches('/'), at["line"])
        });
        alarms.collect()
    }

    /// The one alarm.
    fn finding(&self) -> &Value {
        let mut all = self.report["findings"].as_array().unwrap().iter();
        all.find(|finding| finding["level"] != "info").unwrap()
    }

    fn verdict(&self) -> &str {
        self.report["verdict"].as_str().unwrap_or_default()
    }
}

fn preflight(args: &[&str]) -> Seen {
    run(&[], &[&["preflight"], args].concat())
}

fn run(before: &[&str], args: &[&str]) -> Seen {
    let words = [before, &[BINARY], args, &["--output-format", "json"]].concat();
    let output = Command::new(words[0]).args(&words[1..]).stdin(Stdio::null()).output().unwrap();
    let said = text(&output.stderr);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    Seen { code: output.status.code().unwrap(), report, said }
}

fn status(path: &str) -> u16 {
    let request = Request {
        method: "GET".into(),
        port: 80,
        path: path.into(),
        body: 0,
        headers: Vec::new(),
        status: 200,
        text: None,
    };
    net::ask(&request).0
}

/// nginx does what the one alarm predicts: status and line of the log.
fn proves(seen: &Seen, path: &str) {
    let prediction = &seen.finding()["prediction"];
    fs::write(ERROR_LOG, "").unwrap();
    assert_eq!(u64::from(status(path)), prediction["status"], "{seen:?}");
    let log = prediction["log"].as_str().unwrap();
    let parts: Vec<&str> = log.split(", upstream: ").collect();
    wait(log, || {
        let lines = fs::read_to_string(ERROR_LOG).unwrap();
        lines.lines().any(|line| parts.iter().all(|part| line.contains(part)))
    });
}

fn start(program: &str) {
    let versioned = "/usr/sbin/php-fpm8.2";
    let fpm = if Path::new(versioned).exists() { versioned } else { "/usr/sbin/php-fpm" };
    let master = "/etc/php/8.2/fpm/php-fpm.conf";
    let command = if program == "nginx" { vec!["nginx"] } else { vec![fpm, "-n", "-y", master, "-D"] };
    let (is_up, said) = host::run(&command).unwrap();
    assert!(is_up, "{said}");
}

fn stop(program: &str) {
    let file = if program == "nginx" { "/run/nginx.pid" } else { "/run/php/php8.2-fpm.pid" };
    kill_process(process(file), Signal::TERM).unwrap();
    wait("it to end", || processes(program) == 0);
}

fn restart(program: &str) {
    stop(program);
    start(program);
}

fn process(file: &str) -> Pid {
    Pid::from_raw(fs::read_to_string(file).unwrap().trim().parse().unwrap()).unwrap()
}

/// How many processes of this name run; those that only wait to be collected do not.
fn processes(name: &str) -> usize {
    let dirs = fs::read_dir("/proc").unwrap().flatten();
    let status = dirs.filter_map(|dir| fs::read_to_string(dir.path().join("status")).ok());
    let runs = |text: &String| {
        text.starts_with(&format!("Name:\t{name}"))
            && !text.contains("State:\tZ")
            && !text.contains("State:\tX")
    };
    status.filter(runs).count()
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn edit(path: &str, changes: &[(&str, &str)]) {
    let mut text = fs::read_to_string(path).unwrap();
    for (from, to) in changes {
        assert!(text.contains(from), "{path}: {from}");
        text = text.replace(from, to);
    }
    fs::write(path, text).unwrap();
}

/// All files as at the start.
fn restore() {
    for (path, text) in FILES {
        host::write(Path::new("/").join(path), text).unwrap();
    }
}

/// Every name below these directories, with its mode and the time of its last change; without the logs of others.
fn snapshot() -> Vec<(PathBuf, u32, SystemTime)> {
    let mut pending: Vec<PathBuf> =
        ["/etc", "/run", "/var", "/srv", "/tmp"].iter().map(PathBuf::from).collect();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        let data = fs::symlink_metadata(&path).unwrap();
        found.push((path.clone(), data.permissions().mode(), data.modified().unwrap()));
        if data.is_dir() && path != Path::new("/var/log") {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}

#[test]
fn facts_from_elsewhere_are_not_trusted() {
    let vhost = "server {\n  listen 80;\n  location / { proxy_pass http://unix:/run/a.sock; }\n}\n";
    let dir = lay(&[
        ("secret", "[Service]\nhunter2\n"),
        ("etc/nginx/nginx.conf", "user web;\nevents {}\nhttp { include /etc/nginx/conf.d/*; }\n"),
        ("etc/nginx/conf.d/a.conf", vhost),
    ]);
    let run = |facts: &[u8], level: &str| {
        fs::write(dir.path().join("facts.json"), facts).unwrap();
        let args = ["check", "--root", ".", "--facts", "facts.json", "--min-severity", level];
        let output = shell::gatelint(dir.path(), &args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert!(!err.contains("internal error") && !out.contains("hunter2"), "{out}{err}");
        let is_safe = |c: char| c == '\n' || c == '\t' || !c.is_control();
        assert!(out.chars().all(is_safe) && err.chars().all(is_safe), "{out:?}{err:?}");
        (output.status.code().unwrap(), out, err)
    };
    let check = |facts: &[u8]| run(facts, "warning");
    // What is no record of this version is not taken for one.
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let no_records: [&[u8]; 9] = [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        br#"{"version":2}"#,
        br#"{"version":1,"tcp":["\u001b[31m"]}"#,
        br#"{"version":1,"nodes":{"/run":{"kind":"directory","uid":-1,"gid":0,"mode":1}}}"#,
        br#"{"version":1,"memory":99999999999999999999999}"#,
        &deep,
    ];
    for facts in no_records {
        let (code, _, err) = check(facts);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("facts.json: "), "{err}");
    }
    // Whatever a record says is looked up and never followed on this machine.
    let node = |target: &str| json!({ "kind": "link", "target": target });
    let record = |node: Value, more: Value| {
        let mut facts = json!({ "version": 1, "asked": ["unix:/run/a.sock"], "unix": [], "nodes": {
            "/run": { "kind": "directory", "uid": 0, "gid": 0, "mode": 493 }, "/run/a.sock": node } });
        facts.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        facts.to_string()
    };
    let quiet =
        [node("a.sock"), node("/etc/passwd"), node(&"../".repeat(100_000)), node(""), node("b/../a.sock")];
    for node in quiet {
        let (code, out, _) = check(record(node, json!({})).as_bytes());
        assert_eq!((code, out.as_str()), (0, ""), "what is not known is not said");
    }
    assert_eq!(check(record(json!({ "kind": "missing" }), json!({})).as_bytes()).0, 1);
    // What is shown is harmless, also to somebody who pastes it.
    let evil = "/tmp/x;reboot\u{1b}[31m\n";
    let more = json!({
        "unix": [evil],
        "users": [{ "name": "web", "uid": 5, "gid": 5 }, { "name": "$(reboot)\u{1b}", "uid": 7, "gid": 7 }],
        "groups": [{ "name": "web", "gid": 5, "members": [] }],
        "apparmor": { "profiles": { "nginx\u{1b}[31m\n": "enforce" } },
        "units": { "nginx": { "FragmentPath": "/secret", "UnitFileState": "disabled", "LimitNOFILE": "1:\u{1b}" } },
        "nameservers": ["\u{1b}[31m"],
        "unread": [{ "path": "\u{1b}[2J", "message": "\u{202e}\n\u{7}" }],
    });
    let mut facts: Value = serde_json::from_str(&record(node(evil), more)).unwrap();
    let rights = json!({ "kind": "socket", "uid": 7, "gid": 7, "mode": 384 });
    let tmp = json!({ "kind": "directory", "uid": 0, "gid": 0, "mode": 1023 });
    facts["nodes"].as_object_mut().unwrap().extend([(evil.to_owned(), rights), ("/tmp".to_owned(), tmp)]);
    let (code, out, err) = run(facts.to_string().as_bytes(), "info");
    assert_eq!(code, 1, "{out}{err}");
    let dangerous = out.lines().filter(|line| line.contains("help:"));
    assert!(dangerous.clone().all(|line| !line.contains("chmod") && !line.contains("usermod")), "{out}");
    assert!(out.contains("inaccessible-socket"), "{out}");
    for rule in ["enforced-apparmor-profile", "unresilient-unit", "small-open-file-limit"] {
        assert!(out.contains(rule), "{rule}: {out}");
    }
}

#[test]
fn preflight_looks_at_this_machine_alone() {
    let dir = lay(&[("facts.json", r#"{"version":1}"#)]);
    for args in [
        &["preflight", "--root", "."][..],
        &["preflight", "--facts", "facts.json"],
        &["facts", "--root", "."],
    ] {
        let output = shell::gatelint(dir.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(text(&output.stderr).contains("this machine"), "{}", text(&output.stderr));
    }
    let output = shell::gatelint(dir.path(), &["check", "--facts", "none.json"]);
    assert_eq!(output.status.code(), Some(2));
}
