//! What the built program takes for configuration, and what it judges together.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;

use support::shell::{FPM, MAIN, POOL, VHOST, gatelint, json, lay, names, roots, text};

/// A vhost and a pool that do not fit together.
const PHP_VHOST: &str = "server {\n  listen 80;\n  root /srv;\n  location ~ \\.php$ {\n    include fastcgi.conf;\n    fastcgi_pass unix:/run/php/a.sock;\n  }\n}\n";
const OTHER_POOL: &str = "[www]\nuser = www-data\nlisten = /run/php/b.sock\nlisten.mode = 0666\npm = static\npm.max_children = 8\n";

#[test]
fn fragments_are_judged_as_what_they_are() {
    for (name, content) in [
        (
            "locations.conf",
            "location / { try_files $uri /index.php; }\nlocation ~ \\.php$ { fastcgi_pass php; }\n",
        ),
        (
            "php.conf",
            "fastcgi_split_path_info ^(.+\\.php)(/.+)$;\nfastcgi_pass unix:/run/php.sock;\ninclude fastcgi_params;\n",
        ),
        ("params.inc", "fastcgi_param QUERY_STRING $query_string;\nfastcgi_param HTTPS on;\n"),
        ("tls.conf", "ssl_protocols TLSv1.2 TLSv1.3;\nssl_session_cache shared:tls:1m;\n"),
        (
            "tcp.conf",
            "upstream db { server 10.0.0.1:3306; }\nserver { listen 3306; proxy_timeout 3s; proxy_pass db; }\n",
        ),
        ("upgrade.conf", "map $http_upgrade $connection_upgrade { default upgrade; \"\" close; }\n"),
        ("proxy.conf", "location / { proxy_pass http://$backend; }\n"),
        ("pool.conf", POOL),
        // Called as a main configuration is, and none by content.
        ("php-fpm.conf", "upstream php-fpm { server unix:/run/php-fpm/www.sock; }\n"),
    ] {
        let tree = lay(&[(name, content)]);
        for path in [name, "."] {
            let (status, document) = json(tree.path(), &[path]);
            assert_eq!(
                (status, names(&document, "roots")),
                (0, vec![name.to_owned()]),
                "{path}: {document:#}"
            );
        }
    }
}

#[test]
fn what_is_named_as_a_main_configuration_is_judged_as_one() {
    let tree = lay(&[("nginx.conf", PHP_VHOST)]);
    // Found by a search it is what it looks like: many a repository calls its vhost so.
    let (status, _) = json(tree.path(), &["."]);
    assert_eq!(status, 0);
    for args in [vec!["nginx.conf"], vec!["--root", ".", "nginx.conf"]] {
        let (status, document) = json(tree.path(), &args);
        let first = &document["findings"][0];
        assert_eq!((status, first["rule"].as_str()), (1, Some("misplaced-directive")), "{document:#}");
        assert_eq!(first["prediction"]["log"], "\"server\" directive is not allowed here in /nginx.conf:1");
    }
}

#[test]
fn templates_are_read_each_for_itself() {
    let vhost = "{% for site in sites %}\nserver {\n  listen {{ site.port }};\n  root /srv\n  index a;\n}\n{% endfor %}\n";
    let tree = lay(&[
        (".git/HEAD", ""),
        ("roles/web/files/nginx.conf", MAIN),
        ("roles/web/templates/vhost.conf.j2", vhost),
        ("roles/web/templates/www.conf.j2", "[www]\nuser = www\nlisten = {{ socket }}\npm = static\n"),
        ("notes/page.html.j2", "<p>{{ server }}</p>\n"),
    ]);
    let said = text(&gatelint(tree.path(), &[]).stderr);
    assert!(said.contains("a template: roles/web/templates/vhost.conf.j2\n"), "{said}");
    assert!(said.contains("a template: roles/web/templates/www.conf.j2\n"), "{said}");
    for path in [".", "roles/web/templates/vhost.conf.j2", "roles/web/templates"] {
        let (status, document) = json(tree.path(), &[path]);
        assert_eq!((status, names(&document, "unreached")), (1, Vec::new()), "{path}: {document:#}");
        let found = alarms(tree.path(), &[path]);
        assert_eq!(found, ["roles/web/templates/vhost.conf.j2 missing-semicolon"], "{path}");
    }
    let (status, document) = json(tree.path(), &["roles/web/templates/www.conf.j2"]);
    assert_eq!(status, 0, "{document:#}");
}

