//! Whether a request comes from another site's page (CSRF).

use axum::http::{HeaderMap, HeaderValue, header};

/// What a server answers to.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    pub public_url: &'a str,
    /// Name and port that the request was sent to.
    pub host: Option<&'a str>,
}

/// Browsers say where a request comes from and pages cannot forge it; programs say nothing and are no danger,
/// for they hold no cookie that somebody else could make them send.
pub fn is_cross_site(headers: &HeaderMap, here: Here<'_>) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return true;
    }
    headers
        .get(header::ORIGIN)
        .is_some_and(|origin| !origin.to_str().is_ok_and(|origin| is_here(origin, here)))
}

/// The scheme is compared only with the public address's: behind a proxy the request's own is unknown.
fn is_here(origin: &str, here: Here<'_>) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        return false;
    };
    if origin_of(here.public_url).is_some_and(|(ours, at)| {
        ours.eq_ignore_ascii_case(scheme) && at.eq_ignore_ascii_case(without_default_port(scheme, authority))
    }) {
        return true;
    }
    here.host.is_some_and(|host| {
        without_default_port(scheme, host).eq_ignore_ascii_case(without_default_port(scheme, authority))
    })
}

fn origin_of(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some((scheme, without_default_port(scheme, authority)))
}

fn without_default_port<'a>(scheme: &str, authority: &'a str) -> &'a str {
    let port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return authority,
    };
    authority.strip_suffix(port).unwrap_or(authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Here<'_> = Here { public_url: "https://thi.hcmc.vn", host: Some("10.0.0.5:8080") };

    fn refused(pairs: &[(&'static str, &str)]) -> bool {
        let headers =
            pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect();
        is_cross_site(&headers, HERE)
    }

    #[test]
    fn programs_that_say_nothing_pass() {
        assert!(!refused(&[]));
    }

    #[test]
    fn our_own_pages_pass_under_the_public_name_and_the_direct_one() {
        for origin in ["https://thi.hcmc.vn", "https://THI.hcmc.vn:443", "http://10.0.0.5:8080"] {
            assert!(!refused(&[("origin", origin)]), "{origin}");
            assert!(!refused(&[("origin", origin), ("sec-fetch-site", "same-origin")]), "{origin}");
        }
        assert!(!refused(&[("sec-fetch-site", "none")]));
    }

    #[test]
    fn other_sites_and_neighbouring_ones_are_refused() {
        for site in ["cross-site", "same-site", "", "SAME-ORIGIN"] {
            assert!(refused(&[("sec-fetch-site", site)]), "{site}");
        }
        for origin in [
            "null",
            "",
            "https://evil.example",
            "http://thi.hcmc.vn",
            "https://thi.hcmc.vn:8443",
            "https://thi.hcmc.vn.evil.example",
            "https://a.thi.hcmc.vn",
            "http://10.0.0.5",
            "https://thi.hcmc.vn@evil.example",
        ] {
            assert!(refused(&[("origin", origin)]), "{origin}");
            assert!(refused(&[("origin", origin), ("sec-fetch-site", "same-origin")]), "{origin}");
        }
    }
}
