//! The picture as text, for who does not see it.

use std::collections::HashMap;

use crate::Part;
use crate::markup::Markup;
use crate::picture::{Mark, Picture};

/// The most ways that are written out.
const MAX_WAYS: usize = 300;

/// A way: nodes by index, and the worst mark on it.
struct Way {
    nodes: Vec<usize>,
    mark: Option<Mark>,
}

pub(super) fn ways(
    page: &mut Markup,
    part: &Part<'_>,
    picture: &Picture,
    anchor: &dyn Fn(usize) -> Option<String>,
) {
    let (ways, is_whole) = walk(picture);
    page.open("details", &[("class", "ways")]);
    page.element("summary", &[], "The same as text");
    page.open("ul", &[]);
    for way in &ways {
        page.open("li", &[]);
        for (index, node) in way.nodes.iter().filter_map(|node| picture.paths.nodes.get(*node)).enumerate() {
            if index > 0 {
                page.text(" → ");
            }
            page.element("code", &[], &node.name);
        }
        if let Some(mark) = way.mark
            && let Some(finding) = part.findings.get(mark.finding)
        {
            page.text(" ");
            page.element("span", &[("class", &format!("level {}", mark.level.name()))], mark.level.name());
            page.text(" ");
            match anchor(mark.finding) {
                Some(anchor) => page.open("a", &[("href", &anchor)]),
                None => page.open("span", &[]),
            }
            page.prose(&finding.message);
            page.close();
        }
        page.close();
    }
    page.close();
    if !is_whole {
        page.element("p", &[("class", "quiet")], "More ways are in the picture.");
    }
    page.close();
}

/// Every way from a server to an end, the first 300, and whether these are all.
fn walk(picture: &Picture) -> (Vec<Way>, bool) {
    let mut next: HashMap<usize, Vec<(usize, Option<Mark>)>> = HashMap::new();
    for (edge, mark) in picture.paths.edges.iter().zip(&picture.edges) {
        next.entry(edge.from).or_default().push((edge.to, *mark));
    }
    let mark_of = |node: usize| picture.nodes.get(node).copied().flatten();
    let servers = picture.paths.nodes.iter().enumerate().filter(|(_, node)| node.kind.column() == 0);
    let begin = |at: usize| Way { nodes: vec![at], mark: mark_of(at) };
    let mut pending: Vec<Way> = servers.map(|(at, _)| begin(at)).collect();
    pending.reverse();
    let mut ways = Vec::new();
    while let Some(way) = pending.pop() {
        if ways.len() == MAX_WAYS {
            return (ways, false);
        }
        let Some(followers) = way.nodes.last().and_then(|last| next.get(last)) else {
            ways.push(way);
            continue;
        };
        for (to, mark) in followers.iter().rev() {
            let mut nodes = way.nodes.clone();
            nodes.push(*to);
            let marks = [way.mark, *mark, mark_of(*to)];
            // Of equals the first.
            let worst = marks.into_iter().flatten().rev().max_by_key(|mark| mark.level);
            pending.push(Way { nodes, mark: worst });
        }
    }
    (ways, true)
}
