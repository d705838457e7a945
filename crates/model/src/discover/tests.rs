use std::fs;
use std::path::Path;

use super::*;
use crate::Options;
use crate::files::Rooted;
use crate::nginx::ContextKind::{Http, Location, Mail, Main, Server, Stream};

const VHOST: &str = "server {\n  listen 80;\n  location / { return 204; }\n}\n";
const MAIN: &str = "events {}\nhttp {\n  include conf.d/*.conf;\n}\n";
const POOL: &str = "[www]\nuser = www-data\nlisten = 9000\npm = static\npm.max_children = 4\n";
const FPM: &str = "[global]\nerror_log = /proc/self/fd/2\ninclude = etc/php-fpm.d/*.conf\n";

#[test]
fn content_tells_what_a_text_is() {
    let check = |text: &str, expected: Option<Class>| {
        assert_eq!(classify(text.as_bytes()), expected, "{text}");
    };
    check(MAIN, Some(Class::Nginx(Main)));
    check("worker_processes 1;\n", Some(Class::NginxSnippet(Main)));
    check(VHOST, Some(Class::Nginx(Http)));
    check("# a\nupstream php { server 127.0.0.1:9000; }", Some(Class::Nginx(Http)));
    check("map $uri $new { default /; }", Some(Class::Nginx(Http)));
    check("server { listen 80; server_name a; root /a\n location / { } }", Some(Class::Nginx(Http)));
    check("server { listen 5432; proxy_pass db; }", Some(Class::Nginx(Stream)));
    check("server { listen 25; protocol smtp; }", Some(Class::Nginx(Mail)));
    check("location ~ \\.php$ { fastcgi_pass php; }", Some(Class::Nginx(Server)));
    check("fastcgi_pass unix:/run/php.sock;\n", Some(Class::Nginx(Location)));
    check("fastcgi_param HTTPS on;\n", Some(Class::NginxSnippet(Location)));
    check(FPM, Some(Class::FpmMain));
    check(POOL, Some(Class::FpmPool));
    check("[global]\ndaemonize = no\n\n[www]\nlisten = 9000\n", Some(Class::FpmPool));
    check("\u{feff}[global]\rinclude=/etc/php-fpm.d/*.conf\r", Some(Class::FpmMain));
    check("\u{feff}server {\r\n  listen 80;\r\n}\r\n", Some(Class::Nginx(Http)));
    check("[www]\nphp_admin_value[memory_limit] = 64M\n", Some(Class::FpmPool));

    for other in [
        "",
        "# nothing but a comment\n",
        "akka {\n  http {\n    server { port = 80 }\n  }\n}\n",
        "server {\n  port = 8080\n  host = localhost\n}\n",
        "server:\n  listen: 80\n",
        "{ \"server\": { \"listen\": 80 } }",
        "<VirtualHost *:80>\n  ServerName a\n</VirtualHost>\n",
        "<html><body>server { listen 80; }</body></html>",
        "# Title\n\nUse this:\n\n```nginx\nserver { listen 80; location / {} }\n```\n",
        "body { color: red; margin: 0; }\n.a { width: 1px; }\n",
        "zone \"example.com\" { type master; file \"db\"; };",
        "[supervisord]\nuser = root\n[program:php-fpm]\ncommand = php-fpm\n",
        "[mysqld]\nuser = mysql\nport = 3306\n",
        "[uwsgi]\nlisten = 100\nprocesses = 4\n",
        "[PHP]\nmemory_limit = 128M\n",
        "[Service]\nUser=www-data\nExecStart=/usr/sbin/php-fpm\n",
    ] {
        check(other, None);
    }
    assert!(is_binary(b"\x7fELF\x02\x01"));
    assert!(!is_binary(b"server { listen 80; }\0"));
}

fn lay(files: &[(&str, &str)]) -> (tempfile::TempDir, Rooted) {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let rooted = Rooted::open(dir.path()).unwrap();
    (dir, rooted)
}

