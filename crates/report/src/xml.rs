//! JUnit's and Checkstyle's reports.

use std::collections::BTreeMap;
use std::io::{self, Write};

use gatelint_lint::Level;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::Report;
use crate::record::{Record, records};

/// Writes a test suite with a failing case for each finding, or a passing one where there is none.
///
/// # Errors
/// When `out` does not take it.
pub fn junit(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let records = records(report);
    let (tests, failures) = (records.len().max(1).to_string(), records.len().to_string());
    let mut xml = start(out)?;
    let attributes = [("name", "gatelint"), ("tests", &*tests), ("failures", &*failures), ("errors", "0")];
    xml.create_element("testsuites").with_attributes(attributes).write_inner_content(|xml| {
        xml.create_element("testsuite").with_attributes(attributes).write_inner_content(|xml| {
            if records.is_empty() {
                let passed = [("name", "configuration"), ("classname", "gatelint")];
                xml.create_element("testcase").with_attributes(passed).write_empty()?;
            }
            records.iter().try_for_each(|record| case(xml, record))
        })?;
        Ok(())
    })?;
    xml.into_inner().write_all(b"\n")
}

fn case<W: Write>(xml: &mut Writer<W>, record: &Record) -> io::Result<()> {
    let at = &record.primary;
    // The line is part of the name: the schemas of this format know no attribute for it.
    let name = format!("{} {}:{}:{}", record.rule, at.file, at.line, at.column);
    let attributes = [("name", &*name), ("classname", record.rule), ("file", &*at.file)];
    xml.create_element("testcase").with_attributes(attributes).write_inner_content(|xml| {
        let failure = [("type", record.level.name()), ("message", &*record.message)];
        xml.create_element("failure")
            .with_attributes(failure)
            .write_text_content(BytesText::new(&record.whole()))?;
        Ok(())
    })?;
    Ok(())
}

/// Writes the findings of each file.
///
/// # Errors
/// When `out` does not take it.
pub fn checkstyle(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let records = records(report);
    let mut files: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in &records {
        files.entry(&record.primary.file).or_default().push(record);
    }
    let mut xml = start(out)?;
    xml.create_element("checkstyle").with_attribute(("version", "4.3")).write_inner_content(|xml| {
        for (file, records) in &files {
            xml.create_element("file")
                .with_attribute(("name", *file))
                .write_inner_content(|xml| records.iter().try_for_each(|record| error(xml, record)))?;
        }
        Ok(())
    })?;
    xml.into_inner().write_all(b"\n")
}

fn error<W: Write>(xml: &mut Writer<W>, record: &Record) -> io::Result<()> {
    let (line, column) = (record.primary.line.to_string(), record.primary.column.to_string());
    let severity = match record.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    };
    let source = format!("gatelint.{}", record.rule);
    let whole = record.whole();
    let attributes = [
        ("line", &*line),
        ("column", &*column),
        ("severity", severity),
        ("message", &*whole),
        ("source", &*source),
    ];
    xml.create_element("error").with_attributes(attributes).write_empty()?;
    Ok(())
}

fn start(out: &mut dyn Write) -> io::Result<Writer<&mut dyn Write>> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    Ok(xml)
}
