//! The operation table: what a client can ask for, one row a Kong `route_type`.
//! The configuration's enum, the intake's body shape and the provider table's columns come from it.

/// An operation of a generative API, whoever serves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    Chat,
}

/// How the request body of an operation is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// One JSON object, held whole: it can be replayed for another attempt.
    Json,
}

/// One row of the operation table.
#[derive(Debug)]
pub struct OperationSpec {
    pub operation: Operation,
    /// Kong's `route_type`.
    pub route_type: &'static str,
    /// Kong's `genai_category`.
    pub category: &'static str,
    pub body: BodyShape,
}

pub static OPERATIONS: &[OperationSpec] = &[OperationSpec {
    operation: Operation::Chat,
    route_type: "llm/v1/chat",
    category: "text/generation",
    body: BodyShape::Json,
}];

impl Operation {
    pub fn from_route_type(route_type: &str) -> Option<Self> {
        OPERATIONS
            .iter()
            .find(|row| row.route_type == route_type)
            .map(|row| row.operation)
    }

    pub fn spec(self) -> &'static OperationSpec {
        match self {
            Self::Chat => &OPERATIONS[0],
        }
    }
}
