use super::*;
use crate::model::{Kind, Remedy};
use crate::platform::System;
use crate::stores::checks::{find_with_variables, secrets, shown, without, without_one};
use crate::testing::{TestHome, pat52, pat84};

fn one(text: &str, path: &str) -> (TestHome, crate::stores::Found) {
    let home = TestHome::new();
    home.write(path, text);
    let found = home.find(&ShellProfile);
    (home, found)
}

#[test]
fn a_plain_line_goes_and_all_else_stays() {
    let token = pat84('C', 'A', 1);
    for (path, before, line, after) in [
        (
            ".bashrc",
            "case $- in *i*) ;; *) return;; esac\n",
            format!("export AZDO_PAT={token}\n"),
            "alias ll='ls -l'\n",
        ),
        (
            ".zshrc",
            "# mine\n",
            format!("  AZDO_PAT='{token}' # old\n"),
            "",
        ),
        (
            ".profile",
            "\u{feff}umask 022\r\n",
            format!("export \\\r\n  AZDO_PAT=\"{token}\"\r\n"),
            "true",
        ),
        (
            ".config/fish/config.fish",
            "if status is-interactive\n",
            format!("    set -gx AZDO_PAT {token}\n"),
            "end\n",
        ),
        (
            ".config/fish/fish_variables",
            "# VERSION: 3.0\n",
            format!("SETUVAR --export AZDO_PAT:{token}\n"),
            "SETUVAR B:1\n",
        ),
        (
            ".config/powershell/profile.ps1",
            "",
            format!("$env:AZDO_PAT = '{token}'\n"),
            "Set-Alias k kubectl\n",
        ),
        (
            ".config/nushell/env.nu",
            "",
            format!("$env.AZDO_PAT = \"{token}\"\n"),
            "$env.B = 1\n",
        ),
    ] {
        let (_home, found) = one(&[before, line.as_str(), after].concat(), path);
        let line = u32::try_from(before.lines().count() + line.lines().count());
        assert_eq!(
            shown(&found),
            [(
                "?",
                Kind::Pat,
                Remedy::Consent,
                line.unwrap_or(0),
                "AZDO_PAT"
            )],
            "{path}"
        );
        assert_eq!(secrets(&found), [token.as_str()], "{path}");
        assert_eq!(
            without(&found, "?"),
            Some([before, after].concat()),
            "{path}"
        );
    }
}

#[test]
fn whatever_a_line_is_a_token_in_it_is_found_and_left_to_the_person() {
    let token = pat52(1);
    for (line, organization, entry) in [
        (
            format!("alias pull='git -c http.extraHeader=\"Authorization: Bearer {token}\" pull'"),
            "?",
            "alias pull",
        ),
        (
            format!("curl -s -u :{token} https://dev.azure.com/contoso/_apis/projects"),
            "contoso",
            "curl",
        ),
        (
            format!(
                "git config --global http.https://dev.azure.com/contoso.extraHeader \"x {token}\""
            ),
            "contoso",
            "git",
        ),
        (format!("AZDO_PAT={token} terraform apply"), "?", "AZDO_PAT"),
        (
            format!("if true; then\nexport AZDO_PAT={token}\nfi"),
            "?",
            "AZDO_PAT",
        ),
        (
            format!("[ -z \"$AZDO_PAT\" ] && export AZDO_PAT={token}"),
            "?",
            "AZDO_PAT",
        ),
        (
            format!("export OPTIONS=\"--token {token} --all\""),
            "?",
            "OPTIONS",
        ),
        (
            format!("git clone https://u:{token}@dev.azure.com/contoso/p/_git/r"),
            "contoso",
            "git",
        ),
        (
            format!("cat > x <<END\n{token}\nEND"),
            "?",
            "text for a command",
        ),
    ] {
        let (_home, found) = one(&line, ".bashrc");
        let all: Vec<_> = shown(&found)
            .into_iter()
            .map(|it| (it.0, it.2, it.4))
            .collect();
        assert_eq!(all, [(organization, Remedy::Manual, entry)], "{line}");
        assert_eq!(secrets(&found), [token.as_str()], "{line}");
        assert!(found.credentials[0].change.is_none());
    }
}

