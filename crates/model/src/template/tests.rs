use std::path::Path;

use super::*;

/// Masks a text as the template `name`; without marks it stays.
fn masked(name: &str, text: &str, grammar: Grammar) -> String {
    let template = Template::read(Path::new(name), text.as_bytes(), grammar);
    let masked = template.map_or(text.as_bytes().to_vec(), |template| template.masked);
    assert_eq!(masked.len(), text.len(), "{text}");
    String::from_utf8(masked).unwrap()
}

/// Compares with blanks and underscores made one, since what counts is the words.
fn check(grammar: Grammar, cases: &[(&str, &str, &str)]) {
    let words = |text: &str| {
        let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        while text.contains("__") {
            text = text.replace("__", "_");
        }
        text
    };
    for (name, text, expected) in cases {
        assert_eq!(words(&masked(name, text, grammar)), *expected, "{text}");
    }
}

#[test]
fn marks_of_nginx_become_words_or_blanks() {
    check(
        Grammar::Nginx,
        &[
            // Values.
            ("a.j2", "listen {{ port }};", "listen $_port_;"),
            ("a.j2", "listen {{ host }}:{{ port }};", "listen $_host_:$_port_;"),
            ("a.j2", "root \"{{ root | default('}}') }}/a\";", "root \"$_root_default_/a\";"),
            ("a.j2", "return 301 https://{{\n host }}$uri;", "return 301 https://$_host_$uri;"),
            ("a.erb", "listen <%= @port -%>;", "listen $_port_;"),
            ("a.template", "listen ${PORT}; root $ROOT/$uri;", "listen $_ORT_; root $_OT/$uri;"),
            ("a.template", "proxy_set_header Host $host;", "proxy_set_header Host $host;"),
            ("a.j2", "return 200 ${PORT};", "return 200 ${PORT};"),
            ("a.tmpl", "root {{{ dir }}};", "root $_dir_;"),
            ("a.j2", "{{ name }} on;", "$_name_ on;"),
            // Names between signs.
            ("a.stpl", "listen %ip%:%web_port%;", "listen $_:$_b_port_;"),
            ("a.conf", "client_max_body_size @UPLOAD_MAX@;", "client_max_body_size $_LOAD_MAX_;"),
            ("a.conf", "log_format a '$@IP_VAR@ - $uri';", "log_format a '$_P_VAR_ - $uri';"),
            ("a.conf", "server !FPM_HOST!:!FPM_PORT!;", "server $_M_HOST_:$_M_PORT_;"),
            ("a.conf", "location ^~ __PATH__/ { }", "location ^~ $_ATH_/ { }"),
            ("a.conf", "location / {\n  %sftp_rules%\n}", "location / { }"),
            // Whole directives.
            ("a.j2", "server {\n  {{ more }}\n  {{ a }} {{ b }} # c\n}", "server { # c }"),
            ("a.j2", "location / { {{ body }} }", "location / { }"),
            ("a.j2", "{% include 'a' %}\nlisten 80;", "listen 80;"),
            ("a.j2", "server_name {% include 'a' %};", "server_name $_include_a_;"),
            // Statements.
            ("a.j2", "{% if a %}\nlisten 80;\n{% else %}\nlisten 81;\n{% endif %}", "listen 80; listen 81;"),
            ("a.erb", "<% if a -%>\nlisten 80;\n<% end -%>", "listen 80;"),
            ("a.erb", "<% @a.each do |b| -%>\n<%# c %>\nserver <%= b %>;\n<% end %>", "server $_b_;"),
            ("a.epp", "<%- | $a | -%>\n<% if $a { %>\nlisten 80;\n<% } %>", "listen 80;"),
            ("a.tmpl", "{{ range $a := .A }}\nserver {{ $a }};\n{{ end }}", "server $_a_;"),
            ("a.tmpl", "{{ $a := 1 }}{{/* b */}}\n{{- if $a }}listen 80;{{ end }}", "listen 80;"),
            ("a.j2", "{% raw %}return 200 '{{ a }}';{% endraw %}", "return 200 '{{ a }}';"),
            ("a.j2", "{% macro a(b) %}\nlisten 80\n{% endmacro %}\nroot /a;", "root /a;"),
            // Parts of a directive.
            (
                "a.j2",
                "listen {% if a %}80{% else %}81{% endif %} ssl;",
                "listen $_if_a_80_else_81_endif_ ssl;",
            ),
            (
                "a.j2",
                "listen 80{% if a %} ssl;{% else %};{% endif %}\nroot /a;",
                "listen 80$_if_a_ssl_else_endif_; root /a;",
            ),
            ("a.j2", "{% if a %}# {% endif %}listen 80;", "$_if_a_endif_listen 80;"),
            (
                "a.j2",
                "server_name{% for a in b %} {{ a }}{% endfor %};",
                "server_name$_for_a_in_b_a_endfor_;",
            ),
            (
                "a.j2",
                "log_format a 'b'\n{% if c %}\n 'd'\n{% endif %}\n 'e';",
                "log_format a 'b' $_if_c_d_endif_ 'e';",
            ),
            ("a.j2", "root /a\n{% if b %}\nindex c;\n{% endif %}", "root /a index c;"),
            // Alternatives of one block.
            (
                "a.j2",
                "{% if a %}\nserver { listen 80;\n{% else %}\nserver { listen 81;\n{% endif %}\nroot /a; }",
                "server { listen 80; root /a; }",
            ),
            ("a.j2", "{% if a %}server_name b\n{% else %}server_name c\n{% endif %}d;", "server_name b d;"),
            // Comments and Lua.
            ("a.j2", "# {{ managed\n }} a\nlisten 80;", "# a listen 80;"),
            ("a.j2", "# {% if a %} it's\nlisten 80;\n# {% endif %}", "# it's listen 80; #"),
            (
                "a.j2",
                "content_by_lua_block { local a = '{{ b }}' -- don't\n}\nroot {{ c }};",
                "content_by_lua_block { local a = '$_b_' -- don't } root $_c_;",
            ),
            // No marks.
            ("a.j2", "location ~ ^/a{2}$ { } listen {{ port;", "location ~ ^/a{2}$ { } listen {{ port;"),
            (
                "a.conf",
                "content_by_lua_block { local all = {{name}} }",
                "content_by_lua_block { local all = {{name}} }",
            ),
        ],
    );
}

