//! An entry of a keychain of macOS as the attributes of a vault entry, named as in `SecItem.h` (developer.apple.com,
//! "Item attribute keys and values").
//!
//! All that the keychain keeps of it is there, so that it can be put back, but for its secret, its label, its times and the
//! list of programs that may read it.

/// Its class, [`GENERIC`] or [`INTERNET`]. No other vault has an attribute of this name.
pub const CLASS: &str = "kSecClass";
/// What a generic password is for.
pub const SERVICE: &str = "kSecAttrService";
/// Whose it is.
pub const ACCOUNT: &str = "kSecAttrAccount";
/// The host of an internet password.
pub const SERVER: &str = "kSecAttrServer";
/// Four letters: `htps`, `http`.
pub const PROTOCOL: &str = "kSecAttrProtocol";
/// Four letters: `dflt`, `form` for what was typed into a page.
pub const AUTHENTICATION: &str = "kSecAttrAuthenticationType";
/// The path of an internet password's address.
pub const PATH: &str = "kSecAttrPath";
/// A number; 0 where none was named.
pub const PORT: &str = "kSecAttrPort";
/// The realm of an internet password.
pub const SECURITY_DOMAIN: &str = "kSecAttrSecurityDomain";
/// The kind that people see.
pub const DESCRIPTION: &str = "kSecAttrDescription";
/// What its writer, or the person, says of it.
pub const COMMENT: &str = "kSecAttrComment";
/// A number that stands for four letters.
pub const CREATOR: &str = "kSecAttrCreator";
/// The same.
pub const TYPE: &str = "kSecAttrType";
/// Bytes of its writer's own, in base64.
pub const GENERIC_DATA: &str = "kSecAttrGeneric";
/// `1` where Keychain Access does not show it.
pub const INVISIBLE: &str = "kSecAttrIsInvisible";
/// `1` where it holds no password.
pub const NEGATIVE: &str = "kSecAttrIsNegative";
/// Something in it has another form than is known, so that it can be neither named nor put back.
pub const INEXACT: &str = "Inexact";

/// `kSecClassGenericPassword`.
pub const GENERIC: &str = "genp";
/// `kSecClassInternetPassword`.
pub const INTERNET: &str = "inet";
/// `kSecAttrAuthenticationTypeHTMLForm`.
pub const FORM: &str = "form";
/// `kSecAttrProtocolHTTP`.
pub const HTTP: &str = "http";