#[test]
fn one_assignment_of_several_goes_and_two_of_one_command_do_not() {
    let (first, second) = (pat84('C', 'A', 1), pat84('C', 'A', 2));
    let (_home, found) = one(&format!("export A=1 B={first} C=3\n"), ".bashrc");
    assert_eq!(without(&found, "?").as_deref(), Some("export A=1 C=3\n"));

    let (_home, found) = one(&format!("export A={first} B={second}\n"), ".bashrc");
    assert!(
        found
            .credentials
            .iter()
            .all(|it| it.change.is_none() && it.remedy == Remedy::Manual)
    );

    let (_home, found) = one(&format!("export A={first}; export B={second}\n"), ".bashrc");
    assert_eq!(without_one(&found, 1), Some(format!("export A={first}\n")));
    assert_eq!(without(&found, "?").as_deref(), Some("\n"));
}

#[test]
fn comments_other_hosts_and_other_words_are_silent() {
    let token = pat52(1);
    let (_home, found) = one(
        &format!(
            "# export AZDO_PAT={token}\nls # {token}\ngit clone https://u:{token}@tfs.contoso.com/x\n\
             export AZDO_PAT=\"$(cat ~/.secret)\"\nexport GITHUB_TOKEN=ghp_abc\n"
        ),
        ".bashrc",
    );
    assert_eq!(shown(&found), []);
}

#[test]
fn files_that_a_profile_reads_are_followed_once_each() {
    let home = TestHome::new();
    let line = format!("export AZDO_PAT={}\n", pat52(1));
    home.write(".bashrc", ". ~/.secrets\n[ -f \"$HOME/.azure-env\" ] && source \"$HOME/.azure-env\"\n. $UNKNOWN/x\n. ../outside\n");
    home.write(
        ".bash_profile",
        ". ~/.bashrc\n. ~/.secrets\n. ./gone\n. ~/.env\n",
    );
    home.write(".secrets", format!("{line}. ~/.bashrc\n"));
    home.write(".azure-env", format!("{line}source ~/deep/a.fish\n"));
    home.write("deep/a.fish", format!("set -x A {}\n", pat52(2)));
    home.write(".env", &line);
    let found = home.find(&ShellProfile);
    let paths: Vec<_> = found
        .credentials
        .iter()
        .filter_map(|it| it.location.path.clone())
        .collect();
    let expected = [".azure-env", "deep/a.fish", ".secrets"].map(|name| home.shown(name));
    assert_eq!(paths.len(), 3);
    assert!(expected.iter().all(|path| paths.contains(path)));
    assert!(!found.places.iter().any(|place| place.path.contains("gone")));
}

#[test]
fn profiles_that_read_each_other_without_end_come_to_one() {
    let home = TestHome::new();
    for index in 0..300 {
        home.write(
            &format!("f{index}"),
            format!(". ~/f{}\n. ~/f{index}\n", index + 1),
        );
    }
    home.write(".bashrc", ". ~/f0\n");
    let read = home.find(&ShellProfile).places;
    assert_eq!(
        read.iter()
            .filter(|place| place.path.ends_with(|end: char| end.is_ascii_digit()))
            .count(),
        DEEPEST
    );
}

#[test]
fn zdotdir_moves_the_profiles_of_zsh() {
    let home = TestHome::new();
    home.write("z/.zshenv", format!("export A={}\n", pat52(1)));
    let moved = [("ZDOTDIR", home.path().join("z"))];
    assert_eq!(
        shown(&find_with_variables(&home, &ShellProfile, &moved)).len(),
        1
    );
}

#[test]
fn windows_and_macos_have_their_own_places() {
    let token = pat52(1);
    let windows = TestHome::of(System::Windows);
    windows.write(
        "Documents/WindowsPowerShell/Microsoft.PowerShell_profile.ps1",
        format!("$env:A = \"{token}\"\r\n"),
    );
    windows.write(
        "OneDrive/Documents/PowerShell/profile.ps1",
        format!("[Environment]::SetEnvironmentVariable('A', '{token}', 'User')"),
    );
    let found = windows.find(&ShellProfile);
    let all: Vec<_> = shown(&found).into_iter().map(|it| it.2).collect();
    assert_eq!(all, [Remedy::Consent, Remedy::Consent]);

    let mac = TestHome::of(System::MacOs);
    mac.write(
        "Library/LaunchAgents/contoso.plist",
        format!("<plist><dict><key>EnvironmentVariables</key><dict><key>AZDO_PAT</key><string>{token}</string><key>AZDO_ORG</key><string>contoso</string></dict></dict></plist>"),
    );
    mac.write("Library/LaunchAgents/other.plist", "bplist00");
    let found = mac.find(&ShellProfile);
    assert_eq!(
        shown(&found),
        [("contoso", Kind::Pat, Remedy::Manual, 1, "AZDO_PAT")]
    );
    assert!(found.places.iter().any(|place| place.reason.is_some()));
}
