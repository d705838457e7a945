//! What a container has at a path, as far as its image, its build and its volumes say.

use gatelint_model::compose::Service;

/// Words of what may put files or links where it does not say.
const ANYWHERE: &[&str] = &["entrypoint", ".sh", "create-project"];

/// Words of what puts files where it says, or where a variable or `cd` leads it.
const MAKERS: &[&str] = &[
    "git ", "composer", "curl ", "wget ", "tar ", "unzip ", "ln ", "cp ", "mv ", "rsync ", "mkdir ",
    "install ",
];

/// Whether a volume or a copy brings something to `dir`, or to a place below it.
pub(super) fn has(service: &Service, dir: &str) -> bool {
    let is_within =
        |target: &str| target.strip_prefix(dir).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    service.mount_of(dir).is_some() || service.mounts.iter().any(|mount| is_within(&mount.target))
}

/// Whether `dir` may come from what is not known of the container: commands of the build, a command of its own.
pub(super) fn may_make(service: &Service, dir: &str) -> bool {
    service.is_open
        || service.is_vague
        || service.command.iter().chain(&service.changes).any(|text| makes(text, dir))
}

fn makes(text: &str, dir: &str) -> bool {
    // A start of PHP-FPM or nginx, and of nothing else.
    let command = text.strip_prefix("cmd ").unwrap_or(text);
    let bare: String = command.chars().filter(|letter| !matches!(letter, '[' | ']' | '"' | ',')).collect();
    if ["php-fpm", "nginx"].contains(&bare.split_whitespace().next().unwrap_or_default()) {
        return false;
    }
    let is_build = ["run ", "env ", "volume "].iter().any(|start| text.starts_with(start));
    let leads_off = text.contains('$') || text.contains("cd ");
    let is_maker = || MAKERS.iter().any(|maker| text.contains(maker));
    !is_build
        || text.starts_with("volume ")
        || names(text, dir)
        || ANYWHERE.iter().any(|word| text.contains(word))
        || leads_off && is_maker()
}

/// Whether a command names the directory, or one above it that is not a directory of every system.
fn names(text: &str, dir: &str) -> bool {
    let mut above = dir;
    while let Some((rest, _)) = above.rsplit_once('/') {
        let is_common =
            matches!(above, "/var" | "/usr" | "/usr/share" | "/usr/local" | "/opt" | "/home" | "/srv");
        if !is_common && text.contains(above) {
            return true;
        }
        if rest.is_empty() {
            break;
        }
        above = rest;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::makes;

    #[test]
    fn commands() {
        for (text, expected) in [
            ("run apt-get update && apt-get install -y git curl unzip && rm -rf /var/lib/apt/lists/*", false),
            ("run composer install --no-dev", false),
            ("cmd [\"php-fpm\", \"-f\"]", false),
            ("php-fpm", false),
            ("run docker-php-ext-install pdo_mysql", false),
            ("run git clone https://example.org/x /var/www/html", true),
            ("run cp -r /app /var/www", true),
            ("run cd /var && git clone https://example.org/x www", true),
            ("run ln -s /app $docroot", true),
            ("run /build.sh", true),
            ("entrypoint [\"/start\"]", true),
            ("sh -c \"do it\"", true),
        ] {
            assert_eq!(makes(text, "/var/www/html"), expected, "{text}");
        }
    }
}