/// One line for each world: its directory, then what it starts from.
fn outline(files: &[(&str, &str)]) -> Vec<String> {
    let (_dir, rooted) = lay(files);
    let found = search(&rooted, Path::new("/"), Path::new(""));
    assert!(found.complete);
    let line = |world: &World| {
        let mut line = format!("{}:", world.dir.display());
        for root in &world.roots.nginx {
            line += &format!(" {}({:?})", root.path.display(), root.context);
        }
        for root in &world.roots.fpm {
            for path in &root.paths {
                line += &format!(" {}({})", path.display(), if root.is_main { "fpm" } else { "pool" });
            }
        }
        for fragment in &world.fragments {
            line += &format!(" {}?{:?}", fragment.path.display(), fragment.class);
        }
        line
    };
    found.worlds.iter().map(line).collect()
}

#[test]
fn known_places_come_first() {
    let found = outline(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/php/8.2/fpm/php-fpm.conf", FPM),
        ("etc/php/7.4/fpm/php-fpm.conf", FPM),
        ("var/www/shop/nginx.conf", VHOST),
    ]);
    let fpm = "/etc/php/7.4/fpm/php-fpm.conf(fpm) /etc/php/8.2/fpm/php-fpm.conf(fpm)";
    assert_eq!(found, [format!("/: /etc/nginx/nginx.conf(Main) {fpm}")]);
}

#[test]
fn an_overlay_has_no_main_configuration() {
    let found = outline(&[
        ("rootfs/etc/nginx/conf.d/default.conf", VHOST),
        ("rootfs/usr/local/etc/php-fpm.d/www.conf", POOL),
        ("rootfs/usr/local/etc/php-fpm.d/zz-docker.conf", "[www]\nlisten = 9000\n"),
    ]);
    let pools = "/usr/local/etc/php-fpm.d/www.conf(pool) /usr/local/etc/php-fpm.d/zz-docker.conf(pool)";
    assert_eq!(found, [format!("/rootfs: /etc/nginx/conf.d/default.conf(Http) {pools}")]);
}

#[test]
fn a_docker_project_is_found_by_content() {
    let found = outline(&[
        ("docker/nginx/default.conf", VHOST),
        ("docker/nginx/README.md", VHOST),
        ("docker/php/www.conf", POOL),
        ("docker/php/php.ini", "[PHP]\nmemory_limit = 1G\n"),
        ("docker/mysql/my.conf", "[mysqld]\nuser = mysql\n"),
        ("node_modules/x/nginx.conf", MAIN),
    ]);
    assert_eq!(found, ["/: /docker/nginx/default.conf?Nginx(Http) /docker/php/www.conf?FpmPool"]);
}

#[test]
fn a_main_configuration_with_pools_reads_nothing_beside_it() {
    let main = "[global]\ndaemonize = no\n[www]\nlisten = /sock/docker.sock\n";
    let (_dir, rooted) = lay(&[("php/php-fpm.conf", main), ("php/www.conf", POOL), ("php/zz.conf", POOL)]);
    let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
    let loaded = load(&rooted, &world, &Options::default());
    let paths = loaded.roots.fpm.iter().map(|root| root.paths.len()).collect::<Vec<_>>();
    assert_eq!(paths, [1, 2]);
}

#[test]
fn an_image_is_known_by_its_dockerfile() {
    let (_dir, rooted) =
        lay(&[("images/8.3/Dockerfile", "FROM php:8.3-fpm\n"), ("images/8.3/conf/www.conf", POOL)]);
    let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
    assert!(!load(&rooted, &world, &Options::default()).stack.world.is_one_machine());
}

