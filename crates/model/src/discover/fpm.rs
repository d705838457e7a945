//! PHP-FPM's configuration, told by its sections and keys.

use super::Class;

/// Tells PHP-FPM's configuration from other INI files by the keys that only it has.
pub(super) fn classify(text: &[u8]) -> Option<Class> {
    let mut section: Option<&[u8]> = None;
    let (mut global, mut pool, mut sure, mut includes) = (false, false, false, false);
    for line in text.split(|&byte| matches!(byte, b'\n' | b'\r')).map(|line| line.trim_ascii()) {
        if line.is_empty() || line.starts_with(b";") || line.starts_with(b"#") {
            continue;
        }
        if let Some(name) = line.strip_prefix(b"[").and_then(|rest| rest.split(|&byte| byte == b']').next()) {
            section = Some(name);
            global |= name == b"global";
            continue;
        }
        // A text that starts with anything else is not INI.
        let Some(key) = line.split(|&byte| byte == b'=').next().filter(|key| key.len() < line.len()) else {
            section?;
            continue;
        };
        let key = key.trim_ascii();
        if section.is_none_or(|name| name == b"global") {
            includes |= key == b"include" && mentions_php(line);
            sure |= is_global(key);
            continue;
        }
        pool |= section.is_some();
        sure |= is_pool(key) || key == b"listen" && mentions_php(line);
        sure |= key == b"listen" && global;
    }
    match (global || includes, pool && sure) {
        // The official images carry files of `[global]` and `[www]` beside the pools: they have no include.
        (true, _) if includes || sure && !pool => Some(Class::FpmMain),
        (_, true) => Some(Class::FpmPool),
        _ => None,
    }
}

fn mentions_php(line: &[u8]) -> bool {
    line.windows(3).any(|three| three == b"php" || three == b"fpm")
        || line.windows(5).any(|five| five == b"pool.")
}

/// Keys of `[global]` that no other program has.
fn is_global(key: &[u8]) -> bool {
    const PREFIXES: &[&[u8]] = &[b"emergency_restart_", b"process.", b"syslog.", b"process_control_timeout"];
    const NAMES: &[&[u8]] =
        &[b"daemonize", b"error_log", b"events.mechanism", b"log_limit", b"systemd_interval"];
    NAMES.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}

/// Keys of a pool that no other program has.
fn is_pool(key: &[u8]) -> bool {
    const PREFIXES: &[&[u8]] =
        &[b"listen.", b"php_admin_flag[", b"php_admin_value[", b"php_flag[", b"php_value[", b"pm."];
    const NAMES: &[&[u8]] = &[
        b"catch_workers_output",
        b"clear_env",
        b"pm",
        b"request_slowlog_timeout",
        b"request_terminate_timeout",
        b"security.limit_extensions",
    ];
    NAMES.contains(&key) || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
}
