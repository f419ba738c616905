//! Whose Windows this is: tests that empty its vault or write into its registry are not for anybody's own account.

/// Stops a test that would change the account of a person.
///
/// # Panics
/// Where this is no Wine, unless `REKEY_TEST_ACCOUNT` says that the account is there for tests.
#[track_caller]
pub fn must_be_for_tests() {
    let is_wine = windows_registry::CURRENT_USER
        .open(r"Software\Wine")
        .is_ok();
    let is_given = std::env::var_os("REKEY_TEST_ACCOUNT").is_some_and(|set| set == "1");
    assert!(
        is_wine || is_given,
        "this test empties the Credential Manager and rekey's folder of the account that it runs in: \
         set REKEY_TEST_ACCOUNT=1 in an account that is there for tests"
    );
}
