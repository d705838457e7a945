-- Drives the language server as Neovim's own client does. Arguments: the server, the tree, the file of answers.
local server, tree, out = vim.env.SERVER, vim.env.TREE, vim.env.ANSWERS
local answers = {}

local function finish(status)
    local file = io.open(out, "w")
    file:write(vim.json.encode(answers))
    file:close()
    vim.cmd(status == 0 and "qall!" or "cquit!")
end

local function main()
    local vhost = tree .. "/etc/nginx/conf.d/shop.conf"
    local pool = tree .. "/etc/php/8.2/fpm/pool.d/www.conf"

    local client
    local function open(path)
        vim.cmd("edit " .. vim.fn.fnameescape(path))
        local buffer = vim.api.nvim_get_current_buf()
        if not client then
            client = vim.lsp.start_client({ name = "gatelint", cmd = { server, "server" }, root_dir = tree })
        end
        vim.lsp.buf_attach_client(buffer, client)
        return buffer
    end

    -- Codes, messages, columns and links of what is shown in a buffer.
    local function shown(buffer)
        local list = {}
        for _, one in ipairs(vim.diagnostic.get(buffer)) do
            local lsp = one.user_data and one.user_data.lsp or {}
            local related = {}
            for _, place in ipairs(lsp.relatedInformation or {}) do
                table.insert(related, { uri = place.location.uri, line = place.location.range.start.line })
            end
            table.insert(list, {
                code = lsp.code or one.code, message = one.message, line = one.lnum, column = one.col,
                last = one.end_col, severity = one.severity, related = related,
            })
        end
        return list
    end

    local function has(buffer, code)
        for _, one in ipairs(shown(buffer)) do
            if one.code == code then return true end
        end
        return false
    end

    local function await(what, condition)
        if not vim.wait(20000, condition, 10) then
            answers.failed = what
            finish(1)
            error(what)
        end
    end

    local function request(buffer, method, params)
        local results = vim.lsp.buf_request_sync(buffer, method, params, 20000)
        local result = results and results[client] or {}
        local failed = result.err or result.error
        if failed then answers.failed = method .. ": " .. vim.inspect(failed) end
        return result.result
    end

    local function at(buffer, line, column)
        return {
            textDocument = vim.lsp.util.make_text_document_params(buffer),
            position = { line = line, character = column },
        }
    end

    local function find(buffer, text)
        for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
            local start = line:find(text, 1, true)
            if start then return number - 1, vim.str_utfindex(line, start - 1) and select(2, vim.str_utfindex(line, start - 1)) end
        end
    end

    local function on(buffer, text, offset)
        local line, column = find(buffer, text)
        return at(buffer, line, column + (offset or 0))
    end

    -- The pool listens where the vhost passes to: nothing to say of it.
    local shop = open(vhost)
    await("the first answer", function() return has(shop, "unmatched-fastcgi-socket") end)
    answers.opened = shown(shop)

    answers.hover_directive = request(shop, "textDocument/hover", on(shop, "client_max_body_size", 3))
    answers.hover_inherited = request(shop, "textDocument/hover", on(shop, "fastcgi_read_timeout", 3))
    answers.definition_variable = request(shop, "textDocument/definition", on(shop, "$backend;", 3))
    answers.definition_include = request(shop, "textDocument/definition", on(shop, "fastcgi_params", 3))
    answers.symbols = request(shop, "textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params(shop) })

    -- An edit of the pool changes what is said of the vhost.
    local www = open(pool)
    local line = find(www, "listen =")
    vim.api.nvim_buf_set_lines(www, line, line + 1, false, { "listen = /run/php/shop.sock" })
    await("the pool's edit", function() return not has(shop, "unmatched-fastcgi-socket") end)
    answers.matched = shown(shop)
    answers.definition_pool = request(shop, "textDocument/definition", on(shop, "unix:/run/php/shop.sock", 8))
    answers.references_pool = request(www, "textDocument/references", vim.tbl_extend("force",
        on(www, "/run/php/shop.sock", 3), { context = { includeDeclaration = false } }))
    answers.hover_key = request(www, "textDocument/hover", on(www, "pm.max_children", 4))
    line = find(www, "listen =")
    vim.api.nvim_buf_set_lines(www, line, line + 1, false, { "listen = /run/php/www.sock" })
    await("the pool's second edit", function() return has(shop, "unmatched-fastcgi-socket") end)

    -- A fault behind characters outside the first plane: columns count UTF-16 units on the wire.
    vim.api.nvim_set_current_buf(shop)
    line = find(shop, "# here")
    vim.api.nvim_buf_set_lines(shop, line, line + 1, false, { "    add_header X-A '\u{1f600}\u{e9}'; gzip onn;" })
    await("the fault behind them", function() return has(shop, "invalid-value") end)
    answers.wide = shown(shop)
    answers.line = line
    answers.byte = vim.api.nvim_buf_get_lines(shop, line, line + 1, false)[1]:find("onn", 1, true) - 1

    -- "Ignore here" is offered, and is a comment above the line.
    local params = vim.tbl_extend("force", on(shop, "gzip onn", 6), {})
    params.range = { start = params.position, ["end"] = params.position }
    params.context = { diagnostics = {} }
    answers.actions = request(shop, "textDocument/codeAction", params)

    -- Completion where a directive, a pass and a variable may stand.
    vim.api.nvim_buf_set_lines(shop, line, line + 1, false, { "    client_m" })
    answers.complete_directive = request(shop, "textDocument/completion", at(shop, line, 12))
    vim.api.nvim_buf_set_lines(shop, line, line + 1, false, { "    location /x/ { fastcgi_pass ; }" })
    answers.complete_pass = request(shop, "textDocument/completion", at(shop, line, 32))
    vim.api.nvim_buf_set_lines(shop, line, line + 1, false, { "    add_header X-B $b;" })
    answers.complete_variable = request(shop, "textDocument/completion", at(shop, line, 21))

    -- A text that no disk has, outside of any tree.
    vim.fn.mkdir(tree .. "/../alone", "p")
    local alone = open(tree .. "/../alone/new.conf")
    vim.api.nvim_buf_set_lines(alone, 0, -1, false, { "server {", "    listen 80;", "    gzip onn;", "}" })
    await("a text of its own", function() return has(alone, "invalid-value") end)
    answers.alone = shown(alone)
    -- Another name for it in each release.
    local refused = vim.lsp.buf_request_sync(alone, "gatelint/none", {}, 5000)[client]
    answers.unknown = (refused.err or refused.error) ~= nil
    answers.stopped = not vim.lsp.client_is_stopped(client)
    finish(0)
end

local fine, why = pcall(main)
if not fine then
    answers.failed = answers.failed or tostring(why)
    finish(1)
end
