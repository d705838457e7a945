//! A pool, over all the files that open its section.

use gatelint_syntax::Span;

use super::{Listener, Setting, Settings, SocketAccess};

/// A pool.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its name as first written.
    pub name: String,
    /// Its first section header.
    pub header: Span,
    /// All its section headers.
    pub headers: Vec<Span>,
    /// What it sets.
    pub settings: Settings,
    /// What it listens on; `None` where that is not known or nothing.
    pub listener: Option<Listener>,
    /// What `pm.status_listen` makes it listen on besides, for its status page alone.
    pub status_listener: Option<Listener>,
    /// Whether something in it was refused while reading: what it lacks may be what was refused.
    pub(super) is_damaged: bool,
}

impl Pool {
    pub(super) fn new(name: String, header: Span) -> Self {
        let headers = vec![header];
        Self {
            name,
            header,
            headers,
            settings: Settings::default(),
            listener: None,
            status_listener: None,
            is_damaged: false,
        }
    }

    /// The entry of `key` that counts.
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.get(key)
    }

    /// Who may connect to its unix socket.
    pub fn socket_access(&self) -> SocketAccess<'_> {
        SocketAccess::of(&self.settings)
    }

    /// Whether workers are kept (`static`), kept within bounds (`dynamic`) or made on demand (`ondemand`);
    /// in lower case.
    pub fn process_manager(&self) -> Option<String> {
        self.get("pm")?.text().map(|text| text.to_ascii_lowercase())
    }

    /// `pm.max_children`, where it is set to a number that works.
    pub fn max_children(&self) -> Option<(u32, &Setting)> {
        let setting = self.get("pm.max_children")?;
        let number = u32::try_from(setting.integer()?).ok()?;
        (number > 0).then_some((number, setting))
    }

    /// The extensions that `security.limit_extensions` allows; `None`: all, or not known.
    pub fn limit_extensions(&self) -> Option<Vec<String>> {
        let split =
            |text: &str| text.split([' ', '\t']).filter(|part| !part.is_empty()).map(Into::into).collect();
        match self.get("security.limit_extensions") {
            None => Some(split(".php .phar")),
            Some(setting) => {
                setting.text().map(|text| split(&text)).filter(|all: &Vec<String>| !all.is_empty())
            }
        }
    }
}
