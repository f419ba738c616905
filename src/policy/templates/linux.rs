//! What IT steers Linux with: the sample of a policy file in the packages, and the variables of the Ansible role with
//! the template that writes a policy file from them.

use std::fmt::Write as _;

use super::{KEYS, KeyKind, PolicyKey};

/// How wide the text in these files is.
const WIDTH: usize = 110;

/// Where the role begins and ends to be made from the list of keys.
pub(super) const BEGIN: &str = "      # The keys: REKEY_REWRITE_DOCS=1 cargo test templates\n";
pub(super) const END: &str = "      # The end of the keys.\n";

/// The sample: every key with what it does, and a value behind a `#`.
pub(super) fn sample() -> String {
    let mut text = "\
# Machine policy of rekey, for everybody who works on this computer. rekey reads every file here whose name ends in
# .toml, the later name wins, and this one it does not read: copy it to a name such as 50-contoso.toml, and take
# the # away before what shall hold. The values are the defaults, or examples where there is none.
# Everybody must be able to read the copy, for rekey works as the person. To try a file before it counts:
#   rekey status --home /etc/rekey --config FILE
# It names what is wrong and ends with 2, or says that rekey has not run there.
"
    .to_owned();
    for key in KEYS {
        text.push('\n');
        for line in wrapped(&about(key), WIDTH - 2) {
            let _ = writeln!(text, "# {line}");
        }
        let _ = writeln!(text, "#{} = {}", key.name, value(key));
    }
    text
}

/// The variables of the role, as `meta/argument_specs.yml` has them.
pub(super) fn arguments() -> String {
    let mut text = String::new();
    for key in KEYS {
        let _ = writeln!(text, "      {}:", variable(key));
        text.push_str("        description: >-\n");
        for line in wrapped(&about(key), WIDTH - 10) {
            let _ = writeln!(text, "          {line}");
        }
        text.push_str(&takes(key));
    }
    text
}

fn takes(key: &PolicyKey) -> String {
    match key.kind {
        KeyKind::Bool => "        type: bool\n".to_owned(),
        KeyKind::Number { .. } => "        type: int\n".to_owned(),
        // Two of its words are truth values in YAML, and texts where a variable comes from the command line.
        KeyKind::Choice(words) if is_half_a_truth_value(words) => format!(
            "        type: raw\n        choices: [{}, \"true\", \"false\"]\n",
            words.join(", ")
        ),
        KeyKind::Choice(words) => format!(
            "        type: str\n        choices: [{}]\n",
            words.join(", ")
        ),
        KeyKind::Text | KeyKind::Secret => "        type: str\n".to_owned(),
        // YAML makes a time of what looks like one.
        KeyKind::Time => "        type: raw\n".to_owned(),
        KeyKind::List => "        type: list\n        elements: str\n".to_owned(),
        KeyKind::Organizations => "        type: list
        elements: dict
        options:
          name:
            description: The name, such as contoso for dev.azure.com/contoso.
            type: str
            required: true
          connected_at:
            description: When it was connected to its tenant, such as 2026-11-20T18:00:00Z.
            type: raw
          tenant:
            description: The tenant that it belongs to now, a GUID, or microsoft-account.
            type: str
"
        .to_owned(),
    }
}

/// The template of the policy file. Every line is a whole setting, so that none depends on what stands before it.
pub(super) fn template() -> String {
    let mut text = "\
# Written by Ansible: what is changed here does not last. docs/policy.md of rekey says what each key does.
"
    .to_owned();
    for key in KEYS.iter().filter(|key| key.kind != KeyKind::Secret) {
        let _ = write!(
            text,
            "{{% if {variable} is defined %}}\n{name} = {value}\n{{% endif %}}\n",
            variable = variable(key),
            name = key.name,
            value = written(key),
        );
    }
    text
}

