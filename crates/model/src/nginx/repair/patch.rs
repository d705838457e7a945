//! Edits of a text, and the way back from the edited text.

/// One edit of the text as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where, in bytes.
    pub at: u32,
    /// How many bytes go.
    pub delete: u32,
    /// What comes in their place.
    pub insert: &'static str,
}

impl Edit {
    pub(super) fn insert(at: u32, insert: &'static str) -> Self {
        Self { at, delete: 0, insert }
    }

    pub(super) fn delete(at: u32, delete: u32) -> Self {
        Self { at, delete, insert: "" }
    }
}

/// A text after edits.
pub(super) struct Patched {
    pub(super) text: Vec<u8>,
    /// For each edit: where its insertion starts and ends here, and where the text goes on in the original.
    steps: Vec<Step>,
}

struct Step {
    start: u32,
    end: u32,
    at: u32,
    resume: u32,
}

impl Patched {
    /// Applies edits; those of one place in the order given. One that reaches into another loses its overlap.
    pub(super) fn new(original: &[u8], edits: impl IntoIterator<Item = Edit>) -> Self {
        let mut edits: Vec<Edit> = edits.into_iter().collect();
        edits.sort_by_key(|edit| edit.at);
        let mut text = Vec::with_capacity(original.len() + edits.len() * 2);
        let mut steps = Vec::with_capacity(edits.len());
        let mut done = 0;
        for edit in edits {
            let at = (edit.at as usize).clamp(done, original.len());
            text.extend_from_slice(original.get(done..at).unwrap_or_default());
            let start = text.len() as u32;
            text.extend_from_slice(edit.insert.as_bytes());
            done = (at + edit.delete as usize).min(original.len());
            steps.push(Step { start, end: text.len() as u32, at: at as u32, resume: done as u32 });
        }
        text.extend_from_slice(original.get(done..).unwrap_or_default());
        Self { text, steps }
    }

    /// Whether the byte at a place in the edited text was inserted.
    pub(super) fn is_inserted(&self, at: u32) -> bool {
        let before = self.steps.partition_point(|step| step.start <= at);
        before.checked_sub(1).and_then(|last| self.steps.get(last)).is_some_and(|step| at < step.end)
    }

    /// The place in the original of a place in the edited text; an inserted byte is where it was inserted.
    pub(super) fn back(&self, at: u32) -> u32 {
        let before = self.steps.partition_point(|step| step.start <= at);
        match before.checked_sub(1).and_then(|last| self.steps.get(last)) {
            None => at,
            Some(step) if at < step.end => step.at,
            Some(step) => at - step.end + step.resume,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Edit, Patched};

    #[test]
    fn there_and_back() {
        let edits = [Edit::insert(6, "}"), Edit::insert(3, ";"), Edit::delete(0, 1), Edit::insert(6, "}")];
        let patched = Patched::new(b"abc de", edits);
        assert_eq!(patched.text, b"bc; de}}");
        let back: Vec<_> = (0..=8).map(|at| patched.back(at)).collect();
        assert_eq!(back, [1, 2, 3, 3, 4, 5, 6, 6, 6]);
    }
}
