//! A number without a unit where milliseconds were meant.

use gatelint_model::nginx::Directive;
use gatelint_model::nginx::number;

use crate::setting::only_arg;

/// The milliseconds that the author of a bare number most likely meant. nginx reads a bare number as seconds: of
/// 10000 and more, in full thousands, it is rather a time in milliseconds, unless it makes full hours, as nobody's
/// milliseconds but everybody's `36000` does.
pub(crate) fn milliseconds_meant(directive: Directive<'_>) -> Option<u64> {
    let number = number::integer(&only_arg(directive)?.value)?;
    let is_hours = number % 3600 == 0 && number <= 86_400;
    (number >= 10_000 && number % 1000 == 0 && !is_hours).then_some(number)
}
