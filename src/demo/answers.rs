//! The shapes of Frappe's answers: the JSON of an error, the cookies, the few HTML pages.
//!
//! A `Failure` is what Frappe would raise; `Failure::body` writes it as `report_error` does
//! (`error_*`, `fields_unknown`, `doc_transport_job_missing`). Nothing here decides whether
//! something is an error.

use std::fmt::Write as _;

use rand::RngExt as _;
use serde_json::{Map, Value, json};

/// What is sent back, below the level of a framework so that tests can break it.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) cookies: Vec<String>,
    pub(super) body: Vec<u8>,
    /// Sent in chunks and without a length, as private files are (`file_private_own`).
    pub(super) chunked: bool,
    /// So many made-up bytes instead of the body.
    pub(super) made: Option<u64>,
}

impl Answer {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: content_type.to_owned(),
            headers: Vec::new(),
            cookies: Vec::new(),
            body: body.into(),
            chunked: false,
            made: None,
        }
    }

    pub(super) fn json(status: u16, body: &Map<String, Value>) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self::new(status, "application/json", body)
    }

    /// Werkzeug's own page, which private files are refused with (`file_private_missing`).
    pub(super) fn forbidden_file() -> Self {
        let body = "<!doctype html>\n<html lang=en>\n<title>403 Forbidden</title>\n\
                    <h1>Forbidden</h1>\n\
                    <p>You don&#39;t have permission to access this file</p>\n";
        Self::new(403, "text/html; charset=utf-8", body)
    }

    /// gunicorn's own page (`list_get_url_too_long`, `login_wrong_password_accept_html`).
    pub(super) fn gunicorn(status: u16, title: &str, detail: &str) -> Self {
        let body = format!(
            "<html>\n  <head>\n    <title>{title}</title>\n  </head>\n  <body>\n    \
             <h1><p>{title}</p></h1>\n    {detail}\n  </body>\n</html>\n"
        );
        let mut answer = Self::new(status, "text/html", body);
        answer.headers.push(("connection", "close".to_owned()));
        answer
    }

    /// The page of an nginx in front of the site.
    pub(super) fn nginx(status: u16, title: &str) -> Self {
        let body = format!(
            "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n\
             <center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx/1.22.1</center>\r\n\
             </body>\r\n</html>\r\n"
        );
        Self::new(status, "text/html", body)
    }

    /// Frappe's web page for an error (`error_permission_accept_html`).
    pub(super) fn web_page(status: u16, title: &str, text: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n\t<meta charset=\"utf-8\">\n\t\
             <title>{title}</title>\n</head>\n<body>\n\t<h1>{title}</h1>\n\t<p>{text}</p>\n\
             </body>\n</html>\n"
        );
        let mut answer = Self::new(status, "text/html; charset=utf-8", body);
        answer.headers.push(("x-page-name", "message".to_owned()));
        answer
    }
}

/// An exception of Frappe's, on its way to the client.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) status: u16,
    /// The name of the exception's class, `exc_type` in the answer.
    pub(super) exc_type: &'static str,
    /// Where the class lives, with the dot at the end; empty for Python's own.
    module: &'static str,
    detail: Option<Box<str>>,
    /// The messages that go into `_server_messages`, each a JSON object.
    pub(super) messages: Vec<Value>,
    error_message: Option<Box<str>>,
    traceback: bool,
    /// The `DocType` of what was not found: who may not read it is told 403 instead.
    pub(super) missing: Option<Box<str>>,
    /// Other keys of the answer, such as `message` for a failed sign-in.
    response: Option<Box<Map<String, Value>>>,
}

impl Failure {
    fn new(status: u16, module: &'static str, exc_type: &'static str) -> Self {
        Self {
            status,
            exc_type,
            module,
            detail: None,
            messages: Vec::new(),
            error_message: None,
            traceback: true,
            missing: None,
            response: None,
        }
    }

