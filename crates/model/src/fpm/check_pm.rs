//! The numbers of a pool's process manager. They depend on each other, so only the first mismatch counts.

use super::check::Refusals;
use super::{Explanation, Place, Pool, Setting};

/// Checks a pool; `has_edge_trigger`: whether `events.mechanism` suits `pm = ondemand`.
pub(super) fn check(pool: &Pool, has_edge_trigger: Option<bool>, out: &mut Refusals<'_>) {
    let name = &pool.name;
    let children = pool.get("pm.max_children");
    if let Some(setting) = children.filter(|setting| setting.integer().is_some_and(|number| number < 1)) {
        let log = format!("[pool {name}] pm.max_children must be a positive value");
        out.value(setting, log, "it is not positive");
        return;
    }
    match pool.process_manager().as_deref() {
        Some("dynamic") => dynamic(pool, out),
        Some("ondemand") => ondemand(pool, has_edge_trigger, out),
        _ => {}
    }
}

fn ondemand(pool: &Pool, has_edge_trigger: Option<bool>, out: &mut Refusals<'_>) {
    let name = &pool.name;
    if let (Some(false), Some(setting)) = (has_edge_trigger, pool.get("pm")) {
        let log = format!(
            "[pool {name}] ondemand process manager can ONLY be used when events.mechanism is either epoll (Linux) or kqueue (*BSD)."
        );
        out.value(setting, log, "`events.mechanism` is not `epoll`");
    }
    let timeout = pool.get("pm.process_idle_timeout");
    if let Some((setting, seconds)) =
        timeout.and_then(|one| Some((one, one.seconds()?))).filter(|(_, seconds)| *seconds < 1)
    {
        let log = format!("[pool {name}] pm.process_idle_timeout({seconds}s) must be greater than 0s");
        out.value(setting, log, "it is not positive");
    }
}

fn dynamic(pool: &Pool, out: &mut Refusals<'_>) {
    let name = &pool.name;
    let number = |key: &str, default: i32| pool.settings.integer(key, default);
    let (Some(min), Some(max)) = (number("pm.min_spare_servers", 0), number("pm.max_spare_servers", 0))
    else {
        return;
    };
    for (key, number) in [("pm.min_spare_servers", min), ("pm.max_spare_servers", max)] {
        if number > 0 {
            continue;
        }
        let log = format!("[pool {name}] {key}({number}) must be a positive value");
        match (pool.get(key), pool.get("pm")) {
            (Some(setting), _) => out.value(setting, log, "it is not positive"),
            (None, Some(pm)) if !pool.is_damaged => {
                let key = if key == "pm.min_spare_servers" {
                    "pm.min_spare_servers"
                } else {
                    "pm.max_spare_servers"
                };
                let explanation = Explanation::MissingKeys { pool: name.clone(), keys: vec![key] };
                let header = Place { span: pool.header, text: format!("pool `{name}`") };
                out.test(pm.span, log, explanation, vec![header]);
            }
            _ => {}
        }
        return;
    }
    let Some(children) = number("pm.max_children", 0).filter(|children| *children > 0) else { return };
    let mut contradiction = |key: &str, log: String, others: &[&str]| {
        let Some(setting) = pool.get(key) else { return };
        let places = others.iter().filter_map(|key| pool.get(key)).map(place).collect();
        out.test(
            setting.at(),
            log,
            Explanation::Contradiction { pool: name.clone(), key: setting.key.name },
            places,
        );
    };
    if min > children || max > children {
        let log = format!(
            "[pool {name}] pm.min_spare_servers({min}) and pm.max_spare_servers({max}) cannot be greater than pm.max_children({children})"
        );
        let wrong = if max > children { "pm.max_spare_servers" } else { "pm.min_spare_servers" };
        return contradiction(wrong, log, &["pm.max_children"]);
    }
    if max < min {
        let log = format!(
            "[pool {name}] pm.max_spare_servers({max}) must not be less than pm.min_spare_servers({min})"
        );
        return contradiction("pm.max_spare_servers", log, &["pm.min_spare_servers"]);
    }
    let Some(start) = number("pm.start_servers", 0) else { return };
    if start > 0 && !(min..=max).contains(&start) {
        let log = format!(
            "[pool {name}] pm.start_servers({start}) must not be less than pm.min_spare_servers({min}) and not greater than pm.max_spare_servers({max})"
        );
        return contradiction("pm.start_servers", log, &["pm.min_spare_servers", "pm.max_spare_servers"]);
    }
    let rate = pool.get("pm.max_spawn_rate");
    if let Some(setting) = rate.filter(|setting| setting.integer().is_some_and(|rate| rate < 1)) {
        out.value(
            setting,
            format!("[pool {name}] pm.max_spawn_rate must be a positive value"),
            "it is not positive",
        );
    }
}

fn place(setting: &Setting) -> Place {
    let text = setting.text().unwrap_or_default();
    Place { span: setting.at(), text: format!("`{}` is {text}", setting.key.name) }
}
