//! The loop: messages in, answers out, and work while nobody speaks.

use std::io::{self, BufRead, Write};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use gatelint_run::settings::Asked;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use lsp_types::notification::{
    Cancel, DidChangeTextDocument, DidChangeWatchedFiles, DidChangeWorkspaceFolders, DidCloseTextDocument,
    DidOpenTextDocument, DidSaveTextDocument, Exit, Initialized, Notification as Method, PublishDiagnostics,
};
use lsp_types::request::{Initialize, RegisterCapability, Request as _, Shutdown};
use lsp_types::{
    DidChangeTextDocumentParams, DidChangeWatchedFilesRegistrationOptions, DidChangeWorkspaceFoldersParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, FileSystemWatcher, GlobPattern, InitializeParams,
    Registration, RegistrationParams,
};
use serde::de::DeserializeOwned;

use crate::document::Document;
use crate::frame::{self, Frame};
use crate::state::{Client, State};
use crate::{requests, uri};

/// How often work is given up for a newer edit before it is done anyway: who types without a pause wants to see
/// something too.
const MAX_GIVEN_UP: u32 = 5;

/// Serves an editor until it says `exit` or its stream ends.
///
/// Gives whether it said `shutdown` before, as the protocol wants it.
///
/// # Errors
/// When the output cannot be written.
pub fn serve<R, W>(input: R, output: W, asked: &Asked) -> io::Result<bool>
where
    R: BufRead + Send + 'static,
    W: Write,
{
    let (sender, inbox) = channel();
    let edits = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&edits);
    // It ends with the stream, or with the process.
    thread::spawn(move || {
        let mut input = input;
        while let Ok(Some(frame)) = frame::read(&mut input) {
            if let Frame::Message(Message::Notification(note)) = &frame
                && note.method == DidChangeTextDocument::METHOD
            {
                seen.fetch_add(1, Ordering::SeqCst);
            }
            if sender.send(frame).is_err() {
                break;
            }
        }
    });
    let mut server =
        Server { output, asked: asked.clone(), state: None, is_done: false, taken: 0, given_up: 0 };
    server.run(&inbox, &edits)
}

struct Server<W> {
    output: W,
    asked: Asked,
    /// From `initialize` on.
    state: Option<State>,
    is_done: bool,
    /// How many edits were taken in.
    taken: u64,
    /// How often work was given up since it last was done.
    given_up: u32,
}

impl<W: Write> Server<W> {
    fn run(&mut self, inbox: &Receiver<Frame>, edits: &AtomicU64) -> io::Result<bool> {
        loop {
            let is_idle = self.state.as_ref().is_none_or(State::is_settled);
            let frame = match inbox.try_recv() {
                Err(TryRecvError::Empty) if !is_idle => {
                    self.work(edits)?;
                    continue;
                }
                Err(TryRecvError::Empty) => inbox.recv().ok(),
                other => other.ok(),
            };
            match frame {
                None => return Ok(self.is_done),
                Some(Frame::Malformed(why)) => frame::refuse(&why, &mut self.output)?,
                Some(Frame::Message(Message::Request(request))) => self.request(request)?,
                Some(Frame::Message(Message::Notification(note))) if note.method == Exit::METHOD => {
                    return Ok(self.is_done);
                }
                Some(Frame::Message(Message::Notification(note))) => self.notification(note)?,
                Some(Frame::Message(Message::Response(_))) => {}
            }
        }
    }

    fn send(&mut self, message: impl Into<Message>) -> io::Result<()> {
        message.into().write(&mut self.output)
    }

    /// Judges what was edited and tells it, unless a newer edit comes in.
    fn work(&mut self, edits: &AtomicU64) -> io::Result<()> {
        let Some(state) = &mut self.state else { return Ok(()) };
        let (taken, is_patient) = (self.taken, self.given_up < MAX_GIVEN_UP);
        let is_stale = || is_patient && edits.load(Ordering::SeqCst) > taken;
        let told = match guarded(|| state.judge(&is_stale)) {
            Ok(told) => told,
            Err(()) => {
                // What made it panic is not asked again before the next edit.
                state.rooms.clear();
                state.settle();
                return Ok(());
            }
        };
        self.given_up = if told.is_some() { 0 } else { self.given_up + 1 };
        for params in told.into_iter().flatten() {
            self.send(Notification::new(PublishDiagnostics::METHOD.to_owned(), params))?;
        }
        Ok(())
    }