    fn frappe(status: u16, exc_type: &'static str) -> Self {
        Self::new(status, "frappe.exceptions.", exc_type)
    }

    /// Python's and the database driver's own exceptions, which Frappe lets through as 500.
    pub(super) fn python(exc_type: &'static str, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into().into()),
            ..Self::new(500, "", exc_type)
        }
    }

    /// `frappe.throw`: the message is in the exception and in `_server_messages`.
    fn thrown(status: u16, exc_type: &'static str, message: String) -> Self {
        let title = "Message";
        let messages = vec![raised(&message, title)];
        Self {
            detail: Some(message.into()),
            messages,
            ..Self::frappe(status, exc_type)
        }
    }

    pub(super) fn validation(message: impl Into<String>) -> Self {
        Self::thrown(417, "ValidationError", message.into())
    }

    pub(super) fn data_error(message: impl Into<String>) -> Self {
        Self::thrown(417, "DataError", message.into())
    }

    /// `fields_unknown`, `filter_unknown_field`.
    pub(super) fn unknown_field(fieldname: &str) -> Self {
        Self::data_error(format!("Field not permitted in query: {fieldname}"))
    }

    pub(super) fn authentication(message: impl Into<String>) -> Self {
        Self::thrown(401, "AuthenticationError", message.into())
    }

    /// `LoginManager.fail`: the message is the answer's `message` (`login_wrong_password`).
    pub(super) fn sign_in(message: &str) -> Self {
        let mut failure = Self::frappe(401, "AuthenticationError");
        let response = [("message".to_owned(), json!(message))];
        failure.response = Some(Box::new(response.into_iter().collect()));
        failure
    }

    /// `update_password_weak`: a 417 with a title of its own.
    pub(super) fn weak_password(words: &str) -> Self {
        let mut failure = Self::thrown(417, "ValidationError", words.to_owned());
        failure.messages = vec![raised(words, "Invalid Password")];
        failure
    }

    /// Frappe's `rate_limit`; no recording has it.
    pub(super) fn rate_limited() -> Self {
        let message =
            "You hit the rate limit because of too many requests. Please try after sometime.";
        Self::thrown(429, "RateLimitExceededError", message.to_owned())
    }

    /// The same refusal without its traceback, as changes are refused (`up_create_as_reader`).
    pub(super) fn without_traceback(mut self) -> Self {
        self.traceback = false;
        self
    }

    /// `up_create_missing_fields`: `fields` are named in the exception, `words` tell a person.
    pub(super) fn mandatory(document: &str, fields: &[&str], words: &[String]) -> Self {
        Self {
            detail: Some(format!("[{document}]: {}", fields.join(", ")).into()),
            messages: words
                .iter()
                .map(|words| printed(words, "Message"))
                .collect(),
            ..Self::frappe(417, "MandatoryError")
        }
    }

    /// A document that others link to; no recording has it.
    pub(super) fn linked(doctype: &str, name: &str, holder: &str) -> Self {
        let message =
            format!("Cannot delete or cancel because {doctype} {name} is linked with {holder}");
        Self::thrown(417, "LinkExistsError", message)
    }

    /// `portalset_put_stale_modified`
    pub(super) fn timestamp_mismatch(stored: &str, sent: &str) -> Self {
        let message = format!(
            "Error: Document has been modified after you have opened it ({stored}, {sent}). Please \
             refresh to get the latest document."
        );
        Self::thrown(417, "TimestampMismatchError", message)
    }

    /// `up_create_duplicate`, `webhook_create_duplicate`
    pub(super) fn duplicate(message: impl Into<String>) -> Self {
        Self::thrown(409, "DuplicateEntryError", message.into())
    }

    /// `user_create_bad_email`
    pub(super) fn bad_address(address: &str) -> Self {
        let message = format!("{address} is not a valid Email Address");
        Self::thrown(417, "InvalidEmailAddressError", message)
    }

    /// A link that leads nowhere (`up_create_unknown_customer`).
    pub(super) fn no_such_link(label: &str, name: &str) -> Self {
        let message = format!("Could not find {label}: {name}");
        Self::thrown(417, "LinkValidationError", message)
    }

    /// `token_auth_bad_secret`.
    pub(super) fn token() -> Self {
        Self::frappe(401, "AuthenticationError")
    }

    /// `login_locked_out_right_password`: a 500, though it is no outage.
    pub(super) fn locked_out(seconds: i64) -> Self {
        let message =
            format!("Your account has been locked and will resume after {seconds} seconds");
        Self::thrown(500, "SecurityException", message)
    }

    /// `maintenance_mode`.
    pub(super) fn session_stopped() -> Self {
        let detail = Some("Session Stopped".into());
        Self {
            detail,
            ..Self::frappe(503, "SessionStopped")
        }
    }

    /// A permission error whose reasons were printed by the check (`list_norole`, `doc_norole`).
    pub(super) fn not_permitted(reasons: &[String], error_message: Option<String>) -> Self {
        let messages = reasons
            .iter()
            .map(|reason| printed(reason, "Message"))
            .collect();
        let error_message = error_message.map(String::into_boxed_str);
        Self {
            messages,
            error_message,
            ..Self::frappe(403, "PermissionError")
        }
    }

    /// `print_pdf_other`, `print_pdf_bill_to_other`: nothing is printed, and the reason is one.
    pub(super) fn may_not_print(doctype: &str, name: &str) -> Self {
        let reason = format!(
            "You need the 'print' permission on <strong>{doctype}</strong> {name} to perform this \
             action."
        );
        Self::not_permitted(&[], Some(reason))
    }

    /// `print_pdf_custom_format`: wkhtmltopdf is missing, or does not reach what a format shows.
    pub(super) fn pdf_engine() -> Self {
        Self::python(
            "OSError",
            "Exit with code 1 due to network error: HostNotFoundError",
        )
    }

    /// `frappe.throw(..., PermissionError)` (`api_method_wrong_verb_get_on_post_only`).
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::thrown(403, "PermissionError", message.into())
    }

    /// A method that this user may not call at all (`auth_get_logged_user_guest`).
    pub(super) fn not_whitelisted(method: &str) -> Self {
        let message = format!(
            "<details><summary>You are not permitted to access this resource. Login to access\
             </summary>Function <strong>{method}</strong> is not whitelisted.</details>"
        );
        let messages = vec![raised(&message, "Method Not Allowed")];
        Self {
            detail: Some(message.into()),
            messages,
            ..Self::frappe(403, "PermissionError")
        }
    }

    /// `api_root_unknown`: 404s never carry a traceback.
    pub(super) fn not_found() -> Self {
        Self {
            traceback: false,
            ..Self::frappe(404, "DoesNotExistError")
        }
    }

    /// `doc_transport_job_missing`
    pub(super) fn missing(doctype: &str, name: &str) -> Self {
        let messages = vec![raised(&format!("{doctype} {name} not found"), "Message")];
        Self {
            messages,
            missing: Some(doctype.into()),
            ..Self::not_found()
        }
    }

    /// `unknown_doctype_list`
    pub(super) fn unknown_doctype(doctype: &str) -> Self {
        Self::missing("DocType", doctype)
    }

    /// What becomes of a 404 for who may not even read the DocType (`unknown_doctype_list`).
    pub(super) fn does_not_exist_for_strangers(doctype: &str, user: &str) -> Self {
        let mut failure = Self::not_permitted(
            &[no_doctype_access(user, doctype)],
            Some(format!("No permission for {doctype}")),
        );
        failure.traceback = false;
        failure
    }

    /// `fields_not_json`: the message counts as Python counts.
    pub(super) fn not_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let detail = format!(
            "Expecting value: line {line} column {column} (char {})",
            column - 1
        );
        Self {
            detail: Some(detail.into()),
            ..Self::new(500, "json.decoder.", "JSONDecodeError")
        }
    }

    /// An error of the database: unknown columns (`order_by_unknown_field`).
    pub(super) fn operational(code: u16, message: &str) -> Self {
        let detail = format!("({code}, \"{message}\")");
        Self {
            detail: Some(detail.into()),
            ..Self::new(500, "pymysql.err.", "OperationalError")
        }
    }

    /// What the database cannot parse (`limit_start_negative`).
    pub(super) fn sql_syntax(near: &str) -> Self {
        let detail = format!(
            "(1064, \"You have an error in your SQL syntax; check the manual that corresponds to \
             your MariaDB server version for the right syntax to use near '{near}' at line 1\")"
        );
        Self {
            detail: Some(detail.into()),
            ..Self::new(500, "pymysql.err.", "ProgrammingError")
        }
    }

    /// The JSON of the answer. `tracebacks` is `allow_error_traceback` of System Settings.
    pub(super) fn body(&self, tracebacks: bool, earlier: &[Value]) -> Map<String, Value> {
        let mut body = self.response.as_deref().cloned().unwrap_or_default();
        if tracebacks && self.traceback {
            let mut exception = format!("{}{}", self.module, self.exc_type);
            if let Some(detail) = &self.detail {
                let _ = write!(exception, ": {detail}");
            }
            let traceback = format!(
                "Traceback (most recent call last):\n  File \"apps/frappe/frappe/app.py\", \
                 line 114, in application\n{exception}\n"
            );
            body.insert("exc".to_owned(), json!(json!([traceback]).to_string()));
            body.insert("exception".to_owned(), json!(exception));
        }
        body.insert("exc_type".to_owned(), json!(self.exc_type));
        let messages: Vec<Value> = earlier
            .iter()
            .chain(&self.messages)
            .map(|message| json!(message.to_string()))
            .collect();
        if !messages.is_empty() {
            body.insert(
                "_server_messages".to_owned(),
                json!(Value::Array(messages).to_string()),
            );
        }
        if let Some(message) = &self.error_message {
            body.insert("_error_message".to_owned(), json!(message));
        }
        body
    }

    /// The page for who prefers HTML; `None` where gunicorn's own page comes instead.
    pub(super) fn page(&self) -> Answer {
        match self.status {
            // Frappe stumbles over its own error page here (`login_wrong_password_accept_html`).
            401 => Answer::gunicorn(500, "Internal Server Error", ""),
            403 => Answer::web_page(
                403,
                "Not Permitted",
                "You do not have enough permissions to complete the action",
            ),
            404 => Answer::web_page(
                404,
                "Not Found",
                "The resource you are looking for is not available",
            ),
            503 => Answer::web_page(
                503,
                "Updating",
                "The system is being updated. Please refresh again after a few moments.",
            ),
            status => Answer::web_page(status, "Server Error", ""),
        }
    }
}

/// The sentence that a missing role permission is explained with.
pub(super) fn no_doctype_access(user: &str, doctype: &str) -> String {
    format!(
        "User <strong>{user}</strong> does not have doctype access via role permission for \
         document <strong>{doctype}</strong>"
    )
}

/// A message of `frappe.msgprint`.
pub(super) fn printed(message: &str, title: &str) -> Value {
    json!({"message": message, "title": title})
}

fn raised(message: &str, title: &str) -> Value {
    json!({
        "message": message,
        "title": title,
        "indicator": "red",
        "raise_exception": 1,
        "__frappe_exc_id": hash(56),
    })
}

/// Random hexadecimal digits, as `frappe.generate_hash` makes them.
pub(super) fn hash(length: usize) -> String {
    let mut random = rand::rng();
    (0..length)
        .map(|_| char::from_digit(random.random_range(0..16), 16).unwrap_or('0'))
        .collect()
}
