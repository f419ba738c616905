//! The client for the service and for the sign-in.

use std::time::Duration;

use http::header::{ACCEPT, HeaderName};
use serde::Serialize;
use url::form_urlencoded;

use super::{Endpoint, Gateway};
use crate::model::Secret;
use crate::network::{Answer, Client, Deadline, NetworkFault, Request, Trust};

/// To connect.
const CONNECT: Duration = Duration::from_secs(5);
/// For one request.
const REQUEST: Duration = Duration::from_secs(15);
/// Sign-in pages are long; what is read of an answer is not.
const LONGEST_ANSWER: u64 = 2 * 1024 * 1024;

/// Makes the service say that it refuses, instead of sending the client to a sign-in page.
const NO_SIGN_IN_PAGE: HeaderName = HeaderName::from_static("x-tfs-fedauthredirect");

/// Sends requests to the service.
#[derive(Debug)]
pub struct Services {
    client: Client,
    gateway: Option<Gateway>,
}

/// What a token is shown as.
#[derive(Debug, Clone, Copy)]
pub enum Bearing<'a> {
    /// Nothing is shown.
    Anonymous,
    /// A personal access token: the password of nobody in particular.
    Pat(&'a Secret),
    /// An access token of Entra's.
    AccessToken(&'a Secret),
}

impl Services {
    /// The service itself, or the server that stands in for it in a test.
    ///
    /// # Errors
    /// Where no connection can be made on this workstation at all.
    pub fn new(gateway: Option<Gateway>) -> Result<Self, NetworkFault> {
        let trust = match gateway {
            Some(_) => Trust::Loopback,
            None => Trust::System,
        };
        let client = Client::new(trust, CONNECT, REQUEST, LONGEST_ANSWER)?;
        Ok(Self { client, gateway })
    }

    /// `GET`.
    ///
    /// # Errors
    /// Where no answer comes; every answer is one, whatever its status.
    pub fn get(
        &self,
        endpoint: &Endpoint,
        bearing: Bearing<'_>,
        deadline: Deadline,
    ) -> Result<Answer, NetworkFault> {
        self.send(Request::get(self.url(endpoint)), bearing, deadline)
    }

    /// `POST` of a value as JSON.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post(
        &self,
        endpoint: &Endpoint,
        bearing: Bearing<'_>,
        value: &impl Serialize,
        deadline: Deadline,
    ) -> Result<Answer, NetworkFault> {
        let request = Request::post(self.url(endpoint)).json(value)?;
        self.send(request, bearing, deadline)
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn delete(
        &self,
        endpoint: &Endpoint,
        bearing: Bearing<'_>,
        deadline: Deadline,
    ) -> Result<Answer, NetworkFault> {
        self.send(Request::delete(self.url(endpoint)), bearing, deadline)
    }

    /// `POST` of a form to the sign-in, which learns nothing else of the caller.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn post_form(
        &self,
        endpoint: &Endpoint,
        fields: &[(&str, &str)],
        deadline: Deadline,
    ) -> Result<Answer, NetworkFault> {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(self.url(endpoint))
            .header(ACCEPT, "application/json")
            .body("application/x-www-form-urlencoded", form.into_bytes());
        self.client.send(request, deadline)
    }

    pub(super) fn send(
        &self,
        request: Request,
        bearing: Bearing<'_>,
        deadline: Deadline,
    ) -> Result<Answer, NetworkFault> {
        let request = request
            .header(ACCEPT, "application/json")
            .header(NO_SIGN_IN_PAGE, "Suppress");
        let request = match bearing {
            Bearing::Anonymous => request,
            Bearing::Pat(token) => request.basic("", token)?,
            Bearing::AccessToken(token) => request.bearer(token)?,
        };
        self.client.send(request, deadline)
    }

    pub(super) fn url(&self, endpoint: &Endpoint) -> String {
        match &self.gateway {
            Some(gateway) => gateway.url(endpoint.rest()),
            None => format!("https://{}", endpoint.rest()),
        }
    }
}
