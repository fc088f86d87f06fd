//! Step 9: a stream on its way to the client. Same format: whole events as slices of what arrived. Another: through
//! the hub. Either way a cut never delivers half an event, and the end is known by what was seen.

use std::{collections::VecDeque, ops::Range, time::Instant};

use bytes::Bytes;
use portolan_llm::{
    chat::{Event, Failure},
    format::{Choices, Class, Codec, Envelope, Format, Observation, StreamDecoder, StreamEncoder},
    framing::sse::{self, Framer, TooLong},
    usage::Tokens,
};

use super::render::Plan;

/// One event: a tool call's whole arguments, or an image in base64, may be one.
const EVENT_BOUND: usize = 16 * 1024 * 1024;

pub(super) struct StreamRelay {
    codec: &'static dyn Codec,
    dialect: &'static dyn Codec,
    framer: Framer,
    translation: Option<Translation>,
    /// The usage is told only because we asked: the client's stream goes without.
    hide_usage: bool,
    last: Last,
    seen: Seen,
}

/// How the event before ended: where it ended in a CR, an LF that begins the next belongs to it.
#[derive(Default)]
struct Last {
    cr: bool,
    hidden: bool,
}

struct Translation {
    decoder: Box<dyn StreamDecoder>,
    encoder: Box<dyn StreamEncoder>,
}

/// What a stream has said so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) events: u64,
    pub(super) malformed: u64,
    /// When the first content came.
    pub(super) content: Option<Instant>,
    /// A choice ended; false: for a reason that explains a lack of content.
    pub(super) finish: Option<bool>,
    pub(super) choices: Choices,
    pub(super) terminal: bool,
    pub(super) tokens: Option<Tokens>,
    pub(super) model: Option<String>,
    pub(super) error: Option<Failure>,
}

impl StreamRelay {
    pub(super) fn new(plan: Plan, dialect: Format, envelope: Envelope) -> Self {
        let codec = plan.format.codec();
        let dialect = dialect.codec();
        Self {
            codec,
            dialect,
            framer: Framer::new(EVENT_BOUND),
            translation: plan.translate.then(|| Translation {
                decoder: codec.decoder(),
                encoder: dialect.encoder(envelope, plan.stream_usage),
            }),
            hide_usage: plan.hide_usage,
            last: Last::default(),
            seen: Seen::default(),
        }
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }

    /// Bytes that wait for the end of their event.
    pub(super) fn pending(&self) -> usize {
        self.framer.pending()
    }

    /// What is to go to the client of a chunk that arrived. After an error event nothing more goes.
    pub(super) fn push(&mut self, chunk: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), TooLong> {
        self.framer.push(chunk);
        let mut run: Option<Range<usize>> = None;
        let mut translated = Vec::new();
        while let Some(range) = self.framer.next_event()? {
            if self.seen.error.is_some() {
                break;
            }
            let event = sse::parse(self.framer.bytes(range.clone()));
            let observation = self.codec.observe_event(&event);
            let hidden = match observation.class {
                Class::Usage => self.hide_usage,
                Class::Malformed => true,
                Class::Error => !observation.error_as_told,
                Class::Lifecycle | Class::Content | Class::Terminal => false,
            };
            if let Some(translation) = &mut self.translation {
                if translation.event(&event, &mut translated) {
                    self.seen.note(observation);
                    continue;
                }
                self.seen.malformed += 1;
                // It was to say something: without it the answer would be another.
                if matches!(observation.class, Class::Content | Class::Terminal) {
                    let failure = Failure {
                        message: "an event of the provider's stream could not be read".to_owned(),
                        ..Failure::default()
                    };
                    translated.extend_from_slice(&self.error_event(&failure));
                    self.seen.error = Some(failure);
                }
                continue;
            }
            let retold = observation.error.clone().filter(|_| hidden);
            self.seen.malformed += u64::from(observation.class == Class::Malformed);
            self.seen.note(observation);
            self.hand_on(range, hidden, &mut run, out);
            if let Some(failure) = retold {
                flush(&self.framer, &mut run, out);
                out.push_back(self.error_event(&failure));
            }
        }
        flush(&self.framer, &mut run, out);
        if !translated.is_empty() {
            out.push_back(Bytes::from(translated));
        }
        Ok(())
    }