#[test]
fn a_master_does_not_hide_the_others() {
    let pool = |name: &str| OTHER_POOL.replace("b.sock", name);
    let tree = lay(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/conf.d/a.conf", PHP_VHOST),
        ("etc/php/7.4/fpm/php-fpm.conf", &FPM.replace("8.2", "7.4")),
        ("etc/php/7.4/fpm/pool.d/www.conf", &pool("c.sock")),
        ("etc/php/8.2/fpm/php-fpm.conf", FPM),
        ("etc/php/8.2/fpm/pool.d/www.conf", &pool("a.sock")),
    ]);
    for path in ["etc/nginx/nginx.conf", "etc/php/7.4/fpm/php-fpm.conf", "etc/php/7.4"] {
        let (status, document) = json(tree.path(), &[path]);
        assert_eq!((status, names(&document, "roots").len()), (0, 3), "{path}: {document:#}");
    }
}

/// `FILE RULE` of every alarm.
fn alarms(dir: &std::path::Path, args: &[&str]) -> Vec<String> {
    let (_, document) = json(dir, args);
    let all = document["findings"].as_array().unwrap().iter().filter(|finding| finding["level"] != "info");
    let line = |finding: &serde_json::Value| {
        let part = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        format!("{} {}", part(&finding["primary"]["file"]), part(&finding["rule"]))
    };
    all.map(line).collect()
}

#[test]
fn projects_of_a_repository_are_apart() {
    let tree = lay(&[
        (".git/HEAD", ""),
        ("shop/docker-compose.yml", "services: {}\n"),
        ("shop/docker/nginx/default.conf", PHP_VHOST),
        ("blog/docker/php/www.conf", OTHER_POOL),
        ("host/etc/nginx/nginx.conf", MAIN),
        ("host/srv/site.conf", PHP_VHOST),
        ("host/srv/idle.conf", VHOST),
    ]);
    let enabled = tree.path().join("host/etc/nginx/sites-enabled");
    fs::create_dir(&enabled).unwrap();
    symlink("/srv/site.conf", enabled.join("site")).unwrap();
    assert_eq!(alarms(tree.path(), &["."]), Vec::<String>::new());
    let (_, document) = json(tree.path(), &["."]);
    let all = ["blog/docker/php/www.conf", "host/etc/nginx/nginx.conf", "shop/docker/nginx/default.conf"];
    assert_eq!(names(&document, "roots"), all);
    assert_eq!(names(&document, "unreached"), ["host/srv/idle.conf"]);
}

#[test]
fn what_is_named_together_is_judged_together() {
    let tree = lay(&[
        ("web/shop.conf", PHP_VHOST),
        ("php/deep/www.conf", OTHER_POOL),
        ("web/x/www.conf", OTHER_POOL),
    ]);
    // A lone file has nothing to do with what happens to lie below its directory.
    assert_eq!(roots(tree.path(), &["web/shop.conf"]), ["shop.conf"]);
    assert_eq!(alarms(tree.path(), &["web/shop.conf"]), Vec::<String>::new());
    for paths in [["web/shop.conf", "php/deep/www.conf"], ["php", "web"]] {
        assert_eq!(alarms(tree.path(), &paths), ["web/shop.conf unmatched-fastcgi-socket"], "{paths:?}");
    }
}

#[test]
fn a_link_out_of_the_root_is_not_followed() {
    let tree = lay(&[("repository/.git/HEAD", ""), ("elsewhere/nginx.conf", MAIN)]);
    let repository = tree.path().join("repository");
    symlink("../elsewhere", repository.join("link")).unwrap();
    symlink(tree.path().join("elsewhere/nginx.conf"), repository.join("nginx.conf")).unwrap();
    for path in ["link", "link/nginx.conf", "nginx.conf"] {
        let output = gatelint(&repository, &[path]);
        assert_eq!(output.status.code(), Some(2));
        let line = format!("gatelint: {path}: leads out of the root ");
        assert!(text(&output.stderr).starts_with(&line), "{}", text(&output.stderr));
    }
    // From outside, the link to the whole is a name like any other.
    symlink("repository", tree.path().join("other")).unwrap();
    fs::write(repository.join("shop.conf"), VHOST).unwrap();
    let said = text(&gatelint(tree.path(), &["other/shop.conf"]).stderr);
    assert!(said.contains("root: other/shop.conf\n"), "{said}");
}
