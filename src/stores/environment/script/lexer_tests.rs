use proptest::prelude::*;

use super::*;

fn words(text: &str, grammar: Grammar) -> Vec<String> {
    let tokens = read(text, grammar);
    let shown = tokens.all.iter().map(|token| match token {
        Token::Word(word) => word.text.clone(),
        Token::Mark(mark, _) => format!("{mark:?}").to_uppercase(),
    });
    shown.collect()
}

#[test]
fn words_of_sh_lose_their_quotes() {
    for (text, expected) in [
        (
            "export A='b c' D=\"e\\\"f\" # g",
            &["export", "A=b c", "D=e\"f"][..],
        ),
        ("A=b\\ c\\\nd e", &["A=b cd", "e"]),
        ("A=$'b\\'c' d", &["A=b'c", "d"]),
        ("A=\"$(echo \"b)\" ')')\" c", &["A=$(echo \"b)\" ')')", "c"]),
        ("A=`b 'c` d", &["A=`b 'c`", "d"]),
        ("A=${B:-\"}\"} c", &["A=${B:-\"}\"}", "c"]),
        ("A=\"${B:-it's}\" c", &["A=${B:-it's}", "c"]),
        ("a;b&&c\n", &["a", "NEXT", "b", "OPERATOR", "c", "NEWLINE"]),
        ("(a) b#c", &["OPEN", "a", "CLOSE", "b#c"]),
        (
            "cat <<E f\r\n export A=b\r\nE\r\ng",
            &["cat", "REDIRECT", "E", "f", "NEWLINE", "BODY", "g"],
        ),
        (
            "(( a = 1 << 2 ))\ncat <<E\nb\nE\n",
            &[
                "OPEN", "OPEN", "a", "=", "1", "REDIRECT", "2", "CLOSE", "CLOSE", "NEWLINE", "cat",
                "REDIRECT", "E", "NEWLINE", "BODY",
            ],
        ),
        (
            "cat <<-'E'\n\ta\n\tE\nb <<< c",
            &[
                "cat", "REDIRECT", "E", "NEWLINE", "BODY", "b", "REDIRECT", "c",
            ],
        ),
    ] {
        let tokens = read(text, Grammar::Posix);
        assert_eq!(words(text, Grammar::Posix), expected, "{text}");
        assert_eq!(tokens.broken, None, "{text}");
    }
}

#[test]
fn words_of_other_shells_lose_theirs() {
    for (grammar, text, expected) in [
        (
            Grammar::Fish,
            "set -x A 'b\\'c' (d 'e)') \"f\"",
            &["set", "-x", "A", "b'c", "(d 'e)')", "f"][..],
        ),
        (
            Grammar::PowerShell,
            "$env:A = 'b''c' <# d\n #>",
            &["$env:A", "=", "b'c"],
        ),
        (
            Grammar::PowerShell,
            "$env:A=\"b`\"c\"\"d\" `\r\n e",
            &["$env:A=b\"c\"d", "e"],
        ),
        (
            Grammar::PowerShell,
            "$a = @\"\nx \"y\"\n\"@\nb",
            &["$a", "=", "\nx \"y\"", "NEWLINE", "b"],
        ),
        (
            Grammar::Nushell,
            "$env.A = 'b\\' + `c d` \"e\\\"f\"",
            &["$env.A", "=", "b\\", "+", "c d", "e\"f"],
        ),
    ] {
        assert_eq!(words(text, grammar), expected, "{text}");
        assert_eq!(read(text, grammar).broken, None, "{text}");
    }
}

#[test]
fn what_never_closes_is_told() {
    for text in [
        "a 'b",
        "a \"b",
        "a $(b",
        "a `b",
        "a ${b",
        "cat <<E\nb",
        "a $'b",
    ] {
        assert!(read(text, Grammar::Posix).broken.is_some(), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_can_be_read(text in "[a '\"`$(){}\\\\\r\n;&|<>#@=é-]{0,60}", any in "(?s).{0,60}") {
        for grammar in [Grammar::Posix, Grammar::Fish, Grammar::PowerShell, Grammar::Nushell] {
            for text in [&text, &any] {
                let mut end = 0;
                for token in read(text, grammar).all {
                    let range = match token {
                        Token::Word(word) => word.range,
                        Token::Mark(_, range) => range,
                    };
                    prop_assert!(range.start >= end && text.get(range.clone()).is_some());
                    end = range.end;
                }
            }
        }
    }
}
