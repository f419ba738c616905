//! Who does not name the organizations again means those of the last run.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod support;

use support::tokens::pat84;
use support::{CONNECTED, Home};

#[test]
fn a_second_run_removes_what_the_first_one_only_showed() {
    let home = Home::new();
    let old = format!("https://dev:{}@dev.azure.com/contoso\n", pat84('C', 'C', 1));
    home.write(".git-credentials", &old);
    let named = ["--org", "contoso", "--connected-at", CONNECTED, "--offline"];
    home.rekey(&[&["run"][..], &named].concat()).expect(1);
    assert_eq!(home.read(".git-credentials"), old);

    let answer = home
        .rekey(&["clean", "--yes", "--json", "--offline"])
        .expect(0);
    assert_eq!(answer.json()["outcomes"][0]["state"], "done");
    assert_eq!(home.read(".git-credentials"), "");
}
