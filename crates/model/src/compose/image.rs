//! What an image's name says of the program in it.

use super::values::split;

/// A reference to an image: `docker.io/library/php:8.2-fpm-alpine@sha256:...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The repository without Docker's own registry: `php`, `openresty/openresty`.
    pub name: String,
    /// The tag; empty where there is none.
    pub tag: String,
}

/// Images that run nginx and nothing else.
const NGINX: &[&str] = &[
    "nginx",
    "nginxinc/nginx-unprivileged",
    "nginx/nginx-unprivileged",
    "openresty/openresty",
    "bitnami/nginx",
];

/// Official images that are made from `php:*-fpm`, with its pool files.
const MADE_FROM_PHP: &[&str] = &[
    "wordpress",
    "nextcloud",
    "drupal",
    "joomla",
    "matomo",
    "monica",
    "phpmyadmin",
    "mediawiki",
    "backdrop",
    "friendica",
];

impl Image {
    /// Reads a reference; `None` where the environment fills in a part of the name. Of a tag that it fills in, what is
    /// behind that is kept: `-fpm`.
    pub fn new(text: &str) -> Option<Self> {
        let parts = split(text.split('@').next().unwrap_or_default());
        let (name, tag) = match parts.as_slice() {
            [rest @ .., tag] if !rest.is_empty() && !tag.contains('/') => (rest.join(":"), *tag),
            _ => (parts.join(":"), ""),
        };
        if name.is_empty() || name.contains('$') {
            return None;
        }
        let tag = if tag.contains('$') { tag.rsplit_once('}').map_or("", |(_, rest)| rest) } else { tag };
        let name = name.as_str();
        let bare = ["docker.io/", "index.docker.io/", "public.ecr.aws/docker/"];
        let name = bare.iter().find_map(|registry| name.strip_prefix(registry)).unwrap_or(name);
        let name = name.strip_prefix("library/").unwrap_or(name);
        Some(Self { name: name.to_owned(), tag: tag.to_ascii_lowercase() })
    }

    /// Whether it runs nginx and nothing beside it.
    pub fn is_nginx(&self) -> bool {
        NGINX.contains(&self.name.as_str())
    }

    /// Whether it runs PHP-FPM, of whatever making.
    pub fn is_fpm(&self) -> bool {
        self.name.contains("fpm") || self.tag.contains("fpm")
    }

    /// Whether it is `php:*-fpm` or made from it: it listens on port 9000 and brings nothing but PHP.
    pub fn is_official_fpm(&self) -> bool {
        self.tag.contains("fpm") && (self.name == "php" || MADE_FROM_PHP.contains(&self.name.as_str()))
    }

    /// Whether it brings no application of its own.
    pub fn is_bare_php(&self) -> bool {
        self.name == "php" && self.tag.contains("fpm")
    }

    /// PHP's version, where the tag of `php` begins with one.
    pub fn php_version(&self) -> Option<(u8, u8)> {
        if self.name != "php" {
            return None;
        }
        let mut numbers = self.tag.split('-').next()?.split('.');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn references() {
        let check = |text: &str, name: &str, tag: &str| {
            let image = Image::new(text).unwrap();
            assert_eq!((&*image.name, &*image.tag), (name, tag), "{text}");
        };
        check("docker.io/library/php:8.2-fpm-alpine@sha256:0", "php", "8.2-fpm-alpine");
        check("localhost:5000/php", "localhost:5000/php", "");
        check("nginx", "nginx", "");
        check("php:${PHP:-8.2}-fpm", "php", "-fpm");
        check("nginx:$V", "nginx", "");
        assert_eq!(Image::new("${REPO}/php:8.2-fpm"), None);
        assert_eq!(Image::new("php:8.2.1-fpm").unwrap().php_version(), Some((8, 2)));
        assert!(!Image::new("php:8.2-apache").unwrap().is_fpm());
    }
}
