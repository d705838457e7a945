//! What is tried of each directive: where it may and may not stand, how many words it takes, whether a block
//! follows, what it reads, and what a second one does.

use gatelint_catalog::nginx::{Context, Directive, Name, Origin};

use super::frame::CONTEXTS;
use super::real::files_of;
use super::sample;

/// How many wrong places are tried of each directive.
const WRONG_PLACES: usize = 3;

/// Lines in a place, that concern one directive.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) context: Context,
    pub(crate) line: String,
    /// The module files that know the name and open the context.
    pub(crate) modules: Vec<String>,
}

/// nginx's own directives of a name.
fn own(name: &str) -> impl Iterator<Item = &'static Directive> {
    let directives = Name::find(name.as_bytes()).map_or(&[][..], Name::directives);
    directives.iter().filter(|directive| directive.origin == Origin::Oss)
}

/// The modules of nginx's own that have a name.
pub(crate) fn modules(name: &str) -> impl Iterator<Item = &'static str> {
    own(name).map(|directive| directive.module)
}

/// Whether a module of others, or a package's own addition, may have a name that nginx as such has not.
pub(crate) fn is_others(name: &str) -> bool {
    let directives = Name::find(name.as_bytes()).map_or(&[][..], Name::directives);
    directives.iter().any(|directive| directive.origin == Origin::ThirdParty || directive.backported)
}

/// The module files that a name in a context asks for; the module that is not installed otherwise.
fn files(name: &str, context: Context) -> Result<Vec<String>, &'static str> {
    let around = match context {
        Context::Stream | Context::StreamServer | Context::StreamUpstream => Some("ngx_stream_module"),
        Context::Mail | Context::MailServer => Some("ngx_mail_module"),
        _ => None,
    };
    let mut files = Vec::new();
    for module in modules(name).chain(around) {
        files.extend(files_of(module).ok_or(module)?);
    }
    files.sort();
    files.dedup();
    Ok(files)
}

/// Everything that is tried of a name; the module that is not installed otherwise.
pub(crate) fn cases(name: &'static str) -> Result<Vec<Case>, &'static str> {
    let mut cases = Vec::new();
    let mut add = |context, line: String| -> Result<(), &'static str> {
        let modules = files(name, context)?;
        cases.push(Case { name, context, line, modules });
        Ok(())
    };
    let directive_in = |context| own(name).find(|directive| directive.allows(context));
    let Some(any) = own(name).next() else { return Ok(cases) };
    if any.allows(Context::Any) {
        return Ok(cases);
    }
    let line = |directive: &Directive, args: &str, has_block: bool| {
        let end = if has_block { format!("{{ {} }}", sample::body(directive)) } else { ";".to_owned() };
        let space = if args.is_empty() { "" } else { " " };
        format!("{name}{space}{args}{end}")
    };

    let wrong: Vec<Context> =
        CONTEXTS.iter().copied().filter(|context| directive_in(*context).is_none()).collect();
    // Other directives, other wrong places.
    let skip = name.bytes().map(usize::from).sum::<usize>() % wrong.len().max(1);
    for &context in wrong.iter().cycle().skip(skip).step_by(3).take(WRONG_PLACES.min(wrong.len())) {
        let args = sample::values(any).swap_remove(0);
        add(context, line(any, &args, any.block))?;
    }

    let right = CONTEXTS.iter().filter_map(|context| Some((*context, directive_in(*context)?)));
    let mut tried: Vec<&str> = Vec::new();
    for (context, directive) in right {
        let values = sample::values(directive);
        let good = &values[0];
        let is_first = !tried.contains(&directive.module);
        tried.push(directive.module);
        if !sample::is_machines(directive) {
            add(context, line(directive, good, directive.block))?;
        }
        if !is_first {
            continue;
        }
        add(context, line(directive, good, !directive.block))?;
        for count in wrong_counts(directive) {
            add(context, line(directive, &words(good, count), directive.block))?;
        }
        if sample::is_machines(directive) {
            continue;
        }
        for value in values.iter().skip(1) {
            add(context, line(directive, value, directive.block))?;
        }
        // Once more with the same, and with another.
        let one = |value: &String| line(directive, value, directive.block);
        let other = values.get(1).unwrap_or(good);
        for pair in [[good, good], [good, other], [other, good], [other, other]] {
            add(context, pair.map(one).join("\n"))?;
        }
    }
    Ok(cases)
}

/// Numbers of arguments that a directive does not take: around its bounds, and in its gaps.
fn wrong_counts(directive: &Directive) -> Vec<usize> {
    let (min, max) = (usize::from(directive.min), usize::from(directive.max));
    let last = if directive.max == u16::MAX { min + 1 } else { max + 1 };
    (min.saturating_sub(1)..=last).filter(|count| !directive.takes(*count)).collect()
}

/// As many words, the last repeated.
fn words(good: &str, count: usize) -> String {
    let words: Vec<_> = good.split(' ').collect();
    (0..count).map(|index| *words.get(index).unwrap_or(&"a")).collect::<Vec<_>>().join(" ")
}
