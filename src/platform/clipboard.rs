//! The clipboard of Linux desktops: a program of the desktop keeps what was copied, for as long as nobody copies
//! something else.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::time::Duration;

use super::programs::{Call, Programs};

/// How long a program may take until it has the text.
const LIMIT: Duration = Duration::from_secs(5);

/// A program, the variable of the kind of session in which it works, and what follows its name.
type Keeper = (&'static str, &'static str, &'static [&'static str]);

/// In the order in which they are tried. All of them read the text and go on in the background.
const KEEPERS: &[Keeper] = &[
    ("wl-copy", "WAYLAND_DISPLAY", &["--type", "text/plain"]),
    ("xclip", "DISPLAY", &["-selection", "clipboard", "-in"]),
    ("xsel", "DISPLAY", &["--clipboard", "--input"]),
];

/// Puts a text on the clipboard of the session that these variables tell of.
pub(super) fn copy(
    text: &str,
    programs: &Programs,
    is_set: impl Fn(&str) -> bool,
) -> Result<(), String> {
    let here: Vec<&Keeper> = KEEPERS
        .iter()
        .filter(|(_, session, _)| is_set(session))
        .collect();
    if here.is_empty() {
        return Err("there is no graphical session here".to_owned());
    }
    let names: Vec<&str> = here.iter().map(|(name, ..)| *name).collect();
    let mut reason = format!("none of these programs is installed: {}", names.join(", "));
    for (name, _, arguments) in here {
        let Some(program) = programs.find(name) else {
            continue;
        };
        match hand(text, program, arguments, programs) {
            Ok(()) => return Ok(()),
            Err(fault) => reason = format!("{name}: {fault}"),
        }
    }
    Err(reason)
}

fn hand(
    text: &str,
    program: PathBuf,
    arguments: &[&str],
    programs: &Programs,
) -> Result<(), String> {
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    let said = programs.run(&Call {
        program: &program,
        arguments: &arguments,
        input: text.as_bytes(),
        limit: LIMIT,
        most: 0,
    });
    match said {
        Ok(said) if said.success => Ok(()),
        Ok(_) => Err("it failed".to_owned()),
        Err(fault) => Err(fault.to_string()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::disallowed_methods,
        reason = "tests stop at the first surprise, and plant programs"
    )]

    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;
    use std::time::Instant;

    use super::*;

    /// Reads, goes on in the background with its output held open, and says who it was.
    const KEEPS: &str =
        "cat >\"$HOME/copied\"; echo \"$0 $*\" >>\"$HOME/asked\"; sleep 30 & exit 0";

    fn plant(home: &Path, name: &str, script: &str) {
        let program = home.join(name);
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The answer in a session with these variables, and which programs took the text.
    fn copied(home: &Path, session: &[&str]) -> (Result<(), String>, String) {
        let path = format!("{}:/usr/bin:/bin", home.display());
        let programs = Programs::new(|name| match name {
            "PATH" => Some(path.clone().into()),
            "HOME" => Some(home.into()),
            _ => None,
        });
        let answer = copy("aa:bb\n", &programs, |name| session.contains(&name));
        let asked = std::fs::read_to_string(home.join("asked")).unwrap_or_default();
        (answer, asked.replace(&format!("{}/", home.display()), ""))
    }

    #[test]
    fn the_session_decides_which_program_keeps_the_text_and_nobody_waits_for_it() {
        for (session, asked) in [
            (
                &["WAYLAND_DISPLAY", "DISPLAY"][..],
                "wl-copy --type text/plain\n",
            ),
            (&["DISPLAY"], "xclip -selection clipboard -in\n"),
        ] {
            let home = tempfile::tempdir().unwrap();
            for (name, ..) in KEEPERS {
                plant(home.path(), name, KEEPS);
            }
            let begun = Instant::now();
            assert_eq!(copied(home.path(), session), (Ok(()), asked.to_owned()));
            assert!(begun.elapsed() < LIMIT);
            let copied = std::fs::read_to_string(home.path().join("copied")).unwrap();
            assert_eq!(copied, "aa:bb\n");
        }
    }

    #[test]
    fn the_next_program_is_tried_where_one_fails() {
        let home = tempfile::tempdir().unwrap();
        plant(home.path(), "wl-copy", "exit 1");
        plant(home.path(), "xsel", KEEPS);
        let (answer, asked) = copied(home.path(), &["WAYLAND_DISPLAY", "DISPLAY"]);
        assert_eq!(
            (answer, asked.as_str()),
            (Ok(()), "xsel --clipboard --input\n")
        );
    }

    #[test]
    fn what_keeps_a_text_from_being_copied_is_told() {
        let home = tempfile::tempdir().unwrap();
        let answer = copied(home.path(), &[]).0.unwrap_err();
        assert_eq!(answer, "there is no graphical session here");
        let nothing = Programs::new(|_| None);
        let answer = copy("aa:bb", &nothing, |name| name == "DISPLAY").unwrap_err();
        assert!(answer.ends_with("installed: xclip, xsel"), "{answer}");
        plant(home.path(), "xclip", "exit 1");
        plant(home.path(), "xsel", "exit 1");
        let answer = copied(home.path(), &["DISPLAY"]).0.unwrap_err();
        assert_eq!(answer, "xsel: it failed");
    }
}
