//! The connections of one worker, a slot a destination: idle HTTP/1.1 ones, youngest out first, and shared HTTP/2 ones.
//! A task looks every few seconds for what died or was idle too long; it ends with the last slot.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::{
    Destination,
    h1::H1,
    h2::{H2, Lease},
    lock,
};

/// nginx's default `keepalive_timeout` of an upstream, and Kong's.
const IDLE_BOUND: Duration = Duration::from_secs(60);
/// A worker's idle connections to one destination.
const IDLE_MOST: usize = 128;
/// A worker's destinations: a route that preserves the client's `Host` under TLS has as many as its clients make up.
const DESTINATIONS_MOST: usize = 1024;
/// Short against [`IDLE_BOUND`]: a connection that an upstream closed holds its descriptor no longer.
const SWEEP_EVERY: Duration = Duration::from_secs(5);

pub(super) enum Connection {
    H1(Box<H1>),
    H2(Lease),
}

#[derive(Default)]
pub(super) struct Pool {
    slots: Mutex<Slots>,
}

#[derive(Default)]
struct Slots {
    by_destination: HashMap<Destination, Arc<Slot>>,
    sweeping: bool,
}

impl Pool {
    pub(super) fn slot(self: &Arc<Self>, to: &Destination) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.by_destination.get(to) {
            return Arc::clone(slot);
        }
        if slots.by_destination.len() >= DESTINATIONS_MOST {
            // Those that no exchange holds lose their idle connections.
            let held = |slot: &Arc<Slot>| Arc::strong_count(slot) > 1;
            slots.by_destination.retain(|_, slot| held(slot));
        }
        let slot = Arc::<Slot>::default();
        slots.by_destination.insert(to.clone(), Arc::clone(&slot));
        if !slots.sweeping {
            slots.sweeping = true;
            tokio::spawn(sweep(Arc::downgrade(self)));
        }
        slot
    }

    /// False when nothing is left.
    fn sweep(&self) -> bool {
        let now = Instant::now();
        let mut slots = lock(&self.slots);
        // A slot that an exchange holds may get a connection yet.
        slots
            .by_destination
            .retain(|_, slot| slot.sweep(now) || Arc::strong_count(slot) > 1);
        slots.sweeping = !slots.by_destination.is_empty();
        slots.sweeping
    }
}

async fn sweep(pool: Weak<Pool>) {
    loop {
        sleep(SWEEP_EVERY).await;
        if pool.upgrade().is_none_or(|pool| !pool.sweep()) {
            return;
        }
    }
}

#[derive(Default)]
pub(super) struct Slot {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    /// Oldest first.
    idle: VecDeque<Idle>,
    shared: Vec<Arc<H2>>,
}

struct Idle {
    since: Instant,
    connection: Box<H1>,
}

impl Slot {
    pub(super) fn take(&self) -> Option<Connection> {
        let mut held = lock(&self.held);
        if held.idle.is_empty() && held.shared.is_empty() {
            return None;
        }
        let now = Instant::now();
        held.shared
            .retain(|connection| connection.usable(now, IDLE_BOUND));
        if let Some(lease) = held.shared.iter().find_map(Lease::take) {
            return Some(Connection::H2(lease));
        }
        while let Some(mut idle) = held.idle.pop_back() {
            if now.duration_since(idle.since) < IDLE_BOUND && idle.connection.alive() {
                return Some(Connection::H1(idle.connection));
            }
        }
        None
    }

    /// Takes a connection back whose exchange is over; closes it when it cannot carry another.
    pub(super) fn put(&self, mut connection: Box<H1>) {
        if !connection.rest() {
            return;
        }
        let mut held = lock(&self.held);
        if held.idle.len() >= IDLE_MOST {
            held.idle.pop_front();
        }
        held.idle.push_back(Idle {
            since: Instant::now(),
            connection,
        });
    }

    pub(super) fn share(&self, lease: &Lease) {
        lock(&self.held).shared.push(Arc::clone(lease.connection()));
    }

    /// False when nothing is left.
    fn sweep(&self, now: Instant) -> bool {
        let mut held = lock(&self.held);
        held.idle.retain_mut(|idle| {
            now.duration_since(idle.since) < IDLE_BOUND && idle.connection.alive()
        });
        held.shared
            .retain(|connection| connection.usable(now, IDLE_BOUND));
        !(held.idle.is_empty() && held.shared.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use portolan_config::compiled::Origin;

    use super::*;

    #[tokio::test]
    async fn destinations_that_clients_make_up_are_bounded() {
        let pool = Arc::<Pool>::default();
        let destination = |name: usize| Destination {
            origin: Origin {
                tls: false,
                host: Arc::from(format!("{name}.test")),
                port: 80,
            },
            tls: None,
        };
        let held = pool.slot(&destination(0));
        for name in 1..3 * DESTINATIONS_MOST {
            pool.slot(&destination(name));
        }
        assert!(lock(&pool.slots).by_destination.len() <= DESTINATIONS_MOST);
        assert!(Arc::ptr_eq(&held, &pool.slot(&destination(0))));
    }
}
