//! The load generator's process, and what is asked of it.

use std::{
    io::{BufRead, BufReader, Write},
    process::{ChildStdin, ChildStdout, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    answer::Reading,
    certificate::Certificate,
    load::{Measured, Order, Question, Reply, Slice},
    process::{Core, Process},
};
use crate::command::release;

pub(super) struct Generator {
    process: Process,
    orders: ChildStdin,
    replies: BufReader<ChildStdout>,
}

impl Generator {
    /// Over TLS it trusts that certificate alone.
    pub(super) fn start(certificate: &Certificate) -> Result<Self> {
        // The release build of this very program: a slow client would be measured instead.
        let mut child = Core::Load
            .command(&release("xtask"))
            .arg("bench-load")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the load generator")?;
        let orders = child.stdin.take().context("no stdin")?;
        let replies = BufReader::new(child.stdout.take().context("no stdout")?);
        let mut generator = Self {
            process: Process::adopt("the load generator", child),
            orders,
            replies,
        };
        generator.done(&Order::Trust(certificate.chain.clone()))?;
        Ok(generator)
    }

    pub(super) fn learn(&mut self, question: Question) -> Result<Reading> {
        match self.order(&Order::Learn(question))? {
            Reply::Learned(reading) => Ok(reading),
            other => unfit(&other),
        }
    }

    pub(super) fn slice(&mut self, slice: Slice) -> Result<Measured> {
        let requests = slice.requests;
        match self.order(&Order::Slice(slice))? {
            Reply::Measured(measured) => {
                let answers = measured.latencies.len();
                ensure!(
                    answers == requests,
                    "{answers} answers to {requests} requests"
                );
                Ok(measured)
            }
            other => unfit(&other),
        }
    }

    pub(super) fn hold(&mut self, question: Question, streams: usize) -> Result<()> {
        self.done(&Order::Hold { question, streams })
    }

    pub(super) fn release(&mut self) -> Result<()> {
        self.done(&Order::Release)
    }

    pub(super) fn stop(self) -> Result<()> {
        self.process.stop()
    }

    fn done(&mut self, order: &Order) -> Result<()> {
        match self.order(order)? {
            Reply::Done => Ok(()),
            other => unfit(&other),
        }
    }

    fn order(&mut self, order: &Order) -> Result<Reply> {
        serde_json::to_writer(&mut self.orders, order)?;
        writeln!(self.orders)?;
        self.orders.flush()?;
        let mut line = String::new();
        self.replies.read_line(&mut line)?;
        let reply: Reply = serde_json::from_str(&line).context("the load generator ended")?;
        match reply {
            Reply::Fault(fault) => bail!("{fault}"),
            reply => Ok(reply),
        }
    }
}

fn unfit<T>(reply: &Reply) -> Result<T> {
    bail!("the load generator answered something else: {reply:?}")
}
