//! Migrations are built into the program: a new one must cause a new build.

#![allow(clippy::print_stdout, reason = "this is how cargo is spoken to")]

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
