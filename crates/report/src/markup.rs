//! HTML and SVG, written so that no text can become markup: names of elements and attributes are ours, everything
//! else is cleaned and escaped on its way in.

use quick_xml::escape::escape;

use crate::clean;

/// An attribute.
pub(crate) type Attribute<'a> = (&'static str, &'a str);

/// A document in the making.
#[derive(Debug, Default)]
pub(crate) struct Markup {
    out: String,
    open: Vec<&'static str>,
}

impl Markup {
    /// Text of our own, as it is: the head of a document, a style sheet.
    pub(crate) fn own(&mut self, text: &'static str) {
        self.out.push_str(text);
    }

    /// Begins an element.
    pub(crate) fn open(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.start(tag, attributes);
        self.out.push('>');
        self.open.push(tag);
    }

    /// Ends the element that was begun last.
    pub(crate) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.out.push_str("</");
            self.out.push_str(tag);
            self.out.push('>');
        }
    }

    /// An element without content.
    pub(crate) fn void(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.start(tag, attributes);
        self.out.push_str("/>");
    }

    /// An element that holds text alone.
    pub(crate) fn element(&mut self, tag: &'static str, attributes: &[Attribute<'_>], text: &str) {
        self.open(tag, attributes);
        self.text(text);
        self.close();
    }

    /// Text on one line.
    pub(crate) fn text(&mut self, text: &str) {
        self.out.push_str(&escape(clean(text)));
    }

    /// Text in which names stand in backticks.
    pub(crate) fn prose(&mut self, text: &str) {
        let parts: Vec<&str> = text.split('`').collect();
        // Without its end a backtick is none.
        let is_paired = parts.len() % 2 == 1;
        for (index, part) in parts.iter().enumerate() {
            if index % 2 == 1 && is_paired {
                self.element("code", &[], part);
            } else {
                if index > 0 && !is_paired {
                    self.text("`");
                }
                self.text(part);
            }
        }
    }

    /// The whole document; what is still open is closed.
    pub(crate) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn start(&mut self, tag: &'static str, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(tag);
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            self.out.push_str(&escape(clean(value)));
            self.out.push('"');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text() {
        let mut page = Markup::default();
        page.open("p", &[("title", "\"><img src=x onerror=y>\n")]);
        page.prose("`<b>` & ` one");
        page.prose("a `</p>` b");
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;img src=x onerror=y&gt;?\">`&lt;b&gt;` &amp; ` one\
             a <code>&lt;/p&gt;</code> b</p>"
        );
    }
}
