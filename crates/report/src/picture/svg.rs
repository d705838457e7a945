//! The picture as SVG, for a browser alone or within a page.

use std::fmt::Write as _;
use std::io::{self, Write};

use gatelint_lint::Level;
use gatelint_model::paths::{Kind, Node};

use super::layout::{DETAIL, HEIGHT, Layout, Line, NAME, Place, fit, layout, room};
use super::{Mark, Picture, picture};
use crate::markup::Markup;
use crate::{Part, Report};

/// How lines and boxes look; colours come from variables.
pub(crate) const STYLE: &str = include_str!("picture.css");
/// The colours, for a picture alone.
const COLORS: &str = include_str!("colors.css");

/// Where a mark leads to: the anchor of a finding by its number in the part; `None` where the picture stands alone.
pub(crate) type Links<'a> = Option<&'a dyn Fn(usize) -> Option<String>>;

/// Writes one picture of all worlds, one below the other.
///
/// # Errors
/// When `out` does not take it.
pub fn svg(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let pictures: Vec<(&Part<'_>, Picture)> = report
        .parts
        .iter()
        .map(|part| (part, picture(part)))
        .filter(|(_, picture)| !picture.is_empty())
        .collect();
    let layouts: Vec<Layout> = pictures.iter().map(|(_, picture)| layout(picture)).collect();
    const HEAD: f64 = 26.0;
    const FOOT: f64 = 22.0;
    const MARGIN: f64 = 16.0;
    let width = layouts.iter().map(|layout| layout.width).fold(320.0, f64::max) + 2.0 * MARGIN;
    let one = |layout: &Layout| HEAD + layout.height + FOOT;
    let height = layouts.iter().map(one).sum::<f64>().max(40.0) + 2.0 * MARGIN;

    let mut page = Markup::default();
    begin(&mut page, width, height, "Request paths");
    page.open("style", &[]);
    page.own(COLORS);
    page.own(STYLE);
    page.close();
    let (wide, high) = (number(width), number(height));
    page.void("rect", &[("class", "p-paper"), ("width", &wide), ("height", &high)]);
    if pictures.is_empty() {
        text(&mut page, "p-head", MARGIN, MARGIN + 16.0, "no location passes requests on");
    }
    let mut y = MARGIN;
    for ((part, picture), layout) in pictures.iter().zip(&layouts) {
        if report.parts.len() > 1 {
            text(&mut page, "p-world", MARGIN, y + 14.0, &part.place.name(std::path::Path::new("/")));
        }
        let shift = format!("translate({} {})", number(MARGIN), number(y + HEAD));
        page.open("g", &[("transform", &shift)]);
        contents(&mut page, part, picture, layout, None);
        page.close();
        y += one(layout);
        text(&mut page, "p-head", MARGIN, y - 4.0, &picture.left_out());
    }
    let mut whole = page.finish();
    whole.push('\n');
    out.write_all(whole.as_bytes())
}

/// Draws one world into a page, which has the styles.
pub(crate) fn draw(page: &mut Markup, part: &Part<'_>, picture: &Picture, links: Links<'_>) {
    let layout = layout(picture);
    begin(page, layout.width, layout.height, "Request paths; the same as text follows below");
    contents(page, part, picture, &layout, links);
    page.close();
}

fn begin(page: &mut Markup, width: f64, height: f64, label: &str) {
    let (wide, high) = (number(width), number(height));
    let view = format!("0 0 {wide} {high}");
    let attributes = [
        ("xmlns", "http://www.w3.org/2000/svg"),
        ("class", "paths"),
        ("role", "group"),
        ("aria-label", label),
        ("viewBox", &*view),
        ("width", &*wide),
        ("height", &*high),
    ];
    page.open("svg", &attributes);
}

fn contents(page: &mut Markup, part: &Part<'_>, picture: &Picture, layout: &Layout, links: Links<'_>) {
    for (x, head) in &layout.heads {
        text(page, "p-head", *x + 2.0, 14.0, head);
    }
    // What is broken is drawn over the rest.
    let mut order: Vec<usize> = (0..layout.lines.len()).collect();
    order.sort_by_key(|at| picture.edges.get(*at).copied().flatten().map(|mark| mark.level));
    for at in order {
        let (Some(line), Some(mark)) = (layout.lines.get(at), picture.edges.get(at)) else { continue };
        marked(page, part, *mark, links, |page| edge(page, line, *mark));
    }
    let nodes = picture.paths.nodes.iter().zip(&picture.nodes).zip(&layout.places);
    for ((node, mark), place) in nodes {
        marked(page, part, *mark, links, |page| self::node(page, node, place, *mark));
    }
}

/// What a finding speaks of leads to it and says its message.
fn marked(
    page: &mut Markup,
    part: &Part<'_>,
    mark: Option<Mark>,
    links: Links<'_>,
    inner: impl FnOnce(&mut Markup),
) {
    let Some((mark, finding)) = mark.and_then(|mark| Some((mark, part.findings.get(mark.finding)?))) else {
        page.open("g", &[]);
        inner(page);
        page.close();
        return;
    };
    let message = format!("{}: {}", mark.level.name(), finding.message);
    match links.and_then(|links| links(mark.finding)) {
        Some(anchor) => page.open("a", &[("href", &anchor), ("aria-label", &message)]),
        None => page.open("g", &[]),
    }
    page.element("title", &[], &message);
    inner(page);
    page.close();
}

fn edge(page: &mut Markup, line: &Line, mark: Option<Mark>) {
    let Some((start, rest)) = line.split_first() else { return };
    let mut d = format!("M{} {}", number(start.0), number(start.1));
    let mut from = *start;
    for (at, to) in rest.iter().enumerate() {
        // Between columns a curve, through a column a straight line.
        if at % 2 == 0 {
            let middle = number((from.0 + to.0) / 2.0);
            let _ = write!(d, "C{middle} {} {middle} {} ", number(from.1), number(to.1));
        } else {
            d.push('L');
        }
        let _ = write!(d, "{} {}", number(to.0), number(to.1));
        from = *to;
    }
    let level = class(mark);
    page.void("path", &[("class", &format!("p-edge {level}")), ("d", &d)]);
    let (x, y) = from;
    let tip = format!(
        "M{} {}L{} {}L{} {}Z",
        number(x - 8.0),
        number(y - 4.5),
        number(x),
        number(y),
        number(x - 8.0),
        number(y + 4.5)
    );
    page.void("path", &[("class", &format!("p-tip {level}")), ("d", &tip)]);
    if let Some(mark) = mark {
        // In the middle of its last curve.
        let before = line.len().checked_sub(2).and_then(|at| line.get(at)).unwrap_or(start);
        badge(page, (before.0 + x) / 2.0, (before.1 + y) / 2.0, mark);
    }
}

fn node(page: &mut Markup, node: &Node, place: &Place, mark: Option<Mark>) {
    let kind = match node.kind {
        Kind::Server => "p-server",
        Kind::Location => "p-location",
        Kind::Group => "p-group",
        Kind::Address => "p-address",
        Kind::Pool => "p-pool",
        Kind::Nginx | Kind::Service => "p-other",
        Kind::Nobody | Kind::Unknown => "p-open",
    };
    if mark.is_none() {
        page.element("title", &[], &format!("{}\u{a0}\u{b7} {}", node.name, node.detail));
    }
    let (x, y) = (number(place.x), number(place.y));
    let (width, height) = (number(place.width), number(HEIGHT));
    let look = format!("p-box {kind} {}", class(mark));
    let box_ =
        [("class", &*look), ("x", &*x), ("y", &*y), ("width", &*width), ("height", &*height), ("rx", "7")];
    page.void("rect", &box_);
    let in_the_middle = node.kind == Kind::Address;
    let name = fit(&node.name, room(place.width, NAME), in_the_middle);
    let detail = fit(&node.detail, room(place.width, DETAIL), node.kind == Kind::Location);
    let left = place.x + 13.0;
    if detail.is_empty() {
        text(page, "p-name", left, place.y + HEIGHT / 2.0 + 4.5, &name);
    } else {
        text(page, "p-name", left, place.y + 19.0, &name);
        text(page, "p-detail", left, place.y + 34.0, &detail);
    }
    if let Some(mark) = mark.filter(|_| !matches!(node.kind, Kind::Address | Kind::Nobody)) {
        badge(page, place.x + place.width - 3.0, place.y + 3.0, mark);
    }
}

/// A cross for an error, an exclamation mark for a warning: colour alone tells nobody enough.
fn badge(page: &mut Markup, x: f64, y: f64, mark: Mark) {
    let level = class(Some(mark));
    let (cx, cy) = (number(x), number(y));
    page.void("circle", &[("class", &format!("p-badge {level}")), ("cx", &cx), ("cy", &cy), ("r", "8")]);
    let at = |dx: f64, dy: f64| format!("{} {}", number(x + dx), number(y + dy));
    let d = match mark.level {
        Level::Error => format!("M{}L{}M{}L{}", at(-3.2, -3.2), at(3.2, 3.2), at(-3.2, 3.2), at(3.2, -3.2)),
        _ => format!("M{}L{}M{}L{}", at(0.0, -4.4), at(0.0, 0.8), at(0.0, 3.9), at(0.0, 4.0)),
    };
    page.void("path", &[("class", "p-sign"), ("d", &d)]);
}

fn text(page: &mut Markup, class: &str, x: f64, y: f64, text: &str) {
    if !text.is_empty() {
        page.element("text", &[("class", class), ("x", &number(x)), ("y", &number(y))], text);
    }
}

fn class(mark: Option<Mark>) -> &'static str {
    match mark.map(|mark| mark.level) {
        Some(Level::Error) => "error",
        Some(Level::Warning) => "warning",
        _ => "sound",
    }
}

/// A length, to a tenth.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
