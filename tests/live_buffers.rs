//! Buffer sizes over all levels, judged by gatelint and by the real `nginx -t`: same verdict, same message, same
//! line. Says so and does nothing where nginx is not installed.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test says what it expects by failing"
)]

use std::path::Path;
use std::process::Command;

use gatelint_lint::{Filter, Prediction};
use gatelint_model::Options;
use gatelint_model::discover;
use gatelint_model::files::Memory;
use gatelint_rules::RULES;

/// A repeatable sequence of numbers (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// At most one line of each of two kinds.
    fn lines(&mut self, family: &str) -> String {
        const SIZES: [&str; 9] = ["1k", "4096", "8k", "14k", "16K", "32k", "64k", "256k", "1m"];
        let mut text = String::new();
        for kinds in [["buffers", "buffer_size"], ["busy_buffers_size", "busy_buffers_size"]] {
            match (self.below(4), self.of(&kinds)) {
                (0 | 1, "buffers") => {
                    let (count, size) = (self.of(&["1", "2", "3", "4", "8", "8", "16"]), self.of(&SIZES));
                    text += &format!("{family}_buffers {count} {size};\n");
                }
                (0 | 1, kind) => text += &format!("{family}_{kind} {};\n", self.of(&SIZES)),
                _ => {}
            }
        }
        match self.below(12) {
            0 => text += &format!("{family}_temp_file_write_size {};\n", self.of(&SIZES)),
            1 => text += &format!("{family}_max_temp_file_size {};\n", self.of(&["0", "2k", "16k", "1m"])),
            _ => {}
        }
        text
    }

    fn configuration(&mut self) -> String {
        let family = self.of(&["proxy", "fastcgi", "uwsgi", "scgi"]);
        let mut text = "events {}\nhttp {\n".to_owned();
        if self.below(2) == 0 {
            text += &self.lines(family);
        }
        for server in 0..self.below(3) {
            text += &format!("server {{\nserver_name s{server};\n");
            if self.below(3) == 0 {
                text += &self.lines(family);
            }
            for location in 0..self.below(3) {
                let (outer, inner) = (self.lines(family), self.lines(family));
                text +=
                    &format!("location /{location} {{\n{outer}location /{location}/in {{\n{inner}}}\n}}\n");
            }
            text += "}\n";
        }
        text + "}\n"
    }
}

/// What `nginx -t` says about buffers, with the line that it prints.
fn nginx(dir: &Path, text: &str) -> Option<(String, usize)> {
    let file = dir.join("nginx.conf");
    std::fs::write(&file, text).unwrap();
    let run = Command::new("nginx").arg("-t").arg("-p").arg(dir).arg("-c").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let line = said.lines().find(|line| line.contains("[emerg]") && line.contains("_buffers\""))?;
    let (message, place) = line.rsplit_once(" in ")?;
    let (_, message) = message.split_once("[emerg] ")?;
    // The process and the thread stand before it.
    let message = message.split_once("#").map_or(message, |(_, rest)| rest.split_once(": ").unwrap().1);
    Some((message.to_owned(), place.rsplit_once(':')?.1.parse().unwrap()))
}

/// Every refusal that gatelint predicts for buffers.
fn gatelint(text: &str) -> Vec<(String, usize)> {
    let files = Memory::new([("etc/nginx/nginx.conf", text)]);
    let world = discover::known(&files);
    let stack = discover::load(&files, &world, &Options::default()).stack;
    let only = Filter { select: vec!["contradictory-buffers".into()], ..Filter::default() };
    let refusals =
        gatelint_lint::run(&stack, RULES, &only).into_iter().map(|finding| match finding.prediction {
            Some(Prediction::Refuses { at: Some(at), log, .. }) => {
                (log, text[..at.start as usize].matches('\n').count() + 1)
            }
            other => panic!("{other:?} for\n{text}"),
        });
    refusals.collect()
}

#[test]
fn as_nginx_judges_them() {
    if Command::new("nginx").arg("-v").output().is_err() {
        eprintln!("skipped: nginx is not installed");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(0x5eed_cafe_f00d);
    let mut refused = 0;
    for _ in 0..200 {
        let text = dice.configuration();
        let (real, ours) = (nginx(dir.path(), &text), gatelint(&text));
        refused += usize::from(real.is_some());
        match real {
            None => assert!(ours.is_empty(), "nginx accepts, not so {ours:?}\n{text}"),
            Some(real) => assert!(ours.contains(&real), "want {real:?}\ngot {ours:?}\n{text}"),
        }
    }
    assert!((40..160).contains(&refused), "{refused} of 200 refused: too one-sided to show anything");
}
