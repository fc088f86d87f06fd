//! The load generator: a process of its own, so that it can be bound to its core.
//! It reads an order a line and answers each with a line; its connections stay open from slice to slice.

use std::{
    collections::HashMap,
    io::{self, BufRead, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use tokio::{runtime, task::JoinSet};

use super::{
    answer::{self, Dialect, Reading},
    certificate::Trust,
    client::{Connection, Dialer, Prepared},
    request::Request,
    transport::Transport,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Order {
    /// From now on this certificate, in PEM, is the one to expect over TLS.
    Trust(String),
    /// One request; its answer is the measure of others.
    Learn(Question),
    Slice(Slice),
    /// Opens so many streams and leaves them open.
    Hold {
        question: Question,
        streams: usize,
    },
    /// Drops the streams that are held.
    Release,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Question {
    pub(super) address: SocketAddr,
    pub(super) transport: Transport,
    pub(super) request: Request,
    pub(super) dialect: Dialect,
    pub(super) stream: bool,
}

/// A closed loop: each connection asks anew once it has its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Slice {
    pub(super) question: Question,
    pub(super) connections: usize,
    pub(super) requests: usize,
    pub(super) expected: Reading,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    Learned(Reading),
    Measured(Measured),
    Done,
    Fault(String),
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// Microseconds to the end of the answer, one a request.
    pub(super) latencies: Vec<u64>,
    /// Microseconds of the longest gap, one a request.
    pub(super) gaps: Vec<u64>,
}

pub(crate) fn serve() -> Result<()> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut generator = Generator::default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let order: Order = serde_json::from_str(&line?)?;
        let reply = runtime
            .block_on(generator.obey(order))
            .unwrap_or_else(|error| Reply::Fault(format!("{error:#}")));
        serde_json::to_writer(&mut out, &reply)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(())
}

#[derive(Default)]
struct Generator {
    trust: Option<Trust>,
    idle: HashMap<(SocketAddr, Transport), Vec<Connection>>,
    held: Vec<Connection>,
}

impl Generator {
    async fn obey(&mut self, order: Order) -> Result<Reply> {
        Ok(match order {
            Order::Trust(chain) => {
                self.trust = Some(Trust::only(&chain)?);
                Reply::Done
            }
            Order::Learn(question) => {
                let dialer = self.dialer(&question)?;
                Reply::Learned(learn(&dialer, &question).await?)
            }
            Order::Slice(slice) => Reply::Measured(self.slice(slice).await?),
            Order::Hold { question, streams } => {
                let dialer = self.dialer(&question)?;
                self.held = hold(&dialer, &question, streams).await?;
                Reply::Done
            }
            Order::Release => {
                self.held.clear();
                Reply::Done
            }
        })
    }

    async fn slice(&mut self, slice: Slice) -> Result<Measured> {
        let question = &slice.question;
        let dialer = self.dialer(question)?;
        let prepared = Arc::new(Prepared::of(&question.request, question.transport)?);
        let place = (question.address, question.transport);
        let idle = self.idle.entry(place).or_default();
        let slice = Arc::new(slice);
        let left = Arc::new(AtomicUsize::new(slice.requests));
        let begun = Instant::now();
        let mut loops = JoinSet::new();
        for _ in 0..slice.connections {
            let client = Client {
                kept: idle.pop(),
                dialer: dialer.clone(),
                prepared: Arc::clone(&prepared),
                slice: Arc::clone(&slice),
                left: Arc::clone(&left),
            };
            loops.spawn(client.run());
        }
        let mut measured = Measured::default();
        while let Some(done) = loops.join_next().await {
            let (connection, one) = done??;
            idle.extend(connection);
            measured.latencies.extend(one.latencies);
            measured.gaps.extend(one.gaps);
        }
        measured.seconds = begun.elapsed().as_secs_f64();
        Ok(measured)
    }

    fn dialer(&self, question: &Question) -> Result<Dialer> {
        let tls = match question.transport.alpn() {
            None => None,
            Some(alpn) => {
                let trust = self.trust.as_ref().context("no certificate is trusted")?;
                Some(trust.connector(alpn)?)
            }
        };
        Ok(Dialer {
            address: question.address,
            transport: question.transport,
            tls,
        })
    }
}

struct Client {
    kept: Option<Connection>,
    dialer: Dialer,
    prepared: Arc<Prepared>,
    slice: Arc<Slice>,
    /// Requests of the slice that nobody has begun.
    left: Arc<AtomicUsize>,
}

impl Client {
    async fn run(mut self) -> Result<(Option<Connection>, Measured)> {
        let slice = Arc::clone(&self.slice);
        let mut measured = Measured::default();
        while self.take() {
            let (mut connection, kept) = match self.kept.take() {
                Some(connection) => (connection, measured.latencies.is_empty()),
                None => (Connection::open(&self.dialer).await?, false),
            };
            let asked = connection.ask(&self.prepared).await;
            let answer = match asked {
                // It was idle since the slice before, and closed meanwhile.
                Err(_) if kept => {
                    connection = Connection::open(&self.dialer).await?;
                    connection.ask(&self.prepared).await?
                }
                answer => answer?,
            };
            measured.latencies.push(micros(answer.took));
            measured.gaps.push(micros(answer.longest_gap));
            let reading = read(&slice.question, answer.status, &answer.body)?;
            ensure!(
                reading == slice.expected,
                "a wrong answer: {reading:?} instead of {:?}",
                slice.expected
            );
            self.kept = connection.stays().then_some(connection);
        }
        Ok((self.kept, measured))
    }

    fn take(&self) -> bool {
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            })
            .is_ok()
    }
}

async fn learn(dialer: &Dialer, question: &Question) -> Result<Reading> {
    let mut connection = Connection::open(dialer).await?;
    let prepared = Prepared::of(&question.request, question.transport)?;
    let answer = connection.ask(&prepared).await?;
    read(question, answer.status, &answer.body)
}

async fn hold(dialer: &Dialer, question: &Question, streams: usize) -> Result<Vec<Connection>> {
    let prepared = Arc::new(Prepared::of(&question.request, question.transport)?);
    let mut opening = JoinSet::new();
    for _ in 0..streams {
        let dialer = dialer.clone();
        let prepared = Arc::clone(&prepared);
        opening.spawn(async move {
            let mut connection = Connection::open(&dialer).await?;
            connection.begin(&prepared).await?;
            anyhow::Ok(connection)
        });
    }
    let mut held = Vec::with_capacity(streams);
    while let Some(opened) = opening.join_next().await {
        held.push(opened??);
    }
    Ok(held)
}

fn read(question: &Question, status: u16, body: &[u8]) -> Result<Reading> {
    let shown = || String::from_utf8_lossy(&body[..body.len().min(400)]).into_owned();
    ensure!(status == 200, "status {status}: {}", shown());
    answer::read(question.dialect, question.stream, body).with_context(shown)
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
