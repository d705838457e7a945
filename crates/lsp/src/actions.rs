//! What an editor offers to do about a finding.

use std::collections::HashMap;

use gatelint_lint::{Finding, Fix, Safety};
use gatelint_report::clean;
use gatelint_syntax::TextRange;
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Diagnostic, NumberOrString, Range, TextEdit, Uri,
    WorkspaceEdit,
};

use crate::diagnostics::{Places, SOURCE};
use crate::here::Here;
use crate::position::Lines;

/// The actions for the findings of a text that touch a range.
pub(crate) fn actions(
    here: &Here<'_>,
    uri: &Uri,
    findings: &[Finding],
    range: Range,
    told: &[Diagnostic],
) -> Vec<CodeActionOrCommand> {
    let lines = here.lines();
    let (start, end) = (lines.offset(range.start), lines.offset(range.end));
    let touches = |finding: &&Finding| {
        let span = finding.primary.span;
        span.file == here.file && span.start <= end && start <= span.end
    };
    let mut out = Vec::new();
    let mut places = here.places();
    for finding in findings.iter().filter(touches) {
        let range = lines.span(finding.primary.span);
        let is_it = |one: &&Diagnostic| {
            one.range == range
                && one.source.as_deref() == Some(SOURCE)
                && one.code == Some(NumberOrString::String(finding.rule.to_owned()))
        };
        let diagnostics: Vec<Diagnostic> = told.iter().filter(is_it).cloned().collect();
        for (index, fix) in finding.fixes.iter().enumerate() {
            let is_preferred = index == 0 && fix.safety == Safety::Safe;
            if let Some(edit) = fixed(here, uri, fix, &mut places) {
                let title = match fix.safety {
                    Safety::Safe => fix.title.clone(),
                    Safety::Unsafe => format!("{} (look before you keep it)", fix.title),
                };
                out.push(action(title, edit, diagnostics.clone(), is_preferred));
            }
        }
        let edit = TextEdit::new(ignore_at(here, &lines, finding), comment(here, finding));
        let title = format!("ignore `{}` here", finding.rule);
        out.push(action(title, changes(uri.clone(), vec![edit]), diagnostics, false));
    }
    out
}

fn action(
    title: String,
    edit: WorkspaceEdit,
    diagnostics: Vec<Diagnostic>,
    is_preferred: bool,
) -> CodeActionOrCommand {
    CodeActionOrCommand::CodeAction(CodeAction {
        title: clean(&title).into_owned(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: (!diagnostics.is_empty()).then_some(diagnostics),
        edit: Some(edit),
        is_preferred: is_preferred.then_some(true),
        ..CodeAction::default()
    })
}

#[allow(clippy::mutable_key_type, reason = "the protocol's own type; its text never changes")]
fn changes(uri: Uri, edits: Vec<TextEdit>) -> WorkspaceEdit {
    WorkspaceEdit { changes: Some(HashMap::from([(uri, edits)])), ..WorkspaceEdit::default() }
}

/// The edits of a fix; `None` where one lies in a text that cannot be edited.
#[allow(clippy::mutable_key_type, reason = "the protocol's own type; its text never changes")]
fn fixed(here: &Here<'_>, uri: &Uri, fix: &Fix, places: &mut Places<'_>) -> Option<WorkspaceEdit> {
    let mut by_file: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in &fix.edits {
        let location = places.location(edit.span)?;
        // The editor's own name for the text that it asks about.
        let uri = if edit.span.file == here.file { uri.clone() } else { location.uri };
        by_file.entry(uri).or_default().push(TextEdit::new(location.range, edit.text.clone()));
    }
    Some(WorkspaceEdit { changes: Some(by_file), ..WorkspaceEdit::default() })
}

/// Where the line of a finding begins.
fn ignore_at(here: &Here<'_>, lines: &Lines<'_>, finding: &Finding) -> Range {
    lines.range(TextRange::empty(line_start(here, finding)))
}

fn line_start(here: &Here<'_>, finding: &Finding) -> u32 {
    let before = here.text.get(..finding.primary.span.start as usize).unwrap_or_default();
    before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1) as u32
}

/// The comment that ignores a finding in the line below, with that line's indentation and the text's line end.
fn comment(here: &Here<'_>, finding: &Finding) -> String {
    let line = here.text.get(line_start(here, finding) as usize..).unwrap_or_default();
    let indentation = line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let indentation = String::from_utf8_lossy(line.get(..indentation).unwrap_or_default());
    let sign = if here.is_ini() { ';' } else { '#' };
    let first = here.text.iter().position(|byte| *byte == b'\n');
    let is_crlf = first.and_then(|at| here.text.get(at.checked_sub(1)?)) == Some(&b'\r');
    let end = if is_crlf { "\r\n" } else { "\n" };
    format!("{indentation}{sign} gatelint: ignore[{}]{end}", finding.rule)
}
