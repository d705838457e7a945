//! What the two sides say of themselves at first.

use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions, DocumentSymbol,
    HoverProviderCapability, InitializeParams, InitializeResult, MarkupKind, OneOf, SaveOptions,
    ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkspaceFoldersServerCapabilities,
    WorkspaceServerCapabilities,
};

use crate::position::Encoding;
use crate::state::Client;
use crate::uri;

impl Client {
    /// What the client says it can do.
    pub(crate) fn new(params: &InitializeParams) -> Self {
        let text = params.capabilities.text_document.as_ref();
        let general = params.capabilities.general.as_ref();
        let offered = general.and_then(|general| general.position_encodings.as_deref()).unwrap_or_default();
        let snippets = || text?.completion.as_ref()?.completion_item.as_ref()?.snippet_support;
        let formats = || text?.hover.as_ref()?.content_format.as_ref();
        let watches = || {
            params.capabilities.workspace.as_ref()?.did_change_watched_files.as_ref()?.dynamic_registration
        };
        #[allow(deprecated, reason = "older clients name their one directory so")]
        let folders = match &params.workspace_folders {
            Some(folders) if !folders.is_empty() => {
                folders.iter().filter_map(|folder| uri::to_path(&folder.uri)).collect()
            }
            _ => params.root_uri.as_ref().and_then(uri::to_path).into_iter().collect(),
        };
        Self {
            encoding: Encoding::choose(offered),
            snippets: snippets().unwrap_or(false),
            markdown: formats().is_some_and(|formats| formats.contains(&MarkupKind::Markdown)),
            watches: watches().unwrap_or(false),
            folders,
        }
    }

    /// What the server says it can do.
    pub(crate) fn answer(&self) -> InitializeResult {
        let sync = TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions { include_text: Some(false) })),
            ..TextDocumentSyncOptions::default()
        };
        let triggers = ["$", "=", ":", "/", "@"].map(str::to_owned).to_vec();
        let folders = WorkspaceFoldersServerCapabilities {
            supported: Some(true),
            change_notifications: Some(OneOf::Left(true)),
        };
        let capabilities = ServerCapabilities {
            position_encoding: Some(self.encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(sync)),
            hover_provider: Some(HoverProviderCapability::Simple(true)),
            definition_provider: Some(OneOf::Left(true)),
            references_provider: Some(OneOf::Left(true)),
            document_symbol_provider: Some(OneOf::Left(true)),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some(triggers),
                ..CompletionOptions::default()
            }),
            code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
                ..CodeActionOptions::default()
            })),
            workspace: Some(WorkspaceServerCapabilities {
                workspace_folders: Some(folders),
                file_operations: None,
            }),
            ..ServerCapabilities::default()
        };
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        InitializeResult {
            capabilities,
            server_info: Some(ServerInfo { name: "gatelint".to_owned(), version }),
        }
    }
}

/// The outline as the protocol answers it.
pub(crate) fn nested(symbols: Vec<DocumentSymbol>) -> lsp_types::DocumentSymbolResponse {
    lsp_types::DocumentSymbolResponse::Nested(symbols)
}
