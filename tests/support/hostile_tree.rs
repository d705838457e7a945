//! A configuration that tries to break out of every report: names, paths and values that end tags, strings, comments,
//! commands and lines where they are not escaped. What it passes on to is broken, so that all of it is shown.

#![allow(dead_code, clippy::unwrap_used, reason = "every test binary uses a part; a test fails by failing")]

use std::fs;

/// Texts that end what stands around them, each in a way of its own; none has a quote that nginx or PHP would see.
pub(crate) const INJECTIONS: [&str; 9] = [
    "</title></style></script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "]]><svg onload=alert(3)>-->",
    "'><a href=javascript:alert(4)>x</a>",
    "%0A::error file=x::forged,a:b",
    "\u{1b}[31m\u{1b}]0;title\u{7}\u{202e}\u{200b}\u{2028}",
    "&lt;b&gt;&amp;#60;i&#62;&#x3c;u&#x3e;",
    "`x` #quot;]; click n0_0 href javascript:alert(5) %%{init: {}}%%",
    "\\\" \\N\\G\\l -> x [URL=javascript:alert(6)]; <b>y</b>",
];

/// Lays the tree. It has at least a finding for each text.
pub(crate) fn lay() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for sub in ["etc/nginx/conf.d", "etc/php/8.2/fpm/pool.d"] {
        fs::create_dir_all(root.join(sub)).unwrap();
    }
    let main = "user www-data;\nevents {}\nhttp {\n  include conf.d/*.conf;\n}\n";
    fs::write(root.join("etc/nginx/nginx.conf"), main).unwrap();
    for (index, text) in INJECTIONS.iter().enumerate() {
        // As a quoted argument reads it: a backslash only before a quote or itself.
        let word = text.replace('\\', "\\\\").replace('"', "\\\"");
        let plain = text.replace(['"', '\\', '$', ';', '{', '}', ' ', '\n'], "");
        let vhost = format!(
            "upstream \"group{index} {word}\" {{\n  server \"unix:/run/php/{plain}{index}.sock\";\n}}\n\
             server {{\n  listen 80;\n  server_name \"{word}\";\n  gzip \"{word}\n second line\";\n\
             \x20 location \"/{word}\" {{\n    fastcgi_pass \"group{index} {word}\";\n  }}\n\
             \x20 location ~ \\.php$ {{\n    fastcgi_param SCRIPT_FILENAME \"{word}\";\n    \
             fastcgi_pass \"unix:/run/php/{plain}-{index}.sock\";\n  }}\n}}\n"
        );
        let name = text.replace('/', "_");
        fs::write(root.join(format!("etc/nginx/conf.d/{index}{name}.conf")), vhost).unwrap();
        let pool = format!(
            "[pool{index}{}]\nuser = www-data\nlisten = \"/run/php/{plain}.{index}\"\npm = static\npm.max_children = 2\n\
             php_value[date.timezone] = \"{plain}\"\n",
            text.replace([']', '\n', '\'', '`'], "")
        );
        fs::write(root.join(format!("etc/php/8.2/fpm/pool.d/{index}{name}.conf")), pool).unwrap();
    }
    let fpm = "[global]\nerror_log = /var/log/php-fpm.log\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n";
    fs::write(root.join("etc/php/8.2/fpm/php-fpm.conf"), fpm).unwrap();
    dir
}
