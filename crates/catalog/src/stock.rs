//! Files that packages put beside `nginx.conf`, for trees that include them and do not carry them.

/// Name below the configuration directory and text, as Debian ships them.
const STOCK: &[(&str, &str)] = &[
    ("fastcgi.conf", include_str!("../data/stock/fastcgi.conf")),
    ("fastcgi_params", include_str!("../data/stock/fastcgi_params")),
    ("mime.types", include_str!("../data/stock/mime.types")),
    ("proxy_params", include_str!("../data/stock/proxy_params")),
    ("scgi_params", include_str!("../data/stock/scgi_params")),
    ("snippets/fastcgi-php.conf", include_str!("../data/stock/snippets/fastcgi-php.conf")),
    ("uwsgi_params", include_str!("../data/stock/uwsgi_params")),
];

/// The text of the stock file at `path`, found by its last components.
pub fn find(path: &str) -> Option<&'static str> {
    let ends =
        |name: &str| path.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('/'));
    STOCK.iter().find(|(name, _)| ends(name)).map(|&(_, text)| text)
}
