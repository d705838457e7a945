//! Every expectation was seen with php-fpm 8.2.

use std::path::{Path, PathBuf};

use super::*;
use crate::files::Memory;
use crate::stack::FpmRoot;
use crate::{Address, HostName, Options, Roots, Stack};

const MAIN: &str = "/etc/php/8.2/fpm/php-fpm.conf";

/// A master at Debian's place with these files besides.
fn load(files: &[(&str, &str)]) -> Stack {
    let mut tree = Memory::default();
    tree.add(MAIN, "[global]\ninclude = /etc/php/8.2/fpm/pool.d/*.conf\n");
    for (path, text) in files {
        tree.add(Path::new("/").join(path), *text);
    }
    let fpm = vec![FpmRoot { paths: vec![PathBuf::from(MAIN)], is_main: true }];
    Stack::load(&tree, &Roots { fpm, ..Roots::default() }, &Options::default())
}

fn pool_with(name: &str, listen: &str) -> String {
    format!("[{name}]\nuser = www-data\nlisten = {listen}\npm = static\npm.max_children = 2\n")
}

fn logs(stack: &Stack) -> Vec<&str> {
    let refusals = stack.fpm.masters.iter().flat_map(|master| &master.refusals);
    refusals.map(|refusal| refusal.log.as_str()).collect()
}

#[test]
fn pools_merge_over_files() {
    let stack = load(&[
        ("etc/php/8.2/fpm/pool.d/b.conf", "listen = 9001\npm.max_requests = 7\n"),
        ("etc/php/8.2/fpm/pool.d/a.conf", &pool_with("www", "/run/$pool.sock")),
        ("etc/php/8.2/fpm/pool.d/c.conf", "[WWW]\nPM.Max_Children = 9\nslowlog = log/$pool-$pool.log\n"),
    ]);
    let [master] = &stack.fpm.masters[..] else { panic!() };
    let [pool] = &master.pools[..] else { panic!() };
    let text = |key| pool.get(key).and_then(Setting::text).unwrap_or_default().into_owned();
    assert_eq!((pool.name.as_str(), pool.headers.len(), master.starts()), ("www", 2, true));
    assert_eq!([text("listen"), text("slowlog"), text("pm.max_requests")], ["9001", "log/www-www.log", "7"]);
    assert_eq!(pool.max_children().map(|(children, _)| children), Some(9));
    let old: Vec<_> = pool.settings.overridden("listen").filter_map(Setting::text).collect();
    assert_eq!(old, ["/run/www.sock"]);
}

#[test]
fn listeners_cover_what_they_bind() {
    let target = |text: &str| match text.rsplit_once(':') {
        Some((host, port)) => Address::Tcp(HostName::new(host), port.parse().unwrap()),
        None => Address::Unix(text.to_owned()),
    };
    let check = |listen: &str, to: &str, expected: Covers| {
        let pools = pool_with("www", listen);
        let hosts = "127.0.0.1 localhost\n::1 localhost\n127.0.1.1 web01\n";
        let stack = load(&[("etc/php/8.2/fpm/pool.d/www.conf", pools.as_str()), ("etc/hosts", hosts)]);
        let listener = stack.fpm.masters[0].pools[0].listener.clone().unwrap();
        assert_eq!(listener.covers(&target(to)), expected, "{listen} {to}");
    };
    use Covers::{No, Unknown, Yes};
    for (listen, to, expected) in [
        ("9000", "127.0.0.1:9000", Yes),
        ("9000", "[::1]:9000", Yes),
        ("9000", "127.0.0.1:9001", No),
        ("9000", "10.0.0.5:9000", Unknown),
        ("0.0.0.0:9000", "[::1]:9000", No),
        ("0.0.0.0:9000", "localhost:9000", Yes),
        ("[::]:9000", "127.0.0.1:9000", Yes),
        ("*:9000", "127.0.0.1:9000", No),
        ("*:9000", "[::1]:9000", Yes),
        ("::1:9000", "[::1]:9000", Yes),
        ("localhost:9000", "127.0.0.1:9000", No),
        ("web01:9000", "127.0.0.1:9000", No),
        ("elsewhere:9000", "127.0.0.1:9000", Unknown),
        ("127.0.0.1", "/usr/127.0.0.1", Yes),
        ("run/$pool.sock", "/usr/run/www.sock", Yes),
        ("/var/run/php/x.sock", "/run/php//x.sock", Yes),
        ("/run/php/x.sock", "/run/php/y.sock", No),
        ("/run/php/php8.2-fpm.sock", "/run/php/php-fpm.sock", Yes),
        ("/run/php/php7.4-fpm.sock", "/run/php/php-fpm.sock", No),
    ] {
        check(listen, to, expected);
    }
}

