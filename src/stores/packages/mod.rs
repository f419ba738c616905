//! Stores: packages.
