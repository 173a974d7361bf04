//! One binary for all integration tests of the server.

mod accounts;
mod people;
mod teams;