/// How the template writes the value. A text of JSON without escapes of its own for other alphabets is one of TOML.
fn written(key: &PolicyKey) -> String {
    const JSON: &str = "to_json(ensure_ascii=false)";
    let variable = variable(key);
    match key.kind {
        KeyKind::Bool => format!("{{{{ {variable} | bool | to_json }}}}"),
        KeyKind::Number { .. } => format!("{{{{ {variable} | int }}}}"),
        KeyKind::Choice(words) if is_half_a_truth_value(words) => {
            let word = words[words.len() - 1];
            format!("{{{{ ({variable} if {variable} == \"{word}\" else {variable} | bool) | to_json }}}}")
        }
        KeyKind::Choice(_) | KeyKind::Text | KeyKind::Secret => {
            format!("{{{{ {variable} | string | {JSON} }}}}")
        }
        KeyKind::Time => format!("{{{{ {variable} | to_json }}}}"),
        KeyKind::List => format!("{{{{ {variable} | map(\"string\") | list | {JSON} }}}}"),
        KeyKind::Organizations => format!(
            "[
{{% for one in {variable} %}}
  {{ name = {{{{ one.name | string | {JSON} }}}}\
{{% if one.connected_at is defined %}}, connected_at = {{{{ one.connected_at | to_json }}}}{{% endif %}}\
{{% if one.tenant is defined %}}, tenant = {{{{ one.tenant | string | {JSON} }}}}{{% endif %}} }},
{{% endfor %}}
]"
        ),
    }
}

/// The variable of the role for a key; that of the environment has the same name in capitals.
pub(super) fn variable(key: &PolicyKey) -> String {
    format!("rekey_{}", super::id(key))
}

fn is_half_a_truth_value(words: &[&str]) -> bool {
    words.contains(&"true") && words.len() > 2
}

/// What a key is for, with what it takes and what holds without it.
fn about(key: &PolicyKey) -> String {
    let takes = match key.kind {
        KeyKind::Choice(words) => format!(" One of {}.", words.join(", ")),
        KeyKind::Number { min, max } => format!(" A whole number from {min} to {max}."),
        _ => String::new(),
    };
    let default = match key.default {
        Some(word) => format!(" Without it: {word}."),
        None => String::new(),
    };
    format!("{}{takes}{default}", key.about)
}

/// A value in TOML: the default, or an example.
pub(super) fn value(key: &PolicyKey) -> String {
    let text = match (key.name, key.kind) {
        (_, KeyKind::Organizations) => {
            return "[{ name = \"contoso\", connected_at = \"2026-11-20T18:00:00Z\", \
                    tenant = \"22222222-0000-4000-8000-000000000002\" }]"
                .to_owned();
        }
        ("scan.roots", _) => return "[\"~/src\", \"/srv/work\"]".to_owned(),
        (_, KeyKind::List) => return "[\"archive\"]".to_owned(),
        (_, KeyKind::Bool) => return key.default.unwrap_or("true").to_owned(),
        (_, KeyKind::Number { min, .. }) => {
            return key.default.map_or_else(|| min.to_string(), str::to_owned);
        }
        (_, KeyKind::Choice(words)) if is_half_a_truth_value(words) => return words[0].to_owned(),
        (_, KeyKind::Choice(words)) => words[0],
        (_, KeyKind::Time) => "2026-12-18T18:00:00Z",
        (_, KeyKind::Secret) => "the secret that the collector has shown",
        ("collector.url", _) => "https://rekey.contoso.example",
        ("collector.ca_file", _) => "/etc/rekey/collector-ca.pem",
        ("collector.ring", _) => "pilot",
        ("entra.client_id", _) => "33333333-0000-4000-8000-000000000003",
        (_, KeyKind::Text) => "text",
    };
    format!("{text:?}")
}

/// Words in lines of at most so many characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.len() - 1;
        if !lines[line].is_empty() && lines[line].len() + 1 + word.len() > width {
            lines.push(word.to_owned());
            continue;
        }
        if !lines[line].is_empty() {
            lines[line].push(' ');
        }
        lines[line].push_str(word);
    }
    lines
}
