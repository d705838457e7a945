//! The HTML report in a real browser, of a configuration that tries to break out of it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what it expects by failing"
)]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/hostile_tree.rs"]
mod hostile_tree;

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;
use std::process::Command;

use browser::{Scheme, names, photograph, visit};

const ELEMENTS: &str = "a article body br circle code dd details div dl dt fieldset figcaption figure footer g h1 h2 h3 h4 head \
                        header html input label legend li main mark meta nav p path pre rect section span strong style summary \
                        svg text title ul";
const ATTRIBUTES: &str = "aria-hidden aria-label aria-labelledby charset checked class content cx cy d disabled for height href \
                          http-equiv id lang name r role rx tabindex title type viewBox width x xmlns y";

fn html(root: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_gatelint"))
        .args(["--quiet", "--min-severity", "info", "--output-format", "html", "--root"])
        .arg(root)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// A text as the browser writes it out.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn page(text: &str) -> [browser::File<'_>; 1] {
    [("/", "text/html", text.as_bytes())]
}

#[test]
fn nothing_of_a_configuration_becomes_markup() {
    let Some(browser) = browser::find() else { return };
    let tree = hostile_tree::lay();
    let html = html(tree.path());
    let pictures = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut seen = Vec::new();
    for scheme in [Scheme::Light, Scheme::Dark] {
        let visit = visit(&browser, &page(&html), scheme);
        assert!(visit.console.is_empty(), "{scheme:?}: {:?}", visit.console);
        assert_eq!(visit.requested, ["/"], "{scheme:?}");
        let (elements, attributes) = names(&visit.dom);
        assert_eq!(&elements - &set(ELEMENTS), BTreeSet::new());
        assert_eq!(&attributes - &set(ATTRIBUTES), BTreeSet::new());
        for text in hostile_tree::INJECTIONS.iter().filter(|text| !text.contains(['\u{1b}', '"'])) {
            assert!(visit.dom.contains(&escaped(text)), "{text} is not shown");
        }
        let is_raw = |char: &char| {
            char.is_control() && !matches!(char, '\n' | '\t')
                || matches!(char, '\u{200b}' | '\u{2028}' | '\u{202e}')
        };
        assert_eq!(visit.dom.chars().find(is_raw), None);
        let picture = pictures.join(format!("hostile-{scheme:?}.png"));
        photograph(&browser, &page(&html), scheme, &picture);
        seen.push(fs::read(&picture).unwrap());
    }
    assert!(seen.iter().all(|picture| picture.starts_with(b"\x89PNG") && picture.len() > 50_000));
    assert_ne!(seen[0], seen[1], "both colour schemes look alike");
}

#[test]
fn the_browser_sees_what_does_break_out() {
    let Some(browser) = browser::find() else { return };
    let bad = "<!DOCTYPE html><p>x</p><img src=gone onerror=\"console.error('out')\">";
    let visit = visit(&browser, &page(bad), Scheme::Light);
    assert!(visit.requested.contains(&"/gone".to_owned()), "{:?}", visit.requested);
    assert!(visit.console.iter().any(|line| line.contains("out")), "{:?}", visit.console);
    let (elements, attributes) = names(&visit.dom);
    assert!(elements.contains("img") && attributes.contains("onerror"), "{elements:?} {attributes:?}");
}

#[test]
fn every_link_leads_somewhere_and_broken_paths_lead_to_their_finding() {
    let html = html(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/err/broken-shop"));
    let all = |pattern: &str| -> Vec<String> {
        let pattern = regex::Regex::new(pattern).unwrap();
        pattern.captures_iter(&html).map(|found| found[1].to_owned()).collect()
    };
    let ids = all(r#" id="([^"]*)""#);
    let unique: BTreeSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    for link in all(r##" (?:href|for|aria-labelledby)="#?([^"]*)""##) {
        assert!(unique.contains(&link), "nothing is called {link}");
    }
    let (_, picture) = html.split_once("<svg").unwrap();
    let (picture, findings) = picture.split_once("</svg>").unwrap();
    let broken = regex::Regex::new(
        r##"<a href="#(f\d+)" aria-label="error: ([^"]*)"><title>[^<]*</title><path class="p-edge error""##,
    )
    .unwrap();
    let broken: Vec<(String, String)> =
        broken.captures_iter(picture).map(|found| (found[1].to_owned(), found[2].to_owned())).collect();
    // Two sockets without a listener and one that nginx may not write to, each on both sides of its address.
    assert_eq!(broken.len(), 6, "{broken:?}");
    for (id, message) in broken {
        let (_, finding) = findings.split_once(&format!(" id=\"{id}\"")).unwrap();
        let title = finding.split("</h4>").next().unwrap().replace("<code>", "`").replace("</code>", "`");
        assert!(title.contains(&message), "{title} is not {message}");
    }
    assert_eq!(html.matches("<script").count(), 0);
}

#[test]
fn the_filter_hides_a_level() {
    let Some(browser) = browser::find() else { return };
    let html = html(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/err/broken-shop"));
    let policy = regex::Regex::new("<meta http-equiv=[^>]*>").unwrap();
    let probe = "<script>document.title = ['error', 'warning', 'info'].map(level => \
                 getComputedStyle(document.querySelector('.finding.' + level)).display).join(' ')</script></body>";
    let look = |html: &str| {
        let html = policy.replace(html, "").replace("</body>", probe);
        let dom = visit(&browser, &page(&html), Scheme::Light).dom;
        let (_, title) = dom.split_once("<title>").unwrap();
        title.split("</title>").next().unwrap().to_owned()
    };
    assert_eq!(look(&html), "block block block");
    let unchecked = html.replace("id=\"show-info\" checked=\"\"", "id=\"show-info\"");
    assert_ne!(html, unchecked);
    assert_eq!(look(&unchecked), "block block none");
}

#[test]
fn text_stands_out_from_what_is_behind_it() {
    let css = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/report/src/picture/colors.css"),
    )
    .unwrap();
    let (light, dark) = css.split_once("@media").unwrap();
    let color = regex::Regex::new(r"--([a-z-]+): #([0-9a-f]{6})").unwrap();
    for scheme in [light, dark] {
        let colors: HashMap<&str, f64> = color
            .captures_iter(scheme)
            .map(|found| {
                let all = u32::from_str_radix(found.get(2).unwrap().as_str(), 16).unwrap();
                (found.get(1).unwrap().as_str(), luminance(all))
            })
            .collect();
        for (text, behind) in [
            ("ink", "paper"),
            ("ink", "card"),
            ("ink", "soft"),
            ("ink", "error-soft"),
            ("ink", "warning-soft"),
            ("ink", "info-soft"),
            ("ink", "good-soft"),
            ("quiet", "paper"),
            ("quiet", "card"),
            ("quiet", "soft"),
            ("quiet", "error-soft"),
            ("quiet", "warning-soft"),
            ("quiet", "good-soft"),
            ("error", "card"),
            ("error", "error-soft"),
            ("warning", "card"),
            ("warning", "warning-soft"),
            ("info", "card"),
            ("info", "paper"),
            ("info", "info-soft"),
            ("good", "card"),
            ("on-mark", "error"),
            ("on-mark", "warning"),
            ("on-mark", "info"),
        ] {
            let (a, b) = (colors[text], colors[behind]);
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= 4.5, "{text} on {behind}: {contrast:.2}");
        }
    }
}

/// As WCAG 2 defines it.
fn luminance(color: u32) -> f64 {
    let part = |shift: u32| {
        let value = f64::from(color >> shift & 0xff) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}