    /// What comes after the terminal event: comments and line ends, at the most. A translated stream has none.
    pub(super) fn trail(&mut self, chunk: Bytes, out: &mut VecDeque<Bytes>) -> Result<(), TooLong> {
        match self.translation {
            Some(_) => Ok(()),
            None => self.push(chunk, out),
        }
    }

    /// Adds an event to the run of bytes that go on as one slice, or leaves it out.
    fn hand_on(
        &mut self,
        mut event: Range<usize>,
        hidden: bool,
        run: &mut Option<Range<usize>>,
        out: &mut VecDeque<Bytes>,
    ) {
        let bytes = self.framer.bytes(event.clone());
        let last = std::mem::replace(
            &mut self.last,
            Last {
                cr: bytes.ends_with(b"\r"),
                hidden,
            },
        );
        if last.cr && bytes.starts_with(b"\n") {
            if !last.hidden {
                extend(&self.framer, run, event.start..event.start + 1, out);
            }
            event.start += 1;
        }
        if !hidden {
            extend(&self.framer, run, event, out);
        }
    }

    /// The provider's stream ended cleanly: whether it is whole. A last event without its blank line counts if it
    /// ends the stream, and is completed.
    pub(super) fn end(&mut self, out: &mut VecDeque<Bytes>) -> bool {
        let tail = self.framer.tail();
        self.framer = Framer::new(EVENT_BOUND);
        let mut half = false;
        if tail.iter().all(u8::is_ascii_whitespace) {
            if self.translation.is_none() && !tail.is_empty() && !self.last.hidden {
                out.push_back(tail);
            }
        } else {
            let event = sse::parse(&tail);
            half = self.codec.observe_event(&event).class != Class::Terminal;
            if !half {
                let mut bytes = tail.trim_ascii_end().to_vec();
                bytes.extend_from_slice(b"\n\n");
                // As long as the tail was, and that was within the bound.
                let _within = self.push(Bytes::from(bytes), out);
            }
        }
        if self.seen.error.is_some() {
            return false;
        }
        if !self.seen.terminal && !half && self.seen.choices.all_ended() {
            // Some providers end so. The client's SDK still waits for its terminator.
            match &mut self.translation {
                Some(translation) => {
                    let mut last = Vec::new();
                    translation.encoder.event(&Event::End, &mut last);
                    out.push_back(Bytes::from(last));
                }
                None => out.push_back(Bytes::from_static(self.dialect.terminator())),
            }
            self.seen.terminal = true;
        }
        self.seen.terminal
    }

    /// The last event of a stream that breaks off, in the client's words.
    pub(super) fn error_event(&self, failure: &Failure) -> Bytes {
        let mut event = Vec::new();
        self.dialect.encode_error_event(failure, &mut event);
        Bytes::from(event)
    }
}

fn extend(
    framer: &Framer,
    run: &mut Option<Range<usize>>,
    piece: Range<usize>,
    out: &mut VecDeque<Bytes>,
) {
    match run {
        Some(run) if run.end == piece.start => run.end = piece.end,
        _ => {
            flush(framer, run, out);
            *run = Some(piece);
        }
    }
}

fn flush(framer: &Framer, run: &mut Option<Range<usize>>, out: &mut VecDeque<Bytes>) {
    if let Some(run) = run.take() {
        out.push_back(framer.slice(run));
    }
}

impl Translation {
    /// False: the event could not be read, and is left out.
    fn event(&mut self, event: &sse::Event<'_>, out: &mut Vec<u8>) -> bool {
        let Self { decoder, encoder } = self;
        decoder
            .event(event, &mut |event| encoder.event(&event, out))
            .is_ok()
    }
}

impl Seen {
    fn note(&mut self, observation: Observation<'_>) {
        self.events += 1;
        match observation.class {
            Class::Content => {
                self.content.get_or_insert_with(Instant::now);
            }
            Class::Terminal => self.terminal = true,
            Class::Lifecycle | Class::Usage | Class::Error | Class::Malformed => {}
        }
        if let Some(promises) = observation.finish {
            self.finish = Some(self.finish.unwrap_or(true) && promises);
        }
        self.choices.merge(observation.choices);
        // Told once at the end, or counting up: the last word holds.
        self.tokens = observation.usage.or(self.tokens);
        if self.model.is_none() {
            self.model = observation.model.map(|model| model.unescape().into_owned());
        }
        if observation.error.is_some() {
            self.error = observation.error;
        }
    }
}

#[cfg(test)]
mod tests;
