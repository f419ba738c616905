//! TLS with the given files, in the real process.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// A collector with a certificate of its own, which ends with it.
struct Collector {
    child: Child,
    port: String,
    certificate: CertificateDer<'static>,
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

type ClientCertificate = (CertificateDer<'static>, PrivateKeyDer<'static>);

impl Collector {
    fn start(folder: &Path, client_ca: Option<&Path>) -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rekey-collector"));
        command
            .env_clear()
            .args(["serve", "--listen", "0.0.0.0:0", "--data"])
            .arg(folder.join("data"))
            .arg("--tls-cert")
            .arg(&certificate)
            .arg("--tls-key")
            .arg(&key)
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(ca) = client_ca {
            command.arg("--tls-client-ca").arg(ca);
        }
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let port = lines
            .map(Result::unwrap)
            .find_map(|line| {
                Some(
                    line.strip_prefix("listening on https://0.0.0.0:")?
                        .to_owned(),
                )
            })
            .unwrap();
        Self {
            child,
            port,
            certificate: made.cert.der().clone(),
        }
    }

    /// What is answered to a request; nothing where the handshake fails.
    async fn ask(&self, request: &str, shown: Option<ClientCertificate>) -> String {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match shown {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => config
                .with_client_auth_cert(vec![certificate], key)
                .unwrap(),
        };
        let stream = TcpStream::connect(format!("127.0.0.1:{}", self.port))
            .await
            .unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let Ok(mut stream) = stream.await else {
            return String::new();
        };
        let request = format!("{request} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = String::new();
        // Some peers close without the closing word of TLS; what counts is what came.
        let _ = stream.read_to_string(&mut answer).await;
        answer
    }
}

#[tokio::test]
async fn speaks_tls_with_the_given_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let collector = Collector::start(folder.path(), None);
    // A caller who never finishes the handshake holds up nobody.
    let _idle = TcpStream::connect(format!("127.0.0.1:{}", collector.port))
        .await
        .unwrap();
    let answer = collector.ask("GET /login", None).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("; Secure"), "cookies are for TLS alone");
}

fn authority() -> Issuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Issuer::new(params, KeyPair::generate().unwrap())
}

fn client_of(authority: &Issuer<'_, KeyPair>) -> ClientCertificate {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(["workstation".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    (certificate.der().clone(), key)
}

#[tokio::test]
async fn devices_are_asked_for_a_certificate_and_browsers_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let pem = params.self_signed(&key).unwrap().pem();
    let ours = Issuer::new(params, key);
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, pem).unwrap();
    let collector = Collector::start(folder.path(), Some(&ca));

    let page = collector.ask("GET /login", None).await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for request in [
        "POST /api/v1/enroll",
        "GET /api/v1/agent",
        "POST /api/v1/reports",
    ] {
        let bare = collector.ask(request, None).await;
        assert!(bare.starts_with("HTTP/1.1 401"), "{bare}");
        assert!(bare.contains("client-certificate-needed"), "{bare}");
        let certified = collector.ask(request, Some(client_of(&ours))).await;
        assert!(certified.starts_with("HTTP/1.1 4"), "{certified}");
        assert!(!certified.contains("client-certificate"), "{certified}");
        let foreign = collector.ask(request, Some(client_of(&authority()))).await;
        assert_eq!(foreign, "", "another's certificate ends the handshake");
    }
}

#[tokio::test]
async fn a_file_that_is_no_ca_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rekey-collector"))
        .env_clear()
        .args(["serve", "--listen", "127.0.0.1:0", "--tls-cert"])
        .arg(&certificate)
        .arg("--tls-key")
        .arg(&key)
        .arg("--tls-client-ca")
        .arg(&key)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("k.pem has no certificate in it"), "{said}");
}
