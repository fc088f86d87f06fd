//! Findings for people: a line each, or a block with the line of the file it is about; at the end what it comes to.

use std::fmt::Write;

use clap::builder::styling::{AnsiColor, Style};
use portolan_config::{
    Report, Source,
    diagnostic::{Diagnostic, Severity},
};

use super::excerpt::{Excerpt, Excerpts, printable};

#[derive(Clone, Copy)]
pub(super) struct Look {
    pub(super) excerpts: bool,
    pub(super) colour: bool,
}

/// `found` is in the files' order; the text ends with a line break, if it is not empty.
pub(super) fn findings(sources: &[Source], found: &[Diagnostic], look: Look) -> String {
    let mut out = String::new();
    for of_file in found.chunk_by(|one, next| one.file == next.file) {
        let source = of_file
            .first()
            .filter(|_| look.excerpts)
            .and_then(|first| sources.iter().find(|source| source.name == first.file));
        let excerpts = source.map(|source| Excerpts::new(&source.text, of_file));
        for one in of_file {
            if look.excerpts {
                let excerpt = excerpts.as_ref().and_then(|excerpts| excerpts.of(one));
                block(&mut out, one, excerpt.as_ref(), look.colour);
            } else {
                line(&mut out, one, look.colour);
            }
        }
    }
    out
}

fn line(out: &mut String, one: &Diagnostic, colour: bool) {
    let style = style(one.severity, colour);
    let (place, name, what) = (place(one), one.severity.name(), what(one));
    let _ = writeln!(out, "{place}: {style}{name}{style:#}: {what}");
}

fn block(out: &mut String, one: &Diagnostic, excerpt: Option<&Excerpt>, colour: bool) {
    let style = style(one.severity, colour);
    let frame = if colour {
        AnsiColor::BrightBlue.on_default().bold()
    } else {
        Style::new()
    };
    let (place, name, what) = (place(one), one.severity.name(), what(one));
    let number = one.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(out, "{style}{name}{style:#}: {what}");
    let _ = writeln!(out, "{margin} {frame}-->{frame:#} {place}");
    if let Some(excerpt) = excerpt {
        let text = &excerpt.text;
        let before = " ".repeat(excerpt.before);
        let carets = "^".repeat(excerpt.carets);
        let _ = writeln!(out, "{margin}  {frame}|{frame:#}");
        let _ = writeln!(out, " {frame}{number} |{frame:#} {text}");
        let _ = writeln!(
            out,
            "{margin}  {frame}|{frame:#} {before}{style}{carets}{style:#}"
        );
    }
    out.push('\n');
}

fn style(severity: Severity, colour: bool) -> Style {
    if !colour {
        return Style::new();
    }
    let colour = match severity {
        Severity::Error => AnsiColor::Red,
        Severity::NotServed => AnsiColor::Cyan,
        Severity::Warning => AnsiColor::Yellow,
    };
    colour.on_default().bold()
}

fn place(one: &Diagnostic) -> String {
    let file = clean(&one.file);
    if one.line == 0 {
        return file;
    }
    format!("{file}:{}:{}", one.line, one.column)
}

fn what(one: &Diagnostic) -> String {
    let message = clean(&one.message);
    if one.path.is_empty() {
        return message;
    }
    format!("{}: {message}", clean(&one.path))
}

/// A key of a file may hold anything: also what moves a terminal's cursor.
fn clean(text: &str) -> String {
    text.chars().map(printable).collect()
}

/// What the findings come to.
pub(super) fn summary(subject: &str, report: &Report) -> String {
    let subject = clean(subject);
    let count = |severity| {
        let found = report.found.iter();
        found.filter(|one| one.severity == severity).count()
    };
    let (errors, warnings, not_served) = (
        count(Severity::Error),
        count(Severity::Warning),
        count(Severity::NotServed),
    );
    let warned = (warnings > 0).then(|| counted(warnings, "warning"));
    if errors > 0 {
        let refused = (not_served > 0).then(|| format!("{not_served} not served yet"));
        let parts: Vec<String> = [Some(counted(errors, "error")), warned, refused]
            .into_iter()
            .flatten()
            .collect();
        return format!("{subject}: {}", parts.join(", "));
    }
    let mut said = if not_served > 0 {
        let things = counted(not_served, "thing");
        let verb = if not_served == 1 { "is" } else { "are" };
        format!(
            "{subject}: sound, but `portolan start` would refuse it: {things} {verb} not served yet"
        )
    } else {
        match &report.config {
            Some(config) => format!(
                "{subject}: sound; {} would be served",
                counted(config.routes.len(), "route")
            ),
            None => format!("{subject}: sound as far as it can be read without its variables"),
        }
    };
    if let Some(warned) = warned {
        let _ = write!(said, "; {warned}");
    }
    said
}

fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
