//! Questions of the editor.

use lsp_server::{ErrorCode, Request, Response};
use lsp_types::request::{
    CodeActionRequest, Completion, DocumentSymbolRequest, GotoDefinition, HoverRequest, References,
    Request as Method,
};
use lsp_types::{CompletionResponse, GotoDefinitionResponse, Position};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::state::State;
use crate::{actions, client, completion, goto, hover, outline};

/// Answers a question; with an error where it cannot be understood.
pub(crate) fn answer(state: &mut State, request: Request) -> Response {
    match request.method.as_str() {
        HoverRequest::METHOD => on::<HoverRequest>(request, |params| {
            let at = params.text_document_position_params;
            hover::hover(&state.here(&at.text_document.uri, at.position)?)
        }),
        GotoDefinition::METHOD => on::<GotoDefinition>(request, |params| {
            let at = params.text_document_position_params;
            let found = goto::definition(&state.here(&at.text_document.uri, at.position)?);
            (!found.is_empty()).then_some(GotoDefinitionResponse::Array(found))
        }),
        References::METHOD => on::<References>(request, |params| {
            let at = params.text_document_position;
            let here = state.here(&at.text_document.uri, at.position)?;
            Some(goto::references(&here, params.context.include_declaration))
        }),
        Completion::METHOD => on::<Completion>(request, |params| {
            let at = params.text_document_position;
            let here = state.here(&at.text_document.uri, at.position)?;
            Some(CompletionResponse::Array(completion::complete(&here)))
        }),
        DocumentSymbolRequest::METHOD => on::<DocumentSymbolRequest>(request, |params| {
            let here = state.here(&params.text_document.uri, Position::default())?;
            Some(client::nested(outline::outline(&here)))
        }),
        CodeActionRequest::METHOD => on::<CodeActionRequest>(request, |params| {
            let uri = params.text_document.uri;
            let path = crate::uri::to_path(&uri)?;
            for room in state.rooms.iter_mut().filter(|room| room.reads(&path)) {
                room.judge(&|| false);
            }
            let here = state.here(&uri, Position::default())?;
            Some(actions::actions(&here, &uri, here.findings, params.range, &params.context.diagnostics))
        }),
        _ => {
            let message = format!("no such method: {}", request.method);
            Response::new_err(request.id, ErrorCode::MethodNotFound as i32, message)
        }
    }
}

fn on<R: Method>(request: Request, answer: impl FnOnce(R::Params) -> R::Result) -> Response
where
    R::Params: DeserializeOwned,
    R::Result: Serialize,
{
    match serde_json::from_value::<R::Params>(request.params) {
        Ok(params) => Response::new_ok(request.id, answer(params)),
        Err(error) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}
