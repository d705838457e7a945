//! A machine that hosts many sites, each with a vhost and a pool of its own.

use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

/// The faults that are planted in turn, one at every fiftieth site, and the rule that finds each.
pub(crate) const FAULTS: [(Fault, &str); 3] = [
    (Fault::Renamed, "unmatched-fastcgi-socket"),
    (Fault::Locked, "unwritable-fastcgi-socket"),
    (Fault::Patient, "extreme-read-timeout"),
];

/// What is wrong with a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The vhost names a socket that the pool does not make.
    Renamed,
    /// The pool keeps the socket for itself.
    Locked,
    /// A read timeout of hours.
    Patient,
}

/// The fault of site `index`.
pub(crate) fn fault(index: usize) -> Option<Fault> {
    let (nth, rest) = (index / 50, index % 50);
    (rest == 49).then(|| FAULTS.iter().cycle().nth(nth).map(|(fault, _)| *fault)).flatten()
}

/// Writes the tree of `sites` sites below `dir`: two files and about 2.6 kB a site.
pub(crate) fn write(dir: &Path, sites: usize) -> io::Result<()> {
    let nginx = dir.join("etc/nginx");
    let pools = dir.join("etc/php/8.2/fpm/pool.d");
    for dir in [nginx.join("sites-enabled"), nginx.join("tls"), pools.clone()] {
        fs::create_dir_all(dir)?;
    }
    let stock = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/catalog/data/stock");
    for name in ["fastcgi_params", "mime.types"] {
        fs::copy(stock.join(name), nginx.join(name))?;
    }
    fs::write(nginx.join("nginx.conf"), MAIN)?;
    fs::write(dir.join("etc/php/8.2/fpm/php-fpm.conf"), MASTER)?;
    for index in 0..sites {
        let name = format!("customer{index}");
        let fault = fault(index);
        fs::write(nginx.join(format!("sites-enabled/{name}.conf")), vhost(&name, index, fault))?;
        fs::write(pools.join(format!("{name}.conf")), pool(&name, fault))?;
    }
    Ok(())
}

const MASTER: &str = "[global]\npid = /run/php/php8.2-fpm.pid\nerror_log = /var/log/php8.2-fpm.log\n\
                      include = /etc/php/8.2/fpm/pool.d/*.conf\n";

const MAIN: &str = "\
user www-data;
worker_processes auto;
pid /run/nginx.pid;
error_log /var/log/nginx/error.log;

events {
    worker_connections 8192;
}

http {
    include mime.types;
    default_type application/octet-stream;
    server_tokens off;
    types_hash_max_size 2048;
    server_names_hash_max_size 131072;
    server_names_hash_bucket_size 128;
    fastcgi_buffer_size 16k;
    fastcgi_buffers 16 16k;
    access_log /var/log/nginx/access.log;

    include sites-enabled/*.conf;
}
";

fn vhost(name: &str, index: usize, fault: Option<Fault>) -> String {
    let socket = if fault == Some(Fault::Renamed) { "-old" } else { "" };
    let timeout = if fault == Some(Fault::Patient) { "3h" } else { "90s" };
    let port = 10_000 + index % 50_000;
    let mut out = format!(
        "\
# {name}, made by the panel; do not edit
server {{
    listen 80;
    server_name {name}.example www.{name}.example;

    location /.well-known/acme-challenge/ {{
        root /srv/acme;
    }}

    location / {{
        return 301 https://{name}.example$request_uri;
    }}
}}

server {{
    listen 443 ssl;
    server_name {name}.example;
    ssl_certificate /etc/nginx/tls/all.crt;
    ssl_certificate_key /etc/nginx/tls/all.key;
    root /srv/{name}/htdocs;
    index index.php index.html;
    client_max_body_size 48m;
    access_log /var/log/nginx/{name}.log;

    add_header X-Frame-Options SAMEORIGIN;
    add_header Referrer-Policy \"strict-origin-when-cross-origin\";

    location / {{
        try_files $uri $uri/ /index.php?$args;
    }}

    # the application
    location ~ ^/.+\\.php$ {{
        try_files $uri =404;
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;
        fastcgi_param DOCUMENT_ROOT $realpath_root;
        fastcgi_pass unix:/run/php/{name}{socket}.sock;
        fastcgi_index index.php;
        fastcgi_read_timeout {timeout};
    }}
"
    );
    for (path, offset) in [("events", 0), ("search", 1), ("admin/api", 2)] {
        let _ = write!(
            out,
            "
    location /{path}/ {{
        proxy_pass http://127.0.0.1:{};
        proxy_set_header Host $host;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 3s;
    }}
",
            port + offset
        );
    }
    out.push_str(
        "
    location ~* \\.(?:css|js|gif|png|jpe?g|svg|webp|woff2?)$ {
        expires 14d;
        access_log off;
    }

    location ~ /\\.(?!well-known) {
        deny all;
    }
}
",
    );
    out
}

fn pool(name: &str, fault: Option<Fault>) -> String {
    let owner = if fault == Some(Fault::Locked) { name } else { "www-data" };
    format!(
        "\
; {name}, made by the panel; do not edit
[{name}]
user = {name}
group = {name}
listen = /run/php/$pool.sock
listen.owner = {owner}
listen.group = {owner}
listen.mode = 0660
pm = ondemand
pm.max_children = 16
pm.process_idle_timeout = 20s
pm.max_requests = 1000
request_terminate_timeout = 60s
chdir = /
php_admin_value[memory_limit] = 192M
php_admin_value[post_max_size] = 48M
php_admin_value[upload_max_filesize] = 48M
php_admin_value[open_basedir] = /srv/{name}:/tmp
php_admin_value[session.save_path] = /srv/{name}/sessions
php_admin_flag[log_errors] = on
"
    )
}
