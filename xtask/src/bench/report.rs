//! The figures as a reader meets them: a line as each is measured, and the table of docs/benchmarks.md.

use std::{fs, io, path::Path};

use anyhow::{Context, Result};

use super::{
    lifetime::Lifetime,
    machine::Machine,
    measure::{Figure, Side},
    stats::Quartiles,
};

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";
/// Microseconds: what Nagle's algorithm and a delayed acknowledgement cost a stream together.
const STALL: u64 = 40_000;

pub(super) struct Report {
    pub(super) machine: Machine,
    /// Its name and version.
    pub(super) nginx: String,
    pub(super) slices: u16,
    pub(super) figures: Vec<Figure>,
    pub(super) lifetimes: Vec<Lifetime>,
}

/// One figure, for who is waiting.
pub(super) fn line(figure: &Figure) -> String {
    let Figure {
        row,
        connections,
        ratio,
        nginx,
        portolan,
        ..
    } = figure;
    format!(
        "{:<38} x{connections:<3} nginx {:>8} us  Portolan {:>8} us  {}",
        row.title,
        cpu(nginx),
        cpu(portolan),
        ratios(ratio)
    )
}

impl Report {
    /// Puts the table into the page, between its markers; a page without them gets them at its end.
    pub(super) fn write(&self, page: &Path) -> Result<()> {
        let old = match fs::read_to_string(page) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => "# Benchmarks\n".to_owned(),
            Err(error) => return Err(error).with_context(|| format!("{}", page.display())),
        };
        let new = replaced(&old, &self.text());
        fs::write(page, new).with_context(|| format!("cannot write {}", page.display()))
    }

    /// What is wrong with a lone stream, if anything: a wait that its provider did not make.
    pub(super) fn stall(&self) -> Option<String> {
        self.lone_streams()
            .find(|figure| figure.portolan.gap >= STALL)
            .map(|figure| {
                let gap = milliseconds(figure.portolan.gap);
                format!("a lone stream stalls for {gap} ms: {}", figure.row.title)
            })
    }

    fn lone_streams(&self) -> impl Iterator<Item = &Figure> {
        self.figures
            .iter()
            .filter(|figure| figure.row.stream && figure.connections == 1)
    }

    pub(super) fn text(&self) -> String {
        let Self {
            machine,
            nginx,
            slices,
            ..
        } = self;
        let mut lines = vec![
            format!("Measured on {} on {}: {nginx}, one worker a gateway.", machine.date, machine.text()),
            "Load and stand-in providers share core 0, the gateway has core 1. Portolan writes its access log with usage to a file; nginx writes none.".to_owned(),
            format!("A ratio is the median of {slices} paired slices, its quartiles in brackets. Repeat it with `cargo xtask bench`."),
        ];
        if !self.figures.is_empty() {
            lines.extend(self.processor());
            lines.extend(self.latency());
        }
        if self.lone_streams().next().is_some() {
            lines.extend(self.gaps());
        }
        if !self.lifetimes.is_empty() {
            lines.extend(self.life());
        }
        lines.join("\n")
    }

    fn processor(&self) -> Vec<String> {
        let mut lines = head(
            "Processor time a request",
            &[
                "request",
                "connections",
                "nginx, us",
                "Portolan, us",
                "ratio",
                "nginx, req/s",
                "Portolan, req/s",
            ],
        );
        lines.extend(self.figures.iter().map(|figure| {
            let Figure {
                row,
                connections,
                ratio,
                nginx,
                portolan,
                ..
            } = figure;
            cells(&[
                row.title.to_owned(),
                connections.to_string(),
                cpu(nginx),
                cpu(portolan),
                ratios(ratio),
                format!("{:.0}", nginx.rate),
                format!("{:.0}", portolan.rate),
            ])
        }));
        lines
    }

    fn latency(&self) -> Vec<String> {
        let mut lines = head(
            "Latency to the end of the answer, p50 / p99, ms",
            &["request", "connections", "direct", "nginx", "Portolan"],
        );
        lines.extend(self.figures.iter().map(|figure| {
            let Figure {
                row,
                connections,
                direct,
                nginx,
                portolan,
                ..
            } = figure;
            cells(&[
                row.title.to_owned(),
                connections.to_string(),
                latency(direct),
                latency(nginx),
                latency(portolan),
            ])
        }));
        lines
    }

    fn gaps(&self) -> Vec<String> {
        let mut lines = head(
            "A lone stream: its longest gap, median / worst, ms",
            &[
                "request",
                "direct",
                "nginx",
                "Portolan",
                "added to the whole by Portolan, p50",
            ],
        );
        lines.extend(self.lone_streams().map(|figure| {
            let Figure {
                row,
                direct,
                nginx,
                portolan,
                ..
            } = figure;
            let added = (portolan.p50 as f64 - direct.p50 as f64) / 1000.0;
            cells(&[
                row.title.to_owned(),
                gap(direct),
                gap(nginx),
                gap(portolan),
                format!("{added:.2}"),
            ])
        }));
        lines
    }

    fn life(&self) -> Vec<String> {
        let mut lines = head(
            "Start and memory",
            &[
                "gateway",
                "launch to first 200, ms",
                "idle, MiB",
                "1,000 open streams, MiB",
            ],
        );
        lines.extend(self.lifetimes.iter().map(|lifetime| {
            let Lifetime {
                name,
                start,
                idle,
                streaming,
            } = lifetime;
            cells(&[
                (*name).to_owned(),
                format!("{:.1} [{:.1}, {:.1}]", start.median, start.low, start.high),
                format!("{idle:.1}"),
                format!("{streaming:.1}"),
            ])
        }));
        lines
    }
}

fn head(title: &str, columns: &[&str]) -> Vec<String> {
    let names: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
    vec![
        format!("\n### {title}\n"),
        cells(&names),
        format!("|{}", " --- |".repeat(columns.len())),
    ]
}

fn cells(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn cpu(side: &Side) -> String {
    format!("{:.1}", side.cpu)
}

fn ratios(ratio: &Quartiles) -> String {
    let Quartiles { low, median, high } = ratio;
    format!("{median:.2} [{low:.2}, {high:.2}]")
}

fn latency(side: &Side) -> String {
    format!("{} / {}", milliseconds(side.p50), milliseconds(side.p99))
}

fn gap(side: &Side) -> String {
    format!(
        "{} / {}",
        milliseconds(side.gap),
        milliseconds(side.worst_gap)
    )
}

fn milliseconds(micros: u64) -> String {
    format!("{:.2}", micros as f64 / 1000.0)
}

/// The page with `text` between the markers.
fn replaced(page: &str, text: &str) -> String {
    let (before, after) = match (page.find(BEGIN), page.find(END)) {
        (Some(begin), Some(end)) if begin < end => (&page[..begin], &page[end + END.len()..]),
        _ => (page, "\n"),
    };
    let gap = if before.is_empty() || before.ends_with("\n\n") {
        ""
    } else {
        "\n"
    };
    format!("{before}{gap}{BEGIN}\n{text}\n{END}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_replaced_and_the_page_stays() {
        let first = replaced("# Benchmarks\n", "one");
        assert_eq!(
            first,
            "# Benchmarks\n\n<!-- bench:begin -->\none\n<!-- bench:end -->\n"
        );
        let page = format!("{first}\nMore.\n");
        let second = replaced(&page, "two");
        assert_eq!(second, page.replace("one", "two"));
    }

    #[test]
    fn ratios_show_their_quartiles() {
        let ratio = Quartiles::of(vec![1.0, 2.0, 3.0]);
        assert_eq!(ratios(&ratio), "2.00 [1.50, 2.50]");
    }
}