#[test]
fn addresses_that_clash() {
    let check = |first: &str, second: &str, expected: &[&str]| {
        let pools = pool_with("one", first) + &pool_with("two", second);
        let stack = load(&[("etc/php/8.2/fpm/pool.d/www.conf", pools.as_str())]);
        assert_eq!(logs(&stack), expected, "{first} {second}");
    };
    let taken = |address: &str| {
        format!("unable to bind listening socket for address '{address}': Address already in use (98)")
    };
    check("9000", "127.0.0.1:9000", &[&taken("127.0.0.1:9000")]);
    check("127.0.0.1:9000", "9000", &[&taken("9000")]);
    check("9000", "[::1]:9000", &[&taken("[::1]:9000")]);
    check("[::1]:9000", "9000", &[]);
    check("[::1]:9000", "[::]:9000", &[&taken("[::]:9000")]);
    check("0.0.0.0:9000", "9000", &[]);
    check("0.0.0.0:9000", "[::]:9000", &[&taken("[::]:9000")]);
    check("0.0.0.0:9000", "127.0.0.1:9000", &[&taken("127.0.0.1:9000")]);
    check("127.0.0.1:9000", "127.0.0.1:09000", &[]);
    check("127.0.0.1:9000", "127.0.0.2:9000", &[]);
    check("*:9000", "127.0.0.1:9000", &[]);
    check("/run/x", "/var/run/x", &["Another FPM instance seems to already listen on /var/run/x"]);
    let used = "[pool two] unable to set listen address as it's already used in another pool 'one'";
    check("/run/x", "/run/x", &[used]);
    check("127.0.0.1:99999", "9001", &["invalid port value '99999'"]);
    check("unix:/run/x", ":9001", &["invalid port value '/run/x'", "getaddrinfo: Name or service not known"]);
}

#[test]
fn line_numbers_go_on_after_an_include() {
    let mut tree = Memory::default();
    let main = "[global]\ninclude = pool.d/*.conf\n\nnosuch = 1\n";
    tree.add("/srv/php-fpm.conf", main);
    tree.add("/srv/pool.d/a.conf", pool_with("www", "9000") + "\n\n\n\n");
    let fpm = vec![FpmRoot { paths: vec![PathBuf::from("/srv/php-fpm.conf")], is_main: true }];
    let stack = Stack::load(&tree, &Roots { fpm, ..Roots::default() }, &Options::default());
    assert_eq!(logs(&stack), ["[php-fpm.conf:12] unknown entry 'nosuch'"]);
    let refusal = &stack.fpm.masters[0].refusals[0];
    assert_eq!((stack.sources.line(refusal.primary), refusal.at), (4, None));
}

#[test]
fn files_that_include_themselves_end() {
    let stack = load(&[("etc/php/8.2/fpm/pool.d/a.conf", "include = /etc/php/8.2/fpm/pool.d/*.conf\n")]);
    assert_eq!(logs(&stack), ["failed to include more than 5 files recursively"]);
}

#[test]
fn layouts_are_read_off_the_path() {
    let check = |main: &str, version: Option<(u8, u8)>, prefix: &str, php_ini: &str| {
        let layout = Layout::of(Path::new(main), None);
        let found = (layout.version, layout.prefix.to_str().unwrap(), layout.php_ini.to_str().unwrap());
        assert_eq!(found, (version, prefix, php_ini), "{main}");
    };
    check(MAIN, Some((8, 2)), "/usr", "/etc/php/8.2/fpm/php.ini");
    check("/etc/php/7.4/fpm/pool.d/www.conf", Some((7, 4)), "/usr", "/etc/php/7.4/fpm/php.ini");
    check("/etc/php-fpm.conf", None, "/usr", "/etc/php.ini");
    check("/etc/php84/php-fpm.conf", Some((8, 4)), "/usr", "/etc/php84/php.ini");
    check("/etc/php8/fpm/php-fpm.conf", None, "/usr", "/etc/php8/fpm/php.ini");
    let remi = "/opt/remi/php82/root/usr";
    check("/etc/opt/remi/php82/php-fpm.conf", Some((8, 2)), remi, "/etc/opt/remi/php82/php.ini");
    check("/usr/local/etc/php-fpm.conf", None, "/usr/local", "/usr/local/etc/php/php.ini");
    check("/opt/bitnami/php/etc/php-fpm.conf", None, "/opt/bitnami/php", "/opt/bitnami/php/etc/php.ini");
}

