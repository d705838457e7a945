//! Where the nodes of a picture stand: columns from left to right, each station as near as it can be to what leads
//! to it.

use gatelint_model::paths::{Kind, Paths};

use super::Picture;

/// The height of a box.
pub(super) const HEIGHT: f64 = 44.0;
/// Between two boxes, one above the other.
const GAP: f64 = 14.0;
/// The height of the gap that a line takes through a column.
const LANE: f64 = 8.0;
/// Between two columns.
const BETWEEN: f64 = 56.0;
/// The narrowest box.
const NARROWEST: f64 = 110.0;
/// The widest box, in a picture that fits on a screen with it, and in others.
const WIDEST: (f64, f64) = (272.0, 228.0);
/// The width of a screen.
const SCREEN: f64 = 1280.0;
/// Left and right of the text in a box, together.
const PADDING: f64 = 26.0;
/// The width of a character of a name and of a detail: fonts of equal widths are at most 0.62 em wide.
pub(super) const NAME: f64 = 12.5 * 0.62;
pub(super) const DETAIL: f64 = 10.5 * 0.62;

/// A box.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    pub(super) x: f64,
    /// Its upper edge.
    pub(super) y: f64,
    pub(super) width: f64,
}

/// A line: the points through which it goes, two for each column that it crosses.
pub(super) type Line = Vec<(f64, f64)>;

/// A picture with places.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) places: Vec<Place>,
    pub(super) lines: Vec<Line>,
    /// What stands above the columns, with its left edge.
    pub(super) heads: Vec<(f64, &'static str)>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// What takes room in a column: a node, or a line on its way (the edge, by index).
#[derive(Clone, Copy, Debug, PartialEq)]
enum Item {
    Node(usize),
    Lane(usize),
}

impl Item {
    fn height(self) -> f64 {
        match self {
            Self::Node(_) => HEIGHT,
            Self::Lane(_) => LANE,
        }
    }
}

/// A column: its items from the top, each with its middle.
type Column = Vec<(Item, f64)>;

/// The heads of the columns.
const HEADS: [&str; 5] = ["server", "location", "upstream", "address", "who answers"];

pub(super) fn layout(picture: &Picture) -> Layout {
    let paths = &picture.paths;
    let mut columns: [Column; 5] = std::array::from_fn(|_| Column::new());
    let used: [bool; 5] = std::array::from_fn(|at| paths.nodes.iter().any(|node| node.kind.column() == at));

    // Locations stand in a row, those of one server together; a server stands before their middle.
    let locations: Vec<usize> = paths
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.kind == Kind::Location)
        .map(|(at, _)| at)
        .collect();
    let step = HEIGHT + GAP;
    let mut middles: Vec<f64> = vec![0.0; paths.nodes.len()];
    {
        let [servers, row, ..] = &mut columns;
        *row = locations.iter().enumerate().map(|(at, node)| (Item::Node(*node), at as f64 * step)).collect();
        note(row, &mut middles);
        *servers = wanted(paths, Kind::Server, |edge, node| (edge.from == node).then_some(edge.to), &middles);
        settle(servers);
        note(servers, &mut middles);
    }
    let mut lanes: Vec<Vec<f64>> = vec![Vec::new(); paths.edges.len()];
    for at in 2..columns.len() {
        if !used.get(at).copied().unwrap_or(false) {
            continue;
        }
        let mut column = Column::new();
        for (index, _) in paths.nodes.iter().enumerate().filter(|(_, node)| node.kind.column() == at) {
            let before: Vec<f64> = paths
                .edges
                .iter()
                .enumerate()
                .filter(|(_, edge)| edge.to == index)
                .filter_map(|(edge, ends)| {
                    lanes.get(edge).and_then(|lane| lane.last()).or(middles.get(ends.from)).copied()
                })
                .collect();
            column.push((Item::Node(index), mean(&before)));
        }
        for (index, edge) in paths.edges.iter().enumerate() {
            let of = |node: usize| paths.nodes.get(node).map_or(0, |node| node.kind.column());
            if of(edge.from) < at && of(edge.to) > at {
                let last = lanes.get(index).and_then(|lane| lane.last()).or(middles.get(edge.from));
                column.push((Item::Lane(index), last.copied().unwrap_or_default()));
            }
        }
        column.sort_by(|a, b| a.1.total_cmp(&b.1));
        settle(&mut column);
        note(&column, &mut middles);
        for (item, y) in &column {
            if let Item::Lane(edge) = item
                && let Some(lane) = lanes.get_mut(*edge)
            {
                lane.push(*y);
            }
        }
        if let Some(place) = columns.get_mut(at) {
            *place = column;
        }
    }
    place(paths, &columns, &used, &middles)
}

