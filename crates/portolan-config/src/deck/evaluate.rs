//! Tokens -> value: Go's pipelines with decK's functions. A function that cannot do its work tells
//! a fault and hands on decK's mock value; a template that Go would not run ends at its fault.

use super::{
    Fault, ONLY_FUNCTIONS,
    convert::{Conversion, Data},
    lex::{Kind, Token},
};

const PREFIX: &str = "DECK_";
/// Functions and parentheses of one template, each of which may copy a whole value.
const MAX_STEPS: usize = 16;
/// Blanks that `indent` may add in one file.
const MAX_PADDING: usize = 64 << 20;

/// What a message may tell of a value.
enum Origin {
    /// Written in the file: all of it.
    File,
    /// The value of the environment variable so called: the name alone.
    Variable(String),
    /// A fault was told already.
    Mock,
}

struct Value {
    data: Data,
    origin: Origin,
}

#[derive(Clone, Copy)]
enum Function {
    Env,
    Indent,
    To(Conversion),
}

impl Function {
    fn named(name: &str) -> Option<Self> {
        match name {
            "env" => Some(Self::Env),
            "indent" => Some(Self::Indent),
            "toBool" => Some(Self::To(Conversion::Bool)),
            "toInt" => Some(Self::To(Conversion::Int)),
            "toFloat" => Some(Self::To(Conversion::Float)),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Env => "env",
            Self::Indent => "indent",
            Self::To(conversion) => conversion.name(),
        }
    }

    fn misused(self, at: usize, found: &str) -> Fault {
        let name = self.name();
        let usage = match self {
            Self::Env => "env \"DECK_X\"".to_owned(),
            Self::Indent => "env \"DECK_X\" | indent 4".to_owned(),
            Self::To(_) => format!("env \"DECK_X\" | {name}"),
        };
        Fault::new(at, format!("found `{name}` with {found}: write {usage}"))
    }
}

/// The tokens still to come.
struct Rest<'r, 't> {
    tokens: &'r [Token<'t>],
    /// Where the last one taken stands.
    last: usize,
    steps: usize,
}

impl<'r, 't> Rest<'r, 't> {
    fn take(&mut self) -> Option<&'r Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        self.last = first.at;
        Some(first)
    }

    /// One that can be an argument.
    fn take_argument(&mut self) -> Result<Option<&'r Token<'t>>, Fault> {
        match self.tokens.first() {
            None => Ok(None),
            Some(next) if matches!(next.kind, Kind::Pipe | Kind::Close) => Ok(None),
            Some(next) if !next.spaced => {
                Err(Fault::new(next.at, "a blank is missing before this"))
            }
            Some(_) => Ok(self.take()),
        }
    }

    fn step(&mut self, at: usize) -> Result<(), Fault> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            let message = format!("a template has at most {MAX_STEPS} functions and parentheses");
            return Err(Fault::new(at, message));
        }
        Ok(())
    }

    fn function(&mut self, at: usize, name: &str) -> Result<Function, Fault> {
        self.step(at)?;
        Function::named(name)
            .ok_or_else(|| Fault::new(at, format!("found `{name}`, but {ONLY_FUNCTIONS}")))
    }
}

pub(super) struct Evaluator<'e> {
    env: &'e dyn Fn(&str) -> Option<String>,
    /// What is left of `MAX_PADDING`.
    padding: usize,
    pub(super) faults: Vec<Fault>,
}

