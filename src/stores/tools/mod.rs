//! Stores: tools.