#[test]
fn settings_of_php_come_from_the_nearest() {
    let pool = pool_with("www", "9000")
        + "php_value[memory_limit] = 256M\nphp_admin_value[post_max_size] = 128MB\n\
           php_value[file_uploads] = off\nphp_flag[short_open_tag] = on\nphp_value[short_open_tag] = 0\nphp_admin_flag[display_errors] = on\nphp_value[post_max_size] = 1G\n";
    let stack = load(&[
        ("etc/php/8.2/fpm/pool.d/www.conf", pool.as_str()),
        (
            "etc/php/8.2/fpm/php.ini",
            "[PHP]\nmemory_limit = 64M\nmax_execution_time = 60\n[PATH=/a]\nmax_execution_time = 1\n",
        ),
        ("etc/php/8.2/fpm/conf.d/20-b.ini", "upload_max_filesize = ${SIZE}\n"),
        ("etc/php/8.2/fpm/conf.d/10-a.ini", "upload_max_filesize = 5M\nmax_input_time = 9\n"),
    ]);
    let master = &stack.fpm.masters[0];
    let php = |name| master.php(&master.pools[0], name);
    assert_eq!(php("memory_limit").quantity(), Some(256 << 20));
    assert_eq!(php("memory_limit").overridden.len(), 2);
    assert_eq!(php("post_max_size").quantity(), Some(128), "the last byte is no unit");
    assert!(matches!(php("post_max_size").origin, PhpOrigin::PoolAdmin(_)));
    assert_eq!(php("file_uploads").flag(), Some(false), "a pool may set anything");
    assert_eq!(php("short_open_tag").flag(), Some(true), "the first of two entries counts");
    assert_eq!(php("display_errors").text().as_deref(), Some("1"));
    assert_eq!(php("max_execution_time").quantity(), Some(60));
    assert_eq!(php("upload_max_filesize").value, None);
    assert_eq!(php("max_input_time").quantity(), Some(9));
    assert_eq!(
        (php("max_file_uploads").quantity(), php("max_file_uploads").origin),
        (Some(20), PhpOrigin::Default)
    );
}

#[test]
fn numbers_as_php_reads_them() {
    assert_eq!(
        ["5", "-5", "", "007"].map(|text| integer(text.as_bytes())),
        [Some(5), Some(-5), Some(0), Some(7)]
    );
    assert_eq!(["1k", "1.5", "+1", "1-"].map(|text| integer(text.as_bytes())), [None; 4]);
    let times = ["30", "1h30m", "500ms", "1.5s", "2d", "-5", "s"];
    assert_eq!(times.map(|text| seconds(text.as_bytes()).ok()), [30, 60, 500, 1, 172_800, -5, 0].map(Some));
    assert!(seconds(b"").is_err() && seconds(b"30S").is_err());
    let sizes = ["8M", "1G", "2k", "128MB", "0x10", "010", "-1", "1.5G"];
    let expected = [8 << 20, 1 << 30, 2048, 128, 16, 8, -1, 1 << 30];
    assert_eq!(sizes.map(|text| quantity(text.as_bytes())), expected);
}

#[test]
fn socket_modes_stop_at_the_first_strange_byte() {
    let check = |mode: &str, bits: u32, defect: Option<ModeDefect>| {
        let text = pool_with("www", "/run/x.sock") + &format!("listen.mode = {mode}\n");
        let stack = load(&[("etc/php/8.2/fpm/pool.d/www.conf", text.as_str())]);
        let access = stack.fpm.masters[0].pools[0].socket_access();
        assert_eq!((access.mode.bits(), access.mode.defect()), (bits, defect), "{mode}");
    };
    check("", 0o660, None);
    check("660", 0o660, None);
    check("07777", 0o777, None);
    check("0999", 0, Some(ModeDefect::NotOctal));
    check("0686", 0o6, Some(ModeDefect::NotOctal));
    check("0x1B0", 0, Some(ModeDefect::NotOctal));
    check("432", 0o432, Some(ModeDefect::Decimal));
    check("0444", 0o444, Some(ModeDefect::Unwritable));
}