#[test]
fn marks_of_pools_are_what_the_environment_decides() {
    check(
        Grammar::Ini,
        &[
            ("a.j2", "[{{ pool }}]\nlisten = /run/{{ pool }}.sock", "[${_}] listen = /run/${_}.sock"),
            ("a.j2", "; {{ managed }}\n{{ key }} = 3\npm.{{ a }} = 3\npm = static", "; pm = static"),
            ("a.j2", "php_admin_value[{{ k }}] = '{{ v }}'", "php_admin_value[${_}] = ${_}"),
            ("a.j2", "{% if a %}\nuser = b\n{% endif %}\n{{ more }}", "user = b"),
            ("a.j2", "{% if a %}user = b{% endif %}", "user = b"),
            ("a.j2", "user = {% if a %}b{% else %}c{% endif %}", "user = ${_}"),
            ("a.erb", "pm.max_children = <%= @a %>", "pm.max_children = ${_}"),
            ("a.template", "listen = ${PORT}\nuser = $USER", "listen = ${_} user = ${_}"),
            ("a.j2", "{% for k, v in o %}\n{{ k }} = {{ v }}\n{% endfor %}\npm = static", "pm = static"),
        ],
    );
}

#[test]
fn line_ends_of_statements_stay() {
    let text = "{% if a\n  and b %}\nlisten 80;\n{# c\n d #}\n{{ more }}\n{% endif %}\n";
    let lines = |text: &str| text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>();
    assert_eq!(lines(&masked("a.j2", text, Grammar::Nginx)), lines(text));
}

#[test]
fn what_is_filled_in_is_known() {
    let text = b"listen {{ port }}; root /a; listen 80{% if a %} ssl{% endif %};";
    let template = Template::read(Path::new("a.j2"), text, Grammar::Nginx).unwrap();
    let is = |part: &str| {
        let at = memmem::find(text, part.as_bytes()).unwrap() as u32;
        template.is_filled_in(TextRange::new(at, at + part.len() as u32))
    };
    let found = ["listen", "listen {{", "port", "}}", ";", "root /a;", "80", "80{", "ssl"].map(is);
    assert_eq!(found, [false, true, true, true, false, false, false, true, true]);
}

#[test]
fn templates_are_told_from_configuration() {
    for text in [
        "server { server_name {{ name }}; }",
        "{% for site in sites %}\nserver { listen 80; }\n{% endfor %}\n",
        "server { listen <%= @port %>; }",
        "worker_processes {{ .Env.WORKERS | default \"4\" }};",
        "[www]\nlisten = {{ php_fpm_listen }}\n",
        "server { listen %ip%:80; }",
        "location __PATH__/ { alias __INSTALL_DIR__/; }",
        "[www]\npm.max_children = @CHILDREN@\n",
        "worker_processes !NGINX_WORKER_PROCESSES!;",
    ] {
        assert!(is_template(Path::new("a.conf"), text.as_bytes()), "{text}");
    }
    for text in [
        "# {{ ansible_managed }}\nserver { listen 80; }",
        "server { listen ${PORT}; }",
        "location / { return 200 \"{{ name }}\"; }",
        "content_by_lua_block { local all = {{name}} }",
        "content_by_lua_block { local all = {{ name = 1 }} } }",
        "location ~ ^/a{2}$ { return 404; }",
        "; {% if x %}\n[www]\nlisten = 9000\n",
        "# listen %ip%:80;\nserver { listen 80; }",
        "return 302 https://a.example/%C3%A9%20b%2Fc%E9cole%20;",
        "[www]\naccess.format = \"%R - %u %t \\\"%m %r%Q%q\\\" %s %{mili}d %C%%\"\n",
        "sub_filter '__NONCE__' $request_id; sub_filter_once off;",
        "error_page 404 = @app; location @app { proxy_set_header Host $__host__; }",
        "location ~ /__init__\\.py$ { return 404; }",
        "location ~ ^/(?!admin!) { return 404; }",
    ] {
        assert!(!is_template(Path::new("a.conf"), text.as_bytes()), "{text}");
    }
    assert!(!is_template(Path::new("a.j2"), b"server { listen 80; }"));
}

/// Each would take minutes where a mark cost more than its length.
#[test]
fn hostile_marks_are_masked_to_equal_length() {
    for part in [
        "{{",
        "{{{",
        "{%",
        "<%",
        "{#",
        "${",
        "{{'}}'",
        "{{ \"{{}}\" ' ",
        "{% if a %}",
        "{% if a %}{",
        "{{ a }}",
        "{% raw %}",
        "a {{ b }}{% if c %};",
        "{% if a %}x{% else %}",
        "[{{ a }}",
        "{{;}}",
        "a = {{ b }}",
        "%ab%",
        "__",
        "$@AB@",
        "!A{{!AB!}}",
    ] {
        let text = part.repeat((1 << 17) / part.len());
        for name in ["a.j2", "a.template", "a.conf"] {
            masked(name, &text, Grammar::Nginx);
            masked(name, &text, Grammar::Ini);
        }
    }
}
