//! Stores: git.
