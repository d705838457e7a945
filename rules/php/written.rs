//! Times and sizes as a person means them.

/// The seconds that a text means, whatever the program makes of it: `5 minutes`, `1h30m`, `500ms`, `1.5s`.
pub(crate) fn seconds(text: &str) -> Option<f64> {
    sum(text, |unit| {
        Some(match unit {
            "" | "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "ms" | "msec" | "msecs" | "millisecond" | "milliseconds" => 0.001,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => return None,
        })
    })
}

/// The bytes that a text means: `128MB`, `1.5G`, `512 KiB`.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    sum(text, |unit| {
        Some(match unit {
            "" | "b" | "byte" | "bytes" => 1.0,
            "k" | "kb" | "kib" => f64::from(1 << 10),
            "m" | "mb" | "mib" => f64::from(1 << 20),
            "g" | "gb" | "gib" => f64::from(1 << 30),
            "t" | "tb" | "tib" => 1_099_511_627_776.0,
            _ => return None,
        })
    })
}

/// The sum of numbers, each with its unit.
fn sum(text: &str, factor: impl Fn(&str) -> Option<f64>) -> Option<f64> {
    let text = text.trim().to_ascii_lowercase();
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.as_str()),
    };
    let mut total = None;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(end);
        let tail = tail.trim_start();
        let end = tail.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(end);
        total = Some(total.unwrap_or(0.0) + number.parse::<f64>().ok()? * factor(unit)?);
        rest = tail.trim_start();
    }
    total.map(|total| sign * total)
}
