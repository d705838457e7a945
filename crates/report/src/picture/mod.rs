//! The ways of requests, and which findings break them.

mod dot;
mod layout;
mod mermaid;
mod svg;

pub use dot::dot;
pub use mermaid::mermaid;
pub use svg::svg;
pub(crate) use svg::{STYLE, draw};

use std::collections::HashMap;

use gatelint_lint::{Finding, Level};
use gatelint_model::paths::{Bounds, Kind, Paths};
use gatelint_syntax::{FileId, Span};

use crate::Part;

/// The most findings that are looked for in a picture, the worst first.
const MAX_FINDINGS: usize = 2000;

/// What is drawn of one world.
#[derive(Debug)]
pub(crate) struct Picture {
    pub(crate) paths: Paths,
    /// For each node what is said of it.
    pub(crate) nodes: Vec<Option<Mark>>,
    /// For each edge what breaks it.
    pub(crate) edges: Vec<Option<Mark>>,
}

/// A finding at a node or an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) level: Level,
    /// Its number in the part.
    pub(crate) finding: usize,
}

/// A node or an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Node(usize),
    Edge(usize),
}

/// A place of an element: a directive or value of its own, or the block around others.
type Spot = (Span, Element);

/// Draws one world with the findings that are shown of it; what is merely worth knowing breaks nothing.
pub(crate) fn picture(part: &Part<'_>) -> Picture {
    let mut findings: Vec<(usize, &Finding)> = part.findings.iter().copied().enumerate().collect();
    findings.retain(|(_, finding)| finding.level > Level::Info);
    findings.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.level));
    findings.truncate(MAX_FINDINGS);
    let mut places: HashMap<FileId, Vec<(Span, u8)>> = HashMap::new();
    for (_, finding) in &findings {
        let span = finding.primary.span;
        places.entry(span.file).or_default().push((span, finding.level as u8));
    }
    let rank = |span: Span| {
        let all = places.get(&span.file).into_iter().flatten();
        all.filter(|(at, _)| overlaps(*at, span)).map(|(_, rank)| *rank).max().unwrap_or(0)
    };
    let paths = part.loaded.stack.paths(Bounds::default(), &rank);
    let mut picture =
        Picture { nodes: vec![None; paths.nodes.len()], edges: vec![None; paths.edges.len()], paths };
    picture.mark(&findings);
    picture
}

impl Picture {
    fn mark(&mut self, findings: &[(usize, &Finding)]) {
        let (own, blocks) = self.spots();
        for &(number, finding) in findings {
            let mark = Mark { level: finding.level, finding: number };
            let at = finding.primary.span;
            let mut hit = at_span(&own, at);
            if hit.is_empty() {
                hit = innermost(&blocks, at);
            }
            // Evidence elsewhere belongs to it where it touches: the other end of the same connection.
            let near: Vec<Element> = finding
                .related
                .iter()
                .flat_map(|label| at_span(&own, label.span))
                .filter(|other| hit.iter().any(|one| self.touch(*one, *other)))
                .collect();
            for element in hit.into_iter().chain(near) {
                self.set(element, mark);
            }
        }
        // Where nobody listens, the address is as broken as the way to it.
        for index in 0..self.edges.len() {
            let (Some(edge), Some(mark)) =
                (self.paths.edges.get(index), self.edges.get(index).copied().flatten())
            else {
                continue;
            };
            let (from, to) = (edge.from, edge.to);
            if self.paths.nodes.get(to).is_some_and(|node| node.kind == Kind::Nobody) {
                self.set(Element::Node(to), mark);
                self.set(Element::Node(from), mark);
            }
        }
    }

    /// The places of all elements: their own, and the blocks around them.
    fn spots(&self) -> (Vec<Spot>, Vec<Spot>) {
        let mut own = Vec::new();
        let mut blocks = Vec::new();
        for (index, edge) in self.paths.edges.iter().enumerate() {
            own.extend(edge.spans.iter().map(|span| (*span, Element::Edge(index))));
        }
        for (index, node) in self.paths.nodes.iter().enumerate() {
            own.extend(node.spans.iter().map(|span| (*span, Element::Node(index))));
            blocks.extend(node.block.map(|span| (span, Element::Node(index))));
        }
        (own, blocks)
    }

    /// Whether two elements meet; an edge meets its nodes, and edges that share one.
    fn touch(&self, one: Element, other: Element) -> bool {
        let ends = |element: Element| match element {
            Element::Node(index) => (index, index),
            Element::Edge(index) => self.paths.edges.get(index).map_or((0, 0), |edge| (edge.from, edge.to)),
        };
        let (a, b) = (ends(one), ends(other));
        one != other && (a.0 == b.0 || a.0 == b.1 || a.1 == b.0 || a.1 == b.1)
    }

    /// The worst, and of equals the first, counts.
    fn set(&mut self, element: Element, mark: Mark) {
        let place = match element {
            Element::Node(index) => self.nodes.get_mut(index),
            Element::Edge(index) => self.edges.get_mut(index),
        };
        if let Some(place) = place
            && place.is_none_or(|old| old.level < mark.level)
        {
            *place = Some(mark);
        }
    }

    /// Whether there is anything to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.paths.nodes.is_empty()
    }

    /// What is left out, in one sentence; empty where nothing is.
    pub(crate) fn left_out(&self) -> String {
        let paths = &self.paths;
        let count = |count: usize, one: &str, many: &str| match count {
            0 => None,
            1 => Some(format!("1 {one}")),
            count => Some(format!("{count} {many}")),
        };
        let parts = [
            count(paths.servers_left_out, "more server", "more servers"),
            count(paths.locations_left_out, "more location", "more locations"),
            count(paths.members_left_out, "more server of a group", "more servers of groups"),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if parts.is_empty() { String::new() } else { format!("not drawn: {}", parts.join(", ")) }
    }
}

fn overlaps(a: Span, b: Span) -> bool {
    a.file == b.file && a.start < b.end.max(b.start + 1) && b.start < a.end.max(a.start + 1)
}

/// The elements of which something stands at a place.
fn at_span(spots: &[Spot], at: Span) -> Vec<Element> {
    let mut found: Vec<Element> =
        spots.iter().filter(|(span, _)| overlaps(*span, at)).map(|(_, element)| *element).collect();
    found.dedup();
    found
}

/// The elements whose block is the smallest around a place.
fn innermost(blocks: &[Spot], at: Span) -> Vec<Element> {
    let around = |(span, _): &&Spot| span.file == at.file && span.start <= at.start && at.end <= span.end;
    let smallest = blocks.iter().filter(around).map(|(span, _)| span.end - span.start).min();
    let is_it = |(span, _): &&Spot| Some(span.end - span.start) == smallest;
    blocks.iter().filter(around).filter(is_it).map(|(_, element)| *element).collect()
}
