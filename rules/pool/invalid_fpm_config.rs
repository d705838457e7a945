//! Whatever keeps PHP-FPM from starting, but for addresses that are taken.

use gatelint_lint::{Confidence, Finding, Findings, Level, Prediction, Program, Rule, Safety, Stage};
use gatelint_model::Stack;
use gatelint_model::fpm::{self, Explanation, Guess, Master, Refusal, Setting};

use super::remedy;
use crate::edit::Mend;
use crate::say::clip;

pub(crate) const RULE: Rule = Rule {
    name: "invalid-fpm-config",
    summary: "PHP-FPM refuses its configuration, so that none of its pools starts",
    level: Level::Error,
    covers: &["F1"],
    since: "0.1.0",
    page: include_str!("invalid_fpm_config.md"),
    check,
};

fn check(stack: &Stack, out: &mut Findings) {
    for master in &stack.fpm.masters {
        for refusal in &master.refusals {
            if !matches!(refusal.explanation, Explanation::DuplicateListen { .. }) {
                out.push(finding(stack, master, refusal));
            }
        }
    }
}

fn finding(stack: &Stack, master: &Master, refusal: &Refusal) -> Finding {
    let (message, help) = explain(stack, refusal);
    let mut finding =
        Finding::new(&RULE, refusal.primary, message).label(consequence(master)).predict(prediction(refusal));
    for place in &refusal.places {
        finding = finding.related(place.span, &place.text);
    }
    if refusal.stage == fpm::Stage::Start {
        finding = finding.note("`php-fpm -t` does not notice it, only a start does");
    }
    if refusal.at.is_some_and(|at| stack.sources.line(at) != stack.sources.line(refusal.primary)) {
        finding = finding.note("php-fpm names another line: its count is off after an `include`");
    }
    if refusal.is_likely {
        finding = finding
            .level(Level::Warning)
            .confidence(Confidence::Medium)
            .note("assumed that the machine has no such directory: the tree shows none");
    }
    if refusal.explanation == Explanation::NoPool && stack.fpm.pools().next().is_some() {
        // A version that was put out of use: who still goes to its sockets is said there.
        finding = finding
            .level(Level::Info)
            .label("this PHP-FPM does not start; another one of the tree has pools");
    }
    if is_for_root_alone(stack, master, refusal) {
        finding = finding
            .level(Level::Info)
            .confidence(Confidence::Low)
            .label("PHP-FPM does not start as root")
            .note("in a container it may run as another user, and then it needs no `user`");
        finding.prediction = None;
        return finding.help("user = www-data");
    }
    let Some(help) = help else {
        let (title, edits) = remedy::number(master, refusal);
        return finding.mend(Safety::Unsafe, title, edits);
    };
    let is_evident = matches!(
        &refusal.explanation,
        Explanation::NoValue { .. }
            | Explanation::UnknownKey { guess: Guess::Comment | Guess::Misspelt(_), .. }
    );
    let edits = remedy::edits(stack, master, refusal, &help);
    if is_evident { finding.cure(help, edits) } else { finding.suggest(help, edits) }
}

/// Whether only a master of root's refuses this, and the tree leaves open whose it is: without `user` it starts as
/// anybody else, and as root with `--allow-to-run-as-root` (`fpm_conf_process_all_pools()` of `fpm_conf.c`).
fn is_for_root_alone(stack: &Stack, master: &Master, refusal: &Refusal) -> bool {
    let keys = match &refusal.explanation {
        Explanation::MissingKeys { keys, .. } => keys.as_slice(),
        _ => &[],
    };
    let log = master.global.get("error_log").and_then(Setting::text);
    let is_in_front = log.is_some_and(|log| ["/dev/", "/proc/"].iter().any(|start| log.starts_with(start)));
    keys == ["user"] && (is_in_front || !stack.world.is_one_machine())
}

/// What a master that does not start means to visitors.
pub(crate) fn consequence(master: &Master) -> String {
    match master.pools.as_slice() {
        [] | [_] => "PHP-FPM does not start: every PHP request ends as 502".to_owned(),
        pools => format!("PHP-FPM does not start: requests for all of its {} pools end as 502", pools.len()),
    }
}

/// The refusal as a prediction.
pub(crate) fn prediction(refusal: &Refusal) -> Prediction {
    let stage = match refusal.stage {
        fpm::Stage::Test => Stage::Test,
        fpm::Stage::Start => Stage::Start,
    };
    let log = refusal.log.chars().map(|char| if char.is_control() { ' ' } else { char }).take(400).collect();
    Prediction::Refuses { program: Program::PhpFpm, stage, at: refusal.at, log }
}

