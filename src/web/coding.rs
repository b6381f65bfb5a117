//! Content codings (RFC 9110): `br` and `gzip` for whoever takes them.

use std::io::Write as _;

use axum::body::Bytes;
use axum::http::header::ACCEPT_ENCODING;
use axum::http::{HeaderMap, HeaderValue};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::negotiate::{entries, weight};

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// Brotli.
    Br,
    /// Gzip.
    Gzip,
    /// Not at all.
    Identity,
}

/// How hard Brotli tries: what is made for one visitor is sent once or a few times.
const QUICKLY: i32 = 4;
/// The same for what is sent again and again.
const THOROUGHLY: i32 = 11;
/// The largest window that Brotli looks back over without asking for more memory than pages have.
const WINDOW: i32 = 18;

/// How much work goes into a coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For a page, made while its visitor waits.
    Quick,
    /// For what never changes.
    Thorough,
}

impl Coding {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Br, Self::Gzip, Self::Identity];

    /// The coding that a client likes best; of those that it likes the same, the smallest.
    pub fn preferred(headers: &HeaderMap) -> Self {
        let (mut br, mut gzip) = (0.0_f32, 0.0_f32);
        for (name, parameters) in entries(headers, &ACCEPT_ENCODING) {
            let liked = if name.eq_ignore_ascii_case(b"br") {
                &mut br
            } else if name.eq_ignore_ascii_case(b"gzip") {
                &mut gzip
            } else {
                continue;
            };
            // Who writes no number into it does not want it.
            *liked = match parameters {
                [] => 1.0,
                parameters => weight(parameters).unwrap_or(0.0),
            };
        }
        if br > 0.0 && br >= gzip {
            Self::Br
        } else if gzip > 0.0 {
            Self::Gzip
        } else {
            Self::Identity
        }
    }

    /// What `Content-Encoding` says; nothing of what is not coded.
    pub fn header(self) -> Option<HeaderValue> {
        let name = match self {
            Self::Br => "br",
            Self::Gzip => "gzip",
            Self::Identity => return None,
        };
        Some(HeaderValue::from_static(name))
    }

    /// What an entity tag ends in, so that each coding has its own.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Br => "-br",
            Self::Gzip => "-gzip",
            Self::Identity => "",
        }
    }

    /// The coded body; `None` where it would be no smaller.
    pub fn code(self, plain: &[u8], effort: Effort) -> Option<Bytes> {
        let mut coded = Vec::with_capacity(plain.len() / 4);
        // Writing to memory cannot fail.
        match self {
            Self::Br => {
                let quality = match effort {
                    Effort::Quick => QUICKLY,
                    Effort::Thorough => THOROUGHLY,
                };
                let parameters = brotli::enc::BrotliEncoderParams {
                    quality,
                    lgwin: WINDOW,
                    size_hint: plain.len(),
                    ..Default::default()
                };
                brotli::BrotliCompress(&mut &*plain, &mut coded, &parameters).ok()?;
            }
            Self::Gzip => {
                let level = match effort {
                    Effort::Quick => Compression::new(4),
                    Effort::Thorough => Compression::best(),
                };
                let mut encoder = GzEncoder::new(&mut coded, level);
                encoder.write_all(plain).ok()?;
                encoder.finish().ok()?;
            }
            Self::Identity => return None,
        }
        (coded.len() < plain.len()).then(|| {
            coded.shrink_to_fit();
            coded.into()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_coding_is_the_smallest_of_those_that_the_client_likes_best() {
        for (accepted, coding) in [
            ("gzip, deflate, br, zstd", Coding::Br),
            ("br;q=0.5, gzip", Coding::Gzip),
            ("GZIP;q=0.8", Coding::Gzip),
            ("gzip;q=0, br;q=0", Coding::Identity),
            ("gzip;q=no", Coding::Identity),
            ("br; q=1.0, gzip; q=1.0", Coding::Br),
            ("identity", Coding::Identity),
            ("", Coding::Identity),
        ] {
            let headers =
                HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(accepted))]);
            assert_eq!(Coding::preferred(&headers), coding, "{accepted}");
        }
        assert_eq!(Coding::preferred(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn what_is_coded_is_what_comes_out_again_and_is_smaller() {
        let plain = "<tr><td>TRJ000000859</td></tr>".repeat(200).into_bytes();
        for effort in [Effort::Quick, Effort::Thorough] {
            let coded = Coding::Br.code(&plain, effort).expect("smaller");
            let mut again = Vec::new();
            brotli::BrotliDecompress(&mut &*coded, &mut again).expect("brotli");
            assert_eq!(again, plain);
            let coded = Coding::Gzip.code(&plain, effort).expect("smaller");
            let mut again = Vec::new();
            flate2::read::GzDecoder::new(&*coded)
                .read_to_end(&mut again)
                .expect("gzip");
            assert_eq!(again, plain);
        }
        assert_eq!(Coding::Br.code(b"x", Effort::Quick), None);
        assert_eq!(Coding::Identity.code(&plain, Effort::Quick), None);
    }
}
