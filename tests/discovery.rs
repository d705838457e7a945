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

/// A vhost for PHP at `pass`.
fn php_vhost(pass: &str) -> String {
    PHP_VHOST.replace("unix:/run/php/a.sock", pass)
}

#[test]
fn a_compose_file_is_above_what_its_containers_get() {
    let compose = |inner: &str| {
        format!(
            "services:\n  web:\n    image: nginx:1.27\n    depends_on: [php]\n    volumes: [{inner}]\n  php:\n    image: php:8.4-fpm\n"
        )
    };
    let found = |file: &str, inner: &str, vhost: &str, more: &[(&str, &str)]| {
        let mut files = vec![(vhost.to_owned(), php_vhost("127.0.0.1:9000"))];
        files.push((file.to_owned(), compose(inner)));
        files.push((".git/HEAD".to_owned(), String::new()));
        files.extend(more.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        alarms(lay(&files).path(), &["."])
    };
    let lost = |path: &str| vec![format!("{path} container-loopback")];
    // The tree of the image below the project.
    let vhost = "docker/nginx/etc/nginx/conf.d/shop.conf";
    let main = ("docker/nginx/etc/nginx/nginx.conf", MAIN);
    let dir = "./docker/nginx/etc/nginx:/etc/nginx";
    assert_eq!(found("compose.yaml", dir, vhost, &[main]), lost(vhost));
    assert_eq!(
        found("compose.yaml", "./docker/nginx/etc/nginx/conf.d:/etc/nginx/conf.d", vhost, &[]),
        lost(vhost)
    );
    // The project's files in a directory of their own, beside what they mount.
    let vhost = "config/nginx/shop.conf";
    for file in ["docker/docker-compose.yml", "infra/local/compose.yaml"] {
        let up = if file.starts_with("infra") { "../.." } else { ".." };
        let volume = format!("{up}/config/nginx:/etc/nginx/conf.d, {up}/:/srv");
        assert_eq!(found(file, &volume, vhost, &[]), lost(vhost), "{file}");
    }
    // A build that copies the tree of the image.
    let vhost = "docker/nginx/etc/nginx/conf.d/shop.conf";
    let build = "FROM nginx:1.27\nCOPY etc /etc\n";
    let file =
        "services:\n  web:\n    build: docker/nginx\n    depends_on: [php]\n  php:\n    image: php:8.4-fpm\n";
    let tree = lay(&[
        ("compose.yaml", file),
        ("docker/nginx/Dockerfile", build),
        (vhost, &php_vhost("127.0.0.1:9000")),
    ]);
    assert_eq!(alarms(tree.path(), &["."]), lost(vhost));
}

#[test]
fn hosts_that_no_container_gets_are_worlds_of_their_own() {
    let host = |name: &str| {
        let dir = format!("hosts/{name}/etc");
        [
            (format!("{dir}/nginx/nginx.conf"), MAIN.to_owned()),
            (format!("{dir}/nginx/conf.d/shop.conf"), PHP_VHOST.to_owned()),
            (format!("{dir}/php/8.2/fpm/php-fpm.conf"), FPM.to_owned()),
            (
                format!("{dir}/php/8.2/fpm/pool.d/www.conf"),
                OTHER_POOL.replace("b.sock", &format!("{name}.sock")),
            ),
        ]
    };
    let compose =
        "services:\n  db:\n    image: mysql:8\n  lint:\n    image: node:22\n    volumes: ['./:/work']\n";
    let mut files: Vec<(String, String)> = ["a", "b"].iter().flat_map(|name| host(name)).collect();
    files.push(("compose.yaml".to_owned(), compose.to_owned()));
    let all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let wrong = ["hosts/b/etc/nginx/conf.d/shop.conf unmatched-fastcgi-socket"];
    assert_eq!(alarms(lay(&all).path(), &["."]), wrong);
    // A container that gets the one host's nginx says nothing of the other host.
    let mixed = "services:\n  web:\n    image: nginx:1.27\n    volumes: ['./hosts/a/etc/nginx:/etc/nginx']\n  php:\n    image: php:8.2-fpm\n";
    let all: Vec<(&str, &str)> = all
        .iter()
        .map(|(path, text)| if *path == "compose.yaml" { (*path, mixed) } else { (*path, *text) })
        .collect();
    let both = ["hosts/a/etc/nginx/conf.d/shop.conf container-loopback", wrong[0]];
    assert_eq!(alarms(lay(&all).path(), &["."]), both);
}

#[test]
fn a_compose_file_that_is_not_read_is_said() {
    let broken = "services:\n  web:\n   image: nginx\n  - oops\n";
    let tree = lay(&[("site.conf", &php_vhost("php:9000")), ("compose.yaml", broken)]);
    let output = gatelint(tree.path(), &["."]);
    let said = text(&output.stderr);
    assert!(said.contains("gatelint: compose.yaml: not read: no YAML: "), "{said}");
    assert_eq!(output.status.code(), Some(2));
    // What only is called like one.
    let tree = lay(&[("site.conf", &php_vhost("php:9000")), ("compose-values.yaml", "a: [1\n")]);
    let output = gatelint(tree.path(), &["."]);
    assert_eq!((output.status.code(), text(&output.stderr).contains("not read")), (Some(0), false));
    let tree = lay(&[("site.conf", &php_vhost("php:9000")), ("compose.yaml", "name: shop\n")]);
    assert_eq!(gatelint(tree.path(), &["."]).status.code(), Some(0));
}

#[test]
fn a_pass_to_a_service_reaches_its_pools_alone() {
    let compose = "services:\n  web:\n    image: nginx:1.27\n    depends_on: [a, b]\n    volumes: ['./nginx:/etc/nginx/conf.d']\n  a:\n    image: php:8.4-fpm\n    volumes: ['./a/www.conf:/usr/local/etc/php-fpm.d/zzz.conf', './:/srv']\n  b:\n    image: php:8.4-fpm\n    volumes: ['./b/www.conf:/usr/local/etc/php-fpm.d/zzz.conf', './:/srv']\n";
    let pool = "[www]\nuser = www-data\nlisten = 9000\npm = static\npm.max_children = 8\n";
    let slow = format!("{pool}request_terminate_timeout = 300\n");
    let judge = |a: &str, b: &str, pass: &str| {
        let tree = lay(&[
            ("compose.yaml", compose),
            ("nginx/shop.conf", &php_vhost(pass)),
            ("a/www.conf", a),
            ("b/www.conf", b),
        ]);
        alarms(tree.path(), &["."])
    };
    let clash = |file: &str| vec![format!("{file} read-timeout-below-php-limit")];
    assert_eq!(judge(&slow, pool, "a:9000"), clash("a/www.conf"));
    assert_eq!(judge(&slow, pool, "b:9000"), Vec::<String>::new());
    assert_eq!(judge(pool, &slow, "b:9000"), clash("b/www.conf"));
    assert_eq!(judge(&slow, &slow, "$backend:9000"), Vec::<String>::new());
}

#[test]
fn a_container_gets_its_php_ini_from_where_the_compose_file_says() {
    let compose = "services:\n  web:\n    image: nginx:1.27\n    depends_on: [php]\n    volumes: ['./nginx:/etc/nginx/conf.d']\n  php:\n    build: php\n    volumes: ['./:/srv', './ini/up.ini:/usr/local/etc/php/conf.d/up.ini']\n";
    let build = "FROM php:8.4-fpm\nCOPY pool.conf /usr/local/etc/php-fpm.d/zzz.conf\nCOPY app.ini /usr/local/etc/php/conf.d\n";
    let judge = |app: &str, up: &str| {
        let tree = lay(&[
            ("compose.yaml", compose),
            ("nginx/shop.conf", &php_vhost("php:9000")),
            ("php/Dockerfile", build),
            ("php/pool.conf", "[www]\nuser = www-data\nlisten = 9000\npm = static\npm.max_children = 8\n"),
            ("php/app.ini", app),
            ("php/php.ini", "post_max_size = 900M\n"),
            ("ini/up.ini", up),
        ]);
        alarms(tree.path(), &["."])
    };
    let raised = "upload_max_filesize = 64M\npost_max_size = 64M\n";
    assert_eq!(judge("; nothing\n", raised), ["ini/up.ini body-size-below-php"]);
    assert_eq!(judge(raised, "; nothing\n"), ["php/app.ini body-size-below-php"]);
    // php/php.ini lies beside the pool and is copied nowhere.
    assert_eq!(judge("; nothing\n", "; nothing\n"), Vec::<String>::new());
}
