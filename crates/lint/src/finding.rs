//! What a rule says: a fact, the places that prove it, and what the servers will do.

use gatelint_syntax::Span;

use crate::Rule;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Likely to fail, or at risk.
    Warning,
    /// Will fail.
    Error,
}

impl Level {
    /// The word for it in every report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// One level less bad.
    #[must_use]
    pub fn lowered(self) -> Self {
        match self {
            Self::Error => Self::Warning,
            _ => Self::Info,
        }
    }
}

/// How sure gatelint is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// A heuristic.
    Low,
    /// Something was assumed; the finding says what.
    Medium,
    /// The text proves it.
    High,
}

impl Confidence {
    /// The word for it in every report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// A place and what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What it shows; may be empty.
    pub text: String,
}

/// A program that reads configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Program {
    /// nginx.
    Nginx,
    /// The PHP FastCGI process manager.
    PhpFpm,
}

impl Program {
    /// The name of its binary.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::PhpFpm => "php-fpm",
        }
    }
}

/// When a program refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Its own test (`-t`) says so.
    Test,
    /// The test passes; only a start fails.
    Start,
}

impl Stage {
    /// The word for it in every report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Start => "start",
        }
    }
}

/// What the real servers will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prediction {
    /// The program does not start or reload.
    Refuses {
        /// Which one.
        program: Program,
        /// When.
        stage: Stage,
        /// The place that the program prints, if it prints one.
        at: Option<Span>,
        /// What it prints: one line of at most 400 characters.
        log: String,
    },
    /// A request ends like this.
    Answers {
        /// The HTTP status that the visitor gets.
        status: u16,
        /// What is logged: one line of at most 400 characters; empty where nothing is.
        log: String,
    },
}

impl Prediction {
    /// nginx's own test refuses: `log` without level and place.
    pub fn nginx_refuses(at: Option<Span>, log: impl Into<String>) -> Self {
        Self::Refuses { program: Program::Nginx, stage: Stage::Test, at, log: log.into() }
    }

    /// PHP-FPM's own test refuses: `log` as printed after the level.
    pub fn fpm_refuses(at: Option<Span>, log: impl Into<String>) -> Self {
        Self::Refuses { program: Program::PhpFpm, stage: Stage::Test, at, log: log.into() }
    }

    /// A request ends with `status`.
    pub fn answers(status: u16, log: impl Into<String>) -> Self {
        Self::Answers { status, log: log.into() }
    }
}

/// Whether an edit keeps what the configuration does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// It does what the text evidently means, and nothing that works now changes.
    Safe,
    /// It is a likely cure, but somebody has to look: it changes what requests get.
    Unsafe,
}

/// Other text for a place: an empty place is an insertion, an empty text a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The place, in the text as read.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Edits that end a finding; made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What is done, as an editor offers it: lower case, one line.
    pub title: String,
    /// Whether it may be made without looking.
    pub safety: Safety,
    /// The edits; none touches another.
    pub edits: Vec<Edit>,
}

/// One defect, reported once, at its cause.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How bad.
    pub level: Level,
    /// How sure.
    pub confidence: Confidence,
    /// The fact: lower case, one line, names in backticks, no final period.
    pub message: String,
    /// The token whose edit most likely fixes it, and what follows from it.
    pub primary: Label,
    /// The evidence, in reading order.
    pub related: Vec<Label>,
    /// What is known or could not be known; at most two.
    pub notes: Vec<String>,
    /// Edits ready to paste; at most two.
    pub help: Vec<String>,
    /// What the servers will do.
    pub prediction: Option<Prediction>,
    /// When the program comes to what it refuses, where that place alone does not tell.
    pub met: Option<(usize, u32)>,
    /// Ways to end it, the likeliest first.
    pub fixes: Vec<Fix>,
}

impl Finding {
    /// A finding of `rule` at its own level, sure, with an empty label at `at`.
    pub fn new(rule: &Rule, at: Span, message: impl Into<String>) -> Self {
        Self {
            rule: rule.name,
            level: rule.level,
            confidence: Confidence::High,
            message: message.into(),
            primary: Label { span: at, text: String::new() },
            related: Vec::new(),
            notes: Vec::new(),
            help: Vec::new(),
            prediction: None,
            met: None,
            fixes: Vec::new(),
        }
    }

    /// What follows from the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// A further place that proves it.
    #[must_use]
    pub fn related(mut self, span: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { span, text: text.into() });
        self
    }

    /// What is known or could not be known.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// One edit, ready to paste.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(text.into());
        self
    }

    /// A way to end it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }

    /// What the servers will do.
    #[must_use]
    pub fn predict(mut self, prediction: Prediction) -> Self {
        self.prediction = Some(prediction);
        self
    }

    /// When the program comes to what it refuses: [`gatelint_model::nginx::Nginx::reading_order`].
    #[must_use]
    pub fn met(mut self, met: (usize, u32)) -> Self {
        self.met = Some(met);
        self
    }

    /// Another level than the rule's.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Less than sure.
    #[must_use]
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }
}
