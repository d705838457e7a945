//! What a section sets.

use std::borrow::Cow;

use gatelint_catalog::fpm::{Key, Kind};
use gatelint_syntax::Span;

use super::number::{boolean, integer, seconds};

/// One entry that php-fpm took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key in the catalogue.
    pub key: &'static Key,
    /// What stands in the brackets of an array entry.
    pub index: Option<String>,
    /// The value, `$pool` replaced; `None` where the environment decides.
    pub value: Option<Vec<u8>>,
    /// The whole entry.
    pub span: Span,
    /// The key, brackets not included.
    pub key_span: Span,
    /// The value; empty where it is.
    pub value_span: Span,
}

impl Setting {
    /// The value as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        self.value.as_deref().map(String::from_utf8_lossy)
    }

    /// Where to point: at the value, or at the whole entry where nothing is written.
    pub fn at(&self) -> Span {
        if self.value_span.start == self.value_span.end { self.span } else { self.value_span }
    }

    /// The value of a key that holds a whole number.
    pub fn integer(&self) -> Option<i32> {
        integer(self.value.as_deref()?)
    }

    /// The value of a key that holds a time, in seconds.
    pub fn seconds(&self) -> Option<i32> {
        seconds(self.value.as_deref()?).ok()
    }

    /// The value of a key that is on or off.
    pub fn flag(&self) -> Option<bool> {
        boolean(self.value.as_deref()?)
    }
}

/// The entries of one section, over all the places where it is open.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// In reading order. The last one with a name counts.
    pub all: Vec<Setting>,
}

impl Settings {
    /// The entry that counts.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.all.iter().rev().find(|setting| setting.index.is_none() && setting.key.name == name)
    }

    /// The entries that a later one replaces, in reading order.
    pub fn overridden(&self, name: &str) -> impl Iterator<Item = &Setting> {
        let last = self.get(name).map(|setting| setting.span);
        self.all.iter().filter(move |setting| {
            setting.index.is_none() && setting.key.name == name && Some(setting.span) != last
        })
    }

    /// The entries of an array, in reading order; of those with equal indices the first one counts: php-fpm puts
    /// each before the ones there are, and applies them from the front.
    pub fn array(&self, name: &str) -> impl DoubleEndedIterator<Item = &Setting> {
        self.all.iter().filter(move |setting| setting.index.is_some() && setting.key.name == name)
    }

    /// The value of `name`: as set, or `default`; `None` where it is set and not known.
    pub fn integer(&self, name: &str, default: i32) -> Option<i32> {
        self.get(name).map_or(Some(default), Setting::integer)
    }

    /// As [`Settings::integer`], in seconds.
    pub fn seconds(&self, name: &str, default: i32) -> Option<i32> {
        self.get(name).map_or(Some(default), Setting::seconds)
    }

    /// As [`Settings::integer`], for a key that is on or off.
    pub fn flag(&self, name: &str, default: bool) -> Option<bool> {
        self.get(name).map_or(Some(default), Setting::flag)
    }

    /// The text of `name`: `Some(None)` where it is not set or empty, `None` where it is not known.
    pub fn filled(&self, name: &str) -> Option<Option<&Setting>> {
        match self.get(name) {
            None => Some(None),
            Some(setting) => setting.value.as_ref().map(|value| (!value.is_empty()).then_some(setting)),
        }
    }
}

/// Why php-fpm does not take a value, in its words; `None` where it does.
pub(super) fn reject(key: &Key, value: &[u8]) -> Option<&'static str> {
    const NUMBER: &str = "is not a valid number (greater or equal than zero)";
    match key.kind {
        Kind::Text => None,
        Kind::Integer => integer(value).is_none().then_some(NUMBER),
        Kind::IntegerOrUnlimited if value.eq_ignore_ascii_case(b"unlimited") => None,
        Kind::IntegerOrUnlimited => match integer(value) {
            None => Some(NUMBER),
            Some(number) => (number < 0).then_some("must be greater than zero or 'unlimited'"),
        },
        Kind::Time => match seconds(value) {
            Ok(_) => None,
            Err(super::number::TimeError::Empty) => Some("invalid time value"),
            Err(super::number::TimeError::Unit) => Some("unknown suffix used in time value"),
        },
        Kind::Boolean => boolean(value).is_none().then_some("invalid boolean value"),
        Kind::Choice if key.values.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(value)) => None,
        Kind::Choice => Some(match key.name {
            "pm" => "invalid process manager (static, dynamic or ondemand)",
            "log_level" => "invalid value for 'log_level'",
            _ => "invalid value",
        }),
    }
}