    fn request(&mut self, request: Request) -> io::Result<()> {
        let id = request.id.clone();
        let fail =
            |code: ErrorCode, message: &str| Response::new_err(id.clone(), code as i32, message.to_owned());
        let response = match (request.method.as_str(), &mut self.state) {
            (Initialize::METHOD, None) => self.initialize(request),
            (Initialize::METHOD, Some(_)) => fail(ErrorCode::InvalidRequest, "initialized already"),
            _ if self.is_done => fail(ErrorCode::InvalidRequest, "shut down already"),
            (_, None) => fail(ErrorCode::ServerNotInitialized, "`initialize` comes first"),
            (Shutdown::METHOD, Some(_)) => {
                self.is_done = true;
                Response::new_ok(id.clone(), ())
            }
            (_, Some(state)) => match guarded(|| requests::answer(state, request)) {
                Ok(response) => response,
                Err(()) => {
                    // What it held may be half done.
                    let _ = guarded(|| state.refresh());
                    fail(ErrorCode::InternalError, "internal error; please report it")
                }
            },
        };
        self.send(response)
    }

    fn initialize(&mut self, request: Request) -> Response {
        match serde_json::from_value::<InitializeParams>(request.params) {
            Ok(params) => {
                let client = Client::new(&params);
                let answer = client.answer();
                self.state = Some(State::new(client, self.asked.clone()));
                Response::new_ok(request.id, answer)
            }
            Err(error) => Response::new_err(request.id, ErrorCode::InvalidParams as i32, error.to_string()),
        }
    }

    /// What cannot be understood is passed over: a notification has no answer.
    fn notification(&mut self, note: Notification) -> io::Result<()> {
        if note.method == DidChangeTextDocument::METHOD {
            self.taken += 1;
        }
        let Some(state) = &mut self.state else { return Ok(()) };
        let is_first = note.method == Initialized::METHOD;
        if guarded(|| take(state, note)).is_err() {
            let _ = guarded(|| state.refresh());
        }
        if is_first && state.client.watches { self.watch() } else { Ok(()) }
    }

    /// Asks to be told when files change on disk.
    fn watch(&mut self) -> io::Result<()> {
        let pattern = GlobPattern::String("**/*".to_owned());
        let watchers = vec![FileSystemWatcher { glob_pattern: pattern, kind: None }];
        let options = serde_json::to_value(DidChangeWatchedFilesRegistrationOptions { watchers }).ok();
        let registration = Registration {
            id: "files".to_owned(),
            method: DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: options,
        };
        let params = RegistrationParams { registrations: vec![registration] };
        let id = RequestId::from("files".to_owned());
        self.send(Request::new(id, RegisterCapability::METHOD.to_owned(), params))
    }
}

fn params<P: DeserializeOwned>(note: Notification) -> Option<P> {
    serde_json::from_value(note.params).ok()
}

/// Takes in what has changed.
fn take(state: &mut State, note: Notification) -> Option<()> {
    match note.method.as_str() {
        DidOpenTextDocument::METHOD => {
            let opened = params::<DidOpenTextDocumentParams>(note)?.text_document;
            let path = uri::to_path(&opened.uri)?;
            let text = opened.text.into_bytes();
            state.open(path, Document { uri: opened.uri, version: opened.version, text });
        }
        DidChangeTextDocument::METHOD => {
            let changed = params::<DidChangeTextDocumentParams>(note)?;
            let path = uri::to_path(&changed.text_document.uri)?;
            let encoding = state.client.encoding;
            state.edit(&path, changed.text_document.version, |document| {
                document.edit(changed.content_changes, encoding);
            });
        }
        DidCloseTextDocument::METHOD => {
            state.close(&uri::to_path(&params::<DidCloseTextDocumentParams>(note)?.text_document.uri)?);
        }
        DidSaveTextDocument::METHOD | DidChangeWatchedFiles::METHOD => state.refresh(),
        DidChangeWorkspaceFolders::METHOD => {
            let event = params::<DidChangeWorkspaceFoldersParams>(note)?.event;
            let gone: Vec<_> = event.removed.iter().filter_map(|folder| uri::to_path(&folder.uri)).collect();
            state.client.folders.retain(|folder| !gone.contains(folder));
            state.client.folders.extend(event.added.iter().filter_map(|folder| uri::to_path(&folder.uri)));
            state.refresh();
        }
        Cancel::METHOD => {}
        _ => {}
    }
    Some(())
}

/// A panic is said on the error stream by the program's hook, and ends nothing.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, ()> {
    panic::catch_unwind(AssertUnwindSafe(work)).map_err(drop)
}
