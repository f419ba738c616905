use proptest::prelude::*;

use super::*;
use crate::model::{Kind, Remedy};
use crate::stores::checks::{find_with_variables, secrets, shown};
use crate::testing::{TestHome, pat52, pat84, scope};

#[test]
fn each_line_with_a_token_is_shown_and_left() {
    let home = TestHome::new();
    let (long, short) = (pat84('C', 'A', 1), pat52(1));
    home.write(
        ".bash_history",
        format!(
            "ls\n#1760000000\nexport AZDO_PAT={long}\ngit clone https://me:{short}@dev.azure.com/contoso/p/_git/r\n\
             git clone https://me:{short}@dev.azure.com/fabrikam/p/_git/r\necho {short} | az devops login --org https://dev.azure.com/contoso\n\
             curl -u :{long} https://fabrikam.visualstudio.com/_apis\n"
        ),
    );
    let found = home.find(&ShellHistory);
    let kind = Kind::Pat;
    assert_eq!(
        shown(&found),
        [
            ("?", kind, Remedy::Manual, 3, "AZDO_PAT"),
            ("contoso", kind, Remedy::Manual, 4, "git"),
            ("fabrikam", kind, Remedy::Manual, 5, "git"),
            ("contoso", kind, Remedy::Manual, 6, "echo"),
            ("fabrikam", kind, Remedy::Manual, 7, "curl"),
        ]
    );
    assert!(
        found
            .credentials
            .iter()
            .all(|it| it.change.is_none() && it.advice.is_some())
    );
}

#[test]
fn every_shell_writes_its_own_way() {
    let token = pat52(1);
    for (path, bytes, line, entry) in [
        (
            ".zsh_history",
            format!(": 1760000000:0;export A={token}\n").into_bytes(),
            1,
            "A",
        ),
        (
            ".zsh_history",
            [
                b": 1:0;echo \x83\xb3\xe9\n: 2:0;curl \\\n -u :".as_slice(),
                token.as_bytes(),
                b" x\n",
            ]
            .concat(),
            3,
            "curl",
        ),
        (
            ".local/share/fish/fish_history",
            format!("- cmd: set -x A {token}\n  when: 1760000000\n").into_bytes(),
            1,
            "set",
        ),
        (
            ".local/share/fish/fish_history",
            format!("- cmd: tfx login \\\\\\n--token {token}\n  when: 1\n").into_bytes(),
            1,
            "tfx",
        ),
        (
            ".local/share/powershell/PSReadLine/ConsoleHost_history.txt",
            format!("Connect-Thing `\n -Pat {token}\n").into_bytes(),
            2,
            "Connect-Thing",
        ),
        (
            ".python_history",
            format!("pat = '{token}'\n").into_bytes(),
            1,
            "pat",
        ),
        (
            ".node_repl_history",
            format!("let a='{token}'").into_bytes(),
            1,
            "let",
        ),
    ] {
        let home = TestHome::new();
        home.write(path, bytes);
        let found = home.find(&ShellHistory);
        assert_eq!(
            shown(&found),
            [("?", Kind::Pat, Remedy::Manual, line, entry)],
            "{path}"
        );
        assert_eq!(secrets(&found), [token.as_str()], "{path}");
    }
}

#[test]
fn an_entry_never_shows_what_was_typed() {
    let home = TestHome::new();
    let token = pat84('C', 'A', 1);
    let other = "b".repeat(60);
    home.write(
        ".bash_history",
        format!("{token}\n/opt/{other}/{token}\nfoo{token}bar --x\n'{token}' hunter2\n"),
    );
    let found = home.find(&ShellHistory);
    assert_eq!(shown(&found).len(), 4);
    assert!(shown(&found).iter().all(|it| it.4 == "a command"));
}

#[test]
fn an_address_with_a_password_that_is_no_token_is_one_too() {
    let home = TestHome::new();
    home.write(
        ".bash_history",
        "git clone https://me:hunter2@Dev.Azure.com/contoso/p/_git/r\ngit clone https://me:hunter2@github.com/contoso/r\ngit clone https://contoso@dev.azure.com/contoso/p/_git/r\n",
    );
    let found = home.find(&ShellHistory);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Password, Remedy::Manual, 1, "git")]
    );
}

#[test]
fn a_variable_names_another_history_and_the_null_device_names_none() {
    let home = TestHome::new();
    home.write("elsewhere", format!("x {}\n", pat52(1)));
    let moved = [("HISTFILE", home.path().join("elsewhere"))];
    assert_eq!(
        shown(&find_with_variables(&home, &ShellHistory, &moved)).len(),
        1
    );
    let null = [("HISTFILE", PathBuf::from("/dev/null"))];
    let places = find_with_variables(&home, &ShellHistory, &null).places;
    assert!(!places.iter().any(|place| place.path == "/dev/null"));
}

#[test]
fn a_history_full_of_tokens_is_shown_in_part_and_that_is_said() {
    let home = TestHome::new();
    home.write(".bash_history", format!("x {}\n", pat52(1)).repeat(2_000));
    let found = home.find(&ShellHistory);
    assert_eq!(found.credentials.len(), 1_000);
    assert!(found.places.iter().any(|place| place.reason.is_some()));
}

proptest! {
    #[test]
    fn any_history_can_be_read(text in "(- cmd: |: 1:0;|\n|\\\\|`|dev.azure.com/|//a:b@|é|ls |#1){0,40}") {
        for statement in typed(&text, &scope(&["contoso"])) {
            prop_assert!(text.get(statement.content).is_some());
        }
    }
}
