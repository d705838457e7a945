//! What PHP's own scanner makes of a line, and of a file. Every expectation was printed by PHP 8.2.

use gatelint_syntax::ini::{Reader, Statement, Text, parse};

/// The statements of `text` as `[section]`, `key=value`, `key[index]=value` or `key`, then `!message`.
fn read(text: &[u8], reader: Reader) -> Vec<String> {
    let document = parse(text, reader);
    let show = |text: &Text| match &text.bytes {
        Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        None => "?".into(),
    };
    let statements = document.statements.iter().map(|statement| match statement {
        Statement::Section(section) => format!("[{}]", show(&section.name)),
        Statement::Entry(entry) => {
            let key = String::from_utf8_lossy(entry.key.of(text));
            let index = entry.index.as_ref().map(|index| format!("[{}]", show(index))).unwrap_or_default();
            let value = entry.value.as_ref().map(|value| format!("={}", show(value))).unwrap_or_default();
            format!("{key}{index}{value}")
        }
    });
    let errors = document.errors.iter().map(|error| format!("!{} {}", error.message, error.line));
    statements.chain(errors).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(read(text.as_bytes(), Reader::Lines), expected, "{text:?}");
}

#[test]
fn values() {
    check("a = b", &["a=b"]);
    check("\t a b  =  c d \t\n", &["a b=c d"]);
    check("a = b ; c\na = b;c\n;d\n # e", &["a=b", "a=b", "# e"]);
    check("a = yes\na=Off\na = none\na = null\na = on-line", &["a=1", "a=", "a=", "a=", "a=on-line"]);
    check("a =", &["a="]);
    check("a = it's", &["a=it"]);
    check("a = ''", &["a=", "'"]);
    check("a = 'b;c' d", &["a=b;c d"]);
    check(r#"a = "b;c" "d"e"#, &["a=b;cde"]);
    check(r#"a = "x\"y\\z\n\$q""#, &[r#"a=x"y\z\n$q"#]);
    check("a = \"C:\\\"", &["a=C:\\"]);
    check("a = b$c $pool", &["a=b$c $pool"]);
    check("a = ${B}\na = x\"${B:-c}\"", &["a=?", "a=?"]);
    check("a = E_ALL & ~E_NOTICE\na = \"E_ALL\"\na = e_all", &["a=32759", "a=E_ALL", "a=e_all"]);
    check("a = PHP_VERSION", &["a=?"]);
    check("a = b|c\na = 1|2\na = (1^3)\na = !1\na = 5 | 2 & 4", &["a=0", "a=3", "a=2", "a=0", "a=4"]);
}

#[test]
fn keys_and_sections() {
    check("[www]\n[ a b ]\n['x']\n[\"y\"]\n[]", &["[www]", "[ a b ]", "[x]", "[y]", "[]"]);
    check("[a]b = c", &["[a]", "b=c"]);
    check("a[b] = c\na['b'] = c\na[ b ]=c\na[] = c", &["a[b]=c", "a[b]=c", "a[b ]=c", "a[]=c"]);
    check("a\n#a = b\na:b", &["a", "#a=b", "a:b"]);
    check("a = b\r\nc = d\re = f", &["a=b", "c=d", "e=f"]);
    check("\u{feff}[a]\n\u{feff}b = c", &["[a]", "b=c"]);
    check("a = b\0c", &["a=b"]);
}

#[test]
fn mistakes() {
    check("a = b=c\nd = e", &["a=b", "d=e", "!syntax error, unexpected '=' 1"]);
    check("a = b(c)", &["a=b", "!syntax error, unexpected '(' 1"]);
    check("on = 1", &["!syntax error, unexpected BOOL_TRUE 1"]);
    check("\"a\" = 1", &["!syntax error, unexpected '\"' 1"]);
    check("a[b]  c", &["!syntax error, unexpected TC_LABEL, expecting '=' 1"]);
    check("a[b", &["!syntax error, unexpected end of file, expecting ']' 1"]);
    check("[a", &["!syntax error, unexpected end of file, expecting ']' 1"]);
    check("a = (1", &["!syntax error, unexpected END_OF_LINE, expecting '^' or '|' or '&' or ')' 2"]);
    check("a = 1 |", &["!syntax error, unexpected END_OF_LINE 2"]);
    check("a = 'b", &["!syntax error, unexpected end of file 1"]);
    check("a = ${b", &["!syntax error, unexpected end of file, expecting '}' 1"]);
    let unterminated =
        "!syntax error, unexpected end of file, expecting TC_DOLLAR_CURLY or TC_QUOTED_STRING or '\"' 2";
    check("a = \"b", &[unterminated]);
}

#[test]
fn strings_span_lines_only_in_whole_files() {
    let text = "a = \"b\nc\"\nd = 'e\nf'\ng = h=i\nj = k\n";
    assert_eq!(
        read(text.as_bytes(), Reader::Whole),
        ["a=b\nc", "d=e\nf", "g=h", "!syntax error, unexpected '=' 4"]
    );
    assert_eq!(parse(text.as_bytes(), Reader::Lines).errors.len(), 4);
}

#[test]
fn places() {
    let text = "; one\n[www] ; two\n  env[A]  = \"b c\" ; three\nk = (1 | 2)\n";
    let document = parse(text.as_bytes(), Reader::Lines);
    let slice =
        |range: gatelint_syntax::TextRange| String::from_utf8_lossy(range.of(text.as_bytes())).into_owned();
    let comments: Vec<_> = document.comments.iter().map(|range| slice(*range)).collect();
    assert_eq!(comments, ["; one", "; two", "; three"]);
    let [Statement::Section(section), Statement::Entry(env), Statement::Entry(sum)] =
        &document.statements[..]
    else {
        panic!("{document:?}");
    };
    assert_eq!(slice(section.range), "[www]");
    assert_eq!((slice(env.key), slice(env.range())), ("env".into(), "env[A]  = \"b c\"".into()));
    assert_eq!(env.value.as_ref().map(|value| slice(value.range)).as_deref(), Some("\"b c\""));
    assert_eq!(sum.value.as_ref().map(|value| slice(value.range)).as_deref(), Some("(1 | 2)"));
}

#[test]
fn hostile_texts_end() {
    for reader in [Reader::Lines, Reader::Whole] {
        for unit in ["(", "~", "1|", "\"", "'", "${", "[", "a=", "$", "\\", "\0", "=", "a[\"${"] {
            parse(unit.repeat(200_000).as_bytes(), reader);
            parse(format!("a = {}", unit.repeat(200_000)).as_bytes(), reader);
        }
        parse(&(0..=255).cycle().take(100_000).collect::<Vec<u8>>(), reader);
    }
}
