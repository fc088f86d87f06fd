//! An error as a provider tells it, or as we do: every dialect can say this much.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Failure {
    /// The HTTP status it names, where it names one.
    pub status: Option<u16>,
    pub message: String,
    /// OpenAI's `type`, such as `invalid_request_error`.
    pub kind: Option<String>,
    pub code: Option<String>,
    pub param: Option<String>,
}
