//! The `rekey` agent.

fn main() {}