/// The nodes of a kind, each beside the middle of its neighbours.
fn wanted(
    paths: &Paths,
    kind: Kind,
    neighbour: impl Fn(&gatelint_model::paths::Edge, usize) -> Option<usize>,
    middles: &[f64],
) -> Column {
    let nodes = paths.nodes.iter().enumerate().filter(|(_, node)| node.kind == kind);
    let column = nodes.map(|(index, _)| {
        let beside = paths.edges.iter().filter_map(|edge| middles.get(neighbour(edge, index)?).copied());
        (Item::Node(index), mean(&beside.collect::<Vec<_>>()))
    });
    column.collect()
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn note(column: &Column, middles: &mut [f64]) {
    for (item, y) in column {
        if let Item::Node(index) = item
            && let Some(middle) = middles.get_mut(*index)
        {
            *middle = *y;
        }
    }
}

/// Moves the items of a column apart, as little as possible: those that touch move together to their mean.
fn settle(column: &mut Column) {
    // Runs of touching items: how many, where the first one is wanted, their sum, their length.
    struct Run {
        count: usize,
        sum: f64,
        length: f64,
    }
    let mut runs: Vec<Run> = Vec::new();
    for (item, y) in column.iter() {
        let room = item.height() + GAP;
        let mut run = Run { count: 1, sum: y - room / 2.0, length: room };
        while let Some(last) = runs.last() {
            let end = last.sum / last.count as f64 + last.length;
            if end <= run.sum / run.count as f64 {
                break;
            }
            // What the later ones want, seen from the first of the run before.
            let sum = last.sum + run.sum - run.count as f64 * last.length;
            run = Run { count: last.count + run.count, sum, length: last.length + run.length };
            runs.pop();
        }
        runs.push(run);
    }
    let mut items = column.iter_mut();
    for run in runs {
        let mut top = run.sum / run.count as f64;
        for (item, y) in items.by_ref().take(run.count) {
            let room = item.height() + GAP;
            *y = top + room / 2.0;
            top += room;
        }
    }
}

fn place(paths: &Paths, columns: &[Column; 5], used: &[bool; 5], middles: &[f64]) -> Layout {
    let all = || columns.iter().flatten();
    let top = all().map(|(item, y)| y - item.height() / 2.0).fold(f64::INFINITY, f64::min);
    let bottom = all().map(|(item, y)| y + item.height() / 2.0).fold(f64::NEG_INFINITY, f64::max);
    // Above the first box: the heads.
    let shift = 34.0 - top;
    let mut out = Layout {
        places: vec![Place::default(); paths.nodes.len()],
        lines: vec![Line::new(); paths.edges.len()],
        ..Layout::default()
    };
    let natural = |at: usize| {
        let nodes = paths.nodes.iter().filter(|node| node.kind.column() == at);
        nodes.map(width).fold(NARROWEST, f64::max)
    };
    let wide: f64 = (0..columns.len())
        .filter(|at| used.get(*at).copied().unwrap_or(false))
        .map(|at| natural(at).min(WIDEST.0) + BETWEEN)
        .sum();
    let widest = if wide <= SCREEN { WIDEST.0 } else { WIDEST.1 };
    let mut x = 4.0;
    // The left and right edges of the columns.
    let mut edges = [(0.0, 0.0); 5];
    for (at, column) in columns.iter().enumerate() {
        if !used.get(at).copied().unwrap_or(false) {
            continue;
        }
        let width = natural(at).min(widest);
        out.heads.extend(HEADS.get(at).map(|head| (x, *head)));
        if let Some(edge) = edges.get_mut(at) {
            *edge = (x, x + width);
        }
        for (item, y) in column {
            match item {
                Item::Node(index) => {
                    if let Some(place) = out.places.get_mut(*index) {
                        *place = Place { x, y: y + shift - HEIGHT / 2.0, width };
                    }
                }
                Item::Lane(edge) => {
                    if let Some(line) = out.lines.get_mut(*edge) {
                        line.extend([(x, y + shift), (x + width, y + shift)]);
                    }
                }
            }
        }
        x += width + BETWEEN;
    }
    for (edge, line) in paths.edges.iter().zip(&mut out.lines) {
        let column = |node: usize| paths.nodes.get(node).and_then(|node| edges.get(node.kind.column()));
        let middle = |node: usize| middles.get(node).copied().unwrap_or_default() + shift;
        let start = column(edge.from).map_or(0.0, |edges| edges.1);
        let end = column(edge.to).map_or(0.0, |edges| edges.0);
        line.insert(0, (start, middle(edge.from)));
        line.push((end, middle(edge.to)));
    }
    out.width = (x - BETWEEN + 4.0).max(1.0);
    out.height = if bottom.is_finite() { bottom + shift + 6.0 } else { 1.0 };
    out
}

fn width(node: &gatelint_model::paths::Node) -> f64 {
    let name = cells(&node.name) as f64 * NAME;
    let detail = cells(&node.detail) as f64 * DETAIL;
    name.max(detail) + PADDING
}

/// How many characters of a box's width fit in it.
pub(super) fn room(width: f64, char: f64) -> usize {
    ((width - PADDING) / char + 0.01) as usize
}

/// The width of a text in cells, rather too wide: what is not plain ASCII may take two.
pub(super) fn cells(text: &str) -> usize {
    text.chars().map(wide).sum()
}

fn wide(char: char) -> usize {
    if char.is_ascii() { 1 } else { 2 }
}

/// A text cut to so many cells: at its end, or in the middle, where the end tells more.
pub(super) fn fit(text: &str, room: usize, in_the_middle: bool) -> String {
    if cells(text) <= room {
        return text.to_owned();
    }
    let tail_room = if in_the_middle { room.saturating_sub(2) / 2 } else { 0 };
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| {
        let mut used = 0;
        let mut out = Vec::new();
        for char in chars {
            used += wide(char);
            if used > room {
                break;
            }
            out.push(char);
        }
        out
    };
    let head = take(&mut text.chars(), room.saturating_sub(2 + tail_room));
    let tail = take(&mut text.chars().rev(), tail_room);
    head.into_iter().chain(['…']).chain(tail.into_iter().rev()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_do_not_overlap_and_stay_near() {
        let mut column: Column =
            [0.0, 0.0, 10.0, 500.0].iter().enumerate().map(|(at, y)| (Item::Node(at), *y)).collect();
        settle(&mut column);
        let ys: Vec<f64> = column.iter().map(|(_, y)| *y).collect();
        assert!(ys.windows(2).all(|pair| pair[1] - pair[0] >= HEIGHT + GAP - 0.001), "{ys:?}");
        assert!((ys[3] - 500.0).abs() < 0.001, "{ys:?}");
        assert!((ys[1] - 10.0 / 3.0).abs() < 0.001, "{ys:?}");
    }

    #[test]
    fn texts_are_cut_to_their_room() {
        assert_eq!(fit("unix:/run/php/a-long-name/php8.2-fpm.sock", 20, true), "unix:/run…-fpm.sock");
        assert_eq!(fit("abcdefgh", 6, false), "abcd…");
        assert_eq!(fit("short", 6, false), "short");
    }
}
