//! Stores: ssh.
