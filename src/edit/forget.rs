//! Has git's cache forget one credential, and sees that it did.
//!
//! Nothing is written down for it: what is only in memory cannot be half old and half new, and no undo
//! could bring it back without keeping a secret.

use super::change::{Ending, changed_meanwhile, failed, outcome};
use crate::model::{Answered, Change, Edit, Outcome, OutcomeState, Question};
use crate::platform::sockets::{self, SocketFault};

/// `None` for an edit of something else.
pub(super) fn forget(edit: &Edit) -> Option<Outcome> {
    let Change::Forget {
        socket,
        question,
        answered,
    } = &edit.change
    else {
        return None;
    };
    let ask = |question: &Question| match sockets::ask(socket, &question.asked_of_cache()) {
        Ok(said) => Ok(Answered::parse(&said)),
        Err(SocketFault::Nobody) => Ok(None),
        Err(fault) => Err(fault),
    };
    let exact = Question {
        username: answered.username.clone().or(question.username.clone()),
        ..question.clone()
    };
    let made = || -> Result<Ending, SocketFault> {
        match ask(&exact)? {
            None => {
                let reason = Some("it was forgotten already".to_owned());
                return Ok((OutcomeState::AlreadyDone, reason));
            }
            Some(now) if now != *answered => {
                return Ok(changed_meanwhile("git keeps another one there now"));
            }
            Some(_) => {}
        }
        sockets::ask(socket, &question.forgotten_by_cache(answered))?;
        Ok(match ask(&exact)? {
            Some(now) if now == *answered => failed("git's cache did not forget it"),
            _ => (OutcomeState::Done, None),
        })
    };
    let ending = made().unwrap_or_else(|fault| failed(format_args!("git's cache: {fault}")));
    Some(outcome(edit, &ending))
}

// Not on Windows: git's cache answers at a socket of Unix.
#[cfg(all(test, unix))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::io::{Read as _, Write as _};
    use std::os::unix::net::UnixListener;
    use std::path::Path;

    use rekey_report::{Location, Remedy};

    use super::*;
    use crate::model::Secret;

    /// Answers one connection after another with these texts, and tells what it heard.
    fn cache(socket: &Path, answers: &'static [&str]) -> std::thread::JoinHandle<Vec<String>> {
        let listener = UnixListener::bind(socket).unwrap();
        std::thread::spawn(move || {
            let mut heard = Vec::new();
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let mut request = String::new();
                stream.read_to_string(&mut request).unwrap();
                heard.push(request.lines().next().unwrap_or_default().to_owned());
                stream.write_all(answer.as_bytes()).unwrap();
            }
            heard
        })
    }

    fn outcome_of(answers: &'static [&str]) -> (OutcomeState, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("socket");
        let heard = cache(&socket, answers);
        let change = Change::Forget {
            socket,
            question: Question::new("dev.azure.com", Some("contoso"), None).unwrap(),
            answered: Answered::parse(&Secret::new("username=dev\npassword=old\n")).unwrap(),
        };
        let edit = Edit {
            id: "e1".to_owned(),
            finding: "f1".to_owned(),
            location: Location::default(),
            remedy: Remedy::Automatic,
            change,
        };
        let outcome = forget(&edit).unwrap();
        (outcome.state, heard.join().unwrap())
    }

    const OLD: &str = "username=dev\npassword=old\n";

    #[test]
    fn it_is_asked_again_before_and_after() {
        let (state, heard) = outcome_of(&[OLD, "", ""]);
        assert_eq!(state, OutcomeState::Done);
        assert_eq!(heard, ["action=get", "action=erase", "action=get"]);
    }

    #[test]
    fn another_credential_is_left_alone() {
        let (state, heard) = outcome_of(&["username=dev\npassword=new\n"]);
        assert_eq!(state, OutcomeState::ChangedMeanwhile);
        assert_eq!(heard, ["action=get"]);
    }

    #[test]
    fn what_is_gone_is_done_and_what_stays_has_failed() {
        assert_eq!(outcome_of(&[""]).0, OutcomeState::AlreadyDone);
        assert_eq!(outcome_of(&[OLD, "", OLD]).0, OutcomeState::Failed);
    }
}