/// The fact, and one edit.
fn explain(stack: &Stack, refusal: &Refusal) -> (String, Option<String>) {
    let written = || clip(&String::from_utf8_lossy(stack.sources.text(refusal.primary)));
    match &refusal.explanation {
        Explanation::Syntax => syntax(refusal),
        Explanation::NoValue { key } if key.starts_with('#') => (comment("#"), Some(semicolon())),
        Explanation::NoValue { key } => {
            (format!("`{}` has no value", clip(key)), Some("a key and its value: KEY = VALUE".into()))
        }
        Explanation::UnknownKey { key, guess } => unknown(&clip(key), guess),
        Explanation::BadValue { key, reason } => (format!("the value of `{key}` is refused: {reason}"), None),
        Explanation::MissingKeys { pool, keys } => {
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            (format!("pool `{}` has no {}", clip(pool), keys.join(", no ")), missing_help(refusal))
        }
        Explanation::Contradiction { pool, key } => {
            (format!("`{key}` does not fit the other numbers of pool `{}`", clip(pool)), None)
        }
        Explanation::Include => ("this `include` cannot be followed".into(), None),
        Explanation::NoPool => ("no pool is defined".into(), Some("a pool is a section: [www]".into())),
        Explanation::UnknownAccount { name } => (format!("there is no user or group `{}`", clip(name)), None),
        Explanation::Root { pool } => {
            (format!("pool `{}` would run as root", clip(pool)), Some("user = www-data".into()))
        }
        Explanation::BadAddress { address } => {
            let path = address
                .strip_prefix("unix:")
                .map(|path| format!("a socket is a plain path: listen = {path}"));
            (format!("PHP-FPM cannot listen on `{}`", written()), path)
        }
        Explanation::DuplicateListen { address, .. } => (format!("`{address}` is taken"), None),
    }
}

fn syntax(refusal: &Refusal) -> (String, Option<String>) {
    let words = refusal.log.strip_prefix("PHP:  ").unwrap_or(&refusal.log);
    let words = words.split(" in Unknown").next().unwrap_or(words);
    let special = ["'='", "'('", "'!'", "'&'", "'|'", "'^'", "'~'"];
    let unquoted = special.iter().any(|token| words.contains(&format!("unexpected {token}")));
    let help =
        unquoted.then(|| "a value with `=`, `(`, `!`, `&`, `|`, `^` or `~` needs double quotes".to_owned());
    (words.to_owned(), help)
}

fn unknown(key: &str, guess: &Guess) -> (String, Option<String>) {
    match guess {
        Guess::Comment if key.starts_with("//") => (comment("//"), Some(semicolon())),
        Guess::Comment => (comment("#"), Some(semicolon())),
        Guess::PoolKey => {
            let help = "put it below the header of a pool, such as [www]";
            (format!("`{key}` is a key of a pool, and no pool is open here"), Some(help.into()))
        }
        Guess::GlobalKey => (
            format!("`{key}` is a key of `[global]` and stands in a pool"),
            Some("put it below [global]".into()),
        ),
        Guess::PhpSetting => {
            let help = format!("php_admin_value[{key}] = ...");
            (format!("`{key}` is a setting of PHP and no key of PHP-FPM"), Some(help))
        }
        Guess::Brackets => (format!("`{key}` and brackets do not go together like this"), None),
        Guess::Newer((major, minor)) => (format!("`{key}` is known from PHP {major}.{minor} on"), None),
        Guess::Misspelt(name) => {
            (format!("PHP-FPM has no key `{key}`"), Some(format!("the key is called {name}")))
        }
        Guess::Nothing => (format!("PHP-FPM has no key `{key}`"), None),
    }
}

fn missing_help(refusal: &Refusal) -> Option<String> {
    let Explanation::MissingKeys { keys, .. } = &refusal.explanation else { return None };
    let help = match *keys.first()? {
        "user" => "user = www-data",
        "listen" => "listen = /run/php/$pool.sock",
        "pm" => "pm = ondemand",
        "pm.max_children" => "pm.max_children = 20",
        "pm.min_spare_servers" => "pm.min_spare_servers = 1",
        "pm.max_spare_servers" => "pm.max_spare_servers = 3",
        "slowlog" => "slowlog = /var/log/$pool.slow.log",
        _ => return None,
    };
    Some(help.to_owned())
}

fn comment(sign: &str) -> String {
    format!("`{sign}` does not start a comment in PHP-FPM's configuration")
}

fn semicolon() -> String {
    "comments start with `;`".to_owned()
}