#[test]
fn a_vhost_alone_proves_no_file_missing() {
    let includes = |files: &[(&str, &str)]| {
        let (_dir, rooted) = lay(files);
        let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
        let found = load(&rooted, &world, &Options::default()).stack.nginx.include_problems;
        found.into_iter().map(|problem| format!("{:?}", problem.kind)).collect::<Vec<_>>().join(" ")
    };
    let vhost = "server { listen 80; include ssl.conf; }\n";
    let elsewhere = includes(&[("conf/shop.conf", vhost)]);
    assert!(elsewhere.contains("evident: false"), "{elsewhere}");
    assert_eq!(
        includes(&[("ssl.conf", "ssl_session_timeout 1d;\n"), ("sites-available/shop.conf", vhost)]),
        ""
    );
    let absolute = "server { listen 80; include /etc/nginx/opts/http.conf; }\n";
    let made = [
        ("etc/nginx/sites-available/shop", absolute),
        ("etc/nginx/opts/http.conf.template", "listen ${PORT};"),
    ];
    assert!(includes(&made).contains("evident: false"));
    let missing = [("etc/nginx/sites-available/shop", absolute), ("etc/nginx/opts/https.conf", "")];
    assert!(includes(&missing).contains("evident: true"));
}

#[test]
fn every_etc_is_a_world_of_its_own() {
    let found = outline(&[
        ("hosts/a/etc/nginx/nginx.conf", MAIN),
        ("hosts/b/etc/nginx/nginx.conf", MAIN),
        ("hosts/b/etc/php/8.2/fpm/php-fpm.conf", FPM),
    ]);
    let b = "/hosts/b: /etc/nginx/nginx.conf(Main) /etc/php/8.2/fpm/php-fpm.conf(fpm)";
    assert_eq!(found, ["/hosts/a: /etc/nginx/nginx.conf(Main)", b]);
}

#[test]
fn a_fragment_without_an_includer_is_a_root() {
    let (_dir, rooted) = lay(&[("docker/nginx/default.conf", VHOST), ("docker/php/www.conf", POOL)]);
    let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
    let loaded = load(&rooted, &world, &Options::default());
    assert_eq!(loaded.roots.nginx.len(), 1);
    assert_eq!(loaded.roots.fpm[0].paths, [Path::new("/docker/php/www.conf")]);
    assert!(!loaded.roots.fpm[0].is_main);
    assert!(loaded.unreached.is_empty());
}

#[test]
fn a_part_of_a_vhost_is_not_judged_without_it() {
    let part = "location ~ \\.php$ { fastcgi_pass php:9000; }\n";
    let (_dir, rooted) = lay(&[("nginx/site.conf", VHOST), ("nginx/php.inc", part)]);
    let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
    let loaded = load(&rooted, &world, &Options::default());
    assert_eq!(loaded.roots.nginx.len(), 1);
    assert_eq!(loaded.unreached, [Path::new("/nginx/php.inc")]);
}

#[test]
fn what_no_include_takes_is_listed() {
    let (_dir, rooted) = lay(&[
        ("etc/nginx/nginx.conf", MAIN),
        ("etc/nginx/conf.d/shop.vhost", VHOST),
        ("etc/nginx/conf.d/shop.conf.bak", VHOST),
        ("etc/nginx/conf.d/old.conf.disabled", VHOST),
        ("etc/nginx/sites-available/a", VHOST),
        ("etc/nginx/fastcgi_params", "fastcgi_param HTTPS on;\n"),
        ("etc/nginx/mime.types", "types { text/html html; }\n"),
        ("etc/php/8.2/fpm/php-fpm.conf", FPM),
        ("etc/php/8.2/fpm/pool.d/www.pool", POOL),
    ]);
    let world = search(&rooted, Path::new("/"), Path::new("")).worlds.remove(0);
    let loaded = load(&rooted, &world, &Options::default());
    let expected = ["/etc/nginx/conf.d/shop.vhost", "/etc/php/8.2/fpm/pool.d/www.pool"];
    assert_eq!(loaded.unreached, expected.map(Path::new));
}