impl<'e> Evaluator<'e> {
    pub(super) fn new(env: &'e dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            env,
            padding: MAX_PADDING,
            faults: Vec::new(),
        }
    }

    pub(super) fn value(&mut self, tokens: &[Token<'_>]) -> String {
        if tokens.is_empty() {
            return String::new();
        }
        let mut rest = Rest {
            tokens,
            last: 0,
            steps: 0,
        };
        match self.pipeline(&mut rest, None) {
            Ok(value) => value.data.into_text(),
            Err(fault) => {
                self.faults.push(fault);
                mock(tokens)
            }
        }
    }

    /// `open`: where the parenthesis stands that it ends with.
    fn pipeline(&mut self, rest: &mut Rest<'_, '_>, open: Option<usize>) -> Result<Value, Fault> {
        let mut piped = None;
        loop {
            let value = self.command(rest, piped)?;
            let Some(token) = rest.take() else {
                return match open {
                    None => Ok(value),
                    Some(at) => Err(Fault::new(at, "this `(` has no `)`")),
                };
            };
            match token.kind {
                Kind::Pipe => piped = Some(value),
                Kind::Close if open.is_some() => return Ok(value),
                Kind::Close => return Err(Fault::new(token.at, "this `)` has no `(`")),
                _ => {
                    let message = "only a function takes arguments: this follows a value";
                    return Err(Fault::new(token.at, message));
                }
            }
        }
    }

    fn command(&mut self, rest: &mut Rest<'_, '_>, piped: Option<Value>) -> Result<Value, Fault> {
        let Some(head) = rest.take() else {
            return Err(Fault::new(rest.last, "nothing follows this"));
        };
        if let Kind::Word(name) = head.kind {
            let function = rest.function(head.at, name)?;
            let mut arguments = Vec::new();
            while let Some(token) = rest.take_argument()? {
                arguments.push(self.operand(rest, token)?);
            }
            arguments.extend(piped);
            return self.call(head.at, function, arguments);
        }
        if piped.is_some() {
            return Err(Fault::new(head.at, "only a function can follow `|`"));
        }
        self.operand(rest, head)
    }

    fn operand(&mut self, rest: &mut Rest<'_, '_>, token: &Token<'_>) -> Result<Value, Fault> {
        let data = match &token.kind {
            Kind::Word(name) => {
                let function = rest.function(token.at, name)?;
                return self.call(token.at, function, Vec::new());
            }
            Kind::Open => {
                rest.step(token.at)?;
                return self.pipeline(rest, Some(token.at));
            }
            Kind::Pipe | Kind::Close => {
                return Err(Fault::new(token.at, "a value is missing before this"));
            }
            Kind::Text(text) => Data::Text(text.clone().into_owned()),
            Kind::Integer(value) => Data::Integer(*value),
        };
        let origin = Origin::File;
        Ok(Value { data, origin })
    }

    fn call(
        &mut self,
        at: usize,
        function: Function,
        arguments: Vec<Value>,
    ) -> Result<Value, Fault> {
        match function {
            Function::Env => {
                let (name, origin) = text(at, function, arguments)?;
                Ok(self.variable(at, name, origin))
            }
            Function::To(conversion) => {
                let (text, origin) = text(at, function, arguments)?;
                Ok(self.convert(at, conversion, &text, origin))
            }
            Function::Indent => self.indent(at, arguments),
        }
    }

    fn variable(&mut self, at: usize, name: String, origin: Origin) -> Value {
        let shown = match origin {
            Origin::File => name.clone(),
            Origin::Variable(variable) => format!("<the value of {variable}>"),
            Origin::Mock => {
                let data = Data::Text(name);
                return Value { data, origin };
            }
        };
        // Both messages are decK's.
        let fault = if !name.starts_with(PREFIX) {
            let message = format!(
                "environment variables in the state file must be prefixed with '{PREFIX}', \
                 found: '{shown}': rename it to '{PREFIX}{shown}'"
            );
            Fault::new(at, message)
        } else if let Some(value) = (self.env)(&name) {
            return Value {
                data: Data::Text(value),
                origin: Origin::Variable(shown),
            };
        } else {
            let message =
                format!("environment variable '{shown}' present in state file but not set");
            Fault {
                unset: true,
                ..Fault::new(at, message)
            }
        };
        self.faults.push(fault);
        Value {
            data: Data::Text(shown),
            origin: Origin::Mock,
        }
    }

    fn convert(&mut self, at: usize, to: Conversion, text: &str, origin: Origin) -> Value {
        let found = match &origin {
            Origin::File => format!("'{text}'"),
            Origin::Variable(name) => format!("the value of environment variable '{name}'"),
            Origin::Mock => {
                let data = to.mock();
                return Value { data, origin };
            }
        };
        if let Some(data) = to.read(text) {
            return Value { data, origin };
        }
        let (name, expected) = (to.name(), to.expects());
        let message = format!("`{name}` cannot read {found}: expected {expected}");
        self.faults.push(Fault::new(at, message));
        Value {
            data: to.mock(),
            origin: Origin::Mock,
        }
    }

    fn indent(&mut self, at: usize, arguments: Vec<Value>) -> Result<Value, Fault> {
        let misused = |found: &str| Function::Indent.misused(at, found);
        let [spaces, text] =
            <[Value; 2]>::try_from(arguments).map_err(|given| misused(&counted(given.len())))?;
        let (Data::Integer(width), Data::Text(value)) = (spaces.data, text.data) else {
            return Err(misused("other things than a number and a string"));
        };
        let width = usize::try_from(width).map_err(|_| misused("a negative number"))?;
        let breaks = value.matches('\n').count();
        let left = width
            .checked_mul(breaks)
            .and_then(|added| self.padding.checked_sub(added));
        let Some(left) = left else {
            let message = format!("`indent` would bring this file over {MAX_PADDING} blanks");
            return Err(Fault::new(at, message));
        };
        self.padding = left;
        let value = if breaks == 0 {
            value
        } else {
            value.replace('\n', &format!("\n{}", " ".repeat(width)))
        };
        let origin = match text.origin {
            Origin::File => spaces.origin,
            told => told,
        };
        let data = Data::Text(value);
        Ok(Value { data, origin })
    }
}

/// The one argument of a function that takes a text.
fn text(at: usize, function: Function, arguments: Vec<Value>) -> Result<(String, Origin), Fault> {
    let [only] = <[Value; 1]>::try_from(arguments)
        .map_err(|given| function.misused(at, &counted(given.len())))?;
    match only.data {
        Data::Text(text) => Ok((text, only.origin)),
        other => Err(function.misused(at, other.kind())),
    }
}

fn counted(arguments: usize) -> String {
    match arguments {
        0 => "no argument".to_owned(),
        1 => "1 argument".to_owned(),
        more => format!("{more} arguments"),
    }
}

/// decK's mock of a template that could not be run: of its last conversion, else its first string.
pub(super) fn mock(tokens: &[Token<'_>]) -> String {
    let converted = tokens.iter().rev().find_map(|token| match token.kind {
        Kind::Word(name) => match Function::named(name)? {
            Function::To(conversion) => Some(conversion.mock().into_text()),
            Function::Env | Function::Indent => None,
        },
        _ => None,
    });
    let named = || {
        tokens.iter().find_map(|token| match &token.kind {
            Kind::Text(text) => Some(text.clone().into_owned()),
            _ => None,
        })
    };
    converted.or_else(named).unwrap_or_default()
}
