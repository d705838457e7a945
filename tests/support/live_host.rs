//! A small Debian host in a directory: a tree's files over what every installation has, and the programs of this
//! machine. What a configuration names and a page need not show is made when a program asks for it.

use std::ffi::CString;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;
use rustix::mount::{MountFlags, mount, mount_bind_recursive};

/// The certificate and its key, in one file.
pub(crate) const CERTIFICATE: &str = "/etc/ssl/made.pem";
/// Debian's ids of `www-data`.
const WWW_DATA: Option<u32> = Some(33);
/// A program that has not ended by then serves in the foreground.
const FOREGROUND: Duration = Duration::from_secs(8);
/// A login's limit of open files: at it an include cycle ends.
const OPEN_FILES: &str = "ulimit -n 1024; exec \"$0\" \"$@\"";

const DIRECTORIES: &str = "usr proc dev tmp root srv run/php run/lock etc/ssl etc/nginx var/log/nginx \
     var/lib/nginx var/lib/php/sessions var/cache/nginx var/tmp var/www .upper .work";
const LINKS: [(&str, &str); 5] = [
    ("bin", "usr/bin"),
    ("sbin", "usr/sbin"),
    ("lib", "usr/lib"),
    ("lib64", "usr/lib64"),
    ("var/run", "/run"),
];

/// Makes the host in `root` and moves this process into it. Needs a mount and a process namespace of its own.
pub(crate) fn enter(root: &Path, files: &[(String, Vec<u8>)], certificate: &Path) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.display().to_string()).map_err(io::Error::other);
    mount("tree", root, "tmpfs", MountFlags::empty(), c"mode=0755")?;
    for directory in DIRECTORIES.split_whitespace() {
        fs::create_dir_all(root.join(directory))?;
    }
    for (name, to) in LINKS {
        symlink(to, root.join(name))?;
    }
    let layers = format!("lowerdir=/usr,upperdir={0}/.upper,workdir={0}/.work", root.display());
    mount("usr", root.join("usr"), "overlay", MountFlags::empty(), text(Path::new(&layers))?.as_c_str())?;
    mount_bind_recursive("/dev", root.join("dev"))?;
    mount("proc", root.join("proc"), "proc", MountFlags::empty(), None)?;
    fs::copy(certificate, root.join(&CERTIFICATE[1..]))?;
    for name in ["etc/ld.so.cache", "etc/ssl/openssl.cnf"] {
        if Path::new("/").join(name).exists() {
            fs::copy(Path::new("/").join(name), root.join(name))?;
        }
    }
    rustix::process::chroot(root)?;
    std::env::set_current_dir("/")?;
    fs::write("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost\n")?;
    // As Debian has it: else a name has one address only.
    fs::write("/etc/host.conf", "multi on\n")?;
    fs::write("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n")?;
    for (path, bytes) in files {
        write(Path::new("/").join(path), bytes)?;
    }
    for directory in ["/tmp", "/var/tmp", "/var/lib/php/sessions"] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o1777))?;
    }
    chown("/run/php", WWW_DATA, WWW_DATA)?;
    // The name without a version that Debian's alternatives keep.
    symlink("php8.2-fpm.sock", "/run/php/php-fpm.sock")?;
    run(&["ip", "link", "set", "lo", "up"]).map(|_| ())
}

/// Writes a file and the directories above it.
pub(crate) fn write(path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> io::Result<()> {
    if let Some(parent) = path.as_ref().parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, text)
}

/// Gives the loopback interface an address.
pub(crate) fn own_address(address: &str) -> io::Result<()> {
    run(&["ip", "address", "add", address, "dev", "lo"]).map(|_| ())
}

/// A name of the hosts file, first of its kind.
pub(crate) fn name_host(name: &str, address: &str) -> io::Result<()> {
    let hosts = fs::read_to_string("/etc/hosts")?;
    fs::write("/etc/hosts", format!("{address} {name}\n{hosts}"))
}

/// Whether a program ended well, and all it said. One that does not end serves in the foreground: that is well.
pub(crate) fn run(command: &[&str]) -> io::Result<(bool, String)> {
    let said = tempfile::tempfile_in("/tmp")?;
    let mut child = Command::new("/bin/sh")
        .args(["-c", OPEN_FILES])
        .args(command)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin")
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said.try_clone()?)
        .spawn()?;
    let ended = wait(&mut child)?;
    let mut text = Vec::new();
    io::Seek::rewind(&mut &said)?;
    io::Read::read_to_end(&mut &said, &mut text)?;
    Ok((ended, String::from_utf8_lossy(&text).into_owned()))
}

fn wait(child: &mut Child) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) => return Ok(status.success()),
            None if start.elapsed() > FOREGROUND => return Ok(true),
            None => thread::sleep(Duration::from_millis(3)),
        }
    }
}

/// Makes what a program asked for; whether there was anything to make.
pub(crate) fn provide(said: &str) -> io::Result<bool> {
    let asked = |pattern: &str| -> Option<String> {
        let found = Regex::new(pattern).ok()?.captures(said)?;
        Some(found.get(1)?.as_str().to_owned())
    };
    if let Some(name) = asked(r#"host not found in (?:\w+ )?"([^":/]+)"#) {
        name_host(&name, "127.0.0.1")?;
    } else if let Some(path) = asked(r#"cannot load certificate(?: key)? "([^"]+)": BIO_new_file"#)
        .or_else(|| asked(r#"SSL_CTX_load_verify_locations\("([^"]+)"\) failed"#))
    {
        write(&path, fs::read(CERTIFICATE)?)?;
    } else if let Some(name) = asked(r#"getpwnam\("([^"]+)"\) failed"#)
        .or_else(|| asked(r"cannot get [ug]id for (?:user|group) '([\w-]+)'"))
    {
        add_user(&name)?;
    } else if let Some(address) =
        asked(r"bind\(\) to ([\d.]+):\d+ failed \(99").or_else(|| asked(r"'([\d.]+):\d+': Cannot assign"))
    {
        own_address(&address)?;
    } else if let Some(path) = asked(r#"(?:open|mkdir|bind)\(\) (?:to unix:|")(/[^" ]+)"? failed \(2"#)
        .or_else(|| asked(r"\((/[^)]+)\): No such file or directory"))
        .or_else(|| asked(r"address '(/[^']+)': No such file or directory"))
        .or_else(|| asked(r"the chdir path '(/[^']+)'").map(|path| path + "/x"))
    {
        fs::create_dir_all(PathBuf::from(path).parent().unwrap_or(Path::new("/")))?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn add_user(name: &str) -> io::Result<()> {
    let id = 1000 + fs::read_to_string("/etc/passwd")?.lines().count();
    let mut append = fs::OpenOptions::new();
    append.append(true);
    writeln!(append.open("/etc/passwd")?, "{name}:x:{id}:{id}::/nonexistent:/usr/sbin/nologin")?;
    writeln!(append.open("/etc/group")?, "{name}:x:{id}:")
}
