//! A load balancer: every new connection goes to the next collector.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

/// Answers the URL under which all of them are. It ends with the test's runtime.
pub(crate) async fn round_robin(urls: &[&str]) -> String {
    let behind: Vec<SocketAddr> = urls
        .iter()
        .map(|url| url.strip_prefix("http://").unwrap().parse().unwrap())
        .collect();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for number in 0_usize.. {
            let Ok((mut client, _)) = listener.accept().await else {
                return;
            };
            let address = behind[number % behind.len()];
            tokio::spawn(async move {
                if let Ok(mut server) = TcpStream::connect(address).await {
                    let _ = copy_bidirectional(&mut client, &mut server).await;
                }
            });
        }
    });
    url
}
