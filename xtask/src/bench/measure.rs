//! A row's figure: short slices of nginx, Portolan and neither by turns, so that all meet the same machine.

use anyhow::{Result, ensure};

use super::{
    account::{self, Account},
    answer::Reading,
    generator::Generator,
    load::{Measured, Slice},
    mock::WORDS,
    proc::Family,
    process::Process,
    rows::{Row, Subject},
    stats::{Quartiles, median, percentile},
};

pub(super) struct Bench<'g> {
    nginx: Meter,
    portolan: Meter,
    generator: &'g mut Generator,
    account: Account,
    slices: u16,
}

/// A running gateway and its processor time so far.
struct Meter {
    process: Process,
    family: Family,
    /// In nanoseconds.
    read: u64,
}

/// What was measured of one row at one number of connections.
pub(super) struct Figure {
    pub(super) row: &'static Row,
    pub(super) connections: usize,
    /// Portolan's processor time a request over nginx's, slice by slice.
    pub(super) ratio: Quartiles,
    pub(super) direct: Side,
    pub(super) nginx: Side,
    pub(super) portolan: Side,
}

/// One subject's part of a figure. Times are microseconds.
pub(super) struct Side {
    /// A request's processor time in the gateway; 0 where there is none.
    pub(super) cpu: f64,
    /// Requests a second.
    pub(super) rate: f64,
    pub(super) p50: u64,
    pub(super) p99: u64,
    /// The longest gap within an answer: of the median answer.
    pub(super) gap: u64,
    /// Of the worst.
    pub(super) worst_gap: u64,
}

#[derive(Default)]
struct Samples {
    cpu: Vec<f64>,
    rates: Vec<f64>,
    latencies: Vec<u64>,
    gaps: Vec<u64>,
}

impl<'g> Bench<'g> {
    pub(super) fn new(
        nginx: Process,
        portolan: Process,
        generator: &'g mut Generator,
        slices: u16,
    ) -> Result<Self> {
        Ok(Self {
            nginx: Meter::new(nginx)?,
            portolan: Meter::new(portolan)?,
            generator,
            account: Account::default(),
            slices,
        })
    }

    pub(super) fn measure(&mut self, row: &'static Row, connections: usize) -> Result<Figure> {
        let expected = self.expected(row)?;
        let mut direct = Samples::default();
        let mut nginx = Samples::default();
        let mut portolan = Samples::default();
        for turn in 0..=self.slices {
            // Neither always comes after the other.
            let first = if turn % 2 == 0 {
                [Subject::Nginx, Subject::Portolan]
            } else {
                [Subject::Portolan, Subject::Nginx]
            };
            for subject in first.into_iter().chain([Subject::Direct]) {
                let slice = Slice {
                    question: row.question(subject),
                    connections,
                    requests: row.requests(connections),
                    expected: expected.clone(),
                };
                let (measured, cpu) = self.slice(row, subject, slice)?;
                let samples = match subject {
                    Subject::Direct => &mut direct,
                    Subject::Nginx => &mut nginx,
                    Subject::Portolan => &mut portolan,
                };
                // The first turn opens the connections and warms the caches.
                if turn > 0 {
                    samples.add(measured, cpu);
                }
            }
        }
        let ratios = portolan.cpu.iter().zip(&nginx.cpu);
        Ok(Figure {
            row,
            connections,
            ratio: Quartiles::of(ratios.map(|(ours, theirs)| ours / theirs).collect()),
            direct: direct.side(),
            nginx: nginx.side(),
            portolan: portolan.side(),
        })
    }

    /// Stops the gateways. What they were asked is for the log to bear out.
    pub(super) fn stop(self) -> Result<Account> {
        self.nginx.process.stop()?;
        // Its end is what writes the last lines.
        self.portolan.process.stop()?;
        Ok(self.account)
    }

    /// What the stand-in itself answers; held to what it was told to say.
    fn expected(&mut self, row: &Row) -> Result<Reading> {
        let reading = self.generator.learn(row.question(Subject::Direct))?;
        let words = reading.text.split_whitespace().count();
        let events = if row.stream { WORDS } else { 1 };
        ensure!(
            words == WORDS && reading.events == events,
            "the stand-in said {words} words in {} events",
            reading.events
        );
        Ok(reading)
    }

    /// With the gateway's processor time in nanoseconds since its slice before: what it put off is counted too.
    fn slice(&mut self, row: &Row, subject: Subject, slice: Slice) -> Result<(Measured, u64)> {
        match subject {
            Subject::Direct => Ok((self.generator.slice(slice)?, 0)),
            Subject::Nginx => Ok((self.generator.slice(slice)?, self.nginx.lap()?)),
            Subject::Portolan => {
                let requests = slice.requests;
                let generator = &mut *self.generator;
                let (measured, counters) = account::around(row.mock, || generator.slice(slice))?;
                self.account.enter(row, requests, counters)?;
                Ok((measured, self.portolan.lap()?))
            }
        }
    }
}

impl Meter {
    fn new(process: Process) -> Result<Self> {
        let family = Family::of(process.id())?;
        let read = family.cpu()?;
        Ok(Self {
            process,
            family,
            read,
        })
    }

    fn lap(&mut self) -> Result<u64> {
        let now = self.family.cpu()?;
        // A thread that ended took its time with it.
        let spent = now.saturating_sub(self.read);
        self.read = now;
        Ok(spent)
    }
}

impl Samples {
    fn add(&mut self, measured: Measured, cpu: u64) {
        let requests = measured.latencies.len() as f64;
        self.cpu.push(cpu as f64 / 1000.0 / requests);
        self.rates.push(requests / measured.seconds);
        self.latencies.extend(measured.latencies);
        self.gaps.extend(measured.gaps);
    }

    fn side(mut self) -> Side {
        self.latencies.sort_unstable();
        self.gaps.sort_unstable();
        Side {
            cpu: median(self.cpu),
            rate: median(self.rates),
            p50: percentile(&self.latencies, 0.5),
            p99: percentile(&self.latencies, 0.99),
            gap: percentile(&self.gaps, 0.5),
            worst_gap: percentile(&self.gaps, 1.0),
        }
    }
}
