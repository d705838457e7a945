//! What nginx's modules demand of their buffers when they merge a server's or a location's settings
//! (`ngx_http_proxy_merge_loc_conf()` and its siblings of fastcgi, uwsgi and scgi; grpc has one buffer only).

use gatelint_model::nginx::{Directive, Family, Scope, number};

use crate::setting::only_arg;

/// A size in bytes and the directive that gave it; `None` means the default.
#[derive(Clone, Copy)]
pub(super) struct Size<'a> {
    pub(super) bytes: u64,
    pub(super) by: Option<Directive<'a>>,
}

/// The buffers of one family that hold in a block.
#[derive(Clone, Copy)]
pub(super) struct Buffers<'a> {
    /// `*_buffers`: how many.
    pub(super) count: u64,
    /// `*_buffers`: how large each.
    pub(super) one: Size<'a>,
    /// `*_buffer_size`: the first one, which takes the header.
    pub(super) header: Size<'a>,
    /// `*_busy_buffers_size`, where it is set; twice the larger buffer where it is not.
    pub(super) busy: Option<Size<'a>>,
    /// `*_temp_file_write_size`, where it is set.
    pub(super) write: Option<Size<'a>>,
    /// `*_max_temp_file_size`, where it is set and not 0.
    pub(super) file: Option<Size<'a>>,
}

/// Which demand is not met, in nginx's order of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Broken {
    /// At least two buffers.
    Count,
    /// Busy buffers hold at least the largest buffer.
    BusyBelow,
    /// One buffer is never busy.
    BusyAbove,
    /// What is written to a temporary file at once holds at least the largest buffer.
    Write,
    /// A temporary file holds at least the largest buffer.
    File,
}

/// The directives that the demands are about, without the family's prefix.
pub(super) const DIRECTIVES: [&str; 5] =
    ["buffers", "buffer_size", "busy_buffers_size", "temp_file_write_size", "max_temp_file_size"];

impl<'a> Buffers<'a> {
    /// Reads what holds in a block, on a machine with memory pages of `page` bytes. `None` where nginx refuses a
    /// value before it compares any, or where something else fills it in.
    pub(super) fn read(scope: Scope<'a>, family: Family, page: u64) -> Option<Self> {
        let [buffers, header, busy, write, file] =
            DIRECTIVES.map(|what| format!("{}_{what}", family.prefix()));
        let (count, one) = match scope.effective(&buffers) {
            None => (8, Size { bytes: page, by: None }),
            Some(effective) => {
                let [by] = effective.directives[..] else { return None };
                let (Some(count), Some(size), None) = (by.arg(0), by.arg(1), by.arg(2)) else { return None };
                let positive = |number: &u64| *number > 0;
                let bytes = number::size(&size.value).filter(positive)?;
                (number::integer(&count.value).filter(positive)?, Size { bytes, by: Some(by) })
            }
        };
        Some(Self {
            count,
            one,
            header: size(scope, &header)?.unwrap_or(Size { bytes: page, by: None }),
            busy: size(scope, &busy)?,
            write: size(scope, &write)?,
            file: size(scope, &file)?.filter(|size| size.bytes > 0),
        })
    }

    /// The larger one of the header's buffer and of one of the others.
    pub(super) fn largest(&self) -> Size<'a> {
        if self.header.bytes < self.one.bytes { self.one } else { self.header }
    }

    /// What may be busy at once, in bytes.
    pub(super) fn busy_bytes(&self) -> u64 {
        self.busy.map_or(self.largest().bytes.saturating_mul(2), |busy| busy.bytes)
    }

    /// All buffers but one, in bytes.
    pub(super) fn all_but_one(&self) -> u64 {
        self.count.saturating_sub(1).saturating_mul(self.one.bytes)
    }

    /// The first demand that is not met.
    pub(super) fn broken(&self) -> Option<Broken> {
        let largest = self.largest().bytes;
        let is_below = |size: Option<Size<'_>>| size.is_some_and(|size| size.bytes < largest);
        if self.count < 2 {
            Some(Broken::Count)
        } else if is_below(self.busy) {
            Some(Broken::BusyBelow)
        } else if self.busy_bytes() > self.all_but_one() {
            Some(Broken::BusyAbove)
        } else if is_below(self.write) {
            Some(Broken::Write)
        } else if is_below(self.file) {
            Some(Broken::File)
        } else {
            None
        }
    }
}

/// A size that may be unset (`Some(None)`); `None` where nginx refuses it.
#[expect(clippy::option_option, reason = "unset and refused are two things")]
fn size<'a>(scope: Scope<'a>, name: &str) -> Option<Option<Size<'a>>> {
    let Some(effective) = scope.effective(name) else { return Some(None) };
    let [by] = effective.directives[..] else { return None };
    let bytes = number::size(&only_arg(by)?.value)?;
    Some(Some(Size { bytes, by: Some(by) }))
}

impl Broken {
    /// What nginx prints.
    pub(super) fn log(self, family: Family) -> String {
        let prefix = family.prefix();
        let largest = format!(
            "the maximum of the value of \"{prefix}_buffer_size\" and one of the \"{prefix}_buffers\""
        );
        match self {
            Self::Count => format!("there must be at least 2 \"{prefix}_buffers\""),
            Self::BusyBelow => {
                format!("\"{prefix}_busy_buffers_size\" must be equal to or greater than {largest}")
            }
            Self::BusyAbove => format!(
                "\"{prefix}_busy_buffers_size\" must be less than the size of all \"{prefix}_buffers\" minus one buffer"
            ),
            Self::Write => {
                format!("\"{prefix}_temp_file_write_size\" must be equal to or greater than {largest}")
            }
            Self::File => format!(
                "\"{prefix}_max_temp_file_size\" must be equal to zero to disable temporary files usage or must be \
                 equal to or greater than {largest}"
            ),
        }
    }
}
