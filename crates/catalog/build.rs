//! Turns the tables of `data/` into statics, so that nothing is parsed at start.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a build that lacks its data must stop")]

#[path = "build/fpm.rs"]
mod fpm;
#[path = "src/hash.rs"]
mod hash;
#[path = "build/nginx.rs"]
mod nginx;

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=data");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=src/hash.rs");
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let out = Path::new(&out);
    let table = |name: &str| {
        let text = fs::read_to_string(format!("data/{name}.json")).expect("the table is there");
        serde_json::from_str::<Vec<serde_json::Value>>(&text).expect("the table is JSON")
    };
    let write = |name: &str, code: String| fs::write(out.join(name), code).expect("OUT_DIR is writable");
    write("fpm_keys.rs", fpm::keys(&table("fpm-directives")));
    write("php_settings.rs", fpm::settings(&table("php-ini-directives")));
    write("nginx_variables.rs", nginx::variables(&table("nginx-variables")));
    let mut directives = table("nginx-directives");
    nginx::correct(&mut directives, &table("corrections"));
    write("nginx_directives.rs", nginx::directives(&directives));
}
