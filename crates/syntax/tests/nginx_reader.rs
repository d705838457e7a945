//! What nginx's reader makes of a text: words, blocks and the places where it stops.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test says what it expects by failing")]

use gatelint_syntax::lines::LineIndex;
use gatelint_syntax::nginx::{Ending, NodeId, Tree, parse};

/// One line a directive, indented by depth, words in `<>`, errors last.
fn dump(text: &[u8]) -> String {
    let tree = parse(text);
    let mut out = String::new();
    let mut open: Vec<(usize, NodeId)> = tree.top().map(|id| (0, id)).collect();
    open.reverse();
    while let Some((depth, id)) = open.pop() {
        out.push_str(&"  ".repeat(depth));
        for word in tree.words(id) {
            out.push_str(&format!("<{}>", String::from_utf8_lossy(&word.value(text))));
        }
        out.push_str(match tree.node(id).unwrap().ending() {
            Ending::Semicolon => ";",
            Ending::Block => "{",
            Ending::Raw => "{raw",
            Ending::Missing => "?",
        });
        out.push('\n');
        let mut children: Vec<_> = tree.children(id).map(|child| (depth + 1, child)).collect();
        children.reverse();
        open.extend(children);
    }
    for error in tree.errors() {
        out.push_str(&format!("{}: {}\n", LineIndex::new(text).line(error.at), error.kind.message()));
    }
    out
}

fn check(text: &str, expected: &str) {
    assert_eq!(dump(text.as_bytes()).trim_end(), expected, "{text:?}");
}

#[test]
fn words() {
    check("a b  c;", "<a><b><c>;");
    check("a 'b c' \"d;e\";", "<a><b c><d;e>;");
    check("a b'c\"d e}f g#h;", "<a><b'c\"d><e}f><g#h>;");
    check("a #b;\nc;", "<a><c>;");
    check(r#"a "\"\\\t\$" b\ c;"#, "<a><\"\\\t\\$><b\\ c>;");
    check("a ${b}c $d{ e; }", "<a><${b}c><$d>{\n  <e>;");
    check("a \"b\";c 'd'{e;}", "<a><b>;\n<c><d>{\n  <e>;");
    check("if ($a = \"b\") { c; }", "<if><($a><=><b><)>{\n  <c>;");
    check("\u{feff}user x;\r\nb;", "<\u{feff}user><x>;\n<b>;");
}

#[test]
fn refusals() {
    check("a", "<a>?\n1: unexpected end of file, expecting \";\" or \"}\"");
    check("a {\n b;\n", "<a>{\n  <b>;\n3: unexpected end of file, expecting \"}\"");
    check("a {\n b }\nc;", "<a>{\n  <b>?\n<c>;\n2: unexpected \"}\"");
    check("a;;b;", "<a>;\n<b>;\n1: unexpected \";\"");
    check("a;\n}\nb;", "<a>;\n<b>;\n2: unexpected \"}\"");
    check("{ a; } b;", "{\n  <a>;\n<b>;\n1: unexpected \"{\"");
    check("a 'b'c;", "<a><b><c>;\n1: unexpected \"c\"");
    check("a 'b;\nc;\n", "<a><b;\nc;\n>?\n3: unexpected end of file, expecting \";\" or \"}\"");
}

#[test]
fn lua_is_not_configuration() {
    let lua = "x_by_lua_block { if a then b = \"}\" -- }\n c = [==[ } ]==] t = {1, {2}} end }\nd;";
    check(lua, "<x_by_lua_block>{raw\n<d>;");
    let cut = "\nx_by_lua_block { a = {1}\n";
    let message = "2: unexpected end of file, expecting terminating characters for lua code block";
    check(cut, &format!("<x_by_lua_block>{{raw\n{message}"));
}

#[test]
fn any_bytes_give_a_tree() {
    check("", "");
    assert_eq!(dump(b"a \0\xff b;"), "<a><\0\u{fffd}><b>;\n");
    let deep = "a{".repeat(100_000);
    let tree: Tree = parse(deep.as_bytes());
    assert_eq!((tree.len(), tree.errors().len()), (100_000, 1));
    let long = format!("a {};\n#{}\nb;", "x".repeat(5000), "y".repeat(5000));
    let messages: Vec<_> = parse(long.as_bytes()).errors().iter().map(|error| error.kind.message()).collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], "too long parameter \"xxxxxxxxxx...\" started");
}
