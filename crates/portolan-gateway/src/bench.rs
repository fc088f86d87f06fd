//! What `benches/` measure of the gateway's insides.

use std::sync::Arc;

use http::{HeaderMap, Method};
use portolan_config::compiled::Route;

use crate::router::{Asked, Router, normalise};

/// A router whose routes are known by their place.
#[derive(Debug)]
pub struct Routes(Router<usize>);

/// What of a request decides its route.
#[derive(Debug, Default)]
pub struct Request {
    pub method: Method,
    pub host: String,
    pub path: String,
    pub headers: Arc<HeaderMap>,
}

impl Routes {
    pub fn new(routes: &[Arc<Route>]) -> Self {
        let numbered = routes.iter().enumerate();
        Self(Router::new(
            numbered.map(|(place, route)| (Arc::clone(route), Arc::new(place))),
        ))
    }

    pub fn find(&self, request: &Request) -> Option<usize> {
        let matched = self.0.find(&Asked {
            method: &request.method,
            path: &normalise(&request.path)?,
            host: Some(&request.host),
            headers: &request.headers,
            port: 8000,
            tls: false,
            sni: None,
        })?;
        Some(*matched.route)
    }
}
