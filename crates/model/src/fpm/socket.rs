//! Who may connect to a unix socket: `fpm_unix_resolve_socket_permissions()` of `fpm_unix.c`.

use super::{Setting, Settings};

/// The rights on a pool's unix socket. Where an ACL is given, owner and group stay the master's.
#[derive(Clone, Debug)]
pub struct SocketAccess<'a> {
    /// `listen.owner`, where it is set: a name or a number. Otherwise the master's user, root.
    pub owner: Option<&'a Setting>,
    /// `listen.group`, where it is set. Otherwise the primary group of an owner given by name, else the master's
    /// group, root.
    pub group: Option<&'a Setting>,
    /// The mode.
    pub mode: Mode<'a>,
    /// The names of `listen.acl_users`; empty where it is not set.
    pub acl_users: Vec<String>,
    /// The names of `listen.acl_groups`; empty where it is not set.
    pub acl_groups: Vec<String>,
}

impl<'a> SocketAccess<'a> {
    pub(super) fn of(settings: &'a Settings) -> Self {
        let names = |key| {
            let text = settings.get(key).and_then(Setting::text);
            let names = text.iter().flat_map(|text| text.split(',')).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        Self {
            owner: settings.filled("listen.owner").flatten(),
            group: settings.filled("listen.group").flatten(),
            mode: Mode { setting: settings.filled("listen.mode").flatten() },
            acl_users: names("listen.acl_users"),
            acl_groups: names("listen.acl_groups"),
        }
    }

    /// Whether an ACL decides instead of owner and group.
    pub fn has_acl(&self) -> bool {
        !self.acl_users.is_empty() || !self.acl_groups.is_empty()
    }
}

/// `listen.mode`.
#[derive(Clone, Copy, Debug)]
pub struct Mode<'a> {
    /// Where it is set.
    pub setting: Option<&'a Setting>,
}

/// Why a `listen.mode` is not what it looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModeDefect {
    /// It goes on after the last octal digit: php-fpm reads up to there.
    NotOctal,
    /// An octal mode written as the decimal number that it is equal to.
    Decimal,
    /// Nobody may write, so nobody but root may connect.
    Unwritable,
}

impl Mode<'_> {
    /// The permission bits: `strtoul(value, 0, 8)`, which stops at the first byte that is no octal digit; 0660
    /// where nothing is set.
    pub fn bits(&self) -> u32 {
        let Some(value) = self.setting.and_then(|setting| setting.value.as_deref()) else { return 0o660 };
        let digits = value.trim_ascii_start().iter().map_while(|byte| char::from(*byte).to_digit(8));
        digits.fold(0_u32, |mode, digit| mode.saturating_mul(8).saturating_add(digit)) & 0o777
    }

    /// What is wrong with it on its own; `None` also where it is not known.
    pub fn defect(&self) -> Option<ModeDefect> {
        let value = self.setting?.value.as_deref()?.trim_ascii();
        if !value.iter().all(|byte| (b'0'..=b'7').contains(byte)) {
            return Some(ModeDefect::NotOctal);
        }
        // 432 = 0660, 438 = 0666, 436 = 0664, 511 = 0777; as octal modes none of them makes sense.
        if matches!(value, b"432" | b"436" | b"438" | b"511") {
            return Some(ModeDefect::Decimal);
        }
        (self.bits() & 0o222 == 0).then_some(ModeDefect::Unwritable)
    }
}
