//! One finding on the page.

use std::io;

use gatelint_lint::{Finding, Level, Prediction};

use super::source;
use crate::Part;
use crate::full::foreseen;
use crate::json::one_line;
use crate::markup::Markup;
use crate::view::Views;

pub(super) fn finding(
    page: &mut Markup,
    part: &Part<'_>,
    views: &Views<'_>,
    finding: &Finding,
    number: usize,
) -> io::Result<()> {
    let id = format!("f{number}");
    let title = format!("f{number}-title");
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    };
    page.open(
        "article",
        &[
            ("class", &format!("finding {level}")),
            ("id", &id),
            ("aria-labelledby", &title),
            ("tabindex", "-1"),
        ],
    );
    page.open("h4", &[("id", &title)]);
    page.element("span", &[("class", &format!("level {level}"))], level);
    page.text(" ");
    page.prose(&finding.message);
    page.close();
    page.open("p", &[("class", "rule")]);
    page.element("code", &[], finding.rule);
    page.text(" ");
    page.element("a", &[("href", &format!("#{id}")), ("aria-label", "Link to this finding")], "#");
    page.close();
    source::source(page, part, views, finding).map_err(io::Error::other)?;
    if let Some(prediction) = &finding.prediction {
        predicted(page, part, finding.level, prediction);
    }
    page.open("dl", &[]);
    for (word, texts) in [("note", &finding.notes), ("help", &finding.help)] {
        for text in texts {
            page.element("dt", &[("class", word)], word);
            page.open("dd", &[]);
            for (index, line) in text.lines().enumerate() {
                if index > 0 {
                    page.void("br", &[]);
                }
                page.prose(line);
            }
            page.close();
        }
    }
    page.close();
    page.close();
    Ok(())
}

/// What the servers will do: the status stands out, the log is as it is written.
fn predicted(page: &mut Markup, part: &Part<'_>, level: Level, prediction: &Prediction) {
    page.open("div", &[("class", "predicted")]);
    match prediction {
        Prediction::Answers { status, log } => {
            page.open("p", &[]);
            page.text(if level == Level::Info { "Then the visitor gets " } else { "The visitor gets " });
            page.element("strong", &[], &status.to_string());
            page.text(if log.is_empty() { "." } else { "; nginx will log:" });
            page.close();
            if !log.is_empty() {
                page.element("pre", &[], &one_line(log));
            }
        }
        Prediction::Refuses { program, log, .. } if log.is_empty() => {
            page.element("p", &[], &format!("{} refuses to start and does not say why.", program.name()));
        }
        Prediction::Refuses { program, .. } => {
            page.open("p", &[]);
            page.element("strong", &[], program.name());
            page.text(" refuses to start:");
            page.close();
            let whole = foreseen(part, prediction);
            let words = whole.split_once(": ").map_or(whole.as_str(), |(_, words)| words);
            page.element("pre", &[], words);
        }
    }
    page.close();
}
