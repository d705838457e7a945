//! Both ways through a tree of traps, and the same tree in memory.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::files::Memory;

const SECRET: &str = "secret";

/// A root with its traps beside a secret.
fn lay() -> (tempfile::TempDir, Rooted, Rooted, Memory) {
    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("root");
    fs::create_dir_all(root.join("etc/sites")).unwrap();
    fs::create_dir_all(root.join("run")).unwrap();
    fs::write(outside.path().join("secret"), SECRET).unwrap();
    let files = [("etc/a", "a"), ("etc/sites/b", "b"), ("etc/sites/c.conf", "c")];
    let absolute = outside.path().join("secret");
    let links = [
        ("etc/up", "../../../secret"),
        ("etc/out", absolute.to_str().unwrap()),
        ("etc/home", "/"),
        ("etc/abs", "/etc/sites/b"),
        ("etc/rel", "../etc/./sites//b"),
        ("etc/dir", "sites"),
        ("etc/loop", "loop2"),
        ("etc/loop2", "loop"),
        ("etc/self", "/proc/self/root/etc/passwd"),
        ("etc/chain", "abs"),
    ];
    let mut memory = Memory::new(files);
    for (path, text) in files {
        fs::write(root.join(path), text).unwrap();
    }
    for (path, target) in links {
        symlink(target, root.join(path)).unwrap();
        memory.link(path, target);
    }
    let kernel = Rooted::open(&root).unwrap();
    let steps = Rooted::open(&root).unwrap();
    steps.by_steps.store(true, Ordering::Relaxed);
    (outside, kernel, steps, memory)
}

#[test]
fn all_ways_lead_to_the_same_file() {
    let (_outside, kernel, steps, memory) = lay();
    for (path, expected) in [
        ("/etc/a", Some("a")),
        ("etc/a", Some("a")),
        ("/../../etc/a", Some("a")),
        ("/etc/../../../secret", None),
        ("/etc/up", None),
        ("/etc/out", None),
        ("/etc/abs", Some("b")),
        ("/etc/rel", Some("b")),
        ("/etc/dir/b", Some("b")),
        ("/etc/dir/../a", Some("a")),
        ("/etc/home/etc/home/../etc/a", Some("a")),
        ("/etc/chain", Some("b")),
        ("/etc/loop", None),
        ("/etc/self", None),
        ("/etc/a/b", None),
        ("/etc/sites", None),
        ("/etc/nothing", None),
    ] {
        for files in [&kernel as &dyn Files, &steps, &memory] {
            let got = files.read(Path::new(path)).ok();
            assert_eq!(got.as_deref(), expected.map(str::as_bytes), "{path} by {files:p}");
        }
    }
}

#[test]
fn listings_and_links_agree() {
    let (_outside, kernel, steps, memory) = lay();
    for files in [&kernel as &dyn Files, &steps, &memory] {
        let names = files.list(Path::new("/etc/dir"));
        let names: Vec<_> = names.iter().map(|entry| (entry.path.to_str().unwrap(), entry.kind)).collect();
        assert_eq!(names, [("/etc/dir/b", Kind::File), ("/etc/dir/c.conf", Kind::File)]);
        assert_eq!(files.list(Path::new("/etc/a")), []);
        assert_eq!(files.read_link(Path::new("/etc/abs")), Some("/etc/sites/b".into()));
        assert_eq!(files.read_link(Path::new("/etc/a")), None);
        assert_eq!(files.kind(Path::new("/etc/dir")), Some(Kind::Directory));
        assert_eq!(files.kind(Path::new("/etc/up")), None);
        let found = files.walk(Path::new("/"), 100);
        assert!(found.complete);
        assert_eq!(found.files, ["/etc/a", "/etc/sites/b", "/etc/sites/c.conf"].map(PathBuf::from));
        assert!(!files.walk(Path::new("/"), 3).complete);
    }
}

#[test]
fn a_subtree_is_a_root_of_its_own() {
    let (_outside, kernel, _, _) = lay();
    let sites = kernel.subtree(Path::new("/etc/dir")).unwrap();
    assert_eq!(sites.read(Path::new("/../../etc/a")), Err(ReadError::NotFound));
    assert_eq!(sites.read(Path::new("/b")).unwrap(), b"b");
}

#[test]
fn only_regular_files_are_read() {
    let (outside, kernel, steps, _) = lay();
    let root = outside.path().join("root");
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let huge = fs::File::create(root.join("huge")).unwrap();
    huge.set_len(MAX_FILE_SIZE + 1).unwrap();
    for files in [&kernel, &steps] {
        assert_eq!(files.read(Path::new("/pipe")), Err(ReadError::NotAFile));
        assert_eq!(files.read(Path::new("/socket")), Err(ReadError::NotAFile));
        assert_eq!(files.read(Path::new("/etc")), Err(ReadError::NotAFile));
        assert_eq!(files.read(Path::new("/huge")), Err(ReadError::TooLarge));
    }
}

#[test]
fn names_need_not_be_utf8() {
    let (outside, kernel, steps, _) = lay();
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(outside.path().join("root/run").join(name), "x").unwrap();
    for files in [&kernel, &steps] {
        let path = Path::new("/run").join(name);
        assert_eq!(files.list(Path::new("/run")), [Entry { path: path.clone(), kind: Kind::File }]);
        assert_eq!(files.read(&path).unwrap(), b"x");
    }
}
