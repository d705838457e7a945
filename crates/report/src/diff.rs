//! What a fix would change, as a unified diff.

use std::io::{self, Write};
use std::time::Duration;

use similar::{Algorithm, ChangeTag, TextDiff};

use crate::clean::view;

/// How long the smallest difference is looked for; after that a larger one will do.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes the difference of two texts of the file `name`, which is safe to show. Characters that a terminal or a
/// pipeline would act on are replaced: a line that has them is shown and does not apply.
///
/// # Errors
/// When `out` does not take it.
pub fn diff(name: &str, old: &[u8], new: &[u8], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(PATIENCE).diff_lines(old, new);
    writeln!(out, "{}", painted(&format!("--- {name}"), "1", color))?;
    writeln!(out, "{}", painted(&format!("+++ {name}"), "1", color))?;
    for hunk in diff.unified_diff().iter_hunks() {
        writeln!(out, "{}", painted(&hunk.header().to_string(), "36", color))?;
        for change in hunk.iter_changes() {
            let (sign, paint) = match change.tag() {
                ChangeTag::Equal => (' ', ""),
                ChangeTag::Delete => ('-', "31"),
                ChangeTag::Insert => ('+', "32"),
            };
            let line = change.value().strip_suffix(b"\n").unwrap_or(change.value());
            let (line, end) = line.strip_suffix(b"\r").map_or((line, ""), |line| (line, "\r"));
            let line = format!("{sign}{}", tame(&view(line)));
            writeln!(out, "{}{end}", painted(&line, paint, color))?;
            if change.missing_newline() {
                writeln!(out, "\\ No newline at end of file")?;
            }
        }
    }
    Ok(())
}

fn painted(text: &str, paint: &str, color: bool) -> String {
    if color && !paint.is_empty() { format!("\x1b[{paint}m{text}\x1b[0m") } else { text.to_owned() }
}

/// A line that no pipeline takes for a command: GitHub reads those that start with `::`, and `##[` anywhere.
fn tame(line: &str) -> String {
    let line = line.replace("##[", "##?").replace("##vso[", "##vso?");
    let start = line.len() - line.trim_start().len();
    match line.split_at_checked(start) {
        Some((before, after)) if after.starts_with("::") => {
            format!("{before}?:{}", after.get(2..).unwrap_or_default())
        }
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::diff;

    fn shown(old: &str, new: &str) -> String {
        let mut out = Vec::new();
        diff("a.conf", old.as_bytes(), new.as_bytes(), false, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_what_changes_is_shown() {
        let old = "a\nb\nc\nd\ne\nf\ng\r\nh";
        assert_eq!(
            shown(old, &old.replace("g", "G")),
            "--- a.conf\n+++ a.conf\n@@ -4,5 +4,5 @@\n d\n e\n f\n-g\r\n+G\r\n h\n\\ No newline at end of file\n"
        );
    }

    #[test]
    fn no_line_is_a_command() {
        let shown = shown("  ::error::x\n\x1b[31m ##[error]\na\n", "  ::error::x\n\x1b[31m ##[error]\nb\n");
        assert!(!shown.contains("  ::error") && !shown.contains('\x1b') && !shown.contains("##["), "{shown}");
    }
}
